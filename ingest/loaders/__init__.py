"""Read files of every format: one module a format, each with `load(path) -> LoadedFile`.

`dispatch` chooses the module by what a file is; the suffixes of each format are listed in `index.formats`. Modules are
imported when a file of their format is met, and only in the child process that parses (`ingest.sync.reader_child`).
"""

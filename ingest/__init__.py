"""How files, feeds and forum threads become documents in the index. Imports `index` only.

`sources` finds files and metadata, `loaders` read them, `text` cleans what they say, `sync` is the run that brings the
index up to them; `harvest` fetches what is published elsewhere, `forum` takes in what a forum sends.
"""

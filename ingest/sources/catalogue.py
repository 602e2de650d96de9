"""What a source holds: the files that are candidates, what `catalogue.csv` says of them, and those refused at sight."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from index.errors import PasserelleError
from ingest.loaders.plain import decoded

CATALOGUE: Final = "catalogue.csv"
IGNORE: Final = ".ingestignore"
_NEVER: Final = ("~$*", ".*", "*~", "*.ttl", "*.tmp", "*.part", "*.crdownload", "Thumbs.db", "desktop.ini", CATALOGUE)


class SourceUnavailable(PasserelleError):
    """A source named in the run cannot be read at all; nothing of it is touched."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file of a source that should become a document; `path` is its address below the source, with slashes."""

    file: Path
    path: str
    stated: Mapping[str, str] = field(default_factory=dict)  # its row of the catalogue

    @property
    def password(self) -> str:
        """What opens the file, if it is encrypted; it goes to the reader and nowhere else."""
        return self.stated.get("password", "")


@dataclass(frozen=True)
class Inventory:
    """A source's files: candidates by path, those refused with the reason, and what is odd in the catalogue."""

    source: str
    is_folder: bool
    candidates: tuple[Candidate, ...]
    refused: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @cached_property  # asked for each file: made each time, 10,000 files took 10,000² steps
    def paths(self) -> frozenset[str]:
        """Every path that is there, also of the files that were refused."""
        return frozenset(one.path for one in self.candidates) | self.refused.keys()


def source_name(source: Path) -> str:
    """Return what a source is called in the index: its path below the working folder, else its whole path."""
    whole = source.resolve()
    here = Path.cwd().resolve()
    return readable(whole.relative_to(here).as_posix() if whole.is_relative_to(here) else whole.as_posix())


def readable(name: str) -> str:
    """Return a file's name as text: one that is not UTF-8 was written by Windows, and no database takes it as it is."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("cp1252", errors="replace")
    return name


def take_stock(source: Path) -> Inventory:
    """Return what the source holds. Raises SourceUnavailable."""
    check_source(source)
    rows = read_catalogue(source / CATALOGUE)
    candidates, refused = [], {}
    root = source.resolve()
    for file, path in _files(source):
        if file.is_symlink() and not file.resolve().is_relative_to(root):
            refused[path] = "a symbolic link that leads out of the source: refused. Copy the file here."
        elif not file.is_file():
            refused[path] = "not an ordinary file (a broken link, a pipe or a device)."
        else:
            candidates.append(Candidate(file, path, rows.get(path, {})))
    found = {candidate.path for candidate in candidates} | refused.keys()
    lost = tuple(f"{CATALOGUE}: no file {path!r}" for path in rows if path not in found)
    return Inventory(source_name(source), True, tuple(candidates), refused, lost)


def check_source(source: Path) -> None:
    """Raise SourceUnavailable when there is no such folder or file."""
    if not source.is_dir() and not source.is_file():
        raise SourceUnavailable(f"{source}: no such folder or file. Nothing was removed; check the path or the mount.")


def take_stock_of_file(file: Path, root: Path) -> Inventory:
    """Return the stock of a single file of the source `root`, whose other files are left alone."""
    path = readable(file.resolve().relative_to(root.resolve()).as_posix())
    one = Candidate(file, path, read_catalogue(root / CATALOGUE).get(path, {}))
    return Inventory(source_name(root), False, (one,))


def _files(source: Path) -> Iterator[tuple[Path, str]]:
    """Yield (file, path) of what is not excluded, in order of path; linked folders are not entered."""
    from pathspec import GitIgnoreSpec

    ignored = source / IGNORE
    try:
        said = decoded(ignored.read_bytes()).splitlines() if ignored.is_file() else []
        spec = GitIgnoreSpec.from_lines([*_NEVER, *said])
        folders, found = [source], []
        while folders:
            for entry in sorted(folders.pop().iterdir()):
                path = readable(entry.relative_to(source).as_posix())
                is_folder = entry.is_dir() and not entry.is_symlink()
                if spec.match_file(f"{path}/" if is_folder else path):
                    continue
                if is_folder:
                    folders.append(entry)
                else:
                    found.append((entry, path))
    except OSError as error:
        raise SourceUnavailable(f"{error.filename or source}: cannot be read ({error.strerror}).") from error
    yield from sorted(found, key=lambda pair: pair[1])


def read_catalogue(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a catalogue by their `file`, blank cells left out. Raises SourceUnavailable when it is wrong.

    Separated by commas, semicolons or tabs, whichever the heading line has most of.
    """
    if not path.is_file():
        return {}
    text = decoded(path.read_bytes())
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    names = [(name or "").strip().lower() for name in reader.fieldnames or []]
    if "file" not in names:
        raise SourceUnavailable(f"{path}: it has no column `file` (columns: {', '.join(names)}).")
    reader.fieldnames = names
    rows: dict[str, dict[str, str]] = {}
    for row in reader:
        file = (row.get("file") or "").strip().replace("\\", "/").removeprefix("./")
        if not file:
            continue
        if file in rows:
            raise SourceUnavailable(f"{path}, line {reader.line_num}: {file!r} stands there twice.")
        said = {name: value.strip() for name, value in row.items() if name and isinstance(value, str) and value.strip()}
        rows[file] = {name: value for name, value in said.items() if name != "file"}
    return rows

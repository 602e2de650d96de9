"""Take stock of a source: the files to read, what `catalogue.csv` states about them, and the files that are refused."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from index.errors import PasserelleError
from index.reasons import Reason
from ingest.loaders.csv_table import split_declaration
from ingest.loaders.plain_text import decode_text

CATALOGUE: Final = "catalogue.csv"
MIRROR: Final = ".harvest.json"  # in the folder of a harvest; what its catalogue does not list is on its way still
IGNORE: Final = ".ingestignore"
_NEVER: Final = ("~$*", ".*", "*~", "*.ttl", "*.tmp", "*.part", "*.crdownload", "Thumbs.db", "desktop.ini", CATALOGUE)


class SourceUnavailable(PasserelleError):
    """A source named in the run cannot be read at all; nothing of it is touched."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file of a source that should become a document; `path` is its path below the source, with slashes."""

    file: Path
    path: str
    stated: Mapping[str, str] = field(default_factory=dict)  # its row of the catalogue

    @property
    def password(self) -> str:
        """What opens the file, if it is encrypted; it goes to the reader and nowhere else."""
        return self.stated.get("password", "")


@dataclass(frozen=True)
class Inventory:
    """A source's files: candidates by path, refused files with the reason, and what is odd in the catalogue."""

    source: str
    is_folder: bool
    candidates: tuple[Candidate, ...]
    refused: Mapping[str, Reason] = field(default_factory=dict)
    warnings: tuple[Reason, ...] = ()

    @cached_property  # read for each file: made each time, 10,000 files took 10,000² steps
    def paths(self) -> frozenset[str]:
        """Every path in the source, also of the files that were refused."""
        return frozenset(candidate.path for candidate in self.candidates) | self.refused.keys()


def take_inventories(
    sources: Sequence[Path],
    count_known: Callable[[str], int],
    *,
    allow_empty: bool = False,
    may_be_empty: Collection[Path] = (),
) -> dict[str, Inventory]:
    """Return the inventory of each source by name; `count_known` says how many files of a source the index knows.

    A single file belongs to the nearest folder above it that is a known source, else to its own folder; the other
    files of that source are left alone. Raises SourceUnavailable, also for a source that has become empty, unless it
    is among those that `may_be_empty`, or all may.
    """
    inventories: dict[str, Inventory] = {}
    for source in sources:
        if source.is_file():
            parents = source.resolve().parents
            root = next((above for above in parents if count_known(source_name(above))), parents[0])
            inventory = take_inventory_of_file(source, root)
        else:
            inventory = take_inventory(source)
        known = 0 if allow_empty or source in may_be_empty else count_known(inventory.source)
        if known and inventory.is_folder and not inventory.candidates and not inventory.refused:
            raise SourceUnavailable(Reason("source-emptied", source=str(source), known=known))
        before = inventories.get(inventory.source)
        if before is not None and not before.is_folder and not inventory.is_folder:
            inventory = replace(before, candidates=before.candidates + inventory.candidates)
        if before is None or not before.is_folder:
            inventories[inventory.source] = inventory
    return inventories


def take_inventory(source: Path) -> Inventory:
    """Return what the source holds. Raises SourceUnavailable."""
    check_source(source)
    rows = read_catalogue(source / CATALOGUE)
    candidates: list[Candidate] = []
    refused: dict[str, Reason] = {}
    root, is_mirror = source.resolve(), (source / MIRROR).is_file()
    for file, path in _files(source):
        if is_mirror and path not in rows:  # nobody has stated yet who may read it
            continue
        if file.is_symlink() and not file.resolve().is_relative_to(root):
            refused[path] = Reason("link-out")
        elif not file.is_file():
            refused[path] = Reason("not-ordinary-file")
        else:
            candidates.append(Candidate(file, path, rows.get(path, {})))
    candidates.sort(key=lambda candidate: candidate.file.is_symlink())  # a document is named after the file, not a link
    present = {candidate.path for candidate in candidates} | refused.keys()
    missing = tuple(Reason("catalogue-file-missing", path=repr(path)) for path in rows if path not in present)
    return Inventory(source_name(source), True, tuple(candidates), refused, missing)


def take_inventory_of_file(file: Path, root: Path) -> Inventory:
    """Return the inventory of a single file of the source `root`, whose other files are left alone."""
    path = readable_name(file.resolve().relative_to(root.resolve()).as_posix())
    candidate = Candidate(file, path, read_catalogue(root / CATALOGUE).get(path, {}))
    return Inventory(source_name(root), False, (candidate,))


def check_source(source: Path) -> None:
    """Raise SourceUnavailable if there is no such folder or file."""
    if not source.is_dir() and not source.is_file():
        raise SourceUnavailable(Reason("source-missing", source=str(source)))


def source_name(source: Path) -> str:
    """Return what a source is called in the index: its path below the working folder, else its absolute path."""
    absolute = source.resolve()
    here = Path.cwd().resolve()
    relative = absolute.relative_to(here) if absolute.is_relative_to(here) else absolute
    return readable_name(relative.as_posix())


def readable_name(name: str) -> str:
    """Return a file's name as text; one that is not UTF-8 was written by Windows, and SQLite would refuse it."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return os.fsencode(name).decode("cp1252", errors="replace")
    return name


def _files(source: Path) -> Iterator[tuple[Path, str]]:
    """Yield (file, path) of what is not excluded, in order of path; linked folders are not entered."""
    from pathspec import GitIgnoreSpec

    ignore = source / IGNORE
    try:
        patterns = decode_text(ignore.read_bytes()).splitlines() if ignore.is_file() else []
        spec = GitIgnoreSpec.from_lines([*_NEVER, *patterns])
        folders, files = [source], []
        while folders:
            for entry in sorted(folders.pop().iterdir()):
                path = readable_name(entry.relative_to(source).as_posix())
                is_folder = entry.is_dir() and not entry.is_symlink()
                if spec.match_file(f"{path}/" if is_folder else path):
                    continue
                if is_folder:
                    folders.append(entry)
                else:
                    files.append((entry, path))
    except OSError as error:
        path = str(error.filename or source)
        raise SourceUnavailable(Reason("source-unreadable", path=path, detail=str(error.strerror))) from error
    yield from sorted(files, key=lambda pair: pair[1])


def read_catalogue(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a catalogue by their `file`, without blank cells. Raises SourceUnavailable if it is wrong.

    Separated as a first line `sep=;` says, else by commas, semicolons or tabs, whichever the heading line has most of.
    """
    if not path.is_file():
        return {}
    separator, text = split_declaration(decode_text(path.read_bytes()))
    separator = separator or max(",;\t", key=text.partition("\n")[0].count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator)
    names = [(name or "").strip().lower() for name in reader.fieldnames or []]
    if "file" not in names:
        raise SourceUnavailable(Reason("catalogue-without-file", path=str(path), columns=", ".join(names)))
    reader.fieldnames = names
    rows: dict[str, dict[str, str]] = {}
    for row in reader:
        file = (row.get("file") or "").strip().replace("\\", "/").removeprefix("./")
        if not file:
            continue
        if file in rows:
            line = reader.line_num
            raise SourceUnavailable(Reason("catalogue-listed-twice", path=str(path), line=line, file=repr(file)))
        cells = {name: cell.strip() for name, cell in row.items() if name and name != "file" and isinstance(cell, str)}
        rows[file] = {name: cell for name, cell in cells.items() if cell}
    return rows

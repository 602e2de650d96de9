"""Which program reads which file: one module a format, each with `load(path) -> Loaded`.

The modules are imported when a file of their format is met, and only in the child process (see `ingest.reading`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Final

from index.documents import SectionText
from index.errors import PasserelleError


class UnreadableFile(PasserelleError):
    """This file gives no text. The message is the reason and the remedy; the caller knows the path."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file says: its citable stretches, what it states about itself, and what its program left in it.

    `metadata` is written by a person for us (front matter) and must be right; `hints` (title, author, published) are
    filled in by programs and are ignored when they make no sense. `warnings` go to the report.
    """

    sections: tuple[SectionText, ...]
    metadata: Mapping[str, object] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


PASSWORD_HINT: Final = "Give its password in the column `password` of catalogue.csv, or save it without one."
NEEDS_PASSWORD: Final = f"encrypted: a password is needed. {PASSWORD_HINT}"

HEARTBEAT: Final[ContextVar[Callable[[], None]]] = ContextVar("HEARTBEAT")


def beat() -> None:
    """Tell whoever waits that slow work goes on (a page of OCR is done): the time limit starts again."""
    tell = HEARTBEAT.get(None)
    if tell is not None:
        tell()


LOADERS: Final[Mapping[str, str]] = {
    ".pdf": "pdf",
    ".docx": "word",
    ".docm": "word",
    ".pptx": "slides",
    ".pptm": "slides",
    ".xlsx": "tables",
    ".xlsm": "tables",
    ".csv": "tables",
    ".tsv": "tables",
    ".odt": "opendocument",
    ".odp": "opendocument",
    ".ods": "legacy",
    ".rtf": "rtf",
    ".epub": "epub",
    ".eml": "mail",
    ".msg": "outlook",
    ".doc": "legacy",
    ".dot": "legacy",
    ".ppt": "legacy",
    ".pps": "legacy",
    ".xls": "legacy",
    ".html": "web",
    ".htm": "web",
    ".xhtml": "web",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "plain",
    ".text": "plain",
}


def loader_name(path: Path) -> str:
    """Return the name of the module that reads this file. Raises UnreadableFile for an unknown suffix."""
    try:
        return LOADERS[path.suffix.lower()]
    except KeyError:
        known = " ".join(LOADERS)
        kind = f"“{path.suffix}” files" if path.suffix else "files without a suffix"
        raise UnreadableFile(
            f"no loader for {kind} (known: {known}). Convert it, or exclude it in .ingestignore."
        ) from None


def load(path: Path) -> Loaded:
    """Read a file in this process, with no limit, as what its contents are. Raises UnreadableFile."""
    from ingest.loaders.sniffing import is_misnamed, true_suffix

    name = loader_name(path)
    if path.stat().st_size == 0:
        raise UnreadableFile("the file is empty (0 bytes).")
    true = true_suffix(path)
    warnings: tuple[str, ...] = ()
    if is_misnamed(path.suffix.lower(), true) and true in LOADERS:
        name = LOADERS[true]
        warnings = (f"wrong suffix: this is a {true} file, and was read as one.",)
    try:
        loaded: Loaded = import_module(f"ingest.loaders.{name}").load(path)
    except UnreadableFile as error:
        if not warnings:
            raise
        raise UnreadableFile(f"a {true} file in spite of its suffix; {error}") from error
    if not any(section.text.strip() for section in loaded.sections):
        raise UnreadableFile("there is no text in it.")
    return replace(loaded, warnings=warnings + loaded.warnings)

"""Which program reads which file: one module a format, each with `load(path) -> Loaded`.

The modules are imported when a file of their format is met, and only in the child process (see `ingest.sync.reader_process`).
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


_SUFFIXES: Final = {
    "pdf": ".pdf",
    "word": ".docx .docm .dotx .dotm",
    "slides": ".pptx .pptm .ppsx .ppsm .potx .potm",
    "tables": ".xlsx .xlsm .xltx .xltm .xlsb .xls .xlt .ods .ots .csv .tsv",
    "opendocument": ".odt .odp .ott .otp",
    "rtf": ".rtf",
    "epub": ".epub",
    "mail": ".eml",
    "outlook": ".msg",
    "legacy": ".doc .dot .ppt .pps .pot .sxw .stw .sxi .fodt .fodp .wpd .wps .wri .lwp .odg .sxd .pub .vsd .vsdx",
    "web": ".html .htm .xhtml .shtml",
    "web_archive": ".mht .mhtml",
    "picture": ".tif .tiff .png .jpg .jpeg",
    "markdown": ".md .markdown",
    "plain": ".txt .text .asc",
}
LOADERS: Final[Mapping[str, str]] = {
    suffix: name for name, suffixes in _SUFFIXES.items() for suffix in suffixes.split()
}


def load(path: Path) -> Loaded:
    """Read a file in this process, with no limit, as what its contents are. Raises UnreadableFile."""
    from ingest.loaders.sniffing import as_named, is_misnamed, suffix_of, true_suffix
    from ingest.loaders.unknown import remedy

    said = suffix_of(path)
    if path.stat().st_size == 0:
        raise UnreadableFile("the file is empty (0 bytes).")
    true = true_suffix(path)
    warnings: tuple[str, ...] = ()
    if said not in LOADERS and true not in LOADERS:
        raise UnreadableFile(remedy(said))
    if is_misnamed(said, true):
        wrong = "wrong suffix" if said in LOADERS else "unknown suffix" if said else "no suffix"
        warnings = (f"{wrong}: this is a {true} file, and was read as one.",)
    else:
        true = said
    try:
        with as_named(path, true) as named:
            loaded: Loaded = import_module(f"ingest.loaders.{LOADERS[true]}").load(named)
    except UnreadableFile as error:
        if not warnings:
            raise
        raise UnreadableFile(f"a {true} file in spite of its suffix; {error}") from error
    if not any(section.text.strip() for section in loaded.sections):
        raise UnreadableFile("there is no text in it.")
    return replace(loaded, warnings=warnings + loaded.warnings)

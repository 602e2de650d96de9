"""Read with pypdf what pdfium lacks or damages: the text of such pages, the values of forms, title and author."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ingest.loaders.loaded_file import make_hints
from ingest.text.cleaning import BULLETS, one_line

WORST_DAMAGE: Final = 0.002
MOST_SHORT: Final = 0.15  # of a text, in runs of words of four letters at most: 0.19 in "moni to rag", 0.12 in formulas
_MOST_FIELDS: Final = 2_000
_OFF: Final = frozenset(("", "Off"))
_HIDDEN: Final = 0x02 | 0x20  # the flags Hidden and NoView of annotations
_PASSWORD: Final = 1 << 13  # of fields
_BAD: Final = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]|\(cid:\d+\)|/(?:g|c|uni)[0-9A-Fa-f]{2,4}\b"
)
_LONG_WORD: Final = re.compile(r"[^\W\d_]{35,}")
_SPACED: Final = re.compile(r"(?:\b[^\W\d_] ){5,}")
_SPLIT_UP: Final = re.compile(r"(?<![^\W_])[^\W\d_]{1,4} [^\W\d_]{1,4} [^\W\d_]{1,4}(?: [^\W\d_]{1,4})+(?![^\W_])")


class PypdfReader:
    """Opens the file when it is first needed; a file pypdf cannot read has no text, no fields and no hints."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _reader(self) -> Any:
        from pypdf import PdfReader

        logging.getLogger("pypdf").setLevel(logging.CRITICAL)
        try:
            reader = PdfReader(self._path)
            if reader.is_encrypted and not reader.decrypt(""):
                return None
        except MemoryError:
            raise
        except Exception:  # foreign code reading a foreign file: pdfium has opened it
            return None
        return reader

    def catalog(self) -> Any:
        """Return the file's catalog, None if it cannot be read."""
        try:
            return self._reader.trailer["/Root"].get_object() if self._reader is not None else None
        except MemoryError:
            raise
        except Exception:  # foreign code reading a foreign file
            return None

    def has_xfa(self) -> bool:
        """Say whether the file is a form of Adobe's own kind, whose pages are made when it is opened."""
        catalog = self.catalog()
        try:
            form = catalog["/AcroForm"].get_object() if catalog is not None and "/AcroForm" in catalog else {}
            return "/XFA" in form
        except MemoryError:
            raise
        except Exception:  # a damaged form
            return False

    def text(self, page: int) -> str:
        """Return a page's text, "" if it cannot be read."""
        try:
            return str(self._reader.pages[page].extract_text()) if self._reader is not None else ""
        except MemoryError:
            raise
        except Exception:  # foreign code reading a foreign page
            return ""

    def hints(self) -> dict[str, str]:
        """Return title and author as the file states them."""
        try:
            metadata = self._reader.metadata if self._reader is not None else None
            return make_hints(metadata.title, metadata.author) if metadata else {}
        except MemoryError:
            raise
        except Exception:  # damaged metadata give no hints
            return {}

    def fields(self) -> dict[int, list[str]]:
        """Return "name: value" of the form's fields that are filled in, by page from 0."""
        fields: dict[int, list[str]] = {}
        try:
            if self._reader is None or "/AcroForm" not in self._reader.trailer["/Root"]:
                return {}
            for number, page in enumerate(self._reader.pages):
                for reference in list(page.get("/Annots") or [])[:_MOST_FIELDS]:
                    if field := _format_field(reference.get_object()):
                        fields.setdefault(number, []).append(field)
        except MemoryError:
            raise
        except Exception:  # a damaged form: the fields read so far
            return fields
        return fields


def _format_field(widget: Any) -> str:
    """Return "name: value" of a form's widget, "" if it has no value or shows none."""
    if widget.get("/Subtype") != "/Widget" or int(widget.get("/F", 0)) & _HIDDEN:
        return ""
    name, depth = "", 0
    value: Any = None
    options: Any = None
    field: Any = widget
    while field is not None and depth < 8:
        name = name or one_line(str(field.get("/TU") or field.get("/T") or ""))
        value = field.get("/V") if value is None else value
        options = field.get("/Opt") if options is None else options
        if field.get("/FT") == "/Sig" or int(field.get("/Ff", 0)) & _PASSWORD:
            return ""
        field = field["/Parent"].get_object() if "/Parent" in field else None
        depth += 1
    value = value.get_object() if hasattr(value, "get_object") else value
    chosen = value if isinstance(value, list) else [value] if value is not None else []
    text = one_line(", ".join(_shown(each, options) for each in chosen)).removeprefix("/")
    return "" if text in _OFF else f"{name} : {text}" if name else text


def _shown(value: Any, options: Any) -> str:
    """Return what a form shows for a value: that of the option whose value it is."""
    for option in options or []:
        pair = option.get_object() if hasattr(option, "get_object") else option
        if isinstance(pair, list) and len(pair) == 2 and str(pair[0]) == str(value):
            return str(pair[1])
    data = value.get_data().decode("latin-1") if hasattr(value, "get_data") else str(value)
    return str(data)


def choose_text(text: str, read_other: Callable[[], str]) -> str:
    """Return `text`, or the other reader's if `text` is missing or damaged and the other is less so."""
    if text.strip() and measure_damage(text) <= WORST_DAMAGE:
        return text
    other = read_other()
    if not other.strip():
        return text
    return other if not text.strip() or measure_damage(other) < measure_damage(text) else text


def measure_damage(text: str) -> float:
    """Return the share of characters that stand for nothing, or in glued or spaced words ("moni to rag")."""
    if not text.strip():
        return 1.0
    text = text.translate(BULLETS)
    bad = sum(len(match[0]) for pattern in (_BAD, _LONG_WORD, _SPACED) for match in pattern.finditer(text))
    split = sum(len(match[0]) for match in _SPLIT_UP.finditer(text))
    return (bad + (split if split > MOST_SHORT * len(text) and len(text) > 300 else 0)) / len(text)

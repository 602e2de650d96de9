"""What pypdf knows of a PDF: the text of a page pdfium fails on, the form's values, title and author."""

from __future__ import annotations

import logging
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from ingest.loaders.archives import office_hints
from ingest.text.cleaning import one_line

_MOST_FIELDS: Final = 2_000
_OFF: Final = frozenset(("", "Off"))


class PypdfReader:
    """Opens the file when it is first asked; a file pypdf cannot read has no text, no fields and no hints."""

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
        except Exception:  # foreign code reading a foreign file: the other reader has opened it
            return None
        return reader

    def text(self, page: int) -> str:
        """Return a page's text, "" when it cannot be read."""
        try:
            return str(self._reader.pages[page].extract_text()) if self._reader is not None else ""
        except MemoryError:
            raise
        except Exception:  # foreign code reading a foreign page
            return ""

    def hints(self) -> dict[str, str]:
        """Return title and author as the file states them."""
        try:
            said = self._reader.metadata if self._reader is not None else None
            return office_hints(said.title, said.author, None) if said else {}
        except MemoryError:
            raise
        except Exception:  # damaged metadata say nothing
            return {}

    def fields(self) -> dict[int, list[str]]:
        """Return "name: value" of the form's fields that are filled in, by page from 0."""
        found: dict[int, list[str]] = {}
        try:
            if self._reader is None or "/AcroForm" not in self._reader.trailer["/Root"]:
                return {}
            for number, page in enumerate(self._reader.pages):
                for reference in list(page.get("/Annots") or [])[:_MOST_FIELDS]:
                    said = _field(reference.get_object())
                    if said:
                        found.setdefault(number, []).append(said)
        except MemoryError:
            raise
        except Exception:  # a damaged form: what was found so far
            return found
        return found


def _field(widget: Any) -> str:
    if widget.get("/Subtype") != "/Widget":
        return ""
    name, value, above, depth = "", None, widget, 0
    while above is not None and depth < 8:
        name = name or one_line(str(above.get("/TU") or above.get("/T") or ""))
        value = above.get("/V") if value is None else value
        above = above["/Parent"].get_object() if "/Parent" in above else None
        depth += 1
    said = one_line(str(value)).removeprefix("/") if value is not None else ""
    return "" if said in _OFF else f"{name} : {said}" if name else said

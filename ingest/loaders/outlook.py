"""Outlook's mails (.msg): subject, sender and text, from the streams of their compound file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.cleaning import clean, one_line
from ingest.loaders import Loaded, UnreadableFile

# The properties by their MAPI numbers.
_SUBJECT, _SENDER, _TO, _BODY, _HTML = "0037", "0C1A", "0E04", "1000", "1013"
_MOST: Final = 20 << 20


def load(path: Path) -> Loaded:
    """Read a mail saved by Outlook. Raises UnreadableFile."""
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            said = {key: _property(file, key) for key in (_SUBJECT, _SENDER, _TO, _BODY, _HTML)}
    except MemoryError:
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged, or no Outlook mail ({type(error).__name__}: {error}).") from error
    text = clean(said[_BODY]) or _of_html(said[_HTML])
    if not text:
        raise UnreadableFile("no text in this mail (only rich text?). Save it as .eml.")
    head = [f"{name} : {one_line(said[key])}" for key, name in ((_SENDER, "De"), (_TO, "À")) if said[key].strip()]
    sections = (SectionText("courriel", "\n".join(head)), SectionText("courriel", text))
    return Loaded(sections, {}, {"title": one_line(said[_SUBJECT]), "author": one_line(said[_SENDER])})


def _property(file: Any, key: str) -> str:
    """Return a text property: in UTF-16, in Windows' characters, or as bytes (HTML)."""
    for kind, encoding in (("001F", "utf-16-le"), ("001E", "cp1252"), ("0102", "utf-8")):
        name = f"__substg1.0_{key}{kind}"
        if file.exists(name):
            return str(file.openstream(name).read(_MOST).decode(encoding, errors="replace"))
    return ""


def _of_html(html: str) -> str:
    from ingest.loaders.web import paragraphs_of_fragment

    return "\n\n".join(paragraphs_of_fragment(html)) if html.strip() else ""

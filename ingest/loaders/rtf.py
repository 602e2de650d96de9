"""RTF: as the Word file LibreOffice makes of it, with headings and notes; without LibreOffice its text alone."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Final

from ingest.loaders import Loaded, UnreadableFile, legacy
from ingest.loaders.archives import office_hints
from ingest.loaders.outline import Outline
from ingest.text.cleaning import clean

MOST_BYTES: Final = 50 << 20
_NOTED: Final = (b"title", b"author")
NOTES_LOST: Final = "its footnotes are not read: install LibreOffice and run again, or save it as DOCX."


def load(path: Path) -> Loaded:
    """Read an RTF file. Raises UnreadableFile."""
    from striprtf.striprtf import rtf_to_text

    content = path.read_bytes()
    if not content.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile("damaged, or not an RTF file in spite of its suffix.")
    if len(content) > MOST_BYTES:
        raise UnreadableFile(f"an RTF file of more than {MOST_BYTES >> 20} MB: save it as DOCX.")
    if legacy.office() is not None:
        with contextlib.suppress(UnreadableFile):  # what LibreOffice does not convert may still hold text
            return legacy.converted(path, "docx", "word")
    try:
        text = rtf_to_text(content.decode("latin-1"), errors="replace")
    except MemoryError:
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged RTF file ({type(error).__name__}: {error}).") from error
    outline = Outline()
    for line in clean(text).split("\n"):
        outline.add_text(" | ".join(cell.strip() for cell in line.strip("|").split("|")) if "|" in line else line)
    warnings = (NOTES_LOST,) if b"\\footnote" in content else ()
    return Loaded(outline.sections(), {}, {"heading": outline.first_heading} | _noted(content), warnings)


def _noted(content: bytes) -> dict[str, str]:
    """Return title and author as the file's program noted them."""
    from striprtf.striprtf import rtf_to_text

    found = {
        key: re.search(rb"\{\\%s ((?:[^{}\\]|\\'..|\\u-?\d+ ?.){1,400})\}" % key, content[:20_000]) for key in _NOTED
    }
    said = {
        key.decode(): rtf_to_text(f"{{\\rtf1\\ansi\\ansicpg1252 {one[1].decode('latin-1')}}}", errors="replace")
        for key, one in found.items()
        if one
    }
    return office_hints(said.get("title"), said.get("author"), None)

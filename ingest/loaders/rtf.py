"""Read RTF as the Word file LibreOffice makes of it, with headings and notes; without LibreOffice only its text."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import Final

from index.reasons import Reason, quote
from ingest.loaders.libreoffice import convert_and_load, find_libreoffice
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile, make_hints
from ingest.loaders.omissions import Omissions
from ingest.loaders.outline import Outline
from ingest.loaders.rtf_text import take_out_unseen
from ingest.text.cleaning import clean

MOST_BYTES: Final = 50 << 20


def load(path: Path) -> LoadedFile:
    """Read an RTF file. Raises UnreadableFile."""
    from striprtf.striprtf import rtf_to_text

    content = path.read_bytes()
    if not content.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile(Reason("damaged-or-no-rtf"))
    if len(content) > MOST_BYTES:
        raise UnreadableFile(Reason("rtf-too-large", most=MOST_BYTES >> 20))
    if find_libreoffice() is not None:
        with contextlib.suppress(UnreadableFile):  # what LibreOffice does not convert may still hold text
            return convert_and_load(path, "docx", "word")
    omissions = Omissions()
    try:
        text = rtf_to_text(take_out_unseen(content.decode("latin-1"), omissions), errors="replace")
    except MemoryError:
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-file", kind="RTF", detail=quote(error))) from error
    outline = Outline()
    for line in clean(text).split("\n"):
        outline.add_text(" | ".join(cell.strip() for cell in line.strip("|").split("|")) if "|" in line else line)
    warnings = (Reason("footnotes-unread"),) if b"\\footnote" in content else ()
    hints = outline.hints() | _hints(content)
    return LoadedFile(outline.sections(), {}, hints, warnings, omissions.left_out())


def _hints(content: bytes) -> dict[str, str]:
    """Return title and author as the file's program noted them."""
    from striprtf.striprtf import rtf_to_text

    noted = {}
    for key in ("title", "author"):
        match = re.search(rb"\{\\%s ((?:[^{}\\]|\\'..|\\u-?\d+ ?.){1,400})\}" % key.encode(), content[:20_000])
        if match:
            noted[key] = rtf_to_text(f"{{\\rtf1\\ansi\\ansicpg1252 {match[1].decode('latin-1')}}}", errors="replace")
    return make_hints(noted.get("title"), noted.get("author"))

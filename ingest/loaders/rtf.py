"""RTF: the text without its codes; bare heading lines ("Article 5") open sections."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ingest.cleaning import clean
from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.outline import Outline

MOST_BYTES: Final = 50 << 20


def load(path: Path) -> Loaded:
    """Read an RTF file. Raises UnreadableFile."""
    from striprtf.striprtf import rtf_to_text

    content = path.read_bytes()
    if not content.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile("damaged, or not an RTF file in spite of its suffix.")
    if len(content) > MOST_BYTES:
        raise UnreadableFile(f"an RTF file of more than {MOST_BYTES >> 20} MB: save it as DOCX.")
    try:
        text = rtf_to_text(content.decode("latin-1"), errors="replace")
    except MemoryError:
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged RTF file ({type(error).__name__}: {error}).") from error
    outline = Outline()
    for line in clean(text).split("\n"):
        outline.add_text(" | ".join(cell.strip() for cell in line.strip("|").split("|")) if "|" in line else line)
    return Loaded(outline.sections(), {}, {"heading": outline.first_heading})

"""Scans kept as pictures (.tif, .png, .jpg): each picture of the file is a page, read by OCR."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.ocr import DOTS_PER_INCH, MOST_PIXELS, NO_TESSERACT, Grey, read_pictures
from ingest.text.cleaning import clean

MOST_MEGAPIXELS: Final = 200  # what a child of 2 GB can hold in colours
MOST_PAGES: Final = 1_000
LEAST_LETTERS: Final = 25
LEAST_CONFIDENCE: Final = 60.0  # of a photograph's leaves and bricks Tesseract makes words too, and doubts them


def load(path: Path) -> Loaded:
    """Read a scan. Raises UnreadableFile."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # our own limit has a remedy
    try:
        with Image.open(path) as picture:
            count = int(getattr(picture, "n_frames", 1))
            if count > MOST_PAGES:
                raise UnreadableFile(f"{count} pictures in it, more than {MOST_PAGES}: split it.")
            read = read_pictures(range(count), lambda number: _page(picture, number), "")
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged picture ({type(error).__name__}: {str(error)[:100]}).") from error
    if read is None:
        raise UnreadableFile(NO_TESSERACT)
    pages = {number: page for number, page in read.pages.items() if page.confidence >= LEAST_CONFIDENCE}
    if sum(map(str.isalnum, "".join(page.text for page in pages.values()))) < LEAST_LETTERS:
        raise UnreadableFile("OCR finds no text in this picture (a photograph, a map?). .ingestignore leaves it out.")
    sections = tuple(SectionText(f"p. {number + 1} (OCR)", clean(page.text)) for number, page in pages.items())
    return Loaded(sections, {}, {}, read.warnings(range(count)))


def _page(picture: Any, number: int) -> Grey | None:
    """Return one picture in grey, upright as its camera noted, no larger than OCR needs."""
    from PIL import ImageOps

    picture.seek(number)
    width, height = picture.size
    if width * height > MOST_MEGAPIXELS * 1_000_000:
        raise UnreadableFile(
            f"a picture of {width * height // 1_000_000} megapixels, more than {MOST_MEGAPIXELS}: make it smaller."
        )
    dots = float(picture.info.get("dpi", (0, 0))[0])
    scale = min(1.0, DOTS_PER_INCH / dots if dots > DOTS_PER_INCH else 1.0, (MOST_PIXELS / (width * height)) ** 0.5)
    grey = ImageOps.exif_transpose(picture).convert("L")
    if scale < 1:
        grey = grey.resize((max(1, int(grey.width * scale)), max(1, int(grey.height * scale))))
    return Grey(grey.width, grey.height, grey.tobytes())

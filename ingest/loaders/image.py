"""Read scans kept as images (.tif, .png, .jpg): each image of the file is a page, read by OCR."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from index.reasons import Reason
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.ocr import DOTS_PER_INCH, MOST_PIXELS, NO_TESSERACT, GreyImage, read_images
from ingest.text.cleaning import clean

MOST_MEGAPIXELS: Final = 200  # what a child of 2 GB can hold in colour
MOST_PAGES: Final = 1_000
LEAST_LETTERS: Final = 25
LEAST_CONFIDENCE: Final = (
    60.0  # Tesseract also sees words in the leaves and bricks of photographs, with less confidence
)


def load(path: Path) -> LoadedFile:
    """Read a scan. Raises UnreadableFile."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # the message of our own limit names a remedy
    try:
        with Image.open(path) as image:
            count = int(getattr(image, "n_frames", 1))
            if count > MOST_PAGES:
                raise UnreadableFile(Reason("too-many-pictures", count=count, most=MOST_PAGES))
            _refuse_huge(image)  # before Tesseract is looked for: installing it is no remedy for the size
            run = read_images(range(count), lambda number: _page(image, number), "")
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        detail = f"{type(error).__name__}: {str(error)[:100]}"
        raise UnreadableFile(Reason("damaged-picture", detail=detail)) from error
    if run is None:
        raise UnreadableFile(NO_TESSERACT)
    pages = {number: page for number, page in run.pages.items() if page.confidence >= LEAST_CONFIDENCE}
    if sum(map(str.isalnum, "".join(page.text for page in pages.values()))) < LEAST_LETTERS:
        raise UnreadableFile(Reason("no-text-in-picture"))
    sections = tuple(SectionText(f"p. {number + 1} (OCR)", clean(page.text)) for number, page in pages.items())
    return LoadedFile(sections, {}, {}, run.warnings(range(count)))


def _page(image: Any, number: int) -> GreyImage | None:
    """Return one image in grey, upright as its camera noted, no larger than OCR needs. Raises UnreadableFile."""
    from PIL import ImageOps

    image.seek(number)
    _refuse_huge(image)
    width, height = image.size
    dots = float(image.info.get("dpi", (0, 0))[0])
    scale = min(1.0, DOTS_PER_INCH / dots if dots > DOTS_PER_INCH else 1.0, (MOST_PIXELS / (width * height)) ** 0.5)
    grey = ImageOps.exif_transpose(image).convert("L")
    if scale < 1:
        grey = grey.resize((max(1, int(grey.width * scale)), max(1, int(grey.height * scale))))
    return GreyImage(grey.width, grey.height, grey.tobytes())


def _refuse_huge(image: Any) -> None:
    """Raise UnreadableFile for an image that would not fit in memory when unpacked."""
    width, height = image.size
    if width * height > MOST_MEGAPIXELS * 1_000_000:
        megapixels = width * height // 1_000_000
        raise UnreadableFile(Reason("too-many-megapixels", count=megapixels, most=MOST_MEGAPIXELS))

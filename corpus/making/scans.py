"""PDFs of images: a print scanned askew and in grey, without a text layer, or with one on its first page only."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pypdf import PdfReader, PdfWriter

from making import libreoffice
from making.original import CannotMake, Original

if TYPE_CHECKING:
    from PIL.Image import Image

_DOTS_PER_INCH: Final = 150


def make(original: Original, target: Path) -> None:
    """Write `original` as scanned pages; with the layout word `part-scan` the first page keeps its text."""
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "printed.pdf"
        libreoffice.make(original, printed)
        writer = PdfWriter()
        kept = 1 if "part-scan" in original.layout else 0
        for page in PdfReader(printed).pages[:kept]:
            writer.add_page(page)
        for page in PdfReader(_scanned(printed, first=kept + 1, seed=str(original.metadata["id"]))).pages:
            writer.add_page(page)
    writer.add_metadata({"/Title": original.title, "/Author": original.author, "/Subject": original.notice})
    with target.open("wb") as file:
        writer.write(file)


def _scanned(printed: Path, *, first: int, seed: str) -> io.BytesIO:
    """Return a PDF of the images of `printed` from page `first` on."""
    try:
        from PIL import Image
    except ImportError as error:
        raise CannotMake("Pillow is missing: pip install pillow") from error
    program = shutil.which("pdftoppm")
    if program is None:
        raise CannotMake("pdftoppm is missing: install it (Debian: apt-get install poppler-utils)")
    if len(PdfReader(printed).pages) < first:
        raise CannotMake(f"{seed}: there is no page {first} to scan; the text is too short")
    folder = printed.parent
    command = [program, "-r", str(_DOTS_PER_INCH), "-gray", "-f", str(first), str(printed), str(folder / "page")]
    subprocess.run(command, check=True, timeout=120)
    files = sorted(folder.glob("page*.pgm"))
    chance = random.Random(zlib.crc32(seed.encode()))
    pages = [_askew(Image.open(file), chance) for file in files]
    held = io.BytesIO()
    pages[0].save(held, "PDF", save_all=True, append_images=pages[1:], resolution=_DOTS_PER_INCH, quality=38)
    held.seek(0)
    return held


def _askew(page: Image, chance: random.Random) -> Image:
    """Return `page` turned by less than a degree, on greyish paper, with the noise of a worn glass."""
    from PIL import Image, ImageChops

    turned = page.rotate(chance.uniform(-0.9, 0.9), resample=Image.Resampling.BICUBIC, fillcolor=255)
    grains = chance.randbytes(turned.width * turned.height)
    noise = Image.frombytes("L", turned.size, grains).point([value // 14 for value in range(256)])
    return ImageChops.subtract(turned.point([20 + value * 220 // 255 for value in range(256)]), noise)

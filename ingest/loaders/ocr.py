"""Read scanned pages through Tesseract, if it is installed: choose the language first, then read page by page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from index.reasons import Reason
from ingest.loaders.keep_alive import keep_alive
from ingest.text.language import detect_language

NO_TESSERACT: Final = Reason("no-tesseract")
PACKS: Final = {"fr": "fra", "de": "deu", "en": "eng", "it": "ita", "es": "spa", "nl": "nld"}
DOTS_PER_INCH: Final = 200  # enough for letters of 9 points; the corpus's scans read with 0.02 % of errors
PAGE_SECONDS: Final = 60.0
FILE_SECONDS: Final = 900.0
MOST_PIXELS: Final = 40_000_000
LEAST_CONFIDENCE: Final = 30.0
UPRIGHT_CONFIDENCE: Final = 75.0  # upright pages are read at 90 and more, a page on its side or head at 20 to 50
UPRIGHT_CHARACTERS: Final = 40


class OcrPage(NamedTuple):
    """What Tesseract read on a page."""

    text: str
    confidence: float  # mean of the words, in percent


class GreyImage(NamedTuple):
    """An image of a page, a byte a pixel."""

    width: int
    height: int
    content: bytes

    def rotate(self, degrees: int) -> GreyImage:
        """Return it rotated clockwise by a multiple of 90 degrees."""
        import numpy as np

        pixels = np.frombuffer(self.content, np.uint8).reshape(self.height, self.width)
        rotated = np.ascontiguousarray(np.rot90(pixels, -(degrees // 90)))
        return GreyImage(rotated.shape[1], rotated.shape[0], rotated.tobytes())

    def pgm(self) -> bytes:
        return f"P5 {self.width} {self.height} 255\n".encode() + self.content


@dataclass(frozen=True, slots=True)
class OcrRun:
    """What OCR read of a file, by page from 0, and the pages there was no time for."""

    pages: Mapping[int, OcrPage] = field(default_factory=dict)
    skipped: tuple[int, ...] = ()

    def warnings(self, numbers: Iterable[int]) -> tuple[Reason, ...]:
        """Return what the report says of the pages (from 0) that were to be read."""
        warnings = []
        if self.pages:
            worst = min(self.pages, key=lambda number: self.pages[number].confidence)
            pages, confidence = format_pages(self.pages), f"{self.pages[worst].confidence:.0f}"
            if len(self.pages) > 1:
                warnings.append(Reason("read-by-ocr-worst", pages=pages, confidence=confidence, worst=worst + 1))
            else:
                warnings.append(Reason("read-by-ocr", pages=pages, confidence=confidence))
        if self.skipped:
            minutes = f"{FILE_SECONDS / 60:g}"
            warnings.append(Reason("ocr-out-of-time", pages=format_pages(self.skipped), minutes=minutes))
        if without_text := [number for number in numbers if number not in self.pages and number not in self.skipped]:
            warnings.append(Reason("pages-without-text", pages=format_pages(without_text)))
        return tuple(warnings)


def format_pages(numbers: Iterable[int]) -> Reason:
    """Return pages counted from 0 as "page 8" or "pages 1-3, 8"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1]:
            runs[-1][1] = number + 1
        else:
            runs.append([number + 1, number + 1])
    ranges = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return Reason("pages", numbers=ranges, n=sum(last - first + 1 for first, last in runs))


def find_tesseract() -> str | None:
    """Return where Tesseract is, None if it is not installed."""
    return shutil.which("tesseract")


def read_pdf_pages(document: Any, numbers: Sequence[int], known: str) -> OcrRun | None:
    """Return what could be read on the PDF's pages (from 0); None without Tesseract. `known` is text of the others."""
    return read_images(numbers, lambda number: _render(document[number]), known)


def read_images(numbers: Sequence[int], image_of: Callable[[int], GreyImage | None], known: str) -> OcrRun | None:
    """Return what could be read on the pages with these images (None: blank); None without Tesseract."""
    program = find_tesseract()
    if program is None:
        return None
    installed = installed_packs(program)
    pack = PACKS.get(detect_language(known).language, "") if known.strip() else ""
    pack = pack if pack in installed else ""
    read: dict[int, OcrPage] = {}
    started = time.monotonic()
    for position, number in enumerate(numbers):
        if time.monotonic() - started > FILE_SECONDS:
            return OcrRun(read, tuple(numbers[position:]))
        image = image_of(number)
        if image is None:
            continue
        keep_alive()
        page, pack = _read_upright(program, image, pack, installed)
        if page.text.strip() and page.confidence >= LEAST_CONFIDENCE:
            read[number] = page
        elif not read:
            pack = ""  # a blank page tells nothing about the language of the next
    keep_alive()
    return OcrRun(read)


def _read_upright(program: str, image: GreyImage, pack: str, installed: frozenset[str]) -> tuple[OcrPage, str]:
    """Return what is read and with which pack; a page that gives little is rotated as Tesseract says and read again."""
    page, used = _read_in_language(program, image, pack, installed)
    if page.confidence >= UPRIGHT_CONFIDENCE and len(page.text) >= UPRIGHT_CHARACTERS:
        return page, used
    degrees = _detect_rotation(program, image) if "osd" in installed else 0
    if not degrees:
        return page, used
    keep_alive()
    again, other = _read_in_language(program, image.rotate(degrees), pack, installed)
    return (again, other) if again.confidence > page.confidence else (page, used)


def _read_in_language(program: str, image: GreyImage, pack: str, installed: frozenset[str]) -> tuple[OcrPage, str]:
    """Return what is read with the language pack, or with the one chosen for the page if it is ""."""
    picture = image.pgm()
    if pack:
        return _read(program, picture, pack), pack
    pack, first = _choose_pack(program, picture, installed)
    return (first if first is not None else _read(program, picture, pack)), pack


def _detect_rotation(program: str, image: GreyImage) -> int:
    """Return by how many degrees clockwise the page must be rotated to be upright, 0 if Tesseract cannot say."""
    try:
        output = _run([program, "stdin", "stdout", "--dpi", str(DOTS_PER_INCH), "--psm", "0"], image.pgm())
    except (subprocess.TimeoutExpired, OSError):
        return 0
    match = re.search(r"^Rotate: (90|180|270)$", output.decode("utf-8", errors="replace"), re.MULTILINE)
    return int(match[1]) if match else 0


def installed_packs(program: str) -> frozenset[str]:
    """Return the language packs Tesseract has, "osd" (orientation) among them."""
    listing = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    return frozenset((listing.stdout + listing.stderr).split())


def _choose_pack(program: str, picture: bytes, installed: frozenset[str]) -> tuple[str, OcrPage | None]:
    """Return the pack for the page after a first pass in French (else whatever is installed), and what that pass read.

    French has nearly all letters of the five other languages, so that the words tell which language it is. The page is
    None if it must be read again with the pack.
    """
    first = "fra" if "fra" in installed else next((pack for pack in PACKS.values() if pack in installed), "eng")
    page = _read(program, picture, first)
    guess = detect_language(page.text)
    pack = PACKS.get(guess.language, first)
    if pack != first and guess.confidence > 0.6 and pack in installed:
        return pack, None
    return first, page


def _render(page: Any) -> GreyImage | None:
    """Return the page as a grey image, None for a blank page or one without size."""
    width, height = page.get_size()
    scale = DOTS_PER_INCH / 72
    if not (width > 0 and height > 0):
        return None
    scale = min(scale, (MOST_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    picture = bitmap.to_numpy()
    if float(picture.min()) > 200:
        return None  # blank
    rows, columns = picture.shape[:2]
    return GreyImage(columns, rows, bytes(picture.reshape(rows, columns).tobytes()))


def _read(program: str, picture: bytes, pack: str) -> OcrPage:
    """Return what Tesseract reads, in paragraphs; no text if it fails or takes too long."""
    command = [program, "stdin", "stdout", "-l", pack, "--dpi", str(DOTS_PER_INCH), "tsv"]
    try:
        output = _run(command, picture)
    except (subprocess.TimeoutExpired, OSError):
        return OcrPage("", 0.0)
    return assemble_page(output.decode("utf-8", errors="replace"))


def _run(command: Sequence[str], picture: bytes) -> bytes:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    process = subprocess.run(
        command, input=picture, capture_output=True, timeout=PAGE_SECONDS, check=False, env=environment
    )
    return process.stdout


def assemble_page(table: str) -> OcrPage:
    """Return the words of Tesseract's table (TSV) as paragraphs, with their mean confidence."""
    from ingest.text.pages import count_words, join_split_words

    paragraphs: dict[tuple[str, str], dict[str, list[str]]] = {}
    confidence, letters = 0.0, 0
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            paragraph = paragraphs.setdefault((cells[2], cells[3]), {})
            paragraph.setdefault(cells[4], []).append(cells[11].strip())
            confidence += float(cells[10]) * len(cells[11])
            letters += len(cells[11])
    blocks = ["\n".join(" ".join(line) for line in lines.values()) for lines in paragraphs.values()]
    known = count_words(blocks)
    text = "\n\n".join(" ".join(join_split_words(block, known).split("\n")) for block in blocks)
    return OcrPage(text, confidence / letters if letters else 0.0)

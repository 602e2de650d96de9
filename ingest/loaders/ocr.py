"""Scanned pages to text through Tesseract, when it is installed: the language first, then page by page."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from ingest.language import detected
from ingest.loaders import beat

NO_TESSERACT: Final = (
    "there is no text in it (scanned pages?), and OCR is not possible: install Tesseract with its languages "
    "(Debian: apt-get install tesseract-ocr tesseract-ocr-fra tesseract-ocr-deu tesseract-ocr-ita tesseract-ocr-spa "
    "tesseract-ocr-nld) and run again, or put a searchable PDF in its place."
)
PACKS: Final = {"fr": "fra", "de": "deu", "en": "eng", "it": "ita", "es": "spa", "nl": "nld"}
DOTS_PER_INCH: Final = 200  # enough for letters of 9 points; the corpus's scans read with 0.02 % of errors
PAGE_SECONDS: Final = 60.0
FILE_SECONDS: Final = 900.0
MOST_PIXELS: Final = 40_000_000
LEAST_CONFIDENCE: Final = 30.0


class OcrPage(NamedTuple):
    text: str
    confidence: float  # mean of the words', in percent


def tesseract() -> str | None:
    """Return where Tesseract is, None when it is not installed."""
    return shutil.which("tesseract")


def ocr_pages(document: Any, numbers: Sequence[int], known: str) -> dict[int, OcrPage] | None:
    """Return what could be read on the pages (from 0); None without Tesseract. `known` is text of the other pages."""
    program = tesseract()
    if program is None:
        return None
    installed = _languages(program)
    pack = PACKS.get(detected(known)[0], "") if known.strip() else ""
    pack = pack if pack in installed else ""
    read: dict[int, OcrPage] = {}
    started = time.monotonic()
    for number in numbers:
        if time.monotonic() - started > FILE_SECONDS:
            break
        picture = _rendered(document[number])
        if picture is None:
            continue
        beat()
        if not pack:
            pack, guess = _chosen(program, picture, installed)
            page = guess if guess is not None else _read(program, picture, pack)
        else:
            page = _read(program, picture, pack)
        if page.text.strip() and page.confidence >= LEAST_CONFIDENCE:
            read[number] = page
        elif not read:
            pack = ""  # a blank page says nothing about the language of the next
    beat()
    return read


def _languages(program: str) -> frozenset[str]:
    said = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=20, check=False)
    return frozenset((said.stdout + said.stderr).split())


def _chosen(program: str, picture: bytes, installed: frozenset[str]) -> tuple[str, OcrPage | None]:
    """Return the language of the page after a first pass in French (else whatever is there), and what that pass read.

    French letters hold those of the five others but a few, so that the words tell which language it is.
    """
    first = "fra" if "fra" in installed else next((one for one in PACKS.values() if one in installed), "eng")
    page = _read(program, picture, first)
    language, sure = detected(page.text)
    pack = PACKS.get(language, first)
    if pack != first and sure > 0.6 and pack in installed:
        return pack, None
    return first, page


def _rendered(page: Any) -> bytes | None:
    """Return the page as a grey picture (PGM), None for a page without size or pictures."""
    width, height = page.get_size()
    scale = DOTS_PER_INCH / 72
    if not (width > 0 and height > 0):
        return None
    scale = min(scale, (MOST_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    picture = bitmap.to_numpy()
    if float(picture.min()) > 200:
        return None  # blank
    head = f"P5 {picture.shape[1]} {picture.shape[0]} 255\n".encode()
    return head + bytes(picture.reshape(picture.shape[0], picture.shape[1]).tobytes())


def _read(program: str, picture: bytes, pack: str) -> OcrPage:
    """Return what Tesseract reads, in paragraphs; no text when it fails or takes too long."""
    command = [program, "stdin", "stdout", "-l", pack, "--dpi", str(DOTS_PER_INCH), "tsv"]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    try:
        said = subprocess.run(
            command, input=picture, capture_output=True, timeout=PAGE_SECONDS, check=False, env=environment
        )
    except (subprocess.TimeoutExpired, OSError):
        return OcrPage("", 0.0)
    return _assembled(said.stdout.decode("utf-8", errors="replace"))


def _assembled(table: str) -> OcrPage:
    """Return the words of Tesseract's table as paragraphs, lines apart, with the words' mean confidence."""
    from ingest.pages import joined_words, vocabulary

    paragraphs: dict[tuple[str, str], dict[str, list[str]]] = {}
    sure, letters = 0.0, 0
    for row in table.splitlines()[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            paragraph = paragraphs.setdefault((cells[2], cells[3]), {})
            paragraph.setdefault(cells[4], []).append(cells[11].strip())
            sure += float(cells[10]) * len(cells[11])
            letters += len(cells[11])
    blocks = ["\n".join(" ".join(line) for line in lines.values()) for lines in paragraphs.values()]
    known = vocabulary(blocks)
    text = "\n\n".join(" ".join(joined_words(block, known).split("\n")) for block in blocks)
    return OcrPage(text, sure / letters if letters else 0.0)

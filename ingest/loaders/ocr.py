"""Scanned pages to text through Tesseract, when it is installed: the language first, then page by page."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ingest.loaders import beat
from ingest.text.language import detected

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
SURE: Final = 75.0  # upright pages read at 90 and more, a page on its side or head at 20 to 50
LITTLE: Final = 40  # characters


class OcrPage(NamedTuple):
    text: str
    confidence: float  # mean of the words', in percent


class Grey(NamedTuple):
    """A picture of a page, a byte a point."""

    width: int
    height: int
    content: bytes

    def turned(self, degrees: int) -> Grey:
        """Return it turned clockwise by quarters."""
        import numpy as np

        points = np.frombuffer(self.content, np.uint8).reshape(self.height, self.width)
        made = np.ascontiguousarray(np.rot90(points, -(degrees // 90)))
        return Grey(made.shape[1], made.shape[0], made.tobytes())

    def pgm(self) -> bytes:
        return f"P5 {self.width} {self.height} 255\n".encode() + self.content


@dataclass(frozen=True, slots=True)
class OcrRun:
    """What OCR read of a file, by page from 0, and the pages its time did not suffice for."""

    pages: Mapping[int, OcrPage] = field(default_factory=dict)
    late: tuple[int, ...] = ()

    def warnings(self, wanted: Iterable[int]) -> tuple[str, ...]:
        """Return what the report tells of the pages (from 0) that were to be read."""
        said = []
        if self.pages:
            worst = min(self.pages, key=lambda number: self.pages[number].confidence)
            where = f", page {worst + 1}" if len(self.pages) > 1 else ""
            sure = f"confidence {self.pages[worst].confidence:.0f} % at least{where}"
            said.append(f"read by OCR: {named_pages(self.pages)} ({sure})")
        if self.late:
            said.append(
                f"NOT read: {named_pages(self.late)}: OCR of a file ends after {FILE_SECONDS / 60:g} minutes. "
                "Split it, or put a searchable PDF in its place (ocrmypdf makes one)."
            )
        if left := [number for number in wanted if number not in self.pages and number not in self.late]:
            said.append(f"no text on {named_pages(left)} (blank, or a picture)")
        return tuple(said)


def named_pages(numbers: Iterable[int]) -> str:
    """Write pages counted from 0 as "page 8" or "pages 1-3, 8"."""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1]:
            runs[-1][1] = number + 1
        else:
            runs.append([number + 1, number + 1])
    said = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return f"page{'s' * (len(runs) > 1 or runs[0][0] != runs[0][1])} {said}"


def tesseract() -> str | None:
    """Return where Tesseract is, None when it is not installed."""
    return shutil.which("tesseract")


def ocr_pages(document: Any, numbers: Sequence[int], known: str) -> OcrRun | None:
    """Return what could be read on the PDF's pages (from 0); None without Tesseract. `known` is text of the others."""
    return read_pictures(numbers, lambda number: _rendered(document[number]), known)


def read_pictures(numbers: Sequence[int], picture: Callable[[int], Grey | None], known: str) -> OcrRun | None:
    """Return what could be read on the pages whose pictures these are (None: blank); None without Tesseract."""
    program = tesseract()
    if program is None:
        return None
    installed = _languages(program)
    pack = PACKS.get(detected(known)[0], "") if known.strip() else ""
    pack = pack if pack in installed else ""
    read: dict[int, OcrPage] = {}
    started = time.monotonic()
    for place, number in enumerate(numbers):
        if time.monotonic() - started > FILE_SECONDS:
            return OcrRun(read, tuple(numbers[place:]))
        seen = picture(number)
        if seen is None:
            continue
        beat()
        page, pack = _upright(program, seen, pack, installed)
        if page.text.strip() and page.confidence >= LEAST_CONFIDENCE:
            read[number] = page
        elif not read:
            pack = ""  # a blank page says nothing about the language of the next
    beat()
    return OcrRun(read)


def _upright(program: str, seen: Grey, pack: str, installed: frozenset[str]) -> tuple[OcrPage, str]:
    """Return what is read, and in which language; what gives little is turned as Tesseract says, and read anew."""
    page, language = _read_in(program, seen, pack, installed)
    if page.confidence >= SURE and len(page.text) >= LITTLE:
        return page, language
    degrees = _turn(program, seen) if "osd" in installed else 0
    if not degrees:
        return page, language
    beat()
    again, other = _read_in(program, seen.turned(degrees), pack, installed)
    return (again, other) if again.confidence > page.confidence else (page, language)


def _read_in(program: str, seen: Grey, pack: str, installed: frozenset[str]) -> tuple[OcrPage, str]:
    picture = seen.pgm()
    if pack:
        return _read(program, picture, pack), pack
    pack, guess = _chosen(program, picture, installed)
    return (guess if guess is not None else _read(program, picture, pack)), pack


def _turn(program: str, seen: Grey) -> int:
    """Return by how many degrees clockwise the page must be turned to stand upright, 0 when that cannot be told."""
    try:
        said = _run([program, "stdin", "stdout", "--dpi", str(DOTS_PER_INCH), "--psm", "0"], seen.pgm())
    except (subprocess.TimeoutExpired, OSError):
        return 0
    found = re.search(r"^Rotate: (90|180|270)$", said.decode("utf-8", errors="replace"), re.MULTILINE)
    return int(found[1]) if found else 0


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


def _rendered(page: Any) -> Grey | None:
    """Return the page as a grey picture, None for a page without size or pictures."""
    width, height = page.get_size()
    scale = DOTS_PER_INCH / 72
    if not (width > 0 and height > 0):
        return None
    scale = min(scale, (MOST_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    picture = bitmap.to_numpy()
    if float(picture.min()) > 200:
        return None  # blank
    height_seen, width_seen = picture.shape[:2]
    return Grey(width_seen, height_seen, bytes(picture.reshape(height_seen, width_seen).tobytes()))


def _read(program: str, picture: bytes, pack: str) -> OcrPage:
    """Return what Tesseract reads, in paragraphs; no text when it fails or takes too long."""
    command = [program, "stdin", "stdout", "-l", pack, "--dpi", str(DOTS_PER_INCH), "tsv"]
    try:
        said = _run(command, picture)
    except (subprocess.TimeoutExpired, OSError):
        return OcrPage("", 0.0)
    return _assembled(said.decode("utf-8", errors="replace"))


def _run(command: Sequence[str], picture: bytes) -> bytes:
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(
        command, input=picture, capture_output=True, timeout=PAGE_SECONDS, check=False, env=environment
    )
    return done.stdout


def _assembled(table: str) -> OcrPage:
    """Return the words of Tesseract's table as paragraphs, lines apart, with the words' mean confidence."""
    from ingest.text.pages import joined_words, vocabulary

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

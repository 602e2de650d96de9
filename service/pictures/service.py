"""A page of a PDF as a picture, the quoted words boxed: drawn in a process of its own, kept in memory up to a limit."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.documents import Document
from index.errors import PasserelleError, UnknownDocument
from service.documents.original_files import media_type
from service.http.concurrency import Turns

SECONDS: Final = 10
MEMORY: Final = 1 << 30
MOST_BYTES: Final = 16 << 20  # of one picture; the page is 4 million pixels at most
MOST_KEPT: Final = 64 << 20
FORGOTTEN_AFTER_S: Final = 300.0  # a page that could not be drawn: not tried again before
MOST_PAGES: Final = 99_999
WIDTH: Final = 1000
WIDEST: Final = 2000
_PAGE: Final = re.compile(r"(?:p\.|diapo) ?(\d{1,5})(?: \(OCR\))?")
REASONS: Final = {
    "locked": "This PDF is locked by a password: its pages cannot be shown as pictures. Its text can be read.",
    "damaged": "This PDF is damaged: the page cannot be shown as a picture. Open the original file instead.",
    "heavy": "This page takes too long or too much memory to draw. Open the original file instead.",
}


class UndrawablePage(PasserelleError):
    """A page of a document cannot be drawn; the message says why and what to do. `reason` is one of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as PNG; `boxes` are [left, top, right, bottom] in its pixels, none when the words are not found on it."""

    png: bytes
    width: int
    height: int
    pages: int
    boxes: tuple[tuple[int, int, int, int], ...]


class Wanted(NamedTuple):
    """A page of a file, and the words [start, end) of what was read from it."""

    sha256: str
    page: int
    width: int
    text: str
    start: int
    end: int


def page_of(label: str) -> int:
    """Return the page a section's label names ("p. 12", "p. 3 (OCR)", "diapo 4"), 0 when it names none."""
    found = _PAGE.fullmatch(label)
    return int(found[1]) if found else 0


def has_pages(document: Document) -> bool:
    """Say whether the document's pages can be shown as pictures."""
    return bool(document.original) and media_type(document) == "application/pdf"


def first_page(document: Document, start: int) -> int:
    """Return the page on which the words at `start` stand, 0 when the document does not say."""
    return next((page_of(one.label) for one in document.sections if one.start <= start < one.end), 0)


def wanted(document: Document, page: int, marked: tuple[int, int] | None, width: int = WIDTH) -> Wanted:
    """Return what is to be drawn: the page, and those of the marked words that stand on it."""
    plain = Wanted(document.original, page, min(width, WIDEST), "", 0, 0)
    sections = [one for one in document.sections if page_of(one.label) == page]
    if not sections or not marked:
        return plain
    first, last = sections[0].start, sections[-1].end
    start, end = max(marked[0], first), min(marked[1], last)
    if start >= end:
        return plain
    return plain._replace(text=document.text[first:last], start=start - first, end=end - first)


class PageImages:
    """Draws pages, so many at once; what was drawn is kept by the file's content, whoever asked, and served again.

    Who may see a document is asked before this, each time: nothing here knows documents.
    """

    def __init__(self, *, seconds: int = SECONDS, memory: int = MEMORY, most_kept: int = MOST_KEPT) -> None:
        self._seconds, self._memory, self._most_kept = seconds, memory, most_kept
        self._turns = Turns(2, 32)  # apart from the engine's: a page that takes long keeps nobody from searching
        self._kept: OrderedDict[Wanted, PageImage] = OrderedDict()
        self._failed: OrderedDict[tuple[str, int], tuple[float, str]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    async def page(self, asked: Wanted, path: Path) -> PageImage:
        """Return the page. Raises UnknownDocument when the file has no such page, UndrawablePage, Overloaded."""
        if found := self._remembered(asked):
            return found
        return await self._turns.run(lambda: self._remembered(asked) or self._drawn(asked, path))

    def _remembered(self, asked: Wanted) -> PageImage | None:
        with self._lock:
            until, reason = self._failed.get(asked[:2], (0.0, ""))
            if until > time.monotonic():
                raise UndrawablePage(reason)
            if asked in self._kept:
                self._kept.move_to_end(asked)
            return self._kept.get(asked)

    def _drawn(self, asked: Wanted, path: Path) -> PageImage:
        if not path.is_file():
            raise UnknownDocument("The original file is not kept here.")
        told, png = self._ask(asked, path)
        refused = told.get("refused")
        if refused == "no page":
            raise UnknownDocument(f"There is no page {asked.page}.")
        if refused:
            with self._lock:
                self._failed[asked[:2]] = (time.monotonic() + FORGOTTEN_AFTER_S, str(refused))
                while len(self._failed) > 1000:
                    self._failed.popitem(last=False)
            raise UndrawablePage(str(refused))
        boxes = tuple((a, b, c, d) for a, b, c, d in told["boxes"])
        made = PageImage(png, told["width"], told["height"], told["pages"], boxes)
        self._keep(asked, made)
        return made

    def _keep(self, asked: Wanted, made: PageImage) -> None:
        with self._lock:
            self._size += _weight(asked, made) if asked not in self._kept else 0
            self._kept[asked] = made
            while self._size > self._most_kept:
                self._size -= _weight(*self._kept.popitem(last=False))

    def _ask(self, asked: Wanted, path: Path) -> tuple[dict[str, Any], bytes]:
        """Return what the child says of the page; one that dies, or goes on too long, is told like a heavy page."""
        root = str(Path(__file__).resolve().parent.parent.parent)
        command = [sys.executable, "-c", _START, str(self._seconds), str(self._memory), root]
        request = asked._asdict() | {"path": str(path.absolute())}
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        )
        timer = threading.Timer(self._seconds, child.kill)
        timer.start()
        try:
            with child:
                assert child.stdin is not None
                assert child.stdout is not None
                child.stdin.write(json.dumps(request).encode())
                child.stdin.close()
                line = child.stdout.readline(1 << 16)
                png = child.stdout.read(MOST_BYTES + 1) if line.endswith(b"\n") else b""
                child.kill()
        except OSError:
            line, png = b"", b""
        finally:
            timer.cancel()
        if not line.endswith(b"\n") or len(png) > MOST_BYTES:
            return {"refused": "heavy"}, b""
        told = json.loads(line)
        is_whole = "refused" in told or png.endswith(b"IEND\xaeB`\x82")
        return (told, png) if is_whole else ({"refused": "heavy"}, b"")


def _weight(asked: Wanted, made: PageImage) -> int:
    return len(made.png) + 4 * len(asked.text) + 1000


def _environment() -> dict[str, str]:
    """Return what the child is told of its surroundings: no settings, no keys."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}


# The package is found where this one was, whatever the working folder is.
_START: Final = (
    "import sys; sys.path[:] = [sys.argv.pop(), *sys.path[1:]]; from service.pictures.drawing import main; main()"
)

"""Pages of PDF files as pictures: drawn in a process of their own, kept in memory up to a limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.errors import UnknownDocument
from service.errors import UndrawablePage
from service.http.concurrency import ConcurrencyLimiter

SECONDS: Final = 10
MEMORY: Final = 1 << 30
MOST_BYTES: Final = 16 << 20  # of one picture; the page is 4 million pixels at most
MOST_KEPT: Final = 64 << 20
FAILURES_KEPT: Final = 1000
RETRY_AFTER_S: Final = 300.0  # a page that could not be drawn is not tried again before


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as PNG; `boxes` are [left, top, right, bottom] in its pixels, none when the words are not found on it."""

    png: bytes
    width: int
    height: int
    pages: int
    boxes: tuple[tuple[int, int, int, int], ...]


class PageRequest(NamedTuple):
    """A page of a file, and the words [start, end) of the text that was read from it."""

    sha256: str
    page: int
    width: int
    text: str
    start: int
    end: int


OriginalReader = Callable[[], AbstractContextManager[Path]]


class PageImages:
    """Draws pages, a limited number at once; what was drawn is kept by the file's content and served again.

    Who may see a document is checked before this, each time: nothing here knows documents.
    """

    def __init__(self, *, seconds: int = SECONDS, memory: int = MEMORY, most_kept: int = MOST_KEPT) -> None:
        self._seconds, self._memory, self._most_kept = seconds, memory, most_kept
        # Apart from the engine's: a page that takes long keeps nobody from searching.
        self._limiter = ConcurrencyLimiter(2, 32)
        self._kept: OrderedDict[PageRequest, PageImage] = OrderedDict()
        self._failed: OrderedDict[tuple[str, int], tuple[float, str]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    async def page(self, request: PageRequest, original: OriginalReader) -> PageImage:
        """Return the page. Raises UnknownDocument when the file has no such page, UndrawablePage, Overloaded.

        `original` is only called where the page has to be drawn; what it raises is raised here.
        """
        if image := self._lookup(request):
            return image
        return await self._limiter.run(lambda: self._lookup(request) or self._draw(request, original))

    def _lookup(self, request: PageRequest) -> PageImage | None:
        """Return the page if it is kept. Raises UndrawablePage if it could not be drawn a short while ago."""
        with self._lock:
            retry_at, reason = self._failed.get((request.sha256, request.page), (0.0, ""))
            if retry_at > time.monotonic():
                raise UndrawablePage(reason)
            if request in self._kept:
                self._kept.move_to_end(request)
            return self._kept.get(request)

    def _draw(self, request: PageRequest, original: OriginalReader) -> PageImage:
        with original() as path:
            reply, png = self._draw_in_child(request, path)
        refused = reply.get("refused")
        if refused == "no page":
            raise UnknownDocument(f"There is no page {request.page}.")
        if refused:
            self._keep_failure(request, str(refused))
            raise UndrawablePage(str(refused))
        boxes = tuple((left, top, right, bottom) for left, top, right, bottom in reply["boxes"])
        image = PageImage(png, reply["width"], reply["height"], reply["pages"], boxes)
        self._keep(request, image)
        return image

    def _keep(self, request: PageRequest, image: PageImage) -> None:
        with self._lock:
            self._size += _size(request, image) if request not in self._kept else 0
            self._kept[request] = image
            while self._size > self._most_kept:
                self._size -= _size(*self._kept.popitem(last=False))

    def _keep_failure(self, request: PageRequest, reason: str) -> None:
        with self._lock:
            self._failed[request.sha256, request.page] = (time.monotonic() + RETRY_AFTER_S, reason)
            while len(self._failed) > FAILURES_KEPT:
                self._failed.popitem(last=False)

    def _draw_in_child(self, request: PageRequest, path: Path) -> tuple[dict[str, Any], bytes]:
        """Return the child's reply and the picture; a child that dies, or goes on too long, has a heavy page."""
        root = str(Path(__file__).resolve().parent.parent.parent)
        command = [sys.executable, "-c", _START, str(self._seconds), str(self._memory), root]
        message = request._asdict() | {"path": str(path.absolute())}
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        )
        timer = threading.Timer(self._seconds, child.kill)
        timer.start()
        try:
            with child:
                assert child.stdin is not None
                assert child.stdout is not None
                child.stdin.write(json.dumps(message).encode())
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
        reply = json.loads(line)
        is_whole = "refused" in reply or png.endswith(b"IEND\xaeB`\x82")
        return (reply, png) if is_whole else ({"refused": "heavy"}, b"")


def _size(request: PageRequest, image: PageImage) -> int:
    return len(image.png) + 4 * len(request.text) + 1000


def _environment() -> dict[str, str]:
    """Return the child's environment: no settings, no keys."""
    return {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ}


# The package is found where this one was, whatever the working folder is.
_START: Final = (
    "import sys; sys.path[:] = [sys.argv.pop(), *sys.path[1:]]; from service.pictures.drawing import main; main()"
)

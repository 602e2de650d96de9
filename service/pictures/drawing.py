"""The process that draws one page of one PDF and ends: whatever a hostile file does, it does here.

One request on standard input, one line of JSON and then the picture on standard output. A process a page costs 0.1 s
of work (pdfium's import) and leaves nothing of one reader's document in a process that serves another.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from service.pictures.matching import find_words

MOST_PIXELS: Final = 4_000_000
MOST_CHARACTERS: Final = 60_000
MOST_BOXES: Final = 200
_MARKER: Final = (255, 226, 130)  # multiplied with the page, as a marker pen does
_FRAME: Final = (176, 96, 8)


class Box(NamedTuple):
    """A rectangle in pixels, from the picture's upper left corner."""

    left: int
    top: int
    right: int
    bottom: int


class Refused(Exception):
    """The page cannot be drawn; the message is the reason's name."""


def draw(request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the reply to a request for a page, and the page as PNG. Raises Refused."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(request["path"])
    except pypdfium2.PdfiumError as error:
        raise Refused("locked" if "password" in str(error).lower() else "damaged") from error
    count = len(document)
    if not 1 <= request["page"] <= count:
        raise Refused("no page")
    try:
        page = document[request["page"] - 1]
    except pypdfium2.PdfiumError as error:
        raise Refused("damaged") from error
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise Refused("damaged")
    scale = min(request["width"] / width, (MOST_PIXELS / (width * height)) ** 0.5)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    boxes = _boxes(page, request, size) if request["text"] else []
    picture = _mark(_picture(page, size), boxes)
    written = io.BytesIO()
    picture.save(written, "PNG", compress_level=6)
    return {"pages": count, "width": size[0], "height": size[1], "boxes": boxes}, written.getvalue()


def _picture(page: Any, size: tuple[int, int]) -> Any:
    """Return the page on white paper, without forms' scripts or anything that runs."""
    import pypdfium2
    import pypdfium2.raw as pdfium

    bitmap = pypdfium2.PdfBitmap.new_native(*size, pdfium.FPDFBitmap_BGRx)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, *size)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, *size, 0, pdfium.FPDF_ANNOT)
    return bitmap.to_pil().convert("RGB")


def _boxes(page: Any, request: dict[str, Any], size: tuple[int, int]) -> list[Box]:
    """Return a box for each stretch of a line that belongs to the quote."""
    import ctypes

    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    count = min(text.count_chars(), MOST_CHARACTERS)
    characters = [_character(pdfium.FPDFText_GetUnicode(text, position)) for position in range(count)]
    positions = find_words(request["text"], request["start"], request["end"], characters)
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    x, y = ctypes.c_int(), ctypes.c_int()

    def pixel(across: float, up: float) -> tuple[int, int]:
        pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, across, up, x, y)
        return x.value, y.value

    letters = []
    for position in positions:
        if pdfium.FPDFText_GetCharBox(text, position, left, right, bottom, top):
            (x1, y1), (x2, y2) = pixel(left.value, top.value), pixel(right.value, bottom.value)
            letters.append((position, Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))))
    return [_with_margin(box, size) for box in join_boxes(letters)][:MOST_BOXES]


def _character(code: int) -> str:
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else " "


def join_boxes(letters: Sequence[tuple[int, Box]]) -> list[Box]:
    """Return one box for letters that follow each other on a line; blanks and dots between them are covered too."""
    boxes: list[Box] = []
    last = -2
    for position, box in letters:
        if boxes and position - last <= 4 and _continues(boxes[-1], box):
            before = boxes[-1]
            boxes[-1] = Box(
                min(before.left, box.left),
                min(before.top, box.top),
                max(before.right, box.right),
                max(before.bottom, box.bottom),
            )
        else:
            boxes.append(box)
        last = position
    return boxes


def _continues(line: Box, box: Box) -> bool:
    """Say whether a letter stands on the line, or in the column of a page that is rotated."""
    height, width = max(1, line.bottom - line.top), max(1, line.right - line.left)
    across = min(line.bottom, box.bottom) - max(line.top, box.top)
    along = min(line.right, box.right) - max(line.left, box.left)
    is_beside = across > 0.3 * min(height, box.bottom - box.top) and box.left <= line.right + 3 * height
    is_below = along > 0.3 * min(width, box.right - box.left) and height > 2 * width
    return is_beside or is_below


def _with_margin(box: Box, size: tuple[int, int]) -> Box:
    """Return the box with room around its letters, inside the picture."""
    room = max(2, size[0] // 400)
    return Box(
        max(0, box.left - room),
        max(0, box.top - room),
        min(size[0] - 1, box.right + room),
        min(size[1] - 1, box.bottom + room),
    )


def _mark(picture: Any, boxes: Sequence[Box]) -> Any:
    from PIL import Image, ImageChops, ImageDraw

    if not boxes:
        return picture
    marker = Image.new("RGB", picture.size, (255, 255, 255))
    pen = ImageDraw.Draw(marker)
    for box in boxes:
        pen.rectangle(box, fill=_MARKER)
    marked = ImageChops.multiply(picture, marker)
    frame = ImageDraw.Draw(marked)
    for box in boxes:
        frame.rectangle(box, outline=_FRAME, width=max(1, picture.size[0] // 500))
    return marked


def set_limits(seconds: int, most_bytes: int) -> None:
    """Limit memory and processor time and forbid writing files, where the platform can."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        return


def main() -> None:
    """Answer one request; what the libraries print goes to stderr, never into the reply."""
    import os

    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    set_limits(int(sys.argv[1]), int(sys.argv[2]))
    picture = b""
    try:
        reply, picture = draw(json.loads(sys.stdin.buffer.read()))
    except Refused as error:
        reply = {"refused": str(error)}
    except MemoryError:
        reply = {"refused": "heavy"}
    except Exception:  # foreign code drawing a foreign file
        reply = {"refused": "damaged"}
    output.write(json.dumps(reply).encode() + b"\n" + picture)
    output.flush()
    os._exit(0)  # nothing of the file is asked to clean up after itself

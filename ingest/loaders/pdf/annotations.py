"""Read what was put on a PDF page after it was made: typed text, lines through words, remarks of reviewers."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ingest.loaders.omissions import COMMENT, FILE_IN_FILE, STRUCK, Omissions
from ingest.loaders.pdf.rotation import Box, Rotation
from ingest.text.cleaning import clean

_MOST: Final = 5_000  # of one page
_HIDDEN: Final = 0x02 | 0x20  # the flags Hidden and NoView


@dataclass(frozen=True, slots=True)
class Annotations:
    """What stands on a page beside its own text: typed texts from the top, and where its words are struck out."""

    texts: tuple[str, ...] = ()
    struck: tuple[Box, ...] = ()


def read_annotations(page: Any, rotation: Rotation, where: str, omissions: Omissions) -> Annotations:
    """Return a page's annotations; remarks and hidden ones are counted."""
    import pypdfium2.raw as pdfium

    remarks = (
        pdfium.FPDF_ANNOT_TEXT, pdfium.FPDF_ANNOT_HIGHLIGHT, pdfium.FPDF_ANNOT_UNDERLINE, pdfium.FPDF_ANNOT_SQUIGGLY,
        pdfium.FPDF_ANNOT_STRIKEOUT, pdfium.FPDF_ANNOT_CARET, pdfium.FPDF_ANNOT_INK, pdfium.FPDF_ANNOT_SQUARE,
        pdfium.FPDF_ANNOT_CIRCLE, pdfium.FPDF_ANNOT_LINE, pdfium.FPDF_ANNOT_POLYGON, pdfium.FPDF_ANNOT_STAMP,
    )  # fmt: skip
    texts: list[tuple[float, str]] = []
    struck: list[Box] = []
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), _MOST)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        is_hidden = bool(pdfium.FPDFAnnot_GetFlags(annotation) & _HIDDEN)
        if kind == pdfium.FPDF_ANNOT_FREETEXT and (text := clean(_contents(annotation))):
            if is_hidden:
                omissions.add("hidden text box", where, text=text)
            else:
                texts.append((-_top(annotation, rotation), text))
        elif kind == pdfium.FPDF_ANNOT_FILEATTACHMENT:
            omissions.add("attached file", where, FILE_IN_FILE)
        elif kind in remarks and (text := clean(_contents(annotation))):
            omissions.add("comment", where, COMMENT, text=text)
        if kind == pdfium.FPDF_ANNOT_STRIKEOUT and not is_hidden:
            boxes = [rotation.box(box) for box in _quads(annotation)]
            omissions.add("struck-out passage", where, STRUCK, count=int(bool(boxes)))
            struck += boxes
        pdfium.FPDFPage_CloseAnnot(annotation)
    return Annotations(tuple(text for _, text in sorted(texts, key=lambda pair: pair[0])), tuple(struck))


def _contents(annotation: Any) -> str:
    """Return the text of an annotation."""
    import pypdfium2.raw as pdfium

    size = pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", None, 0)
    if size <= 2:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(annotation, b"Contents", ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", errors="replace")


def _top(annotation: Any, rotation: Rotation) -> float:
    import pypdfium2.raw as pdfium

    rectangle = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, rectangle)
    return rotation.box(Box(rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)).top


def _quads(annotation: Any) -> Iterator[Box]:
    """Yield the stretches of a line that an annotation is about."""
    import pypdfium2.raw as pdfium

    points = pdfium.FS_QUADPOINTSF()
    for index in range(pdfium.FPDFAnnot_CountAttachmentPoints(annotation)):
        if pdfium.FPDFAnnot_GetAttachmentPoints(annotation, index, points):
            across = (points.x1, points.x2, points.x3, points.x4)
            up = (points.y1, points.y2, points.y3, points.y4)
            yield Box(min(across), min(up), max(across), max(up))


def is_struck(box: Box, struck: Sequence[Box]) -> bool:
    """Say whether the middle of a character is struck out."""
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    return any(stretch.left <= x <= stretch.right and stretch.bottom <= y <= stretch.top for stretch in struck)

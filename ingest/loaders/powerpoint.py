"""Read PowerPoint (.pptx): a slide is a section, its title the heading, its notes the last paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from index.reasons import Reason, quote
from ingest.loaders.drawing import (
    DIAGRAM,
    RELATION,
    A,
    chart_lines,
    diagram_lines,
    read_paragraphs,
    resolve_alternatives,
)
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile, make_hints
from ingest.loaders.office_package import open_package
from ingest.loaders.omissions import COMMENT, OBJECT, Omissions, read_hidden
from ingest.loaders.table_rows import Merged, fill_merged
from ingest.loaders.zip_container import check_zip, parse_xml
from ingest.text.cleaning import clean, one_line

_BAND: Final = 360_000  # a centimetre: shapes whose tops are this near are read from left to right
_MAIN_PARTS: Final = (
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
)


def load(path: Path) -> LoadedFile:
    """Read a slide deck. Raises UnreadableFile."""
    check_zip(path, "PowerPoint")
    omissions = Omissions()
    try:
        with open_package(path) as package:
            deck = _open(package)
            size = (int(deck.slide_width or 0), int(deck.slide_height or 0))
            slides = enumerate(deck.slides, start=1)
            sections = tuple(
                _section(number, slide, size, omissions)
                for number, slide in slides
                if _is_shown(number, slide, size, omissions)
            )
            properties = deck.core_properties
            hints = make_hints(properties.title, properties.author)
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-file", kind="PowerPoint", detail=quote(error))) from error
    blank = [section.label.rpartition(" ")[2] for section in sections if not section.text]
    warnings = (Reason("slides-without-text", slides=", ".join(blank)),) if blank else ()
    first_heading = next((section.heading for section in sections if section.heading), "")
    return LoadedFile(
        sections, {}, {"heading": first_heading} | hints, warnings, omissions.left_out(), omissions.hidden()
    )


def _open(path: Path) -> Any:
    """Return the deck of a presentation, a show or a template, with macros or without. Raises UnreadableFile."""
    from pptx.opc.constants import CONTENT_TYPE
    from pptx.opc.package import PartFactory
    from pptx.package import Package
    from pptx.parts.presentation import PresentationPart

    kinds = (CONTENT_TYPE.PML_SLIDESHOW_MAIN, CONTENT_TYPE.PML_TEMPLATE_MAIN, *_MAIN_PARTS)
    for kind in kinds:
        PartFactory.part_type_for[kind] = PresentationPart
    with path.open("rb") as file:
        part: Any = Package.open(file).main_document_part
    if part.content_type not in (CONTENT_TYPE.PML_PRESENTATION_MAIN, CONTENT_TYPE.PML_PRES_MACRO_MAIN, *kinds):
        raise UnreadableFile(Reason("damaged-or-misnamed", kind="PowerPoint"))
    return part.presentation


def _is_shown(number: int, slide: Any, size: tuple[int, int], omissions: Omissions) -> bool:
    """Say whether a slide is shown; count it if it is not, and the comments on it if it is."""
    where = f"diapo {number}"
    if slide.element.get("show") in ("0", "false"):
        text = read_hidden(lambda: [_section(number, slide, size, Omissions()).text])
        omissions.add("hidden slide", where, text=text)
        return False
    for relation in slide.part.rels.values():
        if not relation.is_external and relation.reltype.endswith("/comments"):
            comments = parse_xml(relation.target_part.blob)
            texts = [one_line(" ".join(comment.itertext())) for comment in comments.iterchildren("{*}cm")]
            omissions.add("comment", where, COMMENT, count=len(texts), text="\n".join(texts))
    return True


def _section(number: int, slide: Any, size: tuple[int, int], omissions: Omissions) -> SectionText:
    where = f"diapo {number}"
    resolve_alternatives(slide.element)
    title = slide.shapes.title
    if title is not None and _is_hidden(title):
        title = None
    heading = one_line(read_paragraphs(title.element, omissions, where)) if title is not None else ""
    parts: list[str] = []
    for shape in _reading_order(slide.shapes):
        if _is_hidden(shape):
            omissions.add("hidden shape", where, text=_hidden_text(shape))
        elif _is_outside(shape, size):
            omissions.add("shape", where, Reason("off-slide"))
        elif title is None or shape.element is not title.element:
            parts += _texts(shape, omissions, where)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        parts.append(clean(slide.notes_slide.notes_text_frame.text))
    return SectionText(where, "\n\n".join(filter(None, [heading, *parts])), heading)


def _reading_order(shapes: Iterable[Any]) -> list[Any]:
    """Return the shapes from top to bottom, then left to right; those without a position come first."""
    return sorted(shapes, key=lambda shape: ((shape.top or 0) // _BAND, shape.left or 0))


def _is_hidden(shape: Any) -> bool:
    properties = shape.element.find("*/{*}cNvPr")
    return properties is not None and properties.get("hidden") in ("1", "true")


def _hidden_text(shape: Any) -> str:
    return read_hidden(lambda: _texts(shape, Omissions(), ""))


def _is_outside(shape: Any, size: tuple[int, int]) -> bool:
    """Say whether no part of a shape is on the slide."""
    if shape.is_placeholder:
        return False
    left, top, width, height = shape.left, shape.top, shape.width, shape.height
    if None in (left, top, width, height) or not all(size):
        return False
    return bool(left + width <= 0 or top + height <= 0 or left >= size[0] or top >= size[1])


def _texts(shape: Any, omissions: Omissions, where: str) -> Iterator[str]:
    if hasattr(shape, "shapes"):
        for inner in _reading_order(shape.shapes):
            if _is_hidden(inner):
                omissions.add("hidden shape", where, text=_hidden_text(inner))
            else:
                yield from _texts(inner, omissions, where)
    elif getattr(shape, "has_table", False) and shape.has_table:
        yield "\n".join(_table_lines(shape.element, omissions, where))
    elif shape.has_text_frame and not _is_furniture(shape):
        yield clean(read_paragraphs(shape.element, omissions, where))  # lines inside one text box belong together
    else:
        yield _text_of_drawing(shape, omissions, where)


def _table_lines(table: Any, omissions: Omissions, where: str) -> Iterator[str]:
    """Yield a line for each row of a table; a merged value belongs to each cell it covers."""
    grid: dict[int, dict[int, str]] = {}
    merged: list[Merged] = []
    for number, row in enumerate(table.iter(f"{A}tr"), start=1):
        for column, cell in enumerate(row.iterchildren(f"{A}tc"), start=1):
            if cell.get("hMerge") in ("1", "true") or cell.get("vMerge") in ("1", "true"):
                continue
            if text := one_line(read_paragraphs(cell, omissions, where)):
                grid.setdefault(number, {})[column] = text
            rows, columns = int(cell.get("rowSpan", "1")), int(cell.get("gridSpan", "1"))
            if rows > 1 or columns > 1:
                merged.append(Merged(number, column, number + rows - 1, column + columns - 1))
    fill_merged(grid, merged)
    for number in sorted(grid):
        cells = grid[number]
        yield " | ".join(cells.get(column, "") for column in range(1, max(cells) + 1))


def _text_of_drawing(shape: Any, omissions: Omissions, where: str) -> str:
    """Return the figures of a chart or the words of a diagram, "" for anything else."""
    try:
        chart = shape.element.find(".//{*}graphicData/{*}chart")
        if chart is not None:
            return "\n".join(chart_lines(parse_xml(shape.part.related_part(chart.get(f"{RELATION}id")).blob)))
        diagram = shape.element.find(f".//{DIAGRAM}relIds")
        if diagram is not None:
            return "\n".join(diagram_lines(parse_xml(shape.part.related_part(diagram.get(f"{RELATION}dm")).blob)))
        if shape.element.find(".//{*}oleObj") is not None:
            omissions.add("embedded object", where, OBJECT)
        return ""
    except MemoryError:
        raise
    except Exception:  # a damaged chart: the rest of the deck is read
        omissions.add("drawing", where, Reason("damaged"))
        return ""


def _is_furniture(shape: Any) -> bool:
    """Say whether the shape is a date, a footer or a slide number."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    kinds = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
    return shape.is_placeholder and shape.placeholder_format.type in kinds

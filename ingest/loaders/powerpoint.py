"""Read PowerPoint (.pptx): a slide is a section, its title the heading, its notes the last paragraph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile, make_hints
from ingest.loaders.zip_container import check_zip, parse_xml
from ingest.text.cleaning import clean, one_line

_DIAGRAM: Final = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_DRAWING: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MOST_SERIES, _MOST_POINTS = 20, 100
_MAIN_PARTS: Final = (
    "application/vnd.ms-powerpoint.slideshow.macroEnabled.main+xml",
    "application/vnd.ms-powerpoint.template.macroEnabled.main+xml",
)


def load(path: Path) -> LoadedFile:
    """Read a slide deck. Raises UnreadableFile."""
    check_zip(path, "PowerPoint")
    try:
        deck = _open(path)
        sections = tuple(_section(number, slide) for number, slide in enumerate(deck.slides, start=1))
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged PowerPoint file ({type(error).__name__}: {error}).") from error
    blank = [str(number) for number, section in enumerate(sections, start=1) if not section.text]
    warnings = (f"no text on slides {', '.join(blank)} (pictures?)",) if blank else ()
    properties = deck.core_properties
    first_heading = next((section.heading for section in sections if section.heading), "")
    hints = {"heading": first_heading} | make_hints(properties.title, properties.author)
    return LoadedFile(sections, {}, hints, warnings)


def _open(path: Path) -> Any:
    """Return the deck of a presentation, a show or a template, with macros or without. Raises UnreadableFile."""
    from pptx.opc.constants import CONTENT_TYPE
    from pptx.opc.package import PartFactory
    from pptx.package import Package
    from pptx.parts.presentation import PresentationPart

    kinds = (CONTENT_TYPE.PML_SLIDESHOW_MAIN, CONTENT_TYPE.PML_TEMPLATE_MAIN, *_MAIN_PARTS)
    for kind in kinds:
        PartFactory.part_type_for[kind] = PresentationPart
    part: Any = Package.open(str(path)).main_document_part
    if part.content_type not in (CONTENT_TYPE.PML_PRESENTATION_MAIN, CONTENT_TYPE.PML_PRES_MACRO_MAIN, *kinds):
        raise UnreadableFile("damaged, or no PowerPoint file in spite of its suffix.")
    return part.presentation


def _section(number: int, slide: Any) -> SectionText:
    title = slide.shapes.title
    heading = one_line(title.text_frame.text) if title is not None and title.has_text_frame else ""
    shapes = [shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id]
    parts = [text for shape in _reading_order(shapes) for text in _texts(shape)]
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        parts.append(clean(slide.notes_slide.notes_text_frame.text))
    return SectionText(f"diapo {number}", "\n\n".join(filter(None, [heading, *parts])), heading)


def _reading_order(shapes: Iterable[Any]) -> list[Any]:
    """Return the shapes from top to bottom, then left to right; those without a position come first."""
    return sorted(shapes, key=lambda shape: ((shape.top or 0) // 360_000, shape.left or 0))  # bands of a centimetre


def _texts(shape: Any) -> Iterator[str]:
    if hasattr(shape, "shapes"):
        for inner in _reading_order(shape.shapes):
            yield from _texts(inner)
    elif getattr(shape, "has_table", False) and shape.has_table:
        rows = ([one_line(cell.text) for cell in row.cells] for row in shape.table.rows)
        yield "\n".join(" | ".join(cells) for cells in rows if any(cells))
    elif shape.has_text_frame and not _is_furniture(shape):
        # Lines inside one text box belong together; a vertical tab is a line broken by hand.
        yield clean("\n".join(one_line(paragraph.text) for paragraph in shape.text_frame.paragraphs))
    else:
        yield _text_of_drawing(shape)


def _text_of_drawing(shape: Any) -> str:
    """Return the figures of a chart or the words of a diagram, "" for anything else."""
    try:
        if getattr(shape, "has_chart", False):
            return "\n".join(_chart_lines(shape.chart))
        diagram = shape.element.find(f".//{_DIAGRAM}relIds")
        if diagram is None:
            return ""
        return _text_of_diagram(shape.part.related_part(diagram.get(f"{_RELATION}dm")).blob)
    except MemoryError:
        raise
    except Exception:  # a chart of a kind that python-pptx does not know: the rest of the deck is read
        return ""


def _chart_lines(chart: Any) -> Iterator[str]:
    """Yield the title of a chart, then its figures as the rows of a table."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield one_line(chart.chart_title.text_frame.text)
    for plot in chart.plots:
        series = list(plot.series)[:_MOST_SERIES]
        yield " | ".join(["", *(one_line(row.name) for row in series)]).lstrip(" |")
        for point, category in enumerate(list(plot.categories)[:_MOST_POINTS]):
            values = [row.values[point] if point < len(row.values) else None for row in series]
            yield " | ".join([one_line(str(category)), *("" if value is None else f"{value:g}" for value in values)])


def _text_of_diagram(data: bytes) -> str:
    """Return the words of a SmartArt diagram, a line for each shape."""
    paragraphs = parse_xml(data).iter(f"{_DRAWING}p")
    lines = (one_line("".join(run.text or "" for run in paragraph.iter(f"{_DRAWING}t"))) for paragraph in paragraphs)
    return "\n".join(filter(None, lines))


def _is_furniture(shape: Any) -> bool:
    """Say whether the shape is a date, a footer or a slide number."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    kinds = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
    return shape.is_placeholder and shape.placeholder_format.type in kinds

"""Read OpenDocument (.odt, .odp): headings or slides make sections; tables as rows; notes below their section."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from index.reasons import Reason, quote
from ingest.loaders.list_numbers import add_item, is_division, join_number
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile, make_hints
from ingest.loaders.omissions import DELETED
from ingest.loaders.opendocument_lists import Lists, Position
from ingest.loaders.opendocument_tables import read_rows
from ingest.loaders.opendocument_text import (
    DECLARATIONS,
    DRAW,
    DRAWN,
    FORM,
    NOT_ON_SCREEN,
    OFFICE,
    PRESENTATION,
    STYLE,
    TABLE,
    TEXT,
    XML_ID,
    Reading,
    Styles,
    is_hidden_field,
    is_hidden_paragraph,
    is_hidden_shape,
    open_parts,
    plain_text,
    read_object,
    read_words,
)
from ingest.loaders.outline import Outline
from ingest.loaders.zip_container import check_zip, parse_xml
from ingest.text.cleaning import clean, one_line

_INDEXES: Final = ("table-of-content", "illustration-index", "table-index", "object-index", "user-index")
_SKIPPED: Final = frozenset(
    [f"{OFFICE}forms", f"{OFFICE}annotation", f"{PRESENTATION}notes", f"{DRAW}image"]
    + [f"{TEXT}{name}" for name in (*_INDEXES, "alphabetical-index", "tracked-changes", *DECLARATIONS)]
)
_FURNITURE: Final = ("date-time", "footer", "page-number", "header")
_META: Final = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_DUBLIN_CORE: Final = "{http://purl.org/dc/elements/1.1/}"


def load(path: Path) -> LoadedFile:
    """Read an OpenDocument text or presentation. Raises UnreadableFile."""
    check_zip(path, "OpenDocument")
    try:
        with zipfile.ZipFile(path) as archive:
            return _load(archive)
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-file", kind="OpenDocument", detail=quote(error))) from error


def _load(archive: zipfile.ZipFile) -> LoadedFile:
    roots = open_parts(archive)
    reading = Reading(Styles(*roots[::-1]), archive, controls=_controls(roots[0]))
    hints = read_hints(archive)
    presentation = roots[0].find(f"{OFFICE}body/{OFFICE}presentation")
    text = roots[0].find(f"{OFFICE}body/{OFFICE}text")
    if presentation is not None:
        hidden_layers = _hidden_layers(roots)
        slides = tuple(_slides(presentation, reading, Lists(*roots), hidden_layers))
        first_heading = next((slide.heading for slide in slides if slide.heading), "")
        return LoadedFile(
            slides, {}, {"heading": first_heading} | hints, (), reading.omissions.left_out(), reading.omissions.hidden()
        )
    if text is None:
        raise UnreadableFile(Reason("not-opendocument"))
    for region in text.iter(f"{TEXT}changed-region"):
        reading.omissions.add("deleted passage", "", DELETED, count=len(region.findall(f"{TEXT}deletion")))
    blocks = Blocks(reading, Lists(*roots), numbers=count(1))
    blocks.add(text)
    heading = blocks.outline.hints()
    omissions = reading.omissions
    return LoadedFile(blocks.outline.sections(), {}, heading | hints, (), omissions.left_out(), omissions.hidden())


def read_hints(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return title and author as the file states them."""
    if "meta.xml" not in archive.namelist():
        return {}
    meta = parse_xml(archive.read("meta.xml"))
    noted = {node.tag: node.text or "" for node in meta.iter() if isinstance(node.tag, str)}
    author = noted.get(f"{_META}initial-creator") or noted.get(f"{_DUBLIN_CORE}creator")
    return make_hints(noted.get(f"{_DUBLIN_CORE}title"), author)


def _controls(content: Any) -> Mapping[str, str]:
    """Return what the controls of forms show, by their ids."""
    shown = {}
    for control in content.iter():
        if isinstance(control.tag, str) and control.tag.startswith(FORM):
            key = control.get(f"{FORM}id") or control.get(XML_ID) or ""
            label, value = control.get(f"{FORM}label", ""), _value(control)
            shown[key] = f"{value} {label}".strip()
    return shown


def _value(control: Any) -> str:
    """Return what is filled in or chosen in a control."""
    kind = control.tag.removeprefix(FORM)
    if kind in ("checkbox", "radio"):
        is_on = control.get(f"{FORM}current-state") == "checked" or control.get(f"{FORM}current-selected") == "true"
        return "☑" if is_on else "☐"
    if kind in ("password", "hidden", "button", "image"):
        return ""
    chosen = [option.get(f"{FORM}label", "") for option in control if option.get(f"{FORM}current-selected") == "true"]
    return ", ".join(chosen) or str(control.get(f"{FORM}current-value") or control.get(f"{FORM}value") or "")


class Blocks:
    """Adds the blocks of a text, a section or a frame to an outline; with `numbers` notes below their section."""

    def __init__(self, reading: Reading, lists: Lists, numbers: Iterator[int] | None = None) -> None:
        self.outline = Outline()
        self._reading = reading
        self._lists = lists
        self._numbers = numbers

    def add(self, container: Any) -> None:
        for node in container:
            if isinstance(node.tag, str):
                self._add_block(node)
            self._add_notes()

    def _add_block(self, node: Any) -> None:
        if node.tag in (f"{TEXT}h", f"{TEXT}p"):
            self._add_paragraph(node)
        elif node.tag == f"{TEXT}list":
            self._add_list(node, Position(node))
        elif node.tag == f"{TABLE}table":
            self.outline.add("\n".join(read_rows(node, self._reading)))
            self._add_drawn()
        elif node.tag in (f"{DRAW}object", f"{DRAW}object-ole"):
            self.outline.add(read_object(node, self._reading))
        elif node.tag == f"{DRAW}control":
            self.outline.add(self._reading.controls.get(node.get(f"{DRAW}control", ""), ""))
        elif is_hidden_shape(node):
            self._reading.omissions.add("hidden shape", self._reading.where, text=plain_text(node))
        elif is_hidden_field(node):
            self._reading.omissions.add("hidden section", self._reading.where, text=plain_text(node))
        elif node.tag == f"{DRAW}frame" and node.find(f"{DRAW}object") is not None:
            self.add(node.iterchildren(f"{DRAW}object"))  # beside it is only its picture
        elif node.tag not in _SKIPPED:
            self.add(node)

    def _add_paragraph(self, node: Any, item: str = "") -> None:
        """Add a paragraph or a heading; `item` is the mark or the number of the list item that it opens."""
        if is_hidden_paragraph(node):
            self._reading.omissions.add("hidden passage", self._reading.where, text=plain_text(node))
            return
        text = clean(read_words(node, self._reading))
        style = node.get(f"{TEXT}style-name", "")
        if node.tag == f"{TEXT}h":
            number = item if item.strip("- ") else self._lists.heading_number(node)
            self.outline.heading(int(node.get(f"{TEXT}outline-level") or 1) + 1, join_number(number, text))
        elif self._is_title(style):
            self.outline.heading(1, text)
        elif item:
            add_item(self.outline, item, text)
        else:
            self.outline.add_text(text)
        self._add_drawn()

    def _is_title(self, style: str) -> bool:
        names = [chained.get(f"{STYLE}name", "") for chained in self._reading.styles.chain("paragraph", style)]
        return any(name.lower() == "title" for name in [style, *names[:2]])

    def _add_list(self, node: Any, position: Position) -> None:
        """Add a list; items of one list stay in one block."""
        self._lists.open(position)
        lines: list[str] = []
        for item in node:
            if item.tag not in (f"{TEXT}list-item", f"{TEXT}list-header"):
                continue
            mark = self._lists.mark(position, item)
            for block in item:
                if block.tag == f"{TEXT}list":
                    self._flush(lines)
                    self._add_list(block, position.inside(block))
                elif block.tag == f"{TEXT}p" and not self._is_plain(block, mark):
                    self._flush(lines)
                    self._add_paragraph(block, mark)
                    mark = ""
                elif block.tag == f"{TEXT}p":
                    if text := one_line(read_words(block, self._reading)):
                        lines.append(join_number(mark, text))
                        mark = ""
                elif block.tag == f"{TEXT}h":
                    self._flush(lines)
                    self._add_paragraph(block, mark)
                    mark = ""
                elif isinstance(block.tag, str):
                    self._flush(lines)
                    self._add_block(block)
        self._flush(lines)

    def _is_plain(self, paragraph: Any, mark: str) -> bool:
        """Say whether a paragraph of a list is a line of it, with nothing drawn in it and no article's number."""
        is_drawn = any(child.tag in DRAWN for child in paragraph.iter() if isinstance(child.tag, str))
        return not is_drawn and not is_division(mark) and not is_hidden_paragraph(paragraph)

    def _flush(self, lines: list[str]) -> None:
        self.outline.add("\n".join(lines))
        lines.clear()

    def _add_drawn(self) -> None:
        """Add what was drawn among the words of the last block."""
        drawn = self._reading.drawn[:]
        self._reading.drawn.clear()
        for shape in drawn:
            self._add_block(shape)

    def _add_notes(self) -> None:
        if self._numbers is not None:
            for note in self._reading.notes:
                self.outline.note(f"({next(self._numbers)}) {note}")
            self._reading.notes.clear()


def _hidden_layers(roots: list[Any]) -> frozenset[str]:
    return frozenset(
        layer.get(f"{DRAW}name", "")
        for root in roots
        for layer in root.iter(f"{DRAW}layer")
        if layer.get(f"{DRAW}display") in NOT_ON_SCREEN
    )


def _slides(presentation: Any, reading: Reading, lists: Lists, hidden_layers: frozenset[str]) -> Iterator[SectionText]:
    """Yield a section for each slide: its title, its texts, its speaker's notes last."""
    for number, slide in enumerate(presentation.iterchildren(f"{DRAW}page"), start=1):
        reading.where = f"diapo {number}"
        style = slide.get(f"{DRAW}style-name", "")
        if (
            reading.styles.property("drawing-page", style, "drawing-page-properties", f"{PRESENTATION}visibility")
            == "hidden"
        ):
            reading.omissions.add("hidden slide", reading.where, text=plain_text(slide))
            continue
        heading, texts = "", list[str]()
        for frame in slide:
            if not isinstance(frame.tag, str) or frame.tag == f"{PRESENTATION}notes" or _class(frame) in _FURNITURE:
                continue
            if frame.get(f"{DRAW}layer", "") in hidden_layers:
                reading.omissions.add("hidden shape", reading.where, text=plain_text(frame))
                continue
            text = _text_of_frame(frame, reading, lists)
            if _class(frame) == "title" and not heading:
                heading = one_line(text)
            else:
                texts.append(text)
        notes = [
            _text_of_frame(frame, reading, lists)
            for frame in slide.iterfind(f"{PRESENTATION}notes/{DRAW}frame")
            if _class(frame) not in ("page", *_FURNITURE)
        ]
        yield SectionText(f"diapo {number}", "\n\n".join(filter(None, [heading, *texts, *notes])), heading)


def _text_of_frame(frame: Any, reading: Reading, lists: Lists) -> str:
    """Return the text of a slide's shape with its notes."""
    blocks = Blocks(reading, lists)
    blocks.add([frame])
    text = "\n\n".join([*(_heading_and_text(section) for section in blocks.outline.sections()), *reading.notes])
    reading.notes.clear()
    return text


def _heading_and_text(section: SectionText) -> str:
    heading = section.heading.rpartition(" > ")[2]
    return "\n\n".join(filter(None, [heading, section.text]))


def _class(frame: Any) -> str:
    """Return what a slide's frame is for ("title", "outline", "notes"…), "" if it does not say."""
    return str(frame.get(f"{PRESENTATION}class") or "")

"""Read the text of OpenDocument elements: what their styles hide, strike out or raise, and what is drawn in it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from index.reasons import Reason
from ingest.loaders.formula import read_formula
from ingest.loaders.loaded_file import UnreadableFile
from ingest.loaders.omissions import COMMENT, OBJECT, STRUCK, Omissions
from ingest.loaders.raised_digits import write_lowered, write_raised
from ingest.loaders.symbol_fonts import write_symbols
from ingest.loaders.zip_container import parse_xml
from ingest.text.cleaning import one_line

_NAMES: Final = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT, TABLE, DRAW, STYLE, OFFICE = (
    f"{{{_NAMES}{name}:1.0}}" for name in ("text", "table", "drawing", "style", "office")
)
PRESENTATION, FORM, CHART = (f"{{{_NAMES}{name}:1.0}}" for name in ("presentation", "form", "chart"))
_FO: Final = f"{{{_NAMES}xsl-fo-compatible:1.0}}"
XLINK: Final = "{http://www.w3.org/1999/xlink}"
XML_ID: Final = "{http://www.w3.org/XML/1998/namespace}id"
DRAWN: Final = frozenset(
    f"{DRAW}{name}"
    for name in ("frame", "g", "custom-shape", "rect", "ellipse", "circle", "line", "polygon", "polyline", "path")
) | {f"{DRAW}{name}" for name in ("regular-polygon", "connector", "caption", "measure", "control", "a")}
_EXTENDED_DRAW: Final = "{http://openoffice.org/2010/draw}"  # what LibreOffice adds to the standard
NOT_ON_SCREEN: Final = ("none", "printer")
_SVG: Final = f"{{{_NAMES}svg-compatible:1.0}}"
DECLARATIONS: Final = ("sequence-decls", "variable-decls", "user-field-decls")
_NO_WORDS: Final = ("tracked-changes", "note-citation", "page-number", "page-count", "ruby-text", *DECLARATIONS)
_SKIPPED: Final = frozenset(
    [
        f"{OFFICE}forms",
        f"{OFFICE}event-listeners",
        f"{_SVG}title",
        f"{_SVG}desc",
        *(f"{TEXT}{name}" for name in _NO_WORDS),
    ]
)
_TRUE: Final = ("true", "1", "ooow:true", "ooow:1")


@dataclass(frozen=True, slots=True)
class Look:
    """How text of a style looks."""

    is_hidden: bool = False
    is_struck: bool = False
    shift: str = ""  # "super", "sub" or ""
    font: str = ""


class Styles:
    """The styles of a file by family and name, each with those it is based on."""

    def __init__(self, *roots: Any) -> None:
        self.elements: dict[tuple[str, str], Any] = {}
        self.fonts: dict[str, str] = {}
        for root in roots:
            for style in root.iter(f"{STYLE}style"):
                self.elements[style.get(f"{STYLE}family", ""), style.get(f"{STYLE}name", "")] = style
            for font in root.iter(f"{STYLE}font-face"):
                family = font.get(f"{_SVG}font-family", "")
                self.fonts[font.get(f"{STYLE}name", "")] = family.strip("'\"")
        self._looks: dict[tuple[str, str], Look] = {}

    def chain(self, family: str, name: str) -> Iterator[Any]:
        """Yield a style and those it is based on."""
        for _ in range(20):
            style = self.elements.get((family, name))
            if style is None:
                return
            yield style
            name = style.get(f"{STYLE}parent-style-name", "")

    def property(self, family: str, name: str, kind: str, attribute: str) -> str:
        """Return a property of a style ("table-properties", "{…}display"), of the nearest style that has it, or ""."""
        for style in self.chain(family, name):
            for properties in style.iterfind(f"{STYLE}{kind}"):
                if properties.get(attribute) is not None:
                    return str(properties.get(attribute))
        return ""

    def look(self, family: str, name: str) -> Look:
        """Return how text of a style looks."""
        if (family, name) not in self._looks:
            values = [
                self.property(family, name, "text-properties", attribute)
                for attribute in (
                    f"{TEXT}display", f"{STYLE}text-line-through-style", f"{STYLE}text-line-through-type",
                    f"{STYLE}text-position", f"{STYLE}font-name", f"{_FO}font-family",
                )
            ]  # fmt: skip
            display, line, kind, position, font, family_name = values
            is_struck = (line or kind) not in ("", "none") and kind != "none"
            self._looks[family, name] = Look(
                display == "none", is_struck, _shift(position), self.fonts.get(font, font) or family_name.strip("'\"")
            )
        return self._looks[family, name]


def _shift(position: str) -> str:
    first = position.split(" ")[0] if position else ""
    if first in ("super", "sub"):
        return first
    if first.endswith("%") and first.strip("-+0.%"):
        return "sub" if first.startswith("-") else "super"
    return ""


@dataclass(slots=True)
class Reading:
    """A file as it is read: its styles, its parts, and what has been met in its text and is to be told or added."""

    styles: Styles
    archive: zipfile.ZipFile
    omissions: Omissions = field(default_factory=Omissions)
    where: str = ""
    notes: list[str] = field(default_factory=list)
    drawn: list[Any] = field(default_factory=list)  # shapes among the words, to be added after them
    controls: Mapping[str, str] = field(default_factory=dict)  # values of form controls by id


def open_parts(archive: zipfile.ZipFile) -> list[Any]:
    """Return the roots of content.xml and, if there is one, of styles.xml. Raises UnreadableFile."""
    check_readable(archive)
    return [parse_xml(archive.read(name)) for name in ("content.xml", "styles.xml") if name in archive.namelist()]


def check_readable(archive: zipfile.ZipFile) -> None:
    """Raise UnreadableFile for a file that is encrypted or has no text."""
    members = archive.namelist()
    is_encrypted = "META-INF/manifest.xml" in members and b"encryption-data" in archive.read("META-INF/manifest.xml")
    if is_encrypted or "encrypted-package" in members:
        raise UnreadableFile(Reason("opendocument-password"))
    if "content.xml" not in members:
        raise UnreadableFile(Reason("damaged-no-content"))


def read_words(node: Any, reading: Reading, look: Look | None = None) -> str:
    """Return the text of a paragraph or a cell as it is seen; notes and shapes in it go to `reading`."""
    writer = _Writer(reading)
    writer.add(node, look or Look())
    return writer.text


class _Writer:
    """Writes the words of an element one after another."""

    def __init__(self, reading: Reading) -> None:
        self.text = ""
        self._reading = reading
        self._was_struck = False

    def add(self, node: Any, look: Look) -> None:
        """Add what an element says; `look` is that of the text around it."""
        if not isinstance(node.tag, str) or node.tag in _SKIPPED:
            return
        handler = _HANDLERS.get(node.tag)
        if node.tag in DRAWN or node.tag == f"{TABLE}table":
            self._reading.drawn.append(node)
        elif handler is not None:
            handler(self, node, look)
        elif is_hidden_field(node):
            self._reading.omissions.add("hidden passage", self._reading.where, text=plain_text(node))
        else:
            self._add_children(node, self._look_of(node, look))

    def _add_children(self, node: Any, look: Look) -> None:
        is_paragraph = node.tag in (f"{TEXT}p", f"{TEXT}h")
        if is_paragraph and self.text and not self.text.endswith("\n"):
            self.text += "\n"
        self._write(node.text, look)
        for child in node:
            self.add(child, look)
            self._write(child.tail, look)
        if node.tag in (f"{TEXT}p", f"{TEXT}h", f"{TEXT}list-item") and not self.text.endswith("\n"):
            self.text += "\n"

    def _look_of(self, node: Any, look: Look) -> Look:
        name = node.get(f"{TEXT}style-name", "")
        if node.tag in (f"{TEXT}span", f"{TEXT}a") and name:
            own = self._reading.styles.look("text", name)
        elif node.tag in (f"{TEXT}p", f"{TEXT}h") and name:
            own = self._reading.styles.look("paragraph", name)
        else:
            return look
        return replace(
            own,
            is_hidden=own.is_hidden or look.is_hidden,
            is_struck=own.is_struck or look.is_struck,
            shift=own.shift or look.shift,
            font=own.font or look.font,
        )

    def _write(self, text: str | None, look: Look) -> None:
        """Add a stretch of text; white space in the XML is one space (ODF 1.3, 6.1.2)."""
        words = re.sub(r"[ \t\r\n]+", " ", text or "")
        if not words:
            return
        if not words.strip():
            self.text += words if self.text and not self.text.endswith((" ", "\n")) else ""
            return
        omissions, where = self._reading.omissions, self._reading.where
        if look.is_hidden:
            omissions.add("hidden passage", where, text=words)
        elif look.is_struck:
            omissions.add("struck-out passage", where, STRUCK, count=int(not self._was_struck))
        else:
            words = write_symbols(words, look.font)
            words = words.lstrip(" ") if self.text.endswith("\n") or not self.text else words
            words = write_raised(self.text, words) if look.shift == "super" else words
            self.text += write_lowered(words) if look.shift == "sub" else words
        self._was_struck = look.is_struck

    def add_note(self, node: Any, look: Look) -> None:
        if not look.is_struck and not look.is_hidden:
            note = one_line(" ".join(read_words(child, self._reading) for child in node))
            self._reading.notes.append(note)

    def add_space(self, node: Any, look: Look) -> None:
        self.text += " " * min(int(node.get(f"{TEXT}c", "1") or 1), 100)

    def add_break(self, node: Any, look: Look) -> None:
        self.text += "\n"

    def add_comment(self, node: Any, look: Look) -> None:
        self._reading.omissions.add("comment", self._reading.where, COMMENT, text=plain_text(node))


_HANDLERS: Final = {
    f"{TEXT}note-body": _Writer.add_note,
    f"{TEXT}s": _Writer.add_space,
    f"{TEXT}tab": _Writer.add_space,
    f"{TEXT}line-break": _Writer.add_break,
    f"{OFFICE}annotation": _Writer.add_comment,
}


def plain_text(node: Any) -> str:
    """Return the words of an element that is left out: its paragraphs, whatever their look, and what a field hides."""
    hidden = [
        field.get(f"{TEXT}string-value", "") for field in node.iter(f"{TEXT}hidden-text", f"{TEXT}conditional-text")
    ]
    paragraphs = [one_line("".join(part.itertext())) for part in node.iter(f"{TEXT}p", f"{TEXT}h")]
    return " ".join(filter(None, [*paragraphs, *hidden])) or one_line("".join(node.itertext()))


def is_hidden_shape(node: Any) -> bool:
    """Say whether a shape is hidden itself, whatever its layer."""
    return bool(node.get(f"{_EXTENDED_DRAW}display") in NOT_ON_SCREEN)


def is_hidden_field(node: Any) -> bool:
    """Say whether a field or a section is hidden, by itself or by its condition."""
    if node.tag in (f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph"):
        stated = node.get(f"{TEXT}is-hidden")
        return bool(stated == "true" or (stated is None and node.get(f"{TEXT}condition") in _TRUE))
    display = node.get(f"{TEXT}display")
    return bool(display == "none" or (display == "condition" and node.get(f"{TEXT}is-hidden") == "true"))


def is_hidden_paragraph(paragraph: Any) -> bool:
    """Say whether a field in the paragraph hides it as a whole."""
    return any(is_hidden_field(field) for field in paragraph.iter(f"{TEXT}hidden-paragraph"))


def read_object(node: Any, reading: Reading) -> str:
    """Return the figures of an embedded chart or the text of a formula; other objects are counted as left out."""
    folder = (node.get(f"{XLINK}href") or "").removeprefix("./").rstrip("/")
    name = f"{folder}/content.xml"
    inline = next(iter(node.iterchildren("{*}math", "{*}document")), None)
    if inline is None and (not folder or name not in reading.archive.namelist()):
        reading.omissions.add("embedded object", reading.where, OBJECT)
        return ""
    root = inline if inline is not None else parse_xml(reading.archive.read(name))
    if root.tag.endswith("}math"):
        return read_formula(root)
    chart = next(root.iter(f"{CHART}chart"), None)
    if chart is None:
        reading.omissions.add("embedded object", reading.where, OBJECT)
        return ""
    return "\n".join(_chart_lines(chart, reading))


def _chart_lines(chart: Any, reading: Reading) -> Iterator[str]:
    for title in chart.iter(f"{CHART}title", f"{CHART}subtitle"):
        yield one_line(read_words(title, reading))
    for row in chart.iter(f"{TABLE}table-row"):
        cells = [one_line(read_words(cell, reading)) for cell in row]
        if any(cells):
            yield " | ".join(cells).lstrip(" |")

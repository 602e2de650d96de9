"""Read the runs of a Word file as they are seen: without what is hidden, struck out or deleted, signs as signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from index.reasons import Reason
from ingest.loaders.formula import read_formula
from ingest.loaders.omissions import COMMENT, DELETED, HIDDEN, STRUCK, Omissions
from ingest.loaders.raised_digits import write_lowered, write_raised
from ingest.loaders.symbol_fonts import write_symbol, write_symbols
from ingest.text.cleaning import one_line

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_VML: Final = "{urn:schemas-microsoft-com:vml}"
_DEEPEST: Final = 20  # styles based on one another
_OFF: Final = ("0", "false", "off")
_SKIPPED: Final = frozenset(
    f"{W}{name}"
    for name in ("pPr", "rPr", "instrText", "delInstrText", "footnoteReference", "endnoteReference", "txbxContent")
) | {f"{W}{name}" for name in ("sdtPr", "sdtEndPr", "fldData", "annotationRef", "footnoteRef", "endnoteRef", "tbl")}
_SIGNS: Final = {f"{W}tab": " ", f"{W}ptab": " ", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_DELETED: Final = (f"{W}del", f"{W}moveFrom")


class Look(NamedTuple):
    """How a run looks."""

    is_hidden: bool = False
    is_struck: bool = False
    shift: str = ""
    font: str = ""


class _Properties(NamedTuple):
    """What a style or a run says of the look, None and "" for nothing."""

    hidden: bool | None = None
    struck: bool | None = None
    double_struck: bool | None = None
    shift: str = ""
    font: str = ""


class Styles:
    """The styles of a file by id, each with those it is based on."""

    def __init__(self, root: Any) -> None:
        self._elements: dict[str, Any] = {}
        self._properties: dict[str, _Properties] = {}
        self._looks: dict[tuple[str, str], Look] = {}
        self.default = ""
        for style in root.iter(f"{W}style") if root is not None else ():
            self._elements[style.get(f"{W}styleId", "")] = style
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true", "on"):
                self.default = style.get(f"{W}styleId", "")

    def chain(self, style: str) -> list[Any]:
        """Return a style and those it is based on."""
        chained: list[Any] = []
        while style in self._elements and len(chained) < _DEEPEST:
            chained.append(self._elements[style])
            above = chained[-1].find(f"{W}basedOn")
            style = above.get(f"{W}val", "") if above is not None else ""
        return chained

    def numbering(self, style: str) -> tuple[str, str]:
        """Return list and level that a style gives to its paragraphs, "" for none."""
        number = level = ""
        for chained in self.chain(style or self.default):
            own = chained.find(f"{W}pPr/{W}numPr")
            if own is not None:
                number = number or _value(own.find(f"{W}numId"))
                level = level or _value(own.find(f"{W}ilvl"))
        return number, level

    def properties(self, style: str) -> _Properties:
        """Return what a style says of the look, by itself or by those it is based on."""
        if style not in self._properties:
            merged = _Properties()
            for chained in self.chain(style):
                merged = _merge(merged, _read(chained.find(f"{W}rPr")))
            self._properties[style] = merged
        return self._properties[style]

    def look(self, run_properties: Any, paragraph_style: str) -> Look:
        """Return the look of a run; between paragraph and character style hidden and struck are switches (17.7.3)."""
        own = _read(run_properties)
        style = _value(run_properties.find(f"{W}rStyle")) if run_properties is not None else ""
        if own == _NOTHING:
            key = (style, paragraph_style)
            if key not in self._looks:
                self._looks[key] = self._combine(own, style, paragraph_style)
            return self._looks[key]
        return self._combine(own, style, paragraph_style)

    def _combine(self, own: _Properties, style: str, paragraph_style: str) -> Look:
        by_run, by_paragraph = self.properties(style), self.properties(paragraph_style or self.default)
        hidden, struck, double = (
            of_run if of_run is not None else bool(of_style) != bool(of_paragraph)
            for of_run, of_style, of_paragraph in zip(own[:3], by_run[:3], by_paragraph[:3], strict=True)
        )
        return Look(
            hidden,
            struck or double,
            own.shift or by_run.shift or by_paragraph.shift,
            own.font or by_run.font or by_paragraph.font,
        )


_NOTHING: Final = _Properties()


def _merge(near: _Properties, far: _Properties) -> _Properties:
    values = {name: value for name, value in near._asdict().items() if value not in (None, "")}
    return far._replace(**values)


def _read(properties: Any) -> _Properties:
    """Return what a w:rPr says."""
    if properties is None or not len(properties):
        return _NOTHING
    values: dict[str, Any] = {}
    for child in properties:
        name = child.tag
        if name == f"{W}vanish":
            values["hidden"] = child.get(f"{W}val") not in _OFF
        elif name == f"{W}strike":
            values["struck"] = child.get(f"{W}val") not in _OFF
        elif name == f"{W}dstrike":
            values["double_struck"] = child.get(f"{W}val") not in _OFF
        elif name == f"{W}vertAlign":
            values["shift"] = child.get(f"{W}val", "")
        elif name == f"{W}rFonts":
            values["font"] = child.get(f"{W}ascii") or child.get(f"{W}hAnsi") or ""
    return _Properties(**values) if values else _NOTHING


def _value(element: Any) -> str:
    return str(element.get(f"{W}val", "")) if element is not None else ""


class TextReader:
    """Reads paragraphs one after another; fields may begin in one and end in another."""

    def __init__(self, styles: Styles, omissions: Omissions, comments: Mapping[str, str] | None = None) -> None:
        self.styles = styles
        self._comments = comments or {}
        self._omissions = omissions
        self._fields: list[bool] = []  # open fields, outermost first: True where their result has begun
        self._text = ""
        self._before: Reason | None = None  # why the run before was left out

    def read(self, paragraph: Any) -> str:
        """Return the text of a paragraph: insertions, but no deletions, no field codes, no text boxes."""
        style = _value(paragraph.find(f"{W}pPr/{W}pStyle"))
        self._fields = [has_result for has_result in self._fields if has_result]
        self._text, self._before = "", None
        self._add(paragraph, style)
        return self._text

    def _add(self, element: Any, style: str) -> None:
        for child in element:
            tag = child.tag
            if tag == f"{W}r":
                self._add_run(child, style)
            elif tag in _DELETED:
                self._omissions.add("deleted passage", "", DELETED, count=int(any(map(_has_text, child.iter()))))
            elif tag in (f"{_MATH}oMath", f"{_MATH}oMathPara"):
                self._text += read_formula(child) if all(self._fields) else ""
            elif isinstance(tag, str) and tag not in _SKIPPED:
                self._add(child, style)

    def _add_run(self, run: Any, style: str) -> None:
        look = self.styles.look(run.find(f"{W}rPr"), style)
        for child in run:
            tag = child.tag
            if tag == f"{W}fldChar":
                self._open_or_close_field(child)
            elif tag == f"{W}commentReference":
                text = self._comments.get(child.get(f"{W}id", ""), "")
                self._omissions.add("comment", "", COMMENT, text=text)
            elif tag == f"{W}t":
                self._write(child.text or "", look)
            elif tag == f"{W}sym":
                code = child.get(f"{W}char", "0")
                self._write(write_symbol(int(code, 16), child.get(f"{W}font", "")), look._replace(font=""))
            elif tag in _SIGNS:
                self._text += _SIGNS[tag] if all(self._fields) and not look.is_hidden else ""
            elif isinstance(tag, str) and tag not in _SKIPPED:
                self._add_drawn(child, style)

    def _add_drawn(self, element: Any, style: str) -> None:
        """Add letters drawn in a run (WordArt) and what else holds runs; text boxes are read by themselves."""
        for art in element.iter(f"{_VML}textpath"):
            self._text += f"{art.get('string', '')} "
        if element.tag not in (f"{W}drawing", f"{W}pict", f"{W}object"):
            self._add(element, style)

    def _write(self, words: str, look: Look) -> None:
        if not all(self._fields) or not words:
            return
        why = HIDDEN if look.is_hidden else STRUCK if look.is_struck else None
        if why and words.strip() and why != self._before:
            self._omissions.add("hidden passage" if why == HIDDEN else "struck-out passage", "", why)
        if why:
            self._omissions.go_on(words if why == HIDDEN else "")
            self._before = why if words.strip() else self._before
            return
        self._before = None if words.strip() else self._before
        words = write_symbols(words, look.font)
        words = write_raised(self._text, words) if look.shift == "superscript" else words
        self._text += write_lowered(words) if look.shift == "subscript" else words

    def _open_or_close_field(self, character: Any) -> None:
        kind = character.get(f"{W}fldCharType")
        if kind == "begin":
            if all(self._fields):
                self._text += _filled_in(character)
            self._fields.append(False)
        elif kind == "separate" and self._fields:
            self._fields[-1] = True
        elif kind == "end" and self._fields:
            self._fields.pop()


def words_of(element: Any) -> str:
    """Return the words of an element that is left out, whatever their look."""
    paragraphs = ("".join(text.text or "" for text in part.iter(f"{W}t")) for part in element.iter(f"{W}p"))
    return " ".join(filter(None, map(one_line, paragraphs)))


def _has_text(element: Any) -> bool:
    return element.tag in (f"{W}t", f"{W}delText") and bool((element.text or "").strip())


def _filled_in(character: Any) -> str:
    """Return what is chosen in a drop-down field or whether a box is ticked; the text of text fields follows them."""
    chosen = character.find(f"{W}ffData/{W}ddList")
    if chosen is not None:
        entries = [_value(entry) for entry in chosen.iter(f"{W}listEntry")]
        result = chosen.find(f"{W}result")
        index = int(_value(result if result is not None else chosen.find(f"{W}default")) or 0)
        return entries[index] if 0 <= index < len(entries) else ""
    box = character.find(f"{W}ffData/{W}checkBox")
    if box is None:
        return ""
    checked = box.find(f"{W}checked")
    state = checked if checked is not None else box.find(f"{W}default")
    return "☑" if state is not None and state.get(f"{W}val") not in _OFF else "☐"

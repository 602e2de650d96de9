"""Read Word (.docx): heading styles make sections; tables as rows; notes below their section; no deleted text."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from itertools import count
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
from ingest.loaders.list_numbers import add_item, join_number
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile, make_hints
from ingest.loaders.office_package import open_package
from ingest.loaders.omissions import DELETED, OBJECT, Omissions
from ingest.loaders.outline import Outline
from ingest.loaders.word_numbering import Numbering
from ingest.loaders.word_tables import read_rows
from ingest.loaders.word_text import Styles, TextReader, W, words_of
from ingest.loaders.zip_container import check_zip, parse_xml
from ingest.text.cleaning import clean, one_line

_MAIN_PARTS: Final = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_CONTAINERS: Final = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"))
_LISTED: Final = -2
_HEADING: Final = re.compile(r"(?:heading|titre|überschrift|kop|título|titolo|ttulo)\s?(\d)", re.IGNORECASE)
_OFFICE: Final = "{urn:schemas-microsoft-com:office:office}"
_PLACED: Final = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_CHUNKS: Final = {
    ".mht": ".mht",
    ".mhtml": ".mht",
    ".htm": ".html",
    ".html": ".html",
    ".xhtml": ".html",
    ".txt": ".txt",
}
_DEEPEST: Final = 3  # a document in a document in a document
_DEPTH: Final[ContextVar[int]] = ContextVar("_DEPTH", default=0)


def load(path: Path) -> LoadedFile:
    """Read a Word file. Raises UnreadableFile."""
    check_zip(path, "Word")
    try:
        with open_package(path) as package:
            document = _open(package)
            body = _Body(document)
            body.add(document.element.body)
            properties = document.core_properties
            hints = make_hints(properties.title, properties.author)
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-file", kind="Word", detail=quote(error))) from error
    outline = body.outline
    heading, omissions = outline.hints(), body.omissions
    return LoadedFile(
        outline.sections(), {}, heading | hints, tuple(body.warnings), omissions.left_out(), omissions.hidden()
    )


def _open(path: Path) -> Any:
    """Return the document of a Word file, a template, or either with macros: docx.Document opens only the first.

    Raises UnreadableFile.
    """
    from docx.opc.constants import CONTENT_TYPE
    from docx.opc.part import PartFactory
    from docx.package import Package
    from docx.parts.document import DocumentPart

    for kind in _MAIN_PARTS:
        PartFactory.part_type_for[kind] = DocumentPart
    with path.open("rb") as file:
        part: Any = Package.open(file).main_document_part
    if part.content_type not in (CONTENT_TYPE.WML_DOCUMENT_MAIN, *_MAIN_PARTS):
        raise UnreadableFile(Reason("damaged-or-misnamed", kind="Word"))
    return part.document


def _heading_levels(styles: Any) -> dict[str, int]:
    """Return the level of each style that makes headings, by style id; 0 is a table of contents, _LISTED a list."""
    levels = {}
    for style in styles.iter(f"{W}style"):
        element = style.find(f"{W}name")
        name = element.get(f"{W}val", "") if element is not None else ""
        depth = style.find(f"{W}pPr/{W}outlineLvl")
        match = _HEADING.fullmatch(name)
        key = style.get(f"{W}styleId", "")
        if match:
            levels[key] = int(match[1]) + 1
        elif name.lower() in ("title", "titre"):
            levels[key] = 1
        elif name.lower().startswith("toc "):
            levels[key] = 0
        elif name.lower().startswith(("list bullet", "list number")):
            levels[key] = _LISTED
        elif depth is not None and int(depth.get(f"{W}val", "9")) < 9:
            levels[key] = int(depth.get(f"{W}val")) + 2
    return levels


class _Body:
    """Adds the blocks of a document's body to an outline."""

    def __init__(self, document: Any) -> None:
        self.outline = Outline()
        self.omissions = Omissions()
        self.warnings: list[Reason] = []
        self._part = document.part
        styles, numbering = (_related(document.part, name) for name in ("styles", "numbering"))
        self._levels = _heading_levels(styles) if styles is not None else {}
        self._styles = Styles(styles)
        self._numbering = Numbering(numbering, self._styles)
        self._text = TextReader(self._styles, self.omissions, _comments(document.part))
        self._notes = {
            (kind, key): text
            for kind in ("footnote", "endnote")
            for key, text in self._read_notes(_related(document.part, f"{kind}s"), kind)
        }
        self._numbers = count(1)
        resolve_alternatives(document.element.body)

    def _read_notes(self, root: Any, kind: str) -> Iterator[tuple[str, str]]:
        """Yield the footnotes or endnotes by their id."""
        if root is None:
            return
        resolve_alternatives(root)
        for note in root.iterchildren(f"{W}{kind}"):
            if note.get(f"{W}type") in (None, "normal"):
                texts = (self._text.read(paragraph) for paragraph in note.iter(f"{W}p"))
                yield note.get(f"{W}id", ""), one_line(" ".join(texts))

    def add(self, container: Any) -> None:
        """Add the blocks of a body, a content control or an insertion."""
        for block in container:
            if block.tag == f"{W}p":
                self._add_paragraph(block)
            elif block.tag == f"{W}tbl":
                self.outline.add("\n".join(read_rows(block, self._numbered_text, self.omissions)))
                self._add_notes(block)
                self._add_drawn(block)
            elif block.tag == f"{W}altChunk":
                self._add_chunk(block)
            elif block.tag in (f"{W}del", f"{W}moveFrom"):
                self.omissions.add("deleted passage", "", DELETED)
            elif block.tag in _CONTAINERS:
                self.add(block)

    def _numbered_text(self, paragraph: Any) -> str:
        """Return the text of a paragraph with its number, if it has one."""
        mark = self._numbering.mark(paragraph)
        text = self._text.read(paragraph)
        return join_number(mark, text) if mark.strip("- ") else text

    def _add_paragraph(self, paragraph: Any) -> None:
        mark = self._numbering.mark(paragraph)
        text = clean(self._text.read(paragraph))
        level = self._level(paragraph)
        if level == 0:
            return
        if level > 0 and (text or mark.strip("- ")):
            self.outline.heading(level, join_number(mark.strip("- "), text))
        elif mark or level == _LISTED:
            add_item(self.outline, mark or "-", text)
        else:
            self.outline.add_text(text)
        self._add_notes(paragraph)
        self._add_drawn(paragraph)

    def _level(self, paragraph: Any) -> int:
        """Return the level of a heading, 0 for a line of a table of contents, _LISTED for an item, -1 for text."""
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        own = paragraph.find(f"{W}pPr/{W}outlineLvl")
        if own is not None and int(own.get(f"{W}val", "9")) < 9:
            return int(own.get(f"{W}val")) + 2
        names = (
            [chained.get(f"{W}styleId", "") for chained in self._styles.chain(style.get(f"{W}val", ""))]
            if style is not None
            else []
        )
        return next((self._levels[name] for name in names if name in self._levels), -1)

    def _add_notes(self, block: Any) -> None:
        """Add the notes that a block calls below its section, numbered in the order of the calls."""
        for kind in ("footnote", "endnote"):
            for call in block.iter(f"{W}{kind}Reference"):
                text = self._notes.get((kind, call.get(f"{W}id", "")), "")
                if text and next(call.iterancestors(f"{W}del", f"{W}moveFrom", f"{W}txbxContent"), None) is None:
                    self.outline.note(f"({next(self._numbers)}) {text}")

    def _add_drawn(self, block: Any) -> None:
        """Add what is drawn in a block, in its order: text boxes, charts, diagrams."""
        for drawn in block.iter(f"{W}txbxContent", f"{A}graphicData", f"{_OFFICE}OLEObject"):
            if next(drawn.iterancestors(f"{W}del", f"{W}moveFrom"), None) is not None or _is_in_inner_box(drawn, block):
                continue
            if _is_hidden(drawn):
                self.omissions.add("hidden shape", text=words_of(drawn))
            elif drawn.tag == f"{W}txbxContent":
                self.add(drawn)
            elif drawn.tag == f"{A}graphicData":
                self.outline.add(self._graphic_text(drawn))
            elif not drawn.get("ProgID", "").startswith("Equation"):
                self.omissions.add("embedded object", "", OBJECT)

    def _graphic_text(self, graphic: Any) -> str:
        """Return the figures of a chart, the words of a diagram or of shapes drawn directly, "" for a picture."""
        if (diagram := graphic.find(f"{DIAGRAM}relIds")) is not None:
            data = self._related_xml(diagram.get(f"{RELATION}dm", ""))
            return "\n".join(diagram_lines(data)) if data is not None else ""
        if (chart := graphic.find("{*}chart")) is not None:
            data = self._related_xml(chart.get(f"{RELATION}id", ""))
            return "\n".join(chart_lines(data)) if data is not None else ""
        return "\n".join(read_paragraphs(body, self.omissions) for body in graphic.iter(f"{A}txBody"))

    def _related_xml(self, relation: str) -> Any:
        part = self._part.related_parts.get(relation)
        return parse_xml(part.blob) if part is not None else None

    def _add_chunk(self, chunk: Any) -> None:
        """Add a document of another format that stands in the body (w:altChunk)."""
        part = self._part.related_parts.get(chunk.get(f"{RELATION}id", ""))
        if part is None:
            return
        name = str(part.partname).lower()
        suffix = _CHUNKS.get(Path(name).suffix) or _suffix_of_type(part.content_type) or Path(name).suffix
        try:
            sections = _load_chunk(part.blob, suffix)
        except UnreadableFile as error:
            self.warnings.append(Reason("inner-document-unread", reason=error.reason))
            return
        chain: list[str] = []
        for section in sections:
            headings = section.heading.split(" > ") if section.heading else []
            for depth, heading in enumerate(headings):
                if chain[: depth + 1] != headings[: depth + 1]:
                    self.outline.heading(depth + 2, heading)
            chain = headings
            self.outline.add(section.text)


def _load_chunk(content: bytes, suffix: str) -> tuple[SectionText, ...]:
    """Return the sections of a document in a document. Raises UnreadableFile."""
    from ingest.loaders.dispatch import load as load_any

    depth = _DEPTH.get()
    if depth >= _DEEPEST:
        raise UnreadableFile(Reason("documents-too-deep", depth=_DEEPEST))
    token = _DEPTH.set(depth + 1)
    try:
        with tempfile.TemporaryDirectory(prefix="passerelle-") as folder:
            file = Path(folder) / f"chunk{suffix}"
            file.write_bytes(content)
            return load_any(file).sections
    finally:
        _DEPTH.reset(token)


def _suffix_of_type(kind: str) -> str:
    """Return the suffix of a content type that a document in a document may have."""
    types: Mapping[str, str] = {
        "text/html": ".html",
        "application/xhtml+xml": ".html",
        "message/rfc822": ".mht",
        "text/plain": ".txt",
        "text/rtf": ".rtf",
        "application/rtf": ".rtf",
    }
    if "wordprocessingml" in kind or "ms-word" in kind:
        return ".docx"
    return types.get(kind.partition(";")[0].strip().lower(), "")


def _related(part: Any, kind: str) -> Any:
    """Return the root of the part of this kind ("styles", "footnotes"), None if there is none."""
    for relation in part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/{kind}"):
            parsed = getattr(relation.target_part, "element", None)
            return parsed if parsed is not None else parse_xml(relation.target_part.blob)
    return None


def _comments(part: Any) -> dict[str, str]:
    """Return the remarks of reviewers by their id."""
    root = _related(part, "comments")
    comments = root.iter(f"{W}comment") if root is not None else ()
    return {comment.get(f"{W}id", ""): words_of(comment) for comment in comments}


def _is_in_inner_box(drawn: Any, block: Any) -> bool:
    """Say whether a text box of the block holds this: it comes with the box."""
    box = next(drawn.iterancestors(f"{W}txbxContent"), None)
    return box is not None and block in box.iterancestors()


def _is_hidden(drawn: Any) -> bool:
    """Say whether a drawing is hidden, or its run."""
    for above in drawn.iterancestors():
        properties = above.find(f"{_PLACED}docPr")
        if properties is not None and properties.get("hidden") in ("1", "true"):
            return True
        if "visibility:hidden" in above.get("style", "").replace(" ", ""):
            return True
        if above.tag == f"{W}r":
            return above.find(f"{W}rPr/{W}vanish") is not None
    return False

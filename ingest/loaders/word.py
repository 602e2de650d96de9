"""Read Word (.docx): heading styles make sections; tables as rows; notes below their section; no deleted text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from ingest.loaders.loaded_file import LoadedFile, UnreadableFile, make_hints
from ingest.loaders.outline import Outline
from ingest.loaders.zip_container import check_zip
from ingest.text.cleaning import clean, one_line

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HIDDEN: Final = frozenset(
    f"{_W}{name}"
    for name in (
        "del",
        "moveFrom",
        "pPr",
        "rPr",
        "instrText",
        "footnoteReference",
        "endnoteReference",
        "commentReference",
    )
)
_MAIN_PARTS: Final = (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
)
_LISTED: Final = -2
_FORMULA_TEXT: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
# Wingdings: boxes, ticked or not, and arrows, as used in forms and lists.
_SYMBOLS: Final = {"FE": "☑", "FD": "☒", "A8": "☐", "6F": "☐", "FC": "✓", "FB": "✗", "E0": "→", "F0": "→", "D8": "➢"}
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING: Final = re.compile(r"(?:heading|titre|überschrift|kop|título|titolo|ttulo)\s?(\d)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _References:
    """What a body refers to: the levels of its styles, its notes by kind and id, the numbers of the notes to come."""

    levels: Mapping[str, int]
    notes: Mapping[tuple[str, str], str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))


def load(path: Path) -> LoadedFile:
    """Read a Word file. Raises UnreadableFile."""
    check_zip(path, "Word")
    try:
        document = _open(path)
        outline = Outline()
        references = _References(_heading_levels(document), _notes(document))
        _add_blocks(document.element.body, outline, references)
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged Word file ({type(error).__name__}: {error}).") from error
    properties = document.core_properties
    hints = make_hints(properties.title, properties.author)
    return LoadedFile(outline.sections(), {}, {"heading": outline.first_heading} | hints)


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
    part: Any = Package.open(str(path)).main_document_part
    if part.content_type not in (CONTENT_TYPE.WML_DOCUMENT_MAIN, *_MAIN_PARTS):
        raise UnreadableFile("damaged, or no Word file in spite of its suffix.")
    return part.document


def _heading_levels(document: Any) -> dict[str, int]:
    """Return the level of each style that makes headings, by style id; 0 is a table of contents, _LISTED a list."""
    levels = {}
    for style in document.styles.element.iter(f"{_W}style"):
        element = style.find(f"{_W}name")
        name = element.get(f"{_W}val", "") if element is not None else ""
        depth = style.find(f"{_W}pPr/{_W}outlineLvl")
        match = _HEADING.fullmatch(name)
        key = style.get(f"{_W}styleId", "")
        if match:
            levels[key] = int(match[1]) + 1
        elif name.lower() in ("title", "titre"):
            levels[key] = 1
        elif name.lower().startswith("toc "):
            levels[key] = 0
        elif name.lower().startswith(("list bullet", "list number")):
            levels[key] = _LISTED
        elif depth is not None and int(depth.get(f"{_W}val", "9")) < 9:
            levels[key] = int(depth.get(f"{_W}val")) + 2
    return levels


def _add_blocks(container: Any, outline: Outline, references: _References) -> None:
    """Add the blocks of a body, a content control or an insertion to the outline."""
    for block in container:
        if block.tag == f"{_W}p":
            _add_paragraph(block, outline, references)
        elif block.tag == f"{_W}tbl":
            outline.add("\n".join(_rows(block)))
            _add_notes(block, outline, references)
        elif block.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml", f"{_W}smartTag"):
            _add_blocks(block, outline, references)


def _add_paragraph(paragraph: Any, outline: Outline, references: _References) -> None:
    text = clean(_words(paragraph))
    style = paragraph.find(f"{_W}pPr/{_W}pStyle")
    level = references.levels.get(style.get(f"{_W}val", ""), -1) if style is not None else -1
    own = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
    if own is not None and int(own.get(f"{_W}val", "9")) < 9:
        level = int(own.get(f"{_W}val")) + 2
    if level == 0:
        return
    if text and level > 0:
        outline.heading(level, text)
    elif text:
        is_listed = level == _LISTED or paragraph.find(f"{_W}pPr/{_W}numPr") is not None
        outline.add(f"- {text}") if is_listed else outline.add_text(text)
    _add_notes(paragraph, outline, references)
    for box in paragraph.iter(f"{_W}txbxContent"):
        if _is_shown(box):
            _add_blocks(box, outline, references)


def _add_notes(block: Any, outline: Outline, references: _References) -> None:
    """Add the notes that a block calls below its section, numbered in the order of the calls."""
    for kind in ("footnote", "endnote"):
        for call in block.iter(f"{_W}{kind}Reference"):
            text = references.notes.get((kind, call.get(f"{_W}id", "")), "")
            if text and _is_shown(call):
                outline.note(f"({next(references.numbers)}) {text}")


def _is_shown(element: Any) -> bool:
    """Say whether this is shown, and not its repetition for older programs."""
    return not any(above.tag == _FALLBACK for above in element.iterancestors())


def _words(element: Any) -> str:
    """Return the text a reader sees: insertions, but no deletions, field codes or text boxes (added separately)."""
    words = []
    for child in element:
        if child.tag in (f"{_W}t", _FORMULA_TEXT):
            words.append(child.text or "")
        elif child.tag == f"{_W}sym":
            words.append(_SYMBOLS.get(child.get(f"{_W}char", "").upper()[-2:], ""))
        elif child.tag == f"{_W}tab":
            words.append(" ")
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            words.append("\n")
        elif child.tag == f"{_W}noBreakHyphen":
            words.append("-")
        elif child.tag not in _HIDDEN and child.tag not in (f"{_W}txbxContent", _FALLBACK):
            words.append(_words(child))
    return "".join(words)


def _rows(table: Any) -> Iterator[str]:
    """Yield a line for each row; the rows of a table in a cell follow that cell's row."""
    for row in table.iter(f"{_W}tr"):
        if _nearest(row, "tbl") is not table:
            continue
        cells = [_cell_text(cell) for cell in row.iter(f"{_W}tc") if _nearest(cell, "tr") is row]
        if any(cells):
            yield " | ".join(cells)
        for inner in row.iter(f"{_W}tbl"):
            if _nearest(inner, "tr") is row:
                yield from _rows(inner)


def _cell_text(cell: Any) -> str:
    """Return the text of a cell without that of tables in it."""
    paragraphs = (paragraph for paragraph in cell.iter(f"{_W}p") if _nearest(paragraph, "tc") is cell)
    return one_line(" ".join(_words(paragraph) for paragraph in paragraphs if _is_shown(paragraph)))


def _nearest(element: Any, name: str) -> Any:
    return next(element.iterancestors(f"{_W}{name}"), None)


def _notes(document: Any) -> dict[tuple[str, str], str]:
    """Return the footnotes and endnotes by their kind and id."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    notes = {}
    for part in document.part.package.iter_parts():
        kind = {"/word/footnotes.xml": "footnote", "/word/endnotes.xml": "endnote"}.get(str(part.partname))
        if kind:
            for note in etree.fromstring(part.blob, parser):
                if note.get(f"{_W}type") in (None, "normal"):
                    notes[kind, note.get(f"{_W}id", "")] = one_line(_words(note))
    return notes

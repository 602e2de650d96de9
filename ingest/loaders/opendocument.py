"""OpenDocument (.odt, .odp): headings or slides make sections; tables as rows; notes below their section."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.archives import check_archive, office_hints
from ingest.loaders.outline import Outline
from ingest.text.cleaning import clean, one_line

_HIDDEN: Final = frozenset(
    ("text:tracked-changes", "text:note-citation", "office:annotation", "text:table-of-content", "office:forms",
     "text:sequence-decls", "text:alphabetical-index", "text:page-number", "text:page-count")
)  # fmt: skip
_ELEMENT: Final = 1
_BREAKS: Final = {"text:tab": " ", "text:line-break": "\n", "text:s": " "}


def load(path: Path) -> Loaded:
    """Read an OpenDocument text. Raises UnreadableFile."""
    from odf import opendocument

    check_archive(path, "OpenDocument")
    try:
        document = opendocument.load(str(path))
        said = {node.tagName: str(node) for node in document.meta.childNodes if hasattr(node, "tagName")}
        hints = office_hints(said.get("dc:title"), said.get("meta:initial-creator") or said.get("dc:creator"), None)
        if hasattr(document, "presentation"):
            slides = tuple(_slides(document.presentation))
            return Loaded(slides, {}, {"heading": next((one.heading for one in slides if one.heading), "")} | hints)
        if not hasattr(document, "text"):
            raise UnreadableFile("not an OpenDocument text in spite of its suffix.")
        outline = Outline()
        _take(document.text, outline, [], count(1))
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged OpenDocument file ({type(error).__name__}: {error}).") from error
    return Loaded(outline.sections(), {}, {"heading": outline.first_heading} | hints)


def _slides(presentation: Any) -> Iterator[SectionText]:
    """Yield a section a slide: its title, its texts, its speaker's notes last."""
    number = 0
    for page in presentation.childNodes:
        if _name(page) != "draw:page":
            continue
        number += 1
        heading, said, spoken = "", list[str](), list[str]()
        for frame in page.childNodes:
            inside, notes = Outline(), list[str]()
            if _name(frame) == "presentation:notes":
                for kept in frame.childNodes:
                    if _class(kept) != "page" and _name(kept) == "draw:frame":
                        _take(kept, inside, notes)
                spoken += [section.text for section in inside.sections()]
            elif _name(frame) and _class(frame) not in ("date-time", "footer", "page-number", "header"):
                _take(frame, inside, notes)
                text = "\n\n".join([*(section.text for section in inside.sections()), *notes])
                if _class(frame) == "title" and not heading:
                    heading = one_line(text)
                else:
                    said.append(text)
        yield SectionText(f"diapo {number}", "\n\n".join(filter(None, [heading, *said, *spoken])), heading)


def _class(frame: Any) -> str:
    """Return what a slide's frame is for ("title", "outline", "notes"…), "" when it does not say."""
    return (
        str(frame.getAttrNS("urn:oasis:names:tc:opendocument:xmlns:presentation:1.0", "class") or "")
        if _name(frame)
        else ""
    )


def _take(container: Any, outline: Outline, notes: list[str], numbers: Iterator[int] | None = None) -> None:
    """Put the blocks of a text, a section or a frame into the outline; with `numbers` notes below their section."""
    for node in container.childNodes:
        name = _name(node)
        if name == "text:h":
            outline.heading(int(node.getAttribute("outlinelevel") or 1) + 1, clean(_words(node, notes)))
        elif name == "text:p":
            text = clean(_words(node, notes))
            if str(node.getAttribute("stylename")).lower() == "title":
                outline.heading(1, text)
            else:
                outline.add_text(text)
        elif name == "text:list":
            outline.add("\n".join(_items(node, notes)))
        elif name == "table:table":
            outline.add("\n".join(_rows(node, notes)))
        elif name and name not in _HIDDEN:
            _take(node, outline, notes, numbers)
        if numbers is not None and notes:
            for note in notes:
                outline.note(f"({next(numbers)}) {note}")
            notes.clear()


def _name(node: Any) -> str:
    """Return an element's name, "" for text."""
    return str(node.tagName) if node.nodeType == _ELEMENT else ""


def _items(node: Any, notes: list[str]) -> Iterator[str]:
    for item in node.childNodes:
        for block in item.childNodes:
            if _name(block) == "text:list":
                yield from _items(block, notes)
            elif text := one_line(_words(block, notes)):
                yield f"- {text}"


def _rows(table: Any, notes: list[str]) -> Iterator[str]:
    """Yield a line a row; the rows of a table in a cell follow that cell's row."""
    for row in _inside(table, "table:table-row"):
        said = [one_line(_words(cell, notes)) for cell in row.childNodes]
        if any(said):
            yield " | ".join(said).rstrip(" |")
        for inner in _inside(row, "table:table"):
            yield from _rows(inner, notes)


def _inside(node: Any, name: str) -> Iterator[Any]:
    """Yield the elements of this name that lie in no table within the node."""
    for child in node.childNodes:
        if _name(child) == name:
            yield child
        elif _name(child) not in ("", "table:table"):
            yield from _inside(child, name)


def _words(node: Any, notes: list[str]) -> str:
    """Return the text of a node; the bodies of its notes go to `notes`, blocks inside it begin a new line."""
    name = _name(node)
    if not name:
        return str(node)
    if name in _BREAKS:
        return _BREAKS[name] * int(node.getAttribute("c") or 1) if name == "text:s" else _BREAKS[name]
    if name in _HIDDEN or name == "table:table":  # its rows are taken apart
        return ""
    if name == "text:note-body":
        notes.append(one_line(" ".join(_words(child, notes) for child in node.childNodes)))
        return ""
    words = "".join(_words(child, notes) for child in node.childNodes)
    return f"{words}\n" if name in ("text:p", "text:h", "text:list-item") and node.parentNode else words

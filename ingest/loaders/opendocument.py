"""Read OpenDocument (.odt, .odp): headings or slides make sections; tables as rows; notes below their section."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile, make_hints
from ingest.loaders.outline import Outline
from ingest.loaders.zip_container import check_zip
from ingest.text.cleaning import clean, one_line

_HIDDEN: Final = frozenset(
    ("text:tracked-changes", "text:note-citation", "office:annotation", "text:table-of-content", "office:forms",
     "text:sequence-decls", "text:alphabetical-index", "text:page-number", "text:page-count")
)  # fmt: skip
_ELEMENT: Final = 1
_BREAKS: Final = {"text:tab": " ", "text:line-break": "\n", "text:s": " "}


def load(path: Path) -> LoadedFile:
    """Read an OpenDocument text or presentation. Raises UnreadableFile."""
    from odf import opendocument

    check_zip(path, "OpenDocument")
    try:
        document = opendocument.load(str(path))
        meta = {node.tagName: str(node) for node in document.meta.childNodes if hasattr(node, "tagName")}
        hints = make_hints(meta.get("dc:title"), meta.get("meta:initial-creator") or meta.get("dc:creator"))
        if hasattr(document, "presentation"):
            slides = tuple(_slides(document.presentation))
            first_heading = next((slide.heading for slide in slides if slide.heading), "")
            return LoadedFile(slides, {}, {"heading": first_heading} | hints)
        if not hasattr(document, "text"):
            raise UnreadableFile("not an OpenDocument text in spite of its suffix.")
        outline = Outline()
        _add_blocks(document.text, outline, [], count(1))
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged OpenDocument file ({type(error).__name__}: {error}).") from error
    return LoadedFile(outline.sections(), {}, {"heading": outline.first_heading} | hints)


def _slides(presentation: Any) -> Iterator[SectionText]:
    """Yield a section for each slide: its title, its texts, its speaker's notes last."""
    slides = [page for page in presentation.childNodes if _name(page) == "draw:page"]
    for number, slide in enumerate(slides, start=1):
        heading, texts, speaker_notes = "", list[str](), list[str]()
        for frame in slide.childNodes:
            inside, notes = Outline(), list[str]()
            if _name(frame) == "presentation:notes":
                for note_frame in frame.childNodes:
                    if _class(note_frame) != "page" and _name(note_frame) == "draw:frame":
                        _add_blocks(note_frame, inside, notes)
                speaker_notes += [section.text for section in inside.sections()]
            elif _name(frame) and _class(frame) not in ("date-time", "footer", "page-number", "header"):
                _add_blocks(frame, inside, notes)
                text = "\n\n".join([*(section.text for section in inside.sections()), *notes])
                if _class(frame) == "title" and not heading:
                    heading = one_line(text)
                else:
                    texts.append(text)
        yield SectionText(f"diapo {number}", "\n\n".join(filter(None, [heading, *texts, *speaker_notes])), heading)


def _class(frame: Any) -> str:
    """Return what a slide's frame is for ("title", "outline", "notes"…), "" if it does not say."""
    if not _name(frame):
        return ""
    return str(frame.getAttrNS("urn:oasis:names:tc:opendocument:xmlns:presentation:1.0", "class") or "")


def _add_blocks(container: Any, outline: Outline, notes: list[str], numbers: Iterator[int] | None = None) -> None:
    """Add the blocks of a text, a section or a frame to the outline; with `numbers` notes below their section."""
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
            _add_blocks(node, outline, notes, numbers)
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
    """Yield a line for each row; the rows of a table in a cell follow that cell's row."""
    for row in _inside(table, "table:table-row"):
        cells = [one_line(_words(cell, notes)) for cell in row.childNodes]
        if any(cells):
            yield " | ".join(cells).rstrip(" |")
        for inner in _inside(row, "table:table"):
            yield from _rows(inner, notes)


def _inside(node: Any, name: str) -> Iterator[Any]:
    """Yield the elements of this name in the node that are not inside a table in it."""
    for child in node.childNodes:
        if _name(child) == name:
            yield child
        elif _name(child) not in ("", "table:table"):
            yield from _inside(child, name)


def _words(node: Any, notes: list[str]) -> str:
    """Return the text of a node; the bodies of its notes go to `notes`, blocks in it begin a new line."""
    name = _name(node)
    if not name:
        return str(node)
    if name in _BREAKS:
        return _BREAKS[name] * int(node.getAttribute("c") or 1) if name == "text:s" else _BREAKS[name]
    if name in _HIDDEN or name == "table:table":  # its rows are added separately
        return ""
    if name == "text:note-body":
        notes.append(one_line(" ".join(_words(child, notes) for child in node.childNodes)))
        return ""
    words = "".join(_words(child, notes) for child in node.childNodes)
    return f"{words}\n" if name in ("text:p", "text:h", "text:list-item") and node.parentNode else words

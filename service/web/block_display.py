"""Documents and passages as they are displayed: headings in their order, lists, tables with the names of their columns.

What is quoted or matched is marked wherever it stands, in a cell as in a sentence. Nothing is added to a text but "…".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import PurePosixPath
from typing import Final, Literal, NamedTuple

from index.documents import Document, Metadata, Passage, Section
from service.web.blocks import (
    Block,
    Heading,
    ListBlock,
    Paragraph,
    Span,
    Table,
    blocks_at,
    blocks_of,
)
from service.web.excerpts import Piece, choose_window, split_at_marks

TOP: Final = 2  # the level of a text's first headings: the page's own is its title
LOWEST: Final = 6
_ROWS_LIKELY: Final = re.compile(r" \| | : .* ; ")
Pieces = tuple[Piece, ...]


class DisplayedItem(NamedTuple):
    pieces: Pieces
    number: int | None
    mark: str  # where it is shown as it is written: "a)", "1°"


@dataclass(frozen=True, slots=True)
class DisplayedBlock:
    """A heading, a paragraph, a list or a table, as far as it has such parts; a "label" says where one is: "p. 3"."""

    kind: Literal["heading", "label", "paragraph", "list", "table"]
    pieces: Pieces = ()
    level: int = 0  # of a heading, as in HTML
    label: str = ""  # beside a heading
    anchor: str = ""
    is_ordered: bool = False
    items: tuple[DisplayedItem, ...] = ()
    header: tuple[Pieces, ...] = ()
    rows: tuple[tuple[Pieces, ...], ...] = ()
    places: tuple[Span, ...] = ()  # of a paragraph, or of the items of a list, in the document's text

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)

    @property
    def columns(self) -> int:
        return max(map(len, (self.header, *self.rows)))


@dataclass(frozen=True, slots=True)
class DisplayedSection:
    """A section with its blocks, the headings above it that are new first."""

    section: Section
    anchor: str
    blocks: tuple[DisplayedBlock, ...]


class OutlineEntry(NamedTuple):
    """A heading of a document, and those below it."""

    text: str
    anchor: str
    below: tuple[OutlineEntry, ...]


@dataclass
class _Marker:
    """Cuts a text in marked and unmarked pieces; the first marked one of all is known as that."""

    text: str
    marks: Sequence[tuple[int, int]]
    _is_first: bool = field(default=True, init=False)

    def pieces(self, start: int, end: int) -> Pieces:
        inside = [(max(0, first - start), last - start) for first, last in self.marks if first < end and last > start]
        pieces = []
        for piece in split_at_marks(self.text[start:end], inside):
            pieces.append(piece._replace(is_first=piece.is_marked and self._is_first))
            self._is_first = self._is_first and not piece.is_marked
        return tuple(pieces)


@dataclass
class _Levels:
    """Gives headings levels without a gap, whatever the levels they are stated with."""

    _above: list[int] = field(default_factory=list, init=False)

    def level(self, stated: int) -> int:
        while self._above and self._above[-1] >= stated:
            self._above.pop()
        self._above.append(stated)
        return min(TOP + len(self._above) - 1, LOWEST)


def display_sections(document: Document, marked: tuple[int, int] | None) -> list[DisplayedSection]:
    """Return the document's sections for display, with the characters of [start, end) marked."""
    marker, levels = _Marker(document.text, [marked] if marked else []), _Levels()
    by_section = blocks_of(document)
    has_headings = any(section.heading for section in document.sections) or any(
        isinstance(block, Heading) for blocks in by_section for block in blocks
    )
    is_paged = PurePosixPath(document.path).suffix.lower() == ".pdf"
    sections: list[DisplayedSection] = []
    chain: tuple[str, ...] = ()
    label = ""
    for number, (section, blocks) in enumerate(zip(document.sections, by_section, strict=True), 1):
        above, chain = chain, headings_of(section, document.metadata)
        new = () if is_paged and chain == above else _new_headings(above, chain)
        shown = [*_open_section(marker, levels, section, blocks, chain, new)]
        shown_label, label = (section.label if section.label != label else ""), section.label
        if not (shown and shown[0].kind == "heading") and shown_label and shown_label not in chain:
            opening = DisplayedBlock("label", (Piece(shown_label, False),))
            shown.insert(0, opening if has_headings else replace(opening, kind="heading", level=levels.level(1)))
        elif shown_label:
            shown = _with_label(shown, shown_label)
        sections.append(DisplayedSection(section, f"s{number}", _anchored(shown, f"s{number}")))
    return sections


def headings_of(section: Section, metadata: Metadata) -> tuple[str, ...]:
    """Return the headings above a section, outermost first, without the document's title."""
    title = _folded(metadata.title)
    return tuple(part for part in section.heading.split(" > ") if part and _folded(part) != title)


def outline_of(sections: Iterable[DisplayedSection]) -> tuple[OutlineEntry, ...]:
    """Return the headings of a displayed document as a tree."""
    headings = [(block.level, block) for section in sections for block in section.blocks if block.kind == "heading"]
    return _entries(headings)


def passage_blocks(passage: Passage, document: Document | None) -> Iterator[Block]:
    """Yield the blocks of a passage at their places in its document; without the document those of its text alone."""
    if document is None:
        section = Section(passage.label, 0, len(passage.text), "", passage.language)
        document = Document(passage.document_id, passage.text, (section,), Metadata(""))
        yield from blocks_at(document, 0, len(passage.text))
    else:
        yield from blocks_at(document, passage.start, passage.end)


def needs_document(passage: Passage) -> bool:
    """Say whether a passage may hold rows of a table, whose header stands elsewhere in its document."""
    return _ROWS_LIKELY.search(passage.text) is not None


def display_passage(
    passage: Passage, document: Document | None, marks: Sequence[tuple[int, int]], width: int
) -> tuple[DisplayedBlock, ...]:
    """Return about `width` characters of a passage for display; a row of a table is whole and has its header.

    `marks` are offsets into the passage's text. The document is needed where `needs_document` says so.
    """
    begin = passage.start if document else 0
    text = document.text if document else passage.text
    start, end = choose_window(passage.text, marks, width)
    window = Span(begin + start, begin + end)
    marker = _Marker(text, [(begin + first, begin + last) for first, last in marks])
    blocks = [clipped for block in passage_blocks(passage, document) for clipped in _clip(text, block, window)]
    shown = [_display(marker, replace_heading(block)) for block in blocks]
    if shown and start and blocks[0].start == window.start:
        shown[0] = _dotted(shown[0], before=True)
    if shown and end < len(passage.text) and blocks[-1].end == window.end:
        shown[-1] = _dotted(shown[-1], before=False)
    return tuple(shown)


def display_slice(document: Document, start: int, end: int) -> tuple[DisplayedBlock, ...]:
    """Return [start, end) of a document for display."""
    marker, window = _Marker(document.text, []), Span(start, end)
    blocks = (clipped for block in blocks_at(document, start, end) for clipped in _clip(document.text, block, window))
    return tuple(_display(marker, replace_heading(block)) for block in blocks)


def replace_heading(block: Block) -> Block:
    """Return a heading as a paragraph: in a list of results it would stand among theirs."""
    return Paragraph(block.start, block.end) if isinstance(block, Heading) else block


def cell_texts(text: str, cells: Iterable[Span]) -> tuple[str, ...]:
    return tuple(text[cell.start : cell.end] for cell in cells)


def _new_headings(above: Sequence[str], chain: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the headings of a chain that do not stand above already; its last one always does anew."""
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(above, chain, strict=False)))
    return tuple(range(min(common, max(0, len(chain) - 1)), len(chain)))


def _open_section(
    marker: _Marker,
    levels: _Levels,
    section: Section,
    blocks: Sequence[Block],
    chain: Sequence[str],
    new: Sequence[int],
) -> Iterator[DisplayedBlock]:
    """Yield the blocks of a section after its new headings; the last of them may be what its text begins with."""
    is_in_text = bool(new and blocks and _repeats(marker.text, blocks[0], chain[-1]))
    for place in new[:-1] if is_in_text else new:
        yield DisplayedBlock("heading", (Piece(chain[place], False),), levels.level(10 * (place + 1)))
    if is_in_text:
        level = levels.level(10 * len(chain))
        yield DisplayedBlock("heading", marker.pieces(blocks[0].start, blocks[0].end), level)
    for block in blocks[1:] if is_in_text else blocks:
        shown = _display(marker, block)
        if isinstance(block, Heading):
            shown = replace(shown, level=levels.level(10 * (len(chain) + 1) + block.level - 1))
        yield shown


def _repeats(text: str, block: Block, heading: str) -> bool:
    """Say whether a block is the heading, with a number before it or not."""
    if not isinstance(block, Heading | Paragraph) or block.end - block.start > len(heading) + 12:
        return False
    written, expected = _folded(text[block.start : block.end]), _folded(heading)
    return bool(expected) and written.endswith(expected) and len(written) - len(expected) <= 6


def _with_label(shown: Sequence[DisplayedBlock], label: str) -> list[DisplayedBlock]:
    """Put the label beside the last of the headings that open a section, unless it says the same."""
    opening = len(list(takewhile(lambda block: block.kind == "heading", shown)))
    if not opening or shown[opening - 1].text == label:
        return list(shown)
    return [*shown[: opening - 1], replace(shown[opening - 1], label=label), *shown[opening:]]


def _anchored(shown: Sequence[DisplayedBlock], anchor: str) -> tuple[DisplayedBlock, ...]:
    return tuple(
        replace(block, anchor=f"{anchor}-{number}") if block.kind == "heading" else block
        for number, block in enumerate(shown)
    )


def _entries(headings: Sequence[tuple[int, DisplayedBlock]]) -> tuple[OutlineEntry, ...]:
    entries: list[OutlineEntry] = []
    at = 0
    while at < len(headings):
        level, block = headings[at]
        end = next((n for n in range(at + 1, len(headings)) if headings[n][0] <= level), len(headings))
        entries.append(OutlineEntry(block.text, block.anchor, _entries(headings[at + 1 : end])))
        at = end
    return tuple(entries)


def _display(marker: _Marker, block: Block) -> DisplayedBlock:
    if isinstance(block, ListBlock):
        items = (DisplayedItem(marker.pieces(item.start, item.end), item.number, item.mark) for item in block.items)
        places = tuple(Span(item.start, item.end) for item in block.items)
        return DisplayedBlock("list", is_ordered=block.is_ordered, items=tuple(items), places=places)
    if isinstance(block, Table):
        header = tuple(marker.pieces(*cell) for cell in block.header)
        rows = tuple(tuple(marker.pieces(*cell) for cell in row.cells) for row in block.rows)
        return DisplayedBlock("table", header=header, rows=rows)
    kind: Literal["heading", "paragraph"] = "heading" if isinstance(block, Heading) else "paragraph"
    return DisplayedBlock(kind, marker.pieces(block.start, block.end), places=(Span(block.start, block.end),))


def _clip(text: str, block: Block, window: Span) -> Iterator[Block]:
    """Yield what a block has in a window; rows are kept whole, the header above them always."""
    if block.end <= window.start or block.start >= window.end:
        return
    if isinstance(block, Table):
        inside = [row for row in block.rows if row.start < window.end and window.start < row.end]
        yield replace(block, rows=tuple(inside or block.rows[:1]))
    elif isinstance(block, ListBlock):
        items = [
            item._replace(start=max(item.start, window.start), end=min(item.end, window.end))
            for item in block.items
            if item.start < window.end and window.start < item.end
        ]
        if items:
            yield ListBlock(tuple(items))
    else:
        yield Paragraph(max(block.start, window.start), min(block.end, window.end))


def _dotted(block: DisplayedBlock, *, before: bool) -> DisplayedBlock:
    """Return a block that says with "…" that it goes on."""

    def dotted(pieces: Pieces) -> Pieces:
        return (Piece("… ", False), *pieces) if before else (*pieces, Piece(" …", False))

    if block.kind == "paragraph":
        return replace(block, pieces=dotted(block.pieces))
    if block.kind == "list":
        place = 0 if before else len(block.items) - 1
        item = block.items[place]
        items = (*block.items[:place], item._replace(pieces=dotted(item.pieces)), *block.items[place + 1 :])
        return replace(block, items=items)
    return block


def _folded(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()

"""What a document's text is made of: headings, paragraphs, lists and tables, each by its place [start, end) in it.

Loaders write a row of a table as a line, its cells between bars, and a row of a sheet as "Ville : Kehl ; Places : 60"
below a line with the names of the columns; an item of a list as a line that opens with its mark. Nothing is stored
about them: they are recognised where they are shown. Only marks, bars and the names in a sheet's rows are in no block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from index.documents import Document, Section

CELL: Final = " | "  # what loaders put between the cells of a row
MOST_IN_HEADER: Final = 80  # characters of a cell that names a column
MOST_IN_SECOND: Final = 45  # of one of two: of 61 such tables of the corpus the longest has 34, a fact sheet's first 54
LONGEST_HEADING: Final = 110  # characters of a heading in a text that states none
LONGEST_QUESTION: Final = 80  # characters of a heading that asks
MOST_STACKED: Final = 2  # headings above each other; longer runs of short lines are an imprint or an address

LIST_MARK: Final = re.compile(r"(?:[-–—•▪◦*·‣>]|\d{1,2}[.)]|\(?(?:[a-z]|[ivx]{1,4}|\d{1,2})\))\s+(?=\S)")
_BULLET: Final = re.compile(r"[-–—•■▪◦●►*·‣]\s+(?=\S)")
_NUMBER: Final = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
_LETTER: Final = re.compile(r"(?:\([a-z]\)|[a-z]\)|\d{1,2}°)\s+(?=\S)")
_INLINE: Final = {mark: re.compile(rf"\s{re.escape(mark)}\s+(?=\S)") for mark in "•■▪◦●►‣*"}
_LINE: Final = re.compile(r"[^\n]*\S[^\n]*")
_YEAR: Final = re.compile(r"(?:1[89]|20)\d\d")
_PARAGRAPH_BREAK: Final = re.compile(r"\n[ \t]*\n")
_NAMED: Final = r"(?:\s*[:.–—-]|\s+(?-i:[A-ZÀ-Ý])|$)"  # what follows a division's number, unless it is in a sentence
_DIVISIONS: Final = tuple(
    re.compile(pattern + _NAMED, re.IGNORECASE)
    for pattern in (
        r"(?:livre|partie|book|part|buch|teil|libro|parte|boek|deel)\s+(?:premi[eè]re?|[ivx]+|\d+)(?:er|re)?",
        r"(?:titre|title|titel|t[íi]tulo|titolo)\s+(?:premier|[ivx]+|\d+)(?:er)?",
        r"(?:chapitre|chapter|kapitel|cap[íi]tulo|capo|hoofdstuk)\s+(?:premier|[ivx]+|\d+)(?:er)?",
        r"(?:section|abschnitt|secci[óo]n|sezione|afdeling)\s+(?:premi[eè]re|[ivx]+|\d+)(?:re)?",
        r"(?:§|sous-section)\s*(?:[ivx]+|\d+)",
        r"art(?:icles?|ikel|[íi]culo|icolo)?\.?\s+(?:[LRDA]\.?\s?)?\*?(?:premier|\d+)(?:er|bis|ter)?(?:[-.]\d+)*",
    )
)
_WORD: Final = re.compile(r"[^\W\d_]{3}")
_DECIMAL: Final = re.compile(r"(?:(\d{1,2}(?:\.\d{1,2}){0,3})\.?|[IVX]{1,5}\.|[A-Z]\.)\s+(?=\S)")
_IMPRINT: Final = re.compile(  # what ends with a page's number, an article's or a date
    r"(?:\b(?:page|seite|pagina|página|p\.)\s*\d+(?:\s*(?:/|sur|of|von|de|di|van)\s*\d+)?"
    r"|\bart\. ?[\w-]+|\d{4}-\d\d-\d\d|(?:\d\d?[./])?\d\d?[./]\d{4})$",
    re.IGNORECASE,
)


class Span(NamedTuple):
    start: int
    end: int


class Heading(NamedTuple):
    start: int
    end: int
    level: int  # from 1, below the headings of its section


class Paragraph(NamedTuple):
    start: int
    end: int


class Item(NamedTuple):
    """An item of a list, without its mark; `number` is None for a bullet, and for a mark that is kept as it is."""

    start: int
    end: int
    number: int | None
    mark: str


@dataclass(frozen=True, slots=True)
class ListBlock:
    """Items that follow each other, all marked in the same way."""

    items: tuple[Item, ...]

    @property
    def start(self) -> int:
        return self.items[0].start - len(self.items[0].mark)

    @property
    def end(self) -> int:
        return self.items[-1].end

    @property
    def is_ordered(self) -> bool:
        return self.items[0].number is not None or bool(_LETTER.match(self.items[0].mark + "x"))


class Row(NamedTuple):
    start: int
    end: int
    cells: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows below the names of their columns, if it has such; a row is as long as its text makes it."""

    header: tuple[Span, ...]
    rows: tuple[Row, ...]
    begins: int  # where it begins: at its header, if that stands in the text on its own

    @property
    def start(self) -> int:
        return self.begins

    @property
    def end(self) -> int:
        return self.rows[-1].end


Block = Heading | Paragraph | ListBlock | Table


@lru_cache(maxsize=128)
def blocks_of(document: Document) -> tuple[tuple[Block, ...], ...]:
    """Return the blocks of each of the document's sections, in order. Only marks and blanks lie between them."""
    by_section = [list(_blocks(document.text, section)) for section in document.sections]
    if PurePosixPath(document.path).suffix.lower() == ".pdf":
        _find_headings(document, by_section)
    return tuple(map(tuple, by_section))


def blocks_at(document: Document, start: int, end: int) -> Iterator[Block]:
    """Yield the blocks of a document that hold something of [start, end)."""
    for section, blocks in zip(document.sections, blocks_of(document), strict=True):
        if section.start < end and start < section.end:
            yield from (block for block in blocks if block.start < end and start < block.end)


def cell_spans(text: str, start: int, end: int) -> tuple[Span, ...]:
    """Return where the cells of a row [start, end) stand, blank ones with nothing between start and end."""
    spans, at = [], start
    padded = text[start:end].replace("\t", " ") + " "
    for cell in padded.split(CELL.rstrip()):
        left = at + len(cell) - len(cell.lstrip())
        right = max(left, min(at + len(cell.rstrip()), end))
        spans.append(Span(min(left, right), right) if cell.strip() else Span(min(at, end), min(at, end)))
        at += len(cell) + len(CELL.rstrip())
    return tuple(spans)


def _blocks(text: str, section: Section) -> Iterator[Block]:
    lines = [Span(match.start(), match.end()) for match in _LINE.finditer(text, section.start, section.end)]
    lines = [_stripped(text, line) for line in lines]
    if sheet := _sheet(text, lines):
        yield from sheet
        return
    at = 0
    while at < len(lines):
        block, at = _next_block(text, lines, at)
        yield from block


def _stripped(text: str, span: Span) -> Span:
    written = text[span.start : span.end]
    return Span(span.end - len(written.lstrip()), span.start + len(written.rstrip()))


def _next_block(text: str, lines: Sequence[Span], at: int) -> tuple[list[Block], int]:
    """Return the block that begins with a line, or several where a paragraph holds a list, and the next line."""
    table = _run(text, lines, at)
    if table - at > 1:
        return [_table(text, lines[at:table])], table
    for pattern in (_BULLET, _NUMBER, _LETTER):
        if pattern.match(text, *lines[at]):
            items, following = _items(text, lines, at, pattern)
            if len(items) > 1 or (pattern is _BULLET and items[0].mark[0] not in "–—"):
                return [ListBlock(tuple(items))], following
    end = at + 1
    while end < len(lines) and _is_close(text, lines[end - 1], lines[end]) and not _opens_block(text, lines, end):
        end += 1
    return list(_with_inline_list(text, Span(lines[at].start, lines[end - 1].end))), end


def _opens_block(text: str, lines: Sequence[Span], at: int) -> bool:
    return bool(LIST_MARK.match(text, *lines[at])) or _run(text, lines, at) - at > 1


def _run(text: str, lines: Sequence[Span], at: int) -> int:
    """Return the line after the rows of a table that follow each other without a blank line between them."""
    end = at
    while end < len(lines) and "|" in text[slice(*lines[end])] and CELL in f"{text[slice(*lines[end])]} ":
        if end > at and not _is_close(text, lines[end - 1], lines[end]):
            break
        end += 1
    return end


def _is_close(text: str, line: Span, following: Span) -> bool:
    return not _PARAGRAPH_BREAK.search(text, line.end, following.start)


def _table(text: str, lines: Sequence[Span]) -> Table:
    rows = [Row(line.start, line.end, cell_spans(text, *line)) for line in lines]
    first = [text[slice(*cell)] for cell in rows[0].cells]
    has_header = len(rows) > 1 and _names_columns(first)
    return Table(rows[0].cells if has_header else (), tuple(rows[1:] if has_header else rows), lines[0].start)


def _names_columns(cells: Sequence[str]) -> bool:
    """Say whether a table's first row names its columns: short, and no figures but years.

    Of two columns, the second's name is shorter still: "Forme | groupement européen …" begins a fact sheet.
    """
    filled = [cell for cell in cells if cell]
    longest = MOST_IN_HEADER if len(cells) > 2 else MOST_IN_SECOND
    has_words = any(any(map(str.isalpha, cell)) for cell in filled)
    return has_words and all(
        len(cell) <= longest and (any(map(str.isalpha, cell)) or _YEAR.fullmatch(cell)) for cell in filled
    )


def _sheet(text: str, lines: Sequence[Span]) -> list[Block]:
    """Return the blocks of a sheet, none of another text: each cell follows its column's name, the names stand first.

    Lines that are no rows, such as a title above the names, stay paragraphs; the rows after them have the names again.
    """
    header = tuple(cell for cell in cell_spans(text, *lines[0]) if cell.end > cell.start) if lines else ()
    names = [text[slice(*cell)] for cell in header]
    if len(names) < 2 or len(lines) < 2 or "|" in text[slice(*lines[1])]:
        return []
    rows = [(line, _sheet_row(text, line, names)) for line in lines[1:]]
    if 2 * sum(row is not None for _, row in rows) < len(rows):
        return []
    blocks: list[Block] = []
    for line, row in rows:
        last = blocks[-1] if blocks else None
        if row is None:
            blocks.append(Paragraph(*line))
        elif isinstance(last, Table):
            blocks[-1] = Table(header, (*last.rows, row), last.begins)
        else:
            blocks.append(Table(header, (row,), row.start if blocks else lines[0].start))
    return blocks


def _sheet_row(text: str, line: Span, names: Sequence[str]) -> Row | None:
    """Return the cells of a line that is a row of a sheet with these columns, in their order; None for another line."""
    cells = [Span(line.start, line.start)] * len(names)
    at, column = line.start, 0
    while at < line.end:
        number = next((n for n in range(column, len(names)) if text.startswith(f"{names[n]} : ", at, line.end)), None)
        if number is None:
            return None
        begin = at + len(names[number]) + 3
        ends = [text.find(f" ; {name} : ", begin, line.end) for name in names[number + 1 :]]
        end = min((end for end in ends if end >= 0), default=line.end)
        cells[number] = Span(begin, end)
        at, column = end + 3, number + 1
    return Row(line.start, line.end, tuple(cells))


def _items(text: str, lines: Sequence[Span], at: int, pattern: re.Pattern[str]) -> tuple[list[Item], int]:
    """Return the items from a line on whose marks are alike, numbers in their order, and the line after them."""
    items: list[Item] = []
    while at < len(lines) and (match := pattern.match(text, *lines[at])):
        number = int(match[1]) if pattern is _NUMBER else None
        if items and not _goes_on(items, number, match[0], pattern):
            break
        items += _parted(text, Span(match.end(), lines[at].end), number, match[0])
        at += 1
    return items, at


def _goes_on(items: Sequence[Item], number: int | None, mark: str, pattern: re.Pattern[str]) -> bool:
    """Say whether an item with this mark belongs to the list."""
    if pattern is _NUMBER:
        return number == (items[-1].number or 0) + 1
    return pattern is _LETTER or mark == items[0].mark


def _parted(text: str, span: Span, number: int | None, mark: str) -> Iterator[Item]:
    """Yield an item, or the several that stand on one line, each after a bullet of its own."""
    inline = _INLINE.get(mark[0])
    start = span.start
    for match in inline.finditer(text, *span) if inline else ():
        yield Item(start, match.start(), number, mark)
        start = match.end()
    yield Item(start, span.end, number, mark)


def _with_inline_list(text: str, span: Span) -> Iterator[Block]:
    """Yield a paragraph; where it announces a list whose bullets stand on the same line, the list too."""
    for mark, pattern in _INLINE.items():
        first = pattern.search(text, *span)
        if mark != "*" and first and text[span.start : first.start()].rstrip().endswith(":"):
            yield Paragraph(span.start, first.start())
            yield ListBlock(tuple(_parted(text, Span(first.end(), span.end), None, f"{mark} ")))
            return
    yield Paragraph(*span)


def _find_headings(document: Document, by_section: list[list[Block]]) -> None:
    """Put headings in the place of the paragraphs that are, in a file that does not state which they are.

    A heading stands on a line of its own, short, without a sentence's end, above something it heads.
    """
    title = _folded(document.metadata.title)
    places = [(number, at) for number, blocks in enumerate(by_section) for at in range(len(blocks))]
    stacked: list[tuple[int, int]] = []
    for number, at in places:
        block = by_section[number][at]
        if isinstance(block, Paragraph) and _may_head(document.text, block, title):
            stacked.append((number, at))
        else:
            _promote(document.text, by_section, stacked, is_headed=_is_headed(document.text, block))
            stacked = []
    _promote(document.text, by_section, stacked, is_headed=False)


def _promote(text: str, by_section: list[list[Block]], stacked: Sequence[tuple[int, int]], *, is_headed: bool) -> None:
    """Make headings of lines: of named divisions all, of others the last ones above something they head."""
    divisions = [_division(text, by_section[number][at]) for number, at in stacked]
    level = 0
    for position, (number, at) in enumerate(stacked):
        block, rank = by_section[number][at], divisions[position]
        is_last = position >= len(stacked) - (MOST_STACKED if len(stacked) <= MOST_STACKED else 1)
        if rank or (is_headed and is_last):
            level = rank or level + 1
            by_section[number][at] = Heading(block.start, block.end, level)


def _division(text: str, block: Block) -> int:
    """Return the level of a heading that says it: 1 for a book, 6 for an article; by its number's parts; else 0."""
    written = text[block.start : block.end]
    if level := _named_division(written):
        return level
    number = _DECIMAL.match(written)
    return number[1].count(".") + 1 if number and number[1] else 0


def _named_division(written: str) -> int:
    return next((level for level, pattern in enumerate(_DIVISIONS, start=1) if pattern.match(written)), 0)


def _may_head(text: str, block: Block, title: str) -> bool:
    written = text[block.start : block.end]
    if len(written) > LONGEST_HEADING or "\n" in written or CELL in written:
        return False
    if _named_division(written):
        return True
    is_open = written[-1] not in '.;,:!…»"”' and (written[-1] != "?" or len(written) <= LONGEST_QUESTION)
    body = written[match.end() :] if (match := _DECIMAL.match(written)) else written
    begins = body[:1].isupper() or body[:1] in "«„“" or (body[:1].isdigit() and any(map(str.isalpha, body)))
    is_text = bool(_WORD.search(written)) and 2 * sum(map(str.isalpha, written)) >= len(written)
    return is_open and begins and is_text and not _IMPRINT.search(written) and not _is_title(_folded(written), title)


def _is_headed(text: str, block: Block) -> bool:
    """Say whether a block is something that a heading stands above: a table, a list, or whole sentences."""
    if not isinstance(block, Paragraph):
        return not isinstance(block, Heading)
    written = text[block.start : block.end]
    return len(written) > LONGEST_HEADING or written[-1] in '.;:!?…»)"”'


def _is_title(written: str, title: str) -> bool:
    """Say whether a line is the document's title, or begins it: metadata often adds a subtitle."""
    shorter, longer = sorted((written, title), key=len)
    return longer.startswith(shorter) and 2 * len(shorter) > len(longer)


def _folded(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()

"""Turn the tree of a page into blocks in reading order: headings, paragraphs, lists and tables as lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

from ingest.loaders.list_numbers import write_number
from ingest.loaders.web.parsing import BLOCKS, HEADINGS, nearest
from ingest.loaders.web.signs import merge_struck
from ingest.loaders.web.styles import Styles
from ingest.loaders.web.tables import is_data, loose_strings, read_rows
from ingest.text.cleaning import clean, one_line

if TYPE_CHECKING:
    from bs4 import Tag
    from bs4.element import PageElement

LONGEST_UNCLOSED_HEADING: Final = 300  # characters of several paragraphs; more are a page, in a heading left open
_LISTS: Final = frozenset(("ul", "ol", "menu", "dir"))
_SHOWN_AS_BLOCK: Final = frozenset(
    ("block", "flex", "grid", "list-item", "table", "table-row", "table-caption", "flow-root")
)
_SHOWN_APART: Final = frozenset(("inline-block", "inline-flex", "inline-grid", "table-cell", "inline-table"))
_APART: Final = frozenset(
    ("img", "input", "select", "iframe", "embed", "object", "meter", "progress", "button", "label")
)
_PREFORMATTED: Final = frozenset(("pre", "textarea", "listing", "xmp", "plaintext"))
_FIELDS: Final = frozenset(
    ("", "text", "number", "date", "email", "tel", "url", "time", "month", "week", "datetime-local")
)
_STYLES_OF_LISTS: Final = {
    "lower-alpha": "a", "lower-latin": "a", "upper-alpha": "A", "upper-latin": "A", "lower-roman": "i",
    "upper-roman": "I", "decimal": "1", "decimal-leading-zero": "decimalZero", "none": "", "disc": "", "circle": "",
    "square": "",
}  # fmt: skip
_WHITE: Final = re.compile(r"[ \t\r\n\f]+")  # the white space of HTML
_SEAM: Final = re.compile(r"[^\W\d_]\d|\d[^\W\d_]|\d\d|[a-zà-öø-ÿ][A-ZÀ-ÖØ-Þ]")


class Block(NamedTuple):
    """A heading of a level from 1 to 6, or with level 0 a paragraph, a list or a table."""

    level: int
    text: str


class BlockReader:
    """Reads the blocks of one tree, whose strings already say everything (`signs.write_signs`)."""

    def __init__(self, root: Tag, styles: Styles) -> None:
        self._styles = styles
        self._holders = self._find_holders(root)

    def read(self, element: Tag) -> Iterator[Block]:
        """Yield the blocks in an element."""
        inline: list[PageElement] = []
        for child in element.children:
            if not self._is_block(child):
                inline.append(child)
                continue
            yield from self._paragraph(inline)
            inline.clear()
            yield from self._read_block(child)
        yield from self._paragraph(inline)

    def _find_holders(self, root: Tag) -> frozenset[int]:
        """Return the elements that hold a block, such as a link around a heading, by identity."""
        holders: set[int] = set()
        for tag in root.find_all(self._starts_block):
            for above in tag.parents:
                if above is root or id(above) in holders:
                    break
                holders.add(id(above))
        return frozenset(holders)

    def _starts_block(self, tag: Tag) -> bool:
        is_named_so = tag.name in BLOCKS or tag.name in HEADINGS or tag.get("role") == "heading"
        return is_named_so or self._styles.get(tag, "display") in _SHOWN_AS_BLOCK

    def _is_block(self, node: PageElement) -> TypeGuard[Tag]:
        from bs4.element import Tag

        return isinstance(node, Tag) and (self._starts_block(node) or id(node) in self._holders)

    def _paragraph(self, nodes: Iterable[PageElement]) -> Iterator[Block]:
        text = clean(merge_struck(self._join(nodes)))
        if text:
            yield Block(0, text)

    def _read_block(self, tag: Tag) -> Iterator[Block]:
        level = _heading_level(tag)
        if level:
            yield from self._read_heading(tag, level)
        elif tag.name == "table" and is_data(tag):
            loose = clean(" ".join(loose_strings(tag)))
            if loose:
                yield Block(0, loose)
            rows = "\n".join(read_rows(tag, self._cell_text))
            if rows:
                yield Block(0, rows)
        elif tag.name in _LISTS:
            yield from _as_one(self._read_items(tag))
        elif tag.name == "li":
            yield from self._read_item(tag, "- ")
        elif tag.name == "dl":
            yield from _as_one(self._read_definitions(tag))
        elif tag.name in _PREFORMATTED or self._styles.get(tag, "white-space").startswith("pre"):
            text = clean(merge_struck(self._inline(tag, keeps_lines=True)))
            if text:
                yield Block(0, text)
        else:
            yield from self.read(tag)

    def _read_heading(self, tag: Tag, level: int) -> Iterator[Block]:
        """Yield a heading, and what its element holds besides where it was never closed."""
        blocks = list(self.read(tag))
        texts = [block.text for block in blocks]
        is_short = len(blocks) < 2 or sum(map(len, texts)) <= LONGEST_UNCLOSED_HEADING
        if is_short and not any(block.level for block in blocks):
            heading = one_line(" ".join(texts))
            if heading:
                yield Block(level, heading)
            return
        first, *others = blocks
        yield first if first.level else Block(level, one_line(first.text))
        yield from others

    def _read_items(self, tag: Tag) -> Iterator[Block]:
        """Yield the items of a list, also those that lists in it hold without an item around them."""
        numbers = _Numbers(tag, self._styles)
        inline: list[PageElement] = []
        for child in _list_children(tag):
            if not self._is_block(child):
                inline.append(child)
                continue
            yield from self._paragraph(inline)
            inline.clear()
            if child.name == "li":
                yield from self._read_item(child, numbers.mark(child))
            elif child.name in _LISTS:
                yield from self._read_items(child)
            else:
                yield from self._read_block(child)
        yield from self._paragraph(inline)

    def _read_item(self, tag: Tag, mark: str) -> Iterator[Block]:
        blocks = list(self.read(tag))
        first = next((place for place, block in enumerate(blocks) if not block.level), -1)
        for place, block in enumerate(blocks):
            has_mark = place != first or (block.text + " ").startswith(mark) or _opens_with_list(tag)
            yield block if has_mark else Block(0, mark + block.text)

    def _read_definitions(self, tag: Tag) -> Iterator[Block]:
        """Yield each definition behind its terms: "Délai : 30 jours"."""
        terms: list[str] = []
        for child in _definition_children(tag):
            if child.name == "dt" and not _has_heading(child):
                terms += [text] if (text := self._cell_text(child)) else []
            elif child.name == "dd" and terms:
                yield from _with_terms(list(self.read(child)), terms)
                terms = [] if _next_name(child) != "dd" else terms
            else:
                yield from _plain(terms)
                terms = []
                yield from self._read_block(child) if child.name != "dd" else self.read(child)
        yield from _plain(terms)

    def _cell_text(self, tag: Tag) -> str:
        """Return the words of a cell, a caption or a term on one line; items of a list in it are parted."""
        lines = clean(merge_struck(self._join(tag.children))).split("\n")
        items = [line for line in lines if line]
        if tag.find("table") is not None:
            items = [item.replace(" | ", ", ") for item in items]
        return one_line((" ; " if tag.find(["li", "tr"]) is not None else " ").join(items))

    def _join(self, nodes: Iterable[PageElement], *, keeps_lines: bool = False) -> str:
        """Return the words of neighbours; two elements that a style sheet sets apart do not make one number."""
        from bs4.element import Tag

        text = ""
        previous: PageElement | None = None
        for node in nodes:
            words = self._inline(node, keeps_lines=keeps_lines)
            if isinstance(node, Tag) and isinstance(previous, Tag) and text and words:
                both_links = node.name == previous.name == "a"
                styled = node.has_attr("class") and previous.has_attr("class") and _SEAM.fullmatch(text[-1] + words[0])
                text += " " if both_links or styled else ""
            text += words
            previous = node
        return text

    def _inline(self, node: PageElement, *, keeps_lines: bool = False) -> str:
        """Return the words of an element; blocks in it begin on a new line, so that no two words are glued."""
        from bs4.element import NavigableString, PreformattedString, Tag

        if isinstance(node, PreformattedString):  # comments, declarations
            return ""
        if isinstance(node, NavigableString):
            return str(node) if keeps_lines else _WHITE.sub(" ", str(node))
        if not isinstance(node, Tag):
            return ""
        if node.name == "br":
            return "\n"
        if node.name in ("input", "select"):
            return f" {_field_text(node)} "
        if node.name == "svg":
            return "".join(f"\n{one_line(text.get_text(' '))}\n" for text in node.find_all("text"))
        if node.name == "table" and is_data(node):
            return "\n" + "\n".join(read_rows(node, self._cell_text)) + "\n"
        keeps_lines = (
            keeps_lines or node.name in _PREFORMATTED or self._styles.get(node, "white-space").startswith("pre")
        )
        words = self._join(node.children, keeps_lines=keeps_lines)
        if self._is_block(node):
            return f"\n{words}\n"
        is_apart = node.name in _APART or self._styles.get(node, "display") in _SHOWN_APART
        return f" {words} " if is_apart else words


class _Numbers:
    """The marks of a list's items: "- ", "3. ", "b. "."""

    def __init__(self, tag: Tag, styles: Styles) -> None:
        style = styles.get(tag, "list-style-type") or styles.get(tag, "list-style")
        named = next((word for word in style.split() if word in _STYLES_OF_LISTS), "")
        self._kind = _STYLES_OF_LISTS[named] if named else str(tag.get("type") or "1") if tag.name == "ol" else ""
        items = tag.find_all("li", recursive=False)
        self._step = -1 if tag.has_attr("reversed") else 1
        self._next = _number(tag.get("start"), len(items) if self._step < 0 else 1)

    def mark(self, item: Tag) -> str:
        """Return the mark of the next item, which may state its number."""
        number = _number(item.get("value"), self._next)
        self._next = number + self._step
        kind = str(item.get("type") or self._kind)
        return f"{write_number(number, kind)}. " if self._kind else "- "


def _number(text: object, default: int) -> int:
    return int(str(text)) if re.fullmatch(r"\s*-?\d{1,9}\s*", str(text)) else default


def _heading_level(tag: Tag) -> int:
    """Return the level of a heading, 0 for another element."""
    if tag.name in HEADINGS:
        return int(tag.name[1])
    if tag.get("role") != "heading":
        return 0
    level = str(tag.get("aria-level") or "2")
    return int(level) if level in "123456" else 6


def _list_children(tag: Tag) -> Iterator[PageElement]:
    """Yield what a list holds, also through elements that stand between it and its items."""
    from bs4.element import Tag

    for child in tag.children:
        is_between = isinstance(child, Tag) and child.name not in ("li", *_LISTS) and child.find("li") is not None
        if is_between and isinstance(child, Tag) and nearest(child, ("li",)) is None:
            yield from _list_children(child)
        else:
            yield child


def _definition_children(tag: Tag) -> Iterator[Tag]:
    """Yield the terms and definitions of a list, also those that stand in a group."""
    from bs4.element import NavigableString, PreformattedString, Tag

    for child in list(tag.children):
        if isinstance(child, Tag) and child.name not in ("dt", "dd") and child.find(["dt", "dd"]) is not None:
            yield from _definition_children(child)
        elif isinstance(child, Tag):
            yield child
        elif isinstance(child, NavigableString) and not isinstance(child, PreformattedString) and child.strip():
            yield child.wrap(Tag(name="p"))


def _next_name(tag: Tag) -> str:
    following = tag.find_next_sibling()
    return following.name if following is not None else ""


def _has_heading(tag: Tag) -> bool:
    return tag.find(list(HEADINGS)) is not None


def _with_terms(blocks: list[Block], terms: list[str]) -> Iterator[Block]:
    term = " / ".join(terms)
    term = f"{term} " if term.endswith((":", "?", "!", ".")) else f"{term} : "
    if not blocks or blocks[0].level:
        yield Block(0, term.rstrip(" :"))
        yield from blocks
    else:
        yield Block(0, term + blocks[0].text)
        yield from blocks[1:]


def _plain(terms: list[str]) -> Iterator[Block]:
    yield from (Block(0, term) for term in terms)


def _opens_with_list(item: Tag) -> bool:
    """Say whether an item begins with a list, whose items have marks of their own."""
    from bs4.element import Tag

    first = next((child for child in item.children if isinstance(child, Tag) or str(child).strip()), None)
    return isinstance(first, Tag) and first.name in _LISTS


def _as_one(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield the items of a list as one block of lines, or one by one where there are headings among them."""
    items = list(blocks)
    if any(block.level for block in items):
        yield from items
    elif items:
        yield Block(0, "\n".join(block.text for block in items))


def _field_text(tag: Tag) -> str:
    """Return what a field of a form shows: its value, or the words one may choose."""
    if tag.name == "select":
        return " / ".join(text for option in tag.find_all("option") if (text := one_line(option.get_text(" "))))
    return str(tag.get("value") or "") if str(tag.get("type") or "").lower() in _FIELDS else ""

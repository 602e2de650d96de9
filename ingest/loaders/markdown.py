"""Read Markdown: headings make sections; links, footnote marks and tags leave only their words; tables stay rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.loaders.loaded_file import LoadedFile
from ingest.loaders.outline import Outline
from ingest.loaders.plain_text import decode_text, split_front_matter
from ingest.loaders.web import paragraphs_of_fragment
from ingest.text.cleaning import clean

if TYPE_CHECKING:
    from markdown_it.token import Token

# What Word leaves behind when a page is pasted into an editor, with the editor's own escapes.
_RESIDUE: Final = re.compile(
    r"<!--\\?\[if.*?<!\\?\[endif\\?\]\\?--\\?>|<!--.*?-->|<(xml|style|script|head)\b[^>]*>.*?</\1>|</?[ovw]:[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_UNSPACED_HEADING: Final = re.compile(r"^(#{2,6})(?=[^#\s])", re.MULTILINE)
_ATTRIBUTES: Final = re.compile(r"(?<=[)\]`*])\{:?\s*[.#\w][^}\n]*\}")  # `[a](b){target="_blank"}`
_FOOTNOTE_MARK: Final = re.compile(r"\[\^[^\]\s]{1,40}\](?!:)|<sup>\s*\[\d{1,3}\]\s*</sup>")
_FOOTNOTE: Final = re.compile(r"^\[\^([^\]\s]{1,40})\]:[ \t]*", re.MULTILINE)
_STARS: Final = re.compile(r"\*{2,}")  # emphasis that is not closed
_LIST_MARK: Final = re.compile(r"(?:[-–—•*]|\d{1,3}[°.)º]°?|\(?[a-zA-Z0-9]{1,3}\)|[IVX]{1,5}[.)]|§)\s")


def load(path: Path) -> LoadedFile:
    """Read a Markdown file. Raises UnreadableFile."""
    metadata, body = split_front_matter(decode_text(path.read_bytes()))
    outline = parse_outline(body)
    title = str(metadata.get("title") or "")
    return LoadedFile(
        outline.sections(title if title == outline.first_heading else ""), metadata, {"heading": outline.first_heading}
    )


def parse_outline(text: str) -> Outline:
    """Return the outline of a Markdown text without front matter."""
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")
    text = _FOOTNOTE.sub(r"(\1) ", _FOOTNOTE_MARK.sub("", _ATTRIBUTES.sub("", _RESIDUE.sub("", text))))
    tokens = reader.parse(_UNSPACED_HEADING.sub(r"\1 ", text))
    outline = Outline()
    position = 0
    while position < len(tokens):
        position = _add_block(tokens, position, outline)
    return outline


def _add_block(tokens: Sequence[Token], position: int, outline: Outline) -> int:
    """Add the block that opens at `position` to the outline and return the position after it."""
    token = tokens[position]
    if token.type == "html_block":
        for paragraph in paragraphs_of_fragment(token.content):
            outline.add(paragraph)
        return position + 1
    if token.type == "fence":
        outline.add(clean(token.content))
        return position + 1
    if token.nesting != 1:
        return position + 1
    end = _end_of_block(tokens, position)
    inside = tokens[position:end]
    if token.type == "heading_open":
        outline.heading(int(token.tag[1]), clean(_words(tokens[position + 1])))
    elif token.type == "paragraph_open":
        outline.add_text(clean(_words(tokens[position + 1])))
    elif token.type == "table_open":
        outline.add("\n".join(_rows(inside)))
    elif token.type in ("bullet_list_open", "ordered_list_open"):
        outline.add("\n".join(_items(inside)))
    else:  # a block quote: its blocks are added one by one
        return position + 1
    return end


def _end_of_block(tokens: Sequence[Token], position: int) -> int:
    """Return the position after the block that opens at `position`."""
    level = tokens[position].level
    for after in range(position + 1, len(tokens)):
        if tokens[after].nesting == -1 and tokens[after].level == level:
            return after + 1
    return len(tokens)


def _items(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield a line for each item of a list, nested ones too, each with its mark."""
    numbers: list[int | None] = []
    mark = ""
    for token in tokens:
        if token.type == "ordered_list_open":
            numbers.append(int(token.attrGet("start") or 1))
        elif token.type == "bullet_list_open":
            numbers.append(None)
        elif token.type in ("ordered_list_close", "bullet_list_close"):
            numbers.pop()
        elif token.type == "list_item_open":
            number = numbers[-1]
            mark = "- " if number is None else f"{number}. "
            numbers[-1] = None if number is None else number + 1
        elif token.type == "inline":
            yield mark + clean(_words(token))
            mark = ""
        elif token.type in ("html_block", "fence"):
            yield mark + "\n".join(paragraphs_of_fragment(token.content))
            mark = ""


def _rows(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield a line for each row, its cells between bars."""
    cells: list[str] = []
    for token in tokens:
        if token.type == "inline":
            cells.append(" ".join(clean(_words(token)).split()))
        elif token.type == "tr_close":
            if any(cells):
                yield " | ".join(cells)
            cells = []


def _words(token: Token) -> str:
    """Return what a reader sees of inline content; a wrapped line goes on unless the next one opens a list item."""
    words: list[str] = []
    children = token.children or []
    for number, child in enumerate(children):
        if child.type in ("text", "code_inline"):
            words.append(_STARS.sub("", child.content))
        elif child.type == "hardbreak" or (child.type == "html_inline" and child.content.lower().startswith("<br")):
            words.append("\n")
        elif child.type == "softbreak":
            following = "".join(sibling.content for sibling in children[number + 1 : number + 3])
            words.append("\n" if _LIST_MARK.match(following + " ") else " ")
        elif child.type == "image":
            words.append(child.content)
    return "".join(words)

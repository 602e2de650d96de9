"""Read Markdown as the page it makes: links, footnote marks and tags leave their words, struck text stays struck."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.loaders.loaded_file import LeftOut, LoadedFile
from ingest.loaders.outline import Outline
from ingest.loaders.plain_text import decode_text, split_front_matter
from ingest.loaders.web import add_html

if TYPE_CHECKING:
    from markdown_it.token import Token

# What Word leaves behind when a page is pasted into an editor, with the editor's own escapes.
_RESIDUE: Final = re.compile(
    r"<!--\\?\[if.*?<!\\?\[endif\\?\]\\?--\\?>|<!--.*?-->|<(xml|style|script|head)\b[^>]*>.*?</\1>|</?[ovw]:[^>]*>",
    re.DOTALL | re.IGNORECASE,
)
_UNSPACED_HEADING: Final = re.compile(r"^(#{2,6})(?=[^#\s])", re.MULTILINE)
_ATTRIBUTES: Final = re.compile(r"(?<=[)\]`*])\{:?\s*(?:[.#]|[\w-]+=)[^}\n]*\}")  # `[a](b){target="_blank"}`
_FOOTNOTE_MARK: Final = re.compile(r"\[\^[^\]\s]{1,40}\](?!:)|<sup>\s*\[\d{1,3}\]\s*</sup>")
_FOOTNOTE: Final = re.compile(r"^\[\^([^\]\s]{1,40})\]:[ \t]*", re.MULTILINE)
_STARS: Final = re.compile(r"\*{2,}")  # emphasis that is not closed
_LIST_MARK: Final = re.compile(r"(?:[-–—•*]|\d{1,3}[°.)º]°?|\(?[a-zA-Z0-9]{1,3}\)|[IVX]{1,5}[.)]|§)\s")
# Elements whose content HTML does not parse: one that is never closed takes the rest of the text with it.
_RAW: Final = re.compile(r"<(/?(?:title|textarea|style|xmp|iframe|noembed|noframes|script|plaintext)\b)", re.IGNORECASE)


def load(path: Path) -> LoadedFile:
    """Read a Markdown file. Raises UnreadableFile."""
    metadata, body = split_front_matter(decode_text(path.read_bytes()))
    outline, left_out = _read(body)
    title = str(metadata.get("title") or "")
    sections = outline.sections(title if title == outline.first_heading else "")
    return LoadedFile(sections, metadata, outline.hints(), left_out=left_out)


def parse_outline(text: str) -> Outline:
    """Return the outline of a Markdown text without front matter."""
    return _read(text)[0]


def _read(text: str) -> tuple[Outline, tuple[LeftOut, ...]]:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"]).disable("code")
    text = _FOOTNOTE.sub(r"(\1) ", _FOOTNOTE_MARK.sub("", _ATTRIBUTES.sub("", _RESIDUE.sub("", text))))
    tokens = reader.parse(_UNSPACED_HEADING.sub(r"\1 ", text))
    for token in tokens:
        if token.type == "html_block" and not re.search(r"</(?:title|textarea|xmp|iframe|no\w+)\s*>", token.content):
            token.content = _RAW.sub(r"&lt;\1", token.content)
        _show_inline(token.children or [])
    outline = Outline()
    return outline, add_html(reader.renderer.render(tokens, reader.options, {}), outline)


def _show_inline(children: Sequence[Token]) -> None:
    """Change inline tokens to what a reader sees: a wrapped line goes on unless the next one opens a list item."""
    for number, child in enumerate(children):
        if child.type == "text":
            child.content = _STARS.sub("", child.content)
        elif child.type == "html_inline":
            child.content = _RAW.sub(r"&lt;\1", child.content)
        elif child.type == "softbreak":
            following = "".join(sibling.content for sibling in children[number + 1 : number + 3])
            child.type = "hardbreak" if _LIST_MARK.match(following + " ") else "softbreak"
        elif child.type == "image":
            child.type, child.children = "text", None

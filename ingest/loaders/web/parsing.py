"""Parse HTML into a tree that holds what a browser would show, however the page was written."""

from __future__ import annotations

import re
import warnings
from collections.abc import Container
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import PageElement

HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCK_NAMES: Final = (
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form frameset header hgroup hr html legend li main menu nav noframes ol p pre search section summary table "
    "tbody td textarea tfoot th thead tr ul xmp"
)
BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_NEVER_SHOWN: Final = "script, head > :not(style), title, object > param, datalist, canvas, audio, video, rp, map"
_OF_HEAD: Final = frozenset(("base", "link", "meta", "noscript", "script", "style", "template", "title"))
_DEEP: Final = 60  # elements in one another, from which those that only format are taken away
_DEEPEST: Final = 150  # elements in one another; pages with fonts that are never closed have thousands
_FORMATTING: Final = frozenset(
    ("font", "b", "i", "u", "em", "strong", "small", "big", "tt", "span", "nobr", "center", "a")
)
_MOST_UNWRAPPED: Final = 100
_XML_DECLARATION: Final = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CDATA: Final = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


def parse(html: str) -> BeautifulSoup:
    """Return the tree of a page or a piece of one, with its style sheets and without scripts."""
    from bs4 import BeautifulSoup, UnusualUsageWarning

    html = html.replace("\0", "")
    is_xml = _XML_DECLARATION.match(html)
    if is_xml:
        html = _CDATA.sub(lambda match: _escape(match[1]), html[is_xml.end() :])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnusualUsageWarning)  # a fragment may look like a file's name, or like XML
        soup = BeautifulSoup(html, "lxml")
    _end_head(soup)
    _limit_depth(soup)
    _part_definitions(soup)
    return soup


def remove_never_shown(soup: BeautifulSoup) -> None:
    """Remove what no reader sees, and nobody hid: scripts, the head, sources of sounds."""
    for tag in soup.select(_NEVER_SHOWN):
        if not tag.decomposed:
            tag.decompose()


def count_words(text: str) -> int:
    """Count the words of a text as a reader does."""
    return len(text.split())


def nearest(node: PageElement, names: Container[str]) -> Tag | None:
    """Return the nearest element above that has one of the names; bs4's own search takes ten times as long."""
    return next((above for above in node.parents if above.name in names), None)


def list_classes(tag: Tag) -> list[str]:
    """Return the classes and the id of an element, in lower case."""
    names = tag.get_attribute_list("class") + tag.get_attribute_list("id")
    return [str(name).lower() for name in names if name]


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _end_head(soup: BeautifulSoup) -> None:
    """Begin the body where a browser does: libxml2 leaves in the head what it does not know, such as `main`."""
    head = soup.head
    first = (
        next((tag for tag in head.find_all(True, recursive=False) if tag.name not in _OF_HEAD), None) if head else None
    )
    if head is None or first is None:
        return
    body = soup.body
    if body is None:
        body = soup.new_tag("body")
        head.insert_after(body)
    for position, node in enumerate([first, *first.next_siblings]):
        body.insert(position, node.extract())


def _part_definitions(soup: BeautifulSoup) -> None:
    """Put terms and definitions that were never closed beside each other, as browsers do and libxml2 does not."""
    for tag in soup.find_all(["dt", "dd"]):
        outer = nearest(tag, ("dt", "dd", "dl"))
        if outer is not None and outer.name != "dl" and outer is tag.parent:
            for node in [*reversed(list(tag.next_siblings)), tag]:
                outer.insert_after(node.extract())


def _limit_depth(soup: BeautifulSoup) -> None:
    """Make the tree one that functions that recur can walk: what is in too many elements is left with its lines only.

    Elements that only format, of which pages leave hundreds open, are taken away first.
    """
    formatting, too_deep = _find_deep(soup, _MOST_UNWRAPPED)
    for tag in formatting:
        tag.unwrap()
    for tag in too_deep:
        tag.replace_with(_lines(tag))


def _find_deep(soup: BeautifulSoup, most: int) -> tuple[list[Tag], list[Tag]]:
    """Return at most so many formatting elements in more than _DEEP others, and the outermost in more than _DEEPEST."""
    from bs4.element import Tag

    depths: dict[int, int] = {id(soup): 0}
    formatting: list[Tag] = []
    too_deep: list[Tag] = []
    for element in soup.descendants:
        if not isinstance(element, Tag):
            continue
        above = depths[id(element.parent)]
        if above > _DEEP and element.name in _FORMATTING and len(formatting) < most:
            formatting.append(element)
            depths[id(element)] = above
        else:
            depths[id(element)] = above + 1
            if above == _DEEPEST:
                too_deep.append(element)
    return formatting, too_deep


def _lines(tag: Tag) -> str:
    """Return the words of an element, with its blocks on lines of their own."""
    from bs4.element import NavigableString, PreformattedString, Tag

    words: list[str] = []
    for element in tag.descendants:
        if isinstance(element, Tag) and (element.name in BLOCKS or element.name in HEADINGS or element.name == "br"):
            words.append("\n")
        elif isinstance(element, NavigableString) and not isinstance(element, PreformattedString):
            words.append(str(element))
    return "".join(words)

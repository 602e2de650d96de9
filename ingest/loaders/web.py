"""HTML: the page's own text without its furniture; headings make sections, table rows stay rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.loaders import Loaded
from ingest.loaders.boilerplate import Block, without_furniture
from ingest.loaders.outline import Outline
from ingest.text.cleaning import clean, one_line

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import PageElement

_NEVER: Final = (
    "script, style, noscript, template, svg, iframe, object, form, nav, aside, footer, button, select, dialog, "
    "[role=navigation], [role=banner], [role=contentinfo], [role=search], [role=complementary], [role=dialog], "
    "[aria-hidden=true], [hidden]"
)
_FURNITURE: Final = re.compile(
    r"cookie|consent|gdpr|rgpd|tarteaucitron|didomi|axeptio|breadcrumb|fil-?d?-?ariane|social|share|partage|skip-?link"
    r"|newsletter|pagination|print-?only",
    re.IGNORECASE,
)
_BLOCK_NAMES: Final = (
    "address article blockquote body caption center dd details div dl dt fieldset figcaption figure header hgroup html "
    "hr legend li main ol p pre section summary table tbody td tfoot th thead tr ul"
)
_BLOCKS: Final = frozenset(_BLOCK_NAMES.split())
_HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_SAYS_SO: Final = frozenset(("main", "article"))  # elements that say themselves what the page is about
_NOTE_MARK: Final = re.compile(r"[\[(]?\d{1,3}[\])]?")
_HINTS: Final = {
    "author": ("author", "dc.creator", "dcterms.creator", "article:author"),
    "published": ("article:published_time", "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created", "date"),
}


def load(path: Path) -> Loaded:
    """Read a web page. Raises UnreadableFile."""
    return loaded_page(path.read_bytes())


def loaded_page(content: bytes, encoding: str = "") -> Loaded:
    """Return what a page says; `encoding` is what stands around it, in the archive it was saved in."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "lxml", from_encoding=encoding or None)
    hints = _hints(soup)
    if _part_note_marks(soup):
        content = soup.encode()
    outline = Outline()
    main = _main(soup)
    blocks = list(_blocks(main))
    _put(blocks if main.name in _SAYS_SO else without_furniture(blocks, content), outline)
    return Loaded(outline.sections(), {}, {"heading": outline.first_heading} | hints)


def take_page(content: bytes, outline: Outline) -> None:
    """Put a page's own text into an outline that goes on: the chapter of a book."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "lxml")
    for aside in soup.find_all("aside"):  # a book's notes and boxes; around a page of the web stands advertising
        aside.name = "div"
    _part_note_marks(soup)
    _put(_blocks(_main(soup)), outline)


def _put(blocks: Iterable[Block], outline: Outline) -> None:
    for level, paragraph in blocks:
        if level:
            outline.heading(level, paragraph)
        else:
            outline.add_text(paragraph)


def paragraphs_of_fragment(html: str) -> list[str]:
    """Return the paragraphs of a piece of HTML, headings among them."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "lxml")
    for tag in soup.select("script, style, template"):
        tag.decompose()
    return [paragraph for _, paragraph in _blocks(soup)]


def _main(soup: BeautifulSoup) -> Tag:
    """Return the element that holds the page's own text, freed of what stands around it."""
    for tag in soup.select(_NEVER):
        tag.decompose()
    whole = soup.body or soup
    length = len(whole.get_text())
    for tag in whole.find_all(True):
        if tag.decomposed or tag.name in ("body", "main", "article", *_HEADINGS):
            continue
        named = " ".join([str(tag.get("id") or ""), *(tag.get_attribute_list("class"))] if tag.attrs else [])
        site_header = tag.name == "header" and not tag.find_parent(["article", "main"])
        if (site_header or _FURNITURE.search(named)) and len(tag.get_text()) < length / 2:
            tag.decompose()
    for wanted in ("main", "[role=main]", "article"):
        found = whole.select(wanted)
        if len(found) == 1 and len(found[0].get_text()) > 200:
            return found[0]
    return whole


def _blocks(root: Tag) -> Iterator[Block]:
    """Yield (level, text) in reading order; level 0 is a paragraph, an item or a row."""
    from bs4.element import Tag

    said: list[str] = []

    def flush() -> Iterator[tuple[int, str]]:
        text = clean("".join(said))
        said.clear()
        if text:
            yield 0, text

    for child in root.children:
        if not isinstance(child, Tag):
            said.append(_inline(child))
            continue
        name = child.name
        if name in _HEADINGS:
            yield from flush()
            yield int(name[1]), one_line(_inline(child))
        elif name == "table" and _is_data(child):
            yield from flush()
            rows = "\n".join(_rows(child))
            if rows:
                yield 0, rows
        elif name in ("ul", "ol"):
            yield from flush()
            items = [f"- {text}" for item in child.find_all("li", recursive=False) if (text := clean(_inline(item)))]
            if items:
                yield 0, "\n".join(items)
        elif name in _BLOCKS:
            yield from flush()
            yield from _blocks(child)
        elif name == "dd":
            yield from flush()
        else:
            said.append(_inline(child))
    yield from flush()


def _is_data(table: Tag) -> bool:
    """Say whether a table holds data; one that holds headings or tables lays out a page."""
    return table.find(["table", *_HEADINGS]) is None


def _rows(table: Tag) -> Iterator[str]:
    for row in table.find_all("tr"):
        cells = [one_line(_inline(cell)) for cell in row.find_all(["td", "th"], recursive=False)]
        if any(cells):
            yield " | ".join(cells)


def _inline(element: PageElement) -> str:
    """Return the words of an element; blocks inside it begin on a new line, so that no two words are glued."""
    from bs4.element import NavigableString, PreformattedString, Tag

    if isinstance(element, PreformattedString):  # comments, declarations
        return ""
    if isinstance(element, NavigableString):
        return re.sub(r"[ \t\r\n\f]+", " ", str(element))  # what HTML counts as blanks
    if not isinstance(element, Tag):
        return ""
    if element.name == "br":
        return "\n"
    words = "".join(map(_inline, element.children))
    return f"\n{words}\n" if element.name in _BLOCKS else words


def _part_note_marks(soup: BeautifulSoup) -> bool:
    """Write the number of a note apart before the note, and leave it out where it is called, glued to a word.

    Say whether there was any.
    """
    marks = [link for link in soup.select('a[href^="#"]') if _NOTE_MARK.fullmatch(link.get_text().strip())]
    for link in marks:
        said = link.get_text().strip()
        block = link.find_parent(list(_BLOCKS))
        opens = block is not None and block.get_text().lstrip().startswith(said)
        link.replace_with(f"({said.strip('[]()')}) " if opens else "")
    return bool(marks)


def _hints(soup: BeautifulSoup) -> dict[str, str]:
    said: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("name") or tag.get("property") or "").lower()
        said.setdefault(name, one_line(str(tag.get("content") or "")))
    hints = {key: next((said[name] for name in names if said.get(name)), "") for key, names in _HINTS.items()}
    top = [one_line(tag.get_text()) for tag in soup.find_all("h1")]
    title = one_line(soup.title.get_text()) if soup.title else ""
    hints["title"] = top[0] if len(top) == 1 and top[0] else said.get("og:title") or said.get("dc.title") or title
    return {key: value for key, value in hints.items() if value}

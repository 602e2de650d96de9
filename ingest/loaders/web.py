"""Read web pages, also those saved as one file (.mht): the page's own text; headings make sections, tables stay rows.

Where a page does not mark its own text (layout tables, nameless boxes), trafilatura decides which blocks belong to it.
Our own blocks are kept, since they keep headings, rows and lists; trafilatura alone also lost up to 3 % of the text of
pages whose text is known (benchmarks/web_text.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from email import message_from_bytes, policy
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.outline import Outline
from ingest.text.cleaning import clean, one_line

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag
    from bs4.element import PageElement

MOST_ARCHIVE_BYTES: Final = 100 << 20
LEAST_SHARE: Final = 0.25  # of the page's characters; a page with less text is a list of links, and kept whole
Block = tuple[int, str]  # the level of a heading or 0, and its words

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
_MARKED: Final = frozenset(("main", "article"))  # elements that mark the page's own text
_NOTE_MARK: Final = re.compile(r"[\[(]?\d{1,3}[\])]?")
_HINTS: Final = {
    "author": ("author", "dc.creator", "dcterms.creator", "article:author"),
    "published": ("article:published_time", "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created", "date"),
}


def load(path: Path) -> LoadedFile:
    """Read a web page or a saved one. Raises UnreadableFile."""
    if path.suffix.lower() in (".mht", ".mhtml"):
        return _load_archive(path)
    return _load_page(path.read_bytes())


def _load_archive(path: Path) -> LoadedFile:
    """Read the page of a saved one, without its images and frames. Raises UnreadableFile."""
    if path.stat().st_size > MOST_ARCHIVE_BYTES:
        raise UnreadableFile(f"a saved page of more than {MOST_ARCHIVE_BYTES >> 20} MB: save it without its pictures.")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    for part in message.walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                return _load_page(content, str(part.get_content_charset() or ""))
    raise UnreadableFile("damaged, or no saved web page: there is no HTML in it. Save the page again, or as PDF.")


def _load_page(content: bytes, encoding: str = "") -> LoadedFile:
    """Return what a page says; `encoding` is the one its archive states."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "lxml", from_encoding=encoding or None)
    hints = _hints(soup)
    if _part_note_marks(soup):
        content = soup.encode()
    outline = Outline()
    main = _main(soup)
    blocks = list(_blocks(main))
    _add(blocks if main.name in _MARKED else _without_boilerplate(blocks, content), outline)
    return LoadedFile(outline.sections(), {}, {"heading": outline.first_heading} | hints)


def add_page(content: bytes, outline: Outline) -> None:
    """Add a page's own text to an outline that goes on: the chapter of a book."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "lxml")
    for aside in soup.find_all("aside"):  # a book's notes and boxes; on a web page it would be advertising
        aside.name = "div"
    _part_note_marks(soup)
    _add(_blocks(_main(soup)), outline)


def paragraphs_of_fragment(html: str) -> list[str]:
    """Return the paragraphs of a piece of HTML, headings among them."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "lxml")
    for tag in soup.select("script, style, template"):
        tag.decompose()
    return [paragraph for _, paragraph in _blocks(soup)]


def _add(blocks: Iterable[Block], outline: Outline) -> None:
    for level, text in blocks:
        if level:
            outline.heading(level, text)
        else:
            outline.add_text(text)


def _main(soup: BeautifulSoup) -> Tag:
    """Return the element that holds the page's own text, without menus, banners and the like."""
    for tag in soup.select(_NEVER):
        tag.decompose()
    body = soup.body or soup
    length = len(body.get_text())
    for tag in body.find_all(True):
        if tag.decomposed or tag.name in ("body", "main", "article", *_HEADINGS):
            continue
        names = " ".join([str(tag.get("id") or ""), *(tag.get_attribute_list("class"))] if tag.attrs else [])
        is_site_header = tag.name == "header" and not tag.find_parent(["article", "main"])
        if (is_site_header or _FURNITURE.search(names)) and len(tag.get_text()) < length / 2:
            tag.decompose()
    for selector in ("main", "[role=main]", "article"):
        elements = body.select(selector)
        if len(elements) == 1 and len(elements[0].get_text()) > 200:
            return elements[0]
    return body


def _blocks(root: Tag) -> Iterator[Block]:
    """Yield (level, text) in reading order; level 0 is a paragraph, an item or a row."""
    from bs4.element import Tag

    inline: list[str] = []

    def flush() -> Iterator[Block]:
        text = clean("".join(inline))
        inline.clear()
        if text:
            yield 0, text

    for child in root.children:
        if not isinstance(child, Tag):
            inline.append(_inline(child))
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
            inline.append(_inline(child))
    yield from flush()


def _is_data(table: Tag) -> bool:
    """Say whether a table holds data; one with headings or tables in it lays out a page."""
    return table.find(["table", *_HEADINGS]) is None


def _rows(table: Tag) -> Iterator[str]:
    for row in table.find_all("tr"):
        cells = [one_line(_inline(cell)) for cell in row.find_all(["td", "th"], recursive=False)]
        if any(cells):
            yield " | ".join(cells)


def _inline(element: PageElement) -> str:
    """Return the words of an element; blocks in it begin on a new line, so that no two words are glued."""
    from bs4.element import NavigableString, PreformattedString, Tag

    if isinstance(element, PreformattedString):  # comments, declarations
        return ""
    if isinstance(element, NavigableString):
        return re.sub(r"[ \t\r\n\f]+", " ", str(element))  # the white space of HTML
    if not isinstance(element, Tag):
        return ""
    if element.name == "br":
        return "\n"
    words = "".join(map(_inline, element.children))
    return f"\n{words}\n" if element.name in _BLOCKS else words


def _part_note_marks(soup: BeautifulSoup) -> bool:
    """Part the number of a note from the note, and remove it where it is called, glued to a word.

    Say whether there was any.
    """
    marks = [link for link in soup.select('a[href^="#"]') if _NOTE_MARK.fullmatch(link.get_text().strip())]
    for link in marks:
        mark = link.get_text().strip()
        block = link.find_parent(list(_BLOCKS))
        opens_note = block is not None and block.get_text().lstrip().startswith(mark)
        link.replace_with(f"({mark.strip('[]()')}) " if opens_note else "")
    return bool(marks)


def _hints(soup: BeautifulSoup) -> dict[str, str]:
    meta: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("name") or tag.get("property") or "").lower()
        meta.setdefault(name, one_line(str(tag.get("content") or "")))
    hints = {key: next((meta[name] for name in names if meta.get(name)), "") for key, names in _HINTS.items()}
    headings = [one_line(tag.get_text()) for tag in soup.find_all("h1")]
    title = one_line(soup.title.get_text()) if soup.title else ""
    only_heading = headings[0] if len(headings) == 1 else ""
    hints["title"] = only_heading or meta.get("og:title") or meta.get("dc.title") or title
    return {key: value for key, value in hints.items() if value}


def _without_boilerplate(blocks: Sequence[Block], content: bytes) -> list[Block]:
    """Return the blocks that belong to the page's text with their headings; all of them in doubt."""
    import trafilatura

    try:
        extracted = trafilatura.extract(content, include_tables=True, include_comments=False, favor_recall=True)
    except MemoryError:
        raise
    except Exception:  # foreign code reading a foreign page: nothing is known to be boilerplate
        return list(blocks)
    letters = _letters(extracted or "")
    belongs = [not level and _letters(text) in letters for level, text in blocks]
    kept = sum(len(text) for (_, text), is_text in zip(blocks, belongs, strict=True) if is_text)
    if kept < LEAST_SHARE * sum(len(text) for _, text in blocks):
        return list(blocks)
    return _with_headings(blocks, belongs)


def _with_headings(blocks: Sequence[Block], belongs: Sequence[bool]) -> list[Block]:
    """Keep the blocks that belong, and each heading above any of them."""
    kept: list[Block] = []
    highest = 99  # level of the highest heading kept above the text that follows; only higher ones are above it
    for (level, text), is_text in zip(reversed(blocks), reversed(belongs), strict=True):
        if is_text:
            kept.append((level, text))
            highest = 99
        elif level and kept and level < highest:
            kept.append((level, text))
            highest = level
    return kept[::-1]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))

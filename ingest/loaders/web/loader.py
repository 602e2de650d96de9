"""Read web pages, also those saved as one file (.mht): everything but hidden parts and the site's furniture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from email import message_from_bytes
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from index.reasons import Reason
from ingest.loaders.loaded_file import LeftOut, LoadedFile, UnreadableFile
from ingest.loaders.mail_parts import read_charset, read_content
from ingest.loaders.omissions import Omissions
from ingest.loaders.outline import Outline
from ingest.loaders.web.blocks import Block, BlockReader
from ingest.loaders.web.charset import decode_page
from ingest.loaders.web.furniture import Removed, remove_buttons, remove_furniture, remove_navigation
from ingest.loaders.web.hidden import remove_hidden
from ingest.loaders.web.parsing import nearest, parse, remove_never_shown
from ingest.loaders.web.signs import write_signs
from ingest.loaders.web.styles import Styles
from ingest.text.cleaning import one_line

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

MOST_ARCHIVE_BYTES: Final = 100 << 20
MOST_FURNITURE: Final = 0.5  # of a page's words; more is told as a warning
_MOST_FRAMES: Final = 20
_HINTS: Final = {
    "author": ("author", "dc.creator", "dcterms.creator", "article:author"),
    "published": ("article:published_time", "dcterms.issued", "dc.date", "dcterms.date", "dcterms.created", "date"),
}


class Fragment(NamedTuple):
    """What a piece of HTML says: its paragraphs, headings among them, and what is hidden in it."""

    paragraphs: list[str]
    left_out: tuple[LeftOut, ...]


def load(path: Path) -> LoadedFile:
    """Read a web page or a saved one. Raises UnreadableFile."""
    if path.suffix.lower() in (".mht", ".mhtml"):
        return _load_archive(path)
    return _load_page(decode_page(path.read_bytes()))


def _load_archive(path: Path) -> LoadedFile:
    """Read the page of a saved one with its frames, without its images. Raises UnreadableFile."""
    if path.stat().st_size > MOST_ARCHIVE_BYTES:
        raise UnreadableFile(Reason("web-page-too-large", most=MOST_ARCHIVE_BYTES >> 20))
    pages: list[str] = []
    frames: dict[str, str] = {}
    for part in message_from_bytes(path.read_bytes()).walk():
        if part.get_content_type() not in ("text/html", "application/xhtml+xml"):
            continue
        charset, content = read_charset(part), read_content(part)
        if content.strip():
            page = decode_page(content, charset)
            pages.append(page)
            frames[f"cid:{str(part.get('Content-ID', '')).strip('<> ')}"] = page
            frames[str(part.get("Content-Location", ""))] = page
    if not pages:
        raise UnreadableFile(Reason("damaged-or-no-web-page"))
    return _load_page(pages[0], frames)


def _load_page(html: str, frames: Mapping[str, str] | None = None) -> LoadedFile:
    """Return what a page says; `frames` are the pages that may be shown in it, by their address."""
    soup = parse(html)
    noted = _read_head(soup)
    omissions = Omissions()
    styles = _remove_unseen(soup, omissions, frames or {})
    hints = _hints(noted, [one_line(tag.get_text()) for tag in soup.find_all("h1")])
    removed = remove_furniture(soup)
    write_signs(soup, styles)
    outline = Outline()
    _add(BlockReader(soup, styles).read(soup), outline)
    left_out = (*omissions.left_out(), *_describe(removed))
    share = round(100 * removed.share)
    warnings = (Reason("mostly-furniture", share=share),) if removed.share > MOST_FURNITURE else ()
    hints = outline.hints() | hints
    return LoadedFile(outline.sections(), {}, hints, warnings, left_out, omissions.hidden())


def add_page(content: bytes, outline: Outline) -> tuple[LeftOut, ...]:
    """Add a whole page to an outline that goes on, such as the chapter of a book; return what is hidden in it."""
    blocks, left_out = _read_all(decode_page(content), has_navigation=True)
    _add(blocks, outline)
    return left_out


def add_html(html: str, outline: Outline) -> tuple[LeftOut, ...]:
    """Add what a page or a piece of one says to an outline; return what is hidden in it."""
    blocks, left_out = _read_all(html)
    _add(blocks, outline)
    return left_out


def read_fragment(html: str) -> Fragment:
    """Return the paragraphs of a piece of HTML without menus of its own, such as a mail's, and what is hidden in it."""
    blocks, left_out = _read_all(html)
    return Fragment([block.text for block in blocks], left_out)


def paragraphs_of_fragment(html: str) -> list[str]:
    """Return the paragraphs of a piece of HTML, headings among them."""
    return read_fragment(html).paragraphs


def _read_all(html: str, *, has_navigation: bool = False) -> tuple[list[Block], tuple[LeftOut, ...]]:
    """Return the blocks of a tree, without its tables of contents if it `has_navigation`, and what is hidden in it."""
    soup = parse(html)
    omissions = Omissions()
    styles = _remove_unseen(soup, omissions, {})
    if has_navigation:
        remove_navigation(soup)
    remove_buttons(soup)
    write_signs(soup, styles)
    return list(BlockReader(soup, styles).read(soup)), omissions.left_out()


def _remove_unseen(soup: BeautifulSoup, omissions: Omissions, frames: Mapping[str, str]) -> Styles:
    """Leave in the tree what a reader sees; return the styles of what is left."""
    _insert_frames(soup, frames, omissions)
    styles = Styles(soup)
    remove_never_shown(soup)
    remove_hidden(soup, styles, omissions)
    return styles


def _insert_frames(soup: BeautifulSoup, frames: Mapping[str, str], omissions: Omissions) -> None:
    """Put the pages shown in frames in the places of these, as far as the file holds them."""
    for number, frame in enumerate(soup.find_all(["iframe", "frame"])):
        page = str(frame.get("srcdoc") or "") or frames.get(str(frame.get("src") or ""), "")
        if page and number < _MOST_FRAMES:
            inner = parse(page)
            box = soup.new_tag("div")
            for child in list((inner.body or inner).children):
                box.append(child.extract())
            frame.replace_with(box)
        else:
            address = str(frame.get("src") or "")
            if address.startswith(("http:", "https:", "//")) and frame.name == "frame":
                omissions.add("frame", address, Reason("other-page"))
            frame.decompose()


def _describe(removed: Removed) -> tuple[LeftOut, ...]:
    if not removed.words:
        return ()
    words = Reason("words", count=removed.words, total=removed.total, share=round(100 * removed.share))
    return (LeftOut(words, "", Reason("furniture")),)


def _add(blocks: Iterable[Block], outline: Outline) -> None:
    for level, text in blocks:
        if level:
            outline.heading(level, text)
        else:
            outline.add_text(text)


def _read_head(soup: BeautifulSoup) -> dict[str, str]:
    """Return what a page notes of itself, by name; its title under "title"."""
    meta: dict[str, str] = {}
    for tag in soup.find_all("meta"):
        name = str(tag.get("name") or tag.get("property") or "").lower()
        meta.setdefault(name, one_line(str(tag.get("content") or "")))
    title = next((tag for tag in soup.find_all("title") if nearest(tag, ("svg",)) is None), None)
    return meta | {"title": one_line(title.get_text() if title else "")}


def _hints(noted: Mapping[str, str], headings: Sequence[str]) -> dict[str, str]:
    """Return the hints of a page: its only heading of the first level, that a reader sees, is its title."""
    hints = {key: next((noted[name] for name in names if noted.get(name)), "") for key, names in _HINTS.items()}
    only_heading = headings[0] if len(headings) == 1 else ""
    hints["title"] = only_heading or noted.get("og:title") or noted.get("dc.title") or noted["title"]
    return {key: value for key, value in hints.items() if value}

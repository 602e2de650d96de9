"""Part PDF pages at the places of their bookmarks, and give each part its chain of headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from index.documents import SectionText
from ingest.text.cleaning import one_line

_MOST: Final = 2_000


class Bookmark(NamedTuple):
    """An entry of the document's outline."""

    level: int
    title: str
    page: int  # from 1


def read_bookmarks(document: Any) -> list[Bookmark]:
    """Return the bookmarks in order, without those that lack a title or a page; none if there are very many."""
    import pypdfium2

    bookmarks: list[Bookmark] = []
    try:
        for entry in document.get_toc(max_depth=6):
            destination = entry.get_dest()
            title = one_line(entry.get_title())
            if destination is not None and destination.get_index() is not None and 1 < len(title) <= 250:
                bookmarks.append(Bookmark(entry.level, title, destination.get_index() + 1))
            if len(bookmarks) > _MOST:
                return []
    except (pypdfium2.PdfiumError, ValueError):
        return []
    return bookmarks


def part_page(bookmarks: Sequence[Bookmark], number: int, text: str) -> list[SectionText]:
    """Return the sections of a page: one for each bookmark whose title is in its text, under its chain of headings."""
    above = [bookmark for bookmark in bookmarks if bookmark.page < number]
    parts: list[tuple[list[Bookmark], list[str]]] = [(above, [])]
    pending = [bookmark for bookmark in bookmarks if bookmark.page == number]
    for paragraph in text.split("\n\n"):
        is_heading = (index for index, bookmark in enumerate(pending) if _is_heading(paragraph, bookmark.title))
        index = next(is_heading, None)
        if index is not None:
            above = above + pending[: index + 1]
            pending = pending[index + 1 :]
            if any(parts[-1][1]):
                parts.append((above, []))
            else:
                parts[-1] = (above, [])
        parts[-1][1].append(paragraph)
    return [SectionText(f"p. {number}", "\n\n".join(paragraphs), _chain(above)) for above, paragraphs in parts]


def _is_heading(paragraph: str, title: str) -> bool:
    """Say whether a paragraph is a bookmark's title, with a number before it or not."""
    text, expected = _fold(paragraph), _fold(title)
    return bool(expected) and text.endswith(expected) and len(text) - len(expected) <= 6


def _fold(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _chain(bookmarks: Sequence[Bookmark]) -> str:
    chain: list[Bookmark] = []
    for bookmark in bookmarks:
        chain = [above for above in chain if above.level < bookmark.level] + [bookmark]
    return " > ".join(bookmark.title for bookmark in chain)

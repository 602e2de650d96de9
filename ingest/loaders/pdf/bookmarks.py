"""A PDF's bookmarks as headings: a page is parted where they stand, and each part has its chain of headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from index.documents import SectionText
from ingest.text.cleaning import one_line

_MOST: Final = 2_000
_LEAST_PART: Final = 1


class Bookmark(NamedTuple):
    level: int
    title: str
    page: int  # from 1


def bookmarks(document: Any) -> list[Bookmark]:
    """Return the bookmarks in order, those without a title or a page left out."""
    import pypdfium2

    found: list[Bookmark] = []
    try:
        for one in document.get_toc(max_depth=6):
            destination = one.get_dest()
            title = one_line(one.get_title())
            if destination is not None and destination.get_index() is not None and 1 < len(title) <= 250:
                found.append(Bookmark(one.level, title, destination.get_index() + 1))
            if len(found) > _MOST:
                return []
    except (pypdfium2.PdfiumError, ValueError):
        return []
    return found


def parted_at(marks: Sequence[Bookmark], number: int, text: str) -> list[SectionText]:
    """Return the sections of a page: one for each bookmark found in its text, each under its chain of headings."""
    chain = [mark for mark in marks if mark.page < number]
    parts: list[tuple[list[Bookmark], list[str]]] = [(chain, [])]
    waiting = [mark for mark in marks if mark.page == number]
    seen = list(chain)
    for paragraph in text.split("\n\n"):
        place = next((at for at, mark in enumerate(waiting) if _is_heading(paragraph, mark.title)), None)
        if place is not None:
            seen = seen + waiting[: place + 1]
            waiting = waiting[place + 1 :]
            if any(parts[-1][1]):
                parts.append((seen, []))
            else:
                parts[-1] = (seen, [])
        parts[-1][1].append(paragraph)
    return [SectionText(f"p. {number}", "\n\n".join(said), _chain(above)) for above, said in parts]


def _is_heading(paragraph: str, title: str) -> bool:
    said, wanted = _folded(paragraph), _folded(title)
    return bool(wanted) and (said == wanted or (said.endswith(wanted) and len(said) - len(wanted) <= 6))


def _folded(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _chain(marks: Sequence[Bookmark]) -> str:
    chain: list[Bookmark] = []
    for mark in marks:
        chain = [above for above in chain if above.level < mark.level] + [mark]
    return " > ".join(mark.title for mark in chain)

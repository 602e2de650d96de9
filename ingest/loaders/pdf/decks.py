"""Slide decks saved as PDF: a page is a slide, its largest lines its title; the exported list of titles goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from index.documents import SectionText
from ingest.loaders.pdf.placement import Placed
from ingest.text.cleaning import clean, one_line


def is_deck(pages: Sequence[Placed], count: int) -> bool:
    """Say whether most pages are wider than high and hold few words in large letters, as slides do."""
    if len(pages) < 0.8 * count:
        return False
    wide = sum(page.width > 1.2 * page.height for page in pages)
    letters = median(len(page.text) for page in pages)
    heights = [page.body / page.height for page in pages if page.height and page.body]
    return wide > 0.8 * len(pages) and letters < 1200 and bool(heights) and median(heights) > 0.024


def as_slides(texts: Sequence[str], pages: Sequence[object]) -> list[SectionText]:
    """Return a section a slide, labelled as slides of a PowerPoint file are."""
    titles = [large_title(page) if isinstance(page, Placed) else "" for page in pages]
    known = {_folded(title) for title in titles if title}
    made = []
    for number, (text, title, page) in enumerate(zip(texts, titles, pages, strict=True), start=1):
        said = [line.text for line in page.lines] if isinstance(page, Placed) else []
        repeated = sum(_folded(line) in known for line in said)
        is_export_outline = len(said) > 4 and repeated > 0.7 * len(said)
        made.append(SectionText(f"diapo {number}", "" if is_export_outline else clean(text), title))
    return made


def large_title(page: Placed) -> str:
    """Return the lines in the largest letters, when they are larger than the others and short."""
    if not page.lines:
        return ""
    largest = max(line.size for line in page.lines)
    if largest < 1.15 * page.body:
        return ""
    said = one_line(" ".join(line.text for line in page.lines if line.size > 0.93 * largest))
    return said if len(said) <= 150 else ""


def _folded(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()

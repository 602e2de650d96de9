"""Recognise slide decks saved as PDF: a page is a slide, its largest lines its title; lists of titles are left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median

from index.documents import SectionText
from ingest.loaders.pdf.placement import PlacedPage
from ingest.text.cleaning import clean, one_line


def is_deck(pages: Sequence[PlacedPage], count: int) -> bool:
    """Say whether most of `count` pages are wider than high and hold few words in large letters, as slides do."""
    if len(pages) < 0.8 * count:
        return False
    wide = sum(page.width > 1.2 * page.height for page in pages)
    letters = median(len(page.text) for page in pages)
    sizes = [page.body_size / page.height for page in pages if page.height and page.body_size]
    return wide > 0.8 * len(pages) and letters < 1200 and bool(sizes) and median(sizes) > 0.024


def make_slides(texts: Sequence[str], pages: Sequence[object]) -> list[SectionText]:
    """Return a section for each slide, labelled as slides of a PowerPoint file are."""
    titles = [large_title(page) if isinstance(page, PlacedPage) else "" for page in pages]
    known = {_fold(title) for title in titles if title}
    slides = []
    for number, (text, title, page) in enumerate(zip(texts, titles, pages, strict=True), start=1):
        lines = [line.text for line in page.lines] if isinstance(page, PlacedPage) else []
        repeated = sum(_fold(line) in known for line in lines)
        is_list_of_titles = len(lines) > 4 and repeated > 0.7 * len(lines)
        slides.append(SectionText(f"diapo {number}", "" if is_list_of_titles else clean(text), title))
    return slides


def large_title(page: PlacedPage) -> str:
    """Return the lines in the largest letters, if they are larger than the others and short, else ""."""
    if not page.lines:
        return ""
    largest = max(line.size for line in page.lines)
    if largest < 1.15 * page.body_size:
        return ""
    title = one_line(" ".join(line.text for line in page.lines if line.size > 0.93 * largest))
    return title if len(title) <= 150 else ""


def _fold(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()

"""Read PDF: a page is a section (a slide of an exported deck too), parted at its bookmarks.

The rule, page by page: pdfium's characters are assembled into lines and paragraphs by their positions (`layout`),
unless there are none or their damage is above WORST_DAMAGE; then pypdf's text is used if it is less damaged, or is
there at all. Pages that still have next to no text are scans and go through OCR. `benchmarks/pdf_text.py` compares the
readers with the texts the corpus was made from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from index.reasons import Reason
from ingest.loaders.loaded_file import NEEDS_PASSWORD, LoadedFile, UnreadableFile
from ingest.loaders.ocr import NO_TESSERACT, OcrRun, format_pages, read_pdf_pages
from ingest.loaders.omissions import FILE_IN_FILE, Omissions
from ingest.loaders.pdf.bookmarks import Bookmark, part_page, read_bookmarks
from ingest.loaders.pdf.decks import is_deck, large_title, make_slides
from ingest.loaders.pdf.layers import open_visible
from ingest.loaders.pdf.layout import lay_out
from ingest.loaders.pdf.placement import (
    LEADERS,
    PlacedPage,
    is_at_edge,
    lines_in_margins,
    place_page,
    without_margins,
)
from ingest.loaders.pdf.pypdf_reader import PypdfReader, choose_text
from ingest.text.cleaning import clean, clean_characters
from ingest.text.pages import Block, count_words, find_running_lines, join_across_pages, join_lines, join_split_words

MOST_PAGES: Final = 5000
_WAITING: Final = re.compile(r"please wait|veuillez patienter|bitte warten|adobe reader 8 or higher", re.IGNORECASE)
_PAGE: Final = re.compile(r"\D+")

Page = PlacedPage | list[str]  # as pdfium places it; as pypdf's lines


def load(path: Path) -> LoadedFile:
    """Read a PDF. Raises UnreadableFile."""
    with path.open("rb") as file:
        if b"%PDF" not in file.read(1024):
            raise UnreadableFile(Reason("damaged-or-no-pdf"))
    omissions = Omissions()
    by_pypdf = PypdfReader(path)
    with open_visible(path, by_pypdf, omissions) as visible:
        return _load(visible, by_pypdf if visible == path else PypdfReader(visible), omissions)


def _load(path: Path, by_pypdf: PypdfReader, omissions: Omissions) -> LoadedFile:
    with _open(path) as document:
        omissions.add("attached file", "", FILE_IN_FILE, count=document.count_attachments())
        pages, typed = _read_pages(document, by_pypdf, omissions)
        bookmarks = read_bookmarks(document)
        texts = page_texts(pages)
        if by_pypdf.has_xfa() and _WAITING.search(" ".join(texts)):
            raise UnreadableFile(Reason("dynamic-form"))
        scanned = [number for number, page in enumerate(pages) if isinstance(page, PlacedPage) and page.is_image]
        run = read_pdf_pages(document, scanned, "\n".join(texts)[:3000]) if scanned else OcrRun()
    by_ocr = run.pages if run is not None else {}
    texts = [by_ocr[number].text if number in by_ocr else text for number, text in enumerate(texts)]
    added = {number: [*typed.get(number, ()), *fields] for number, fields in by_pypdf.fields().items()}
    added = {number: list(lines) for number, lines in typed.items()} | added
    if not by_ocr and not added and not any(map(str.isalnum, "".join(texts))):
        raise UnreadableFile(NO_TESSERACT if run is None else Reason("no-text-in-pdf"))
    sections = _label_ocr(_make_sections(texts, pages, bookmarks), by_ocr)
    sections = _add_texts(sections, added)
    opening = " ".join(section.text for section in sections[:2])
    hints = {"heading": _heading(pages, sections)} | _without_false_title(by_pypdf.hints(), opening)
    blank = [number for number, page in enumerate(pages) if not count_letters(page) and number not in added]
    warnings = _warnings(sorted({*scanned, *blank}), run)
    return LoadedFile(tuple(sections), {}, hints, warnings, omissions.left_out(), omissions.hidden())


def _make_sections(texts: Sequence[str], pages: Sequence[Page], bookmarks: Sequence[Bookmark]) -> list[SectionText]:
    """Return the slides of a deck, else the pages, parted at their bookmarks."""
    if len(pages) > 2 and is_deck([page for page in pages if isinstance(page, PlacedPage)], len(pages)):
        return make_slides(texts, pages)
    return [
        part._replace(text=clean(part.text))
        for number, text in enumerate(texts, start=1)
        for part in part_page(bookmarks, number, text)
    ]


def _label_ocr(sections: Sequence[SectionText], by_ocr: Container[int]) -> list[SectionText]:
    """Say in the label of a page or slide that it was read by OCR: "p. 3 (OCR)"."""
    return [
        section._replace(label=f"{section.label} (OCR)")
        if int(section.label.rpartition(" ")[2]) - 1 in by_ocr
        else section
        for section in sections
    ]


def _add_texts(sections: Sequence[SectionText], texts: Mapping[int, Sequence[str]]) -> list[SectionText]:
    """Add what was typed on a page, and the filled-in fields of its form, below the text of the page (from 0)."""
    extended = list(sections)
    last = {int(_PAGE.sub("", section.label)) - 1: index for index, section in enumerate(extended)}
    for number, lines in texts.items():
        if number in last:
            section = extended[last[number]]
            text = "\n\n".join(filter(None, [section.text, clean("\n".join(lines))]))
            extended[last[number]] = section._replace(text=text)
    return extended


def _read_pages(
    document: Any, by_pypdf: PypdfReader, omissions: Omissions
) -> tuple[list[Page], dict[int, tuple[str, ...]]]:
    """Return each page as the better of the two readers gives it, and what is typed on it. Raises UnreadableFile."""
    import pypdfium2

    if len(document) > MOST_PAGES:
        raise UnreadableFile(Reason("too-many-pages", count=len(document), most=MOST_PAGES))
    pages: list[Page] = []
    typed: dict[int, tuple[str, ...]] = {}
    for number in range(len(document)):
        try:
            page = document[number]
            placed, texts = place_page(page, f"p. {number + 1}", omissions)
            page.close()
        except pypdfium2.PdfiumError:
            placed, texts = PlacedPage((), (), 0.0, 0.0, 0.0, 0), ()
        if texts:
            typed[number] = texts
        shown = placed.text
        text = choose_text(shown, lambda page=number: by_pypdf.text(page))  # type: ignore[misc]
        pages.append(placed if text is shown else _keep_soft_hyphens(text).split("\n"))
    return pages, typed


def page_texts(pages: Sequence[Page]) -> list[str]:
    """Return the paragraphs of each page, blank lines between them: no running heads, no split words."""
    lines_by_page = [_lines(page) for page in pages]
    margins = Counter(line for page in pages if isinstance(page, PlacedPage) for line in lines_in_margins(page))
    repeated = {line for line, count in margins.items() if count > 1 and any(map(str.isalpha, line))}
    blocks_by_page = [
        _blocks(page, lines, running, repeated)
        for page, lines, running in zip(pages, lines_by_page, find_running_lines(lines_by_page), strict=True)
    ]
    cleaned = [[block._replace(lines=clean_characters(block.lines)) for block in blocks] for blocks in blocks_by_page]
    joined = join_across_pages(cleaned)
    known = count_words([block.lines for blocks in joined for block in blocks])
    return ["\n\n".join(_join_block(block, known) for block in blocks) for blocks in joined]


def _blocks(page: Page, lines: Sequence[str], running: Container[int], repeated: Container[str]) -> list[Block]:
    """Return the blocks of a page without the running heads and feet among its `lines`."""
    if not isinstance(page, PlacedPage):
        kept = [line for index, line in enumerate(lines) if index not in running and not LEADERS.search(line)]
        text = "\n".join(kept)
        paragraphs = join_lines(join_split_words(text, count_words([text])).split("\n"))
        return [Block(paragraph) for paragraph in paragraphs.split("\n\n")]
    ordered = sorted(page.lines, key=lambda line: -line.base)
    removed = {id(line) for index, line in enumerate(ordered) if index in running and is_at_edge(line, page)}
    remaining = replace(page, lines=tuple(line for line in page.lines if id(line) not in removed))
    return lay_out(without_margins(remaining, repeated))


def count_letters(page: Page) -> int:
    """Count letters and digits."""
    return page.letters if isinstance(page, PlacedPage) else sum(map(str.isalnum, "".join(page)))


def _lines(page: Page) -> list[str]:
    """Return a page's lines from the top, so that running heads can be found among them."""
    if isinstance(page, PlacedPage):
        return [line.text for line in sorted(page.lines, key=lambda line: -line.base)]
    return clean_characters("\n".join(page)).split("\n")


def _join_block(block: Block, known: Counter[str]) -> str:
    """Return a block's lines as one; a table's rows stay lines."""
    if block.is_aside and " | " in block.lines:
        return block.lines
    return " ".join(join_split_words(block.lines, known).split("\n"))


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile(NEEDS_PASSWORD) from error
        raise UnreadableFile(Reason("damaged-pdf")) from error
    try:
        yield document
    finally:
        document.close()


def _keep_soft_hyphens(text: str) -> str:
    """Write a soft hyphen at the end of a line as a hyphen, so that the split word is joined and not merely glued."""
    return re.sub("\u00ad[ ]*(?=\r?\n)", "-", text)


def _heading(pages: Sequence[Page], sections: Sequence[SectionText]) -> str:
    """Return the largest line of the first page with text if it could be a title, else the first that could."""
    first = next((page for page in pages if isinstance(page, PlacedPage) and page.lines), None)
    large = large_title(first) if first is not None else ""
    if len(large) >= 8 and " " in large and any(large in " ".join(section.text.split()) for section in sections):
        return large
    paragraphs = (paragraph for section in sections for paragraph in section.text.split("\n\n"))
    return next((paragraph for paragraph in paragraphs if 8 <= len(paragraph) <= 200 and " " in paragraph), "")


def _without_false_title(hints: dict[str, str], opening: str) -> dict[str, str]:
    """Leave the title out unless the first pages bear it out: most false ones were inherited from another file."""
    title = {word.lower() for word in re.findall(r"\w{4,}", hints.get("title", ""))}
    words = {word.lower() for word in re.findall(r"\w{4,}", clean(opening))}
    if len(title & words) * 2 < max(len(title), 1):
        return {key: value for key, value in hints.items() if key != "title"}
    return hints


def _warnings(numbers: Sequence[int], run: OcrRun | None) -> tuple[Reason, ...]:
    """Report the pages (from 0) without text of their own: read by OCR, or not and why."""
    if run is None:
        return (Reason("pages-unscanned", pages=format_pages(numbers)),)
    return run.warnings(numbers)

"""PDF: a page is a section (a slide of an exported deck too), parted where its bookmarks stand.

The rule, page by page: pdfium's characters are taken, put into lines and paragraphs by where they stand
(`pdf_layout`), unless there are none or their damage is above WORST_DAMAGE; then pypdf's text if it is less damaged, or
is there at all. Pages that still have next to no text are scans and go through OCR. `benchmarks/pdf_text.py` measures
the three ways against the texts the corpus was made from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.loaders import NEEDS_PASSWORD, Loaded, UnreadableFile
from ingest.loaders.ocr import NO_TESSERACT, OcrRun, named_pages, ocr_pages
from ingest.loaders.pdf.bookmarks import bookmarks, parted_at
from ingest.loaders.pdf.damage import better
from ingest.loaders.pdf.decks import as_slides, is_deck, large_title
from ingest.loaders.pdf.layout import blocks
from ingest.loaders.pdf.placement import LEADERS, Placed, at_edge, in_margins, placed, without_margins
from ingest.loaders.pdf.pypdf_reader import PypdfReader
from ingest.text.cleaning import clean, clean_characters
from ingest.text.pages import Block, joined_words, paragraphs, running_places, vocabulary, with_whole_words

MOST_PAGES: Final = 5000
NO_TEXT: Final = "there is no text in it, and OCR finds none either (blank pages, or pictures without words)."

Page = Placed | list[str]  # as pdfium places it; as pypdf's lines


def load(path: Path) -> Loaded:
    """Read a PDF. Raises UnreadableFile."""
    with path.open("rb") as file:
        if b"%PDF" not in file.read(1024):
            raise UnreadableFile("damaged, or not a PDF in spite of its suffix.")
    by_pypdf = PypdfReader(path)
    with _opened(path) as document:
        pages = _pages(document, by_pypdf)
        marks = bookmarks(document)
        texts = page_texts(pages)
        scanned = [number for number, page in enumerate(pages) if isinstance(page, Placed) and page.is_picture]
        blank = [number for number, page in enumerate(pages) if not page_letters(page)]
        run = ocr_pages(document, scanned, "\n".join(texts)[:3000]) if scanned else OcrRun()
    read = run.pages if run is not None else {}
    texts = [read[number].text if number in read else text for number, text in enumerate(texts)]
    if not read and not any(map(str.isalnum, "".join(texts))):
        raise UnreadableFile(NO_TESSERACT if run is None else NO_TEXT)
    if len(pages) > 2 and is_deck([page for page in pages if isinstance(page, Placed)], len(pages)):
        sections = as_slides(texts, pages)
    else:
        sections = [
            part._replace(text=clean(part.text))
            for number, text in enumerate(texts, start=1)
            for part in parted_at(marks, number, text)
        ]
    sections = _with_ocr_labels(sections, read)
    sections = _with_fields(sections, by_pypdf.fields())
    hints = {"heading": _heading(pages, sections)} | _believed(
        by_pypdf.hints(), " ".join(one.text for one in sections[:2])
    )
    return Loaded(tuple(sections), {}, hints, _warnings(sorted({*scanned, *blank}), run))


def _with_ocr_labels(sections: Sequence[SectionText], read: Container[int]) -> list[SectionText]:
    """Say in the label of a page or slide that it was read by OCR: "p. 3 (OCR)"."""
    return [
        one._replace(label=f"{one.label} (OCR)") if int(one.label.rpartition(" ")[2]) - 1 in read else one
        for one in sections
    ]


def _with_fields(sections: Sequence[SectionText], fields: dict[int, list[str]]) -> list[SectionText]:
    """Put the filled-in fields of a form below the text of their page."""
    made = list(sections)
    for number, said in fields.items():
        label = f"p. {number + 1}"
        places = [place for place, one in enumerate(made) if one.label.removesuffix(" (OCR)") == label]
        if places:
            last = made[places[-1]]
            made[places[-1]] = last._replace(text="\n\n".join(filter(None, [last.text, clean("\n".join(said))])))
    return made


def _pages(document: Any, by_pypdf: PypdfReader) -> list[Page]:
    """Return each page as the better of the two readers gives it."""
    import pypdfium2

    if len(document) > MOST_PAGES:
        raise UnreadableFile(f"{len(document)} pages, more than {MOST_PAGES}: split it.")
    pages: list[Page] = []
    for number in range(len(document)):
        try:
            page = document[number]
            found = placed(page)
            page.close()
        except pypdfium2.PdfiumError:
            found = Placed((), (), 0.0, 0.0, 0.0, 0)
        shown = found.text
        text = better(shown, lambda page=number: by_pypdf.text(page))  # type: ignore[misc]
        pages.append(found if text is shown else _kept_marks(text).split("\n"))
    return pages


def page_texts(pages: Sequence[Page]) -> list[str]:
    """Return the paragraphs of each page, blank lines between them: no running heads, no split words."""
    strings = [_strings(page) for page in pages]
    margins = Counter(line for page in pages if isinstance(page, Placed) for line in in_margins(page))
    repeated = {line for line, count in margins.items() if count > 1 and any(map(str.isalpha, line))}
    parts = []
    for page, shown, running in zip(pages, strings, running_places(strings), strict=True):
        if isinstance(page, Placed):
            ordered = sorted(page.lines, key=lambda line: -line.base)
            gone = {id(line) for place, line in enumerate(ordered) if place in running and at_edge(line, page)}
            kept = replace(page, lines=tuple(line for line in page.lines if id(line) not in gone))
            parts.append(blocks(without_margins(kept, repeated)))
        else:
            kept_lines = [line for place, line in enumerate(shown) if place not in running and not LEADERS.search(line)]
            parts.append([Block(paragraph) for paragraph in _by_text(kept_lines).split("\n\n")])
    said = with_whole_words([[one._replace(lines=clean_characters(one.lines)) for one in part] for part in parts])
    known = vocabulary([one.lines for part in said for one in part])
    return ["\n\n".join(_one_paragraph(one, known) for one in part) for part in said]


def page_letters(page: Page) -> int:
    return page.letters if isinstance(page, Placed) else sum(map(str.isalnum, "".join(page)))


def _strings(page: Page) -> list[str]:
    """Return a page's lines from the top, for the running heads to be found among them."""
    if isinstance(page, Placed):
        return [line.text for line in sorted(page.lines, key=lambda line: -line.base)]
    return clean_characters("\n".join(page)).split("\n")


def _by_text(lines: list[str]) -> str:
    return paragraphs(joined_words("\n".join(lines), vocabulary(["\n".join(lines)])).split("\n"))


def _one_paragraph(block: Block, known: Counter[str]) -> str:
    """Return a block's lines as one; a table's rows stay lines."""
    if block.is_aside and " | " in block.lines:
        return block.lines
    return " ".join(joined_words(block.lines, known).split("\n"))


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile(NEEDS_PASSWORD) from error
        raise UnreadableFile("damaged PDF: it cannot be opened.") from error
    try:
        yield document
    finally:
        document.close()


def _kept_marks(text: str) -> str:
    """Write a soft hyphen at a line's end as a hyphen, so that the split word is joined and not merely glued."""
    return re.sub("\u00ad[ ]*(?=\r?\n)", "-", text)


def _heading(pages: Sequence[Page], sections: Sequence[SectionText]) -> str:
    """Return the largest line of the first page with text if it could be a title, else the first that could."""
    first = next((page for page in pages if isinstance(page, Placed) and page.lines), None)
    large = large_title(first) if first is not None else ""
    if len(large) >= 8 and " " in large and any(large in " ".join(one.text.split()) for one in sections):
        return large
    said = (paragraph for section in sections for paragraph in section.text.split("\n\n"))
    return next((paragraph for paragraph in said if 8 <= len(paragraph) <= 200 and " " in paragraph), "")


def _believed(hints: dict[str, str], opening: str) -> dict[str, str]:
    """Leave the title out when the first pages do not bear it out: most were inherited from another file."""
    words = {word.lower() for word in re.findall(r"\w{4,}", hints.get("title", ""))}
    read = {word.lower() for word in re.findall(r"\w{4,}", clean(opening))}
    if len(words & read) * 2 < max(len(words), 1):
        return {key: value for key, value in hints.items() if key != "title"}
    return hints


def _warnings(wanted: Sequence[int], run: OcrRun | None) -> tuple[str, ...]:
    """Tell of the pages (from 0) without text of their own: read by OCR, or not and why."""
    if run is None:
        return (f"no text on {named_pages(wanted)} (scanned? Tesseract is not installed)",)
    return run.warnings(wanted)

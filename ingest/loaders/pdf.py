"""PDF: a page is a section. pypdf reads; pypdfium2 reads the pages where pypdf's text is damaged or missing.

The rule, page by page: pypdf's text is taken unless it is missing, its damage is above WORST_DAMAGE, or reading it
failed; then pdfium's is taken if it is less damaged, or has text where there was none. Measured on the 210 pages with
text of `../shared/files`: pypdf keeps "1er" and "Ier" on their line where pdfium breaks it, keeps the blank lines of
Word between paragraphs, and obeys limits: taken on all 93 pages made by Word, Google Docs, PDFlib and plain LaTeX.
pdfium reads fonts for which pypdf gives only codes: taken on 94 of the 117 pages of LaTeX with formulas, where
"g◦f: X → Z" was "g\\x0ef : X !Z".
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.cleaning import clean, clean_characters
from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.archives import office_hints
from ingest.pages import joined_words, mended, paragraphs, vocabulary, without_running_lines

WORST_DAMAGE: Final = 0.002
MOST_PAGES: Final = 5000
NO_TEXT: Final = "there is no text in it (scanned pages?). Run OCR on it first and put the searchable PDF in its place."

_BAD: Final = re.compile(
    r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ue000-\uf8ff\ufffd]|\(cid:\d+\)|/(?:g|c|uni)[0-9A-Fa-f]{2,4}\b"
)
_LONG_WORD: Final = re.compile(r"[^\W\d_]{35,}")
_SPACED: Final = re.compile(r"(?:\b[^\W\d_] ){5,}")


def load(path: Path) -> Loaded:
    """Read a PDF. Raises UnreadableFile."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with path.open("rb") as file:
        if b"%PDF" not in file.read(1024):
            raise UnreadableFile("damaged, or not a PDF in spite of its suffix.")
    texts, hints = _texts(path)
    blank = [number for number, text in enumerate(texts, start=1) if not any(map(str.isalnum, text))]
    if len(blank) == len(texts):
        raise UnreadableFile(NO_TEXT)
    pages = without_running_lines([clean_characters(_kept_marks(text)).split("\n") for text in texts])
    known = vocabulary(["\n".join(page) for page in pages])
    sections = tuple(
        SectionText(f"p. {number}", clean(paragraphs(joined_words("\n".join(page), known).split("\n"))))
        for number, page in enumerate(pages, start=1)
    )
    warnings = (f"no text on page{'s' * (len(blank) > 1)} {_ranges(blank)} (scanned?)",) if blank else ()
    return Loaded(sections, {}, {"heading": _first_line(sections)} | _believed(hints, " ".join(texts[:2])), warnings)


def _texts(path: Path) -> tuple[list[str], dict[str, str]]:
    """Return the text of each page, the better of the two readers', and what the file says of itself."""
    from pypdf import PdfReader
    from pypdf.errors import DependencyError, FileNotDecryptedError

    try:
        reader = PdfReader(path)
        if reader.is_encrypted and not reader.decrypt(""):
            raise UnreadableFile("encrypted: a password is needed. Save it without one.")
        count = len(reader.pages)
    except (FileNotDecryptedError, DependencyError) as error:
        raise UnreadableFile(f"encrypted: a password is needed ({error}). Save it without one.") from error
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file: pdfium mends more than pypdf
        return _texts_by_pdfium(path, error), {}
    if count > MOST_PAGES:
        raise UnreadableFile(f"{count} pages, more than {MOST_PAGES}: split it.")
    with _pdfium_pages(path) as by_pdfium:
        texts = []
        for number in range(count):
            try:
                text = reader.pages[number].extract_text()
            except MemoryError:
                raise
            except Exception:  # foreign code reading a foreign page: the other reader may do better
                text = ""
            texts.append(better(text, lambda page=number: by_pdfium(page)))  # type: ignore[misc]
    return texts, _hints(reader)


def better(text: str, other: Callable[[], str]) -> str:
    """Return `text`, or the other reader's when `text` is missing or damaged and the other is less so."""
    if text.strip() and damage(text) <= WORST_DAMAGE:
        return text
    instead = other()
    if not instead.strip():
        return text
    return instead if not text.strip() or damage(instead) < damage(text) else text


def damage(text: str) -> float:
    """Return the share of characters that stand for nothing, are in glued words, or in l e t t e r s spaced out."""
    if not text.strip():
        return 1.0
    bad = sum(len(found[0]) for pattern in (_BAD, _LONG_WORD, _SPACED) for found in pattern.finditer(text))
    return bad / len(text)


@contextmanager
def _pdfium_pages(path: Path) -> Iterator[Callable[[int], str]]:
    """Give a function from page numbers to pdfium's text; the file is opened when it is first asked."""
    opened: list[Any] = []

    def page(number: int) -> str:
        import pypdfium2

        try:
            if not opened:
                opened.append(pypdfium2.PdfDocument(path))
            return mended(opened[0][number].get_textpage().get_text_range())
        except pypdfium2.PdfiumError:
            return ""

    yield page
    for document in opened:
        document.close()


def _texts_by_pdfium(path: Path, reason: Exception) -> list[str]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile("encrypted: a password is needed. Save it without one.") from error
        raise UnreadableFile(f"damaged PDF, neither reader can open it ({reason}; {error}).") from error
    count = min(len(document), MOST_PAGES)
    document.close()
    with _pdfium_pages(path) as by_pdfium:
        return [by_pdfium(number) for number in range(count)]


def _kept_marks(text: str) -> str:
    """Write a soft hyphen at a line's end as a hyphen, so that the split word is joined and not merely glued."""
    return re.sub("\u00ad[ ]*(?=\r?\n)", "-", text)


def _first_line(sections: Sequence[SectionText]) -> str:
    """Return the first paragraph that could be a title."""
    said = (paragraph for section in sections for paragraph in section.text.split("\n\n"))
    return next((paragraph for paragraph in said if 8 <= len(paragraph) <= 200 and " " in paragraph), "")


def _believed(hints: dict[str, str], opening: str) -> dict[str, str]:
    """Leave the title out when the first pages do not bear it out: most were inherited from another file."""
    words = {word.lower() for word in re.findall(r"\w{4,}", hints.get("title", ""))}
    read = {word.lower() for word in re.findall(r"\w{4,}", clean(opening))}
    if len(words & read) * 2 < max(len(words), 1):
        return {key: value for key, value in hints.items() if key != "title"}
    return hints


def _ranges(numbers: list[int]) -> str:
    """Write 1, 2, 3, 7 as "1-3, 7"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _hints(reader: Any) -> dict[str, str]:
    try:
        said = reader.metadata
        return office_hints(said.title, said.author, None) if said else {}
    except Exception:  # damaged metadata say nothing; the text was read
        return {}

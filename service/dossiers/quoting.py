"""A dossier's quotes as somebody may read them: their words come from the index, with that reader's access."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from index.documents import Access, Document, Metadata
from index.errors import UnknownDocument
from index.store.versions import DocumentVersion
from index.types import DocumentCard
from service.dossiers.model import LONGEST_QUOTE, Quote, digest_of
from service.errors import InvalidField
from service.library.open_index import Documents
from service.web.citations import page_path

BREAKS: Final = ("\n\n", "\n", ". ", " ")  # where a stretch that is too long is cut, the best first


class Span(NamedTuple):
    """A stretch somebody wants to keep: [start, end) of a document, of its present version when none is named."""

    document_id: str
    start: int
    end: int
    version: str = ""
    column: int = 0


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A quote as its reader may see it. `former` is the version it stands in when the present text has it no more."""

    quote: Quote
    metadata: Metadata
    label: str
    language: str
    text: str
    start: int
    end: int
    former: DocumentVersion | None = None

    @property
    def document_id(self) -> str:
        return self.quote.document_id

    @property
    def path(self) -> str:
        """Return where it can be read in its place."""
        version = self.former.key or str(self.former.number) if self.former else ""
        return page_path(self.document_id, start=self.start, end=self.end, version=version)


@dataclass(frozen=True)
class QuoteReader:
    """Reads quotes for one reader from one generation of the index; each document is read once."""

    store: Documents
    access: Access
    _texts: dict[tuple[str, str], Document | None] = field(default_factory=dict)

    def read(self, quote: Quote) -> ShownQuote | None:
        """Return a quote with its words, None when no version that this reader may see holds them.

        It stands where it stood, or elsewhere in the present text, or else in the version it is from.
        """
        present = self._document(quote.document_id)
        if present is None:
            return None
        if _holds(present, quote):
            return _shown(quote, present, quote.start, quote.end)
        former = self._former(quote)
        if former is None:
            return None
        version, document = former
        words = document.text[quote.start : quote.end]
        start = present.text.find(words)
        if start >= 0:
            return _shown(quote, present, start, start + len(words))
        return _shown(quote, document, quote.start, quote.end, version)

    def refer(self, span: Span) -> Quote:
        """Return the reference to a stretch. Raises UnknownDocument, InvalidField."""
        versions = self.store.versions(span.document_id, self.access)
        document = self.store.document(span.document_id, self.access)
        key = versions[-1].key if versions else ""
        if span.version:
            document = self.store.version(span.document_id, span.version, self.access)
            key = next((version.key for version in versions if version.is_named(span.version)), span.version)
        if not 0 <= span.start < span.end <= len(document.text):
            raise InvalidField("end", f"expected 0 ≤ start < end ≤ {len(document.text)}, the length of the document")
        if span.end - span.start > LONGEST_QUOTE:
            raise InvalidField("end", f"a quote has at most {LONGEST_QUOTE} characters")
        words = document.text[span.start : span.end]
        return Quote(document.id, key, span.start, span.end, digest_of(words), span.column)

    def shorten(self, span: Span) -> Span:
        """Return the stretch, cut at the end of a paragraph or sentence when it is too long to be kept."""
        if span.end - span.start <= LONGEST_QUOTE:
            return span
        document = self._document(span.document_id)
        text = document.text[span.start : span.start + LONGEST_QUOTE] if document else ""
        cut = max((text.rfind(mark) + len(mark.rstrip()) for mark in BREAKS[:3]), default=0)
        cut = cut if cut > LONGEST_QUOTE // 2 else text.rfind(" ")
        return span._replace(end=span.start + (cut if cut > 0 else LONGEST_QUOTE))

    def card(self, document_id: str) -> DocumentCard | None:
        """Return what may be known of a document."""
        return self.store.cards([document_id], self.access).get(document_id)

    def _former(self, quote: Quote) -> tuple[DocumentVersion, Document] | None:
        """Return the version that holds a quote where it was taken from, the named one before others."""
        versions: Sequence[DocumentVersion] = self.store.versions(quote.document_id, self.access)
        former = [version for version in versions if version.until is not None]
        for version in sorted(former, key=lambda each: (each.key != quote.version, -each.number)):
            document = self._document(quote.document_id, version.key or str(version.number))
            if document is not None and _holds(document, quote):
                return version, document
        return None

    def _document(self, document_id: str, version: str = "") -> Document | None:
        key = (document_id, version)
        if key not in self._texts:
            read: Callable[[], Document] = partial(self.store.document, document_id, self.access)
            if version:
                read = partial(self.store.version, document_id, version, self.access)
            try:
                self._texts[key] = read()
            except UnknownDocument:
                self._texts[key] = None
        return self._texts[key]


def _holds(document: Document, quote: Quote) -> bool:
    return digest_of(document.text[quote.start : quote.end]) == quote.digest


def _shown(quote: Quote, document: Document, start: int, end: int, former: DocumentVersion | None = None) -> ShownQuote:
    section = next((each for each in document.sections if each.start <= start < each.end), None)
    return ShownQuote(
        quote,
        document.metadata,
        section.label if section else "",
        (section.language if section else "") or document.metadata.language,
        document.text[start:end],
        start,
        end,
        former,
    )

"""A dossier's items as one reader may see them."""

from __future__ import annotations

from dataclasses import dataclass

from index.types import DocumentCard
from service.dossiers.model import Content, Item, ItemKind
from service.dossiers.quoting import QuoteReader, ShownQuote


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item as its reader may see it. `gone` are quotes only whoever added it is told of, each with what they may
    still know of its document.
    """

    item: Item
    quotes: tuple[ShownQuote, ...]
    is_own: bool
    gone: tuple[DocumentCard | None, ...] = ()

    @property
    def content(self) -> Content:
        return self.item.content

    @property
    def is_available(self) -> bool:
        return bool(self.quotes) or self.content.kind is ItemKind.NOTE

    @property
    def rows(self) -> list[tuple[ShownQuote, list[list[ShownQuote]]]]:
        """Return a comparison's rows: a quote of each document, and its quotes by column."""
        by_document: dict[str, list[ShownQuote]] = {}
        for quote in self.quotes:
            by_document.setdefault(quote.document_id, []).append(quote)
        columns = range(len(self.content.columns))
        return [
            (quotes[0], [[quote for quote in quotes if quote.quote.column == column] for column in columns])
            for quotes in by_document.values()
        ]


def shown_item(item: Item, reader: QuoteReader, *, is_own: bool) -> ShownItem:
    """Return an item with those of its quotes that the reader may see."""
    read = [(quote, reader.read(quote)) for quote in item.content.quotes]
    gone = [reader.card(quote.document_id) for quote, shown in read if shown is None] if is_own else []
    return ShownItem(item, tuple(shown for _, shown in read if shown), is_own, tuple(gone))

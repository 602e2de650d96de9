"""From the ids of new documents to what is told of them, no more than their reader may see at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.documents import Access
from service.alerts.mail import ToldDocument, told_document
from service.alerts.matching import matching_passages
from service.alerts.model import Alert
from service.alerts.sightings import Item
from service.documents.schemas import Highlight
from service.library.open_index import Library


@dataclass(frozen=True)
class Teller:
    """Finds the passages that mails and feeds quote. Blocks."""

    library: Library
    highlight: Highlight
    public_url: str

    def tell(self, alert: Alert, access: Access, items: Sequence[Item]) -> list[ToldDocument]:
        """Return those of the items that may be seen and that the filters let through now, in their order.

        Raises NotReady.
        """
        index, within = self.library.borrow(), alert.filters.within(access)
        with index.store.snapshot():
            passages = matching_passages(index, alert.query, within, [item.document_id for item in items])
            cards = index.store.cards(list(passages), access)
        return [
            told_document(
                cards[item.document_id],
                passages[item.document_id],
                item.at,
                query=alert.query,
                base=self.public_url,
                highlight=self.highlight,
            )
            for item in items
            if item.document_id in cards
        ]

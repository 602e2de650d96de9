"""What came in between two days, as the items of a letter: no more than each of its readers may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from index.documents import Access, Document
from index.errors import UnknownDocument
from index.types import DocumentCard, ListedDocument
from service.browse.listing import Order, list_works
from service.documents.overview import telling_sentences
from service.dossiers.model import Quote, digest_of
from service.errors import LimitReached
from service.http.concurrency import raise_if_abandoned
from service.library.filters import Filters
from service.library.open_index import Documents
from service.newsletter.agenda import day_of, is_to_come
from service.newsletter.model import MOST_CANDIDATES, MOST_ITEMS, Arrangement, Item, Part
from service.newsletter.ordering import NONE, SEVERAL, border_of, section_path, theme_rank
from service.web.translating import Translator

_LAST: Final = "\uffff"


def draft_items(
    store: Documents,
    listed: Sequence[ListedDocument],
    access: Access,
    *,
    since: date,
    until: date,
    arrangement: Arrangement,
    language: str,
    today: date,
) -> tuple[Item, ...]:
    """Return the documents that came in on these days, both included, and the events and deadlines to come.

    `listed` is all that `access` may see. Of a text's translations the one in `language` is taken. Raises LimitReached.
    """
    works = list_works(store, listed, Filters(), access, language, Order.ARRIVAL, since, until).works
    agenda = sorted(
        (item.card for item in listed if is_to_come(item.card.metadata, today)),
        key=lambda card: (day_of(card.metadata) or date.max, card.id),
    )
    later = {card.id for card in agenda}
    came_in = [work.document for work in works if work.document.id not in later]
    if len(came_in) + len(agenda) > MOST_ITEMS:
        raise LimitReached(
            f"{len(came_in) + len(agenda)} documents came in or are to come; a letter has at most {MOST_ITEMS}. "
            "Choose fewer days."
        )
    ordered = sorted(came_in, key=lambda card: _section_key(card, arrangement, Translator(language)))
    placed = [*((card, Part.DOCUMENTS) for card in ordered), *((card, Part.AGENDA) for card in agenda)]
    return tuple(_items(store, access, placed))


def quotes_of(document: Document, version: str) -> tuple[Quote, ...]:
    """Return references to the sentences that tell what a document is about, the best first."""
    return tuple(
        Quote(document.id, version, sentence.start, sentence.end, digest_of(sentence.text))
        for sentence in telling_sentences(document, MOST_CANDIDATES)
    )


def item_for(store: Documents, access: Access, document_id: str, part: Part) -> Item:
    """Return a document as an item, with the sentence that tells most. Raises UnknownDocument."""
    document = store.document(document_id, access)
    versions = store.versions(document_id, access)
    candidates = quotes_of(document, versions[-1].key if versions else "")
    return Item(document_id, part, candidates, 0 if candidates else None)


def _items(store: Documents, access: Access, placed: Sequence[tuple[DocumentCard, Part]]) -> Iterator[Item]:
    for card, part in placed:
        raise_if_abandoned()
        try:
            yield item_for(store, access, card.id, part)
        except UnknownDocument:  # withdrawn a moment ago
            continue


def _section_key(card: DocumentCard, arrangement: Arrangement, t: Translator) -> tuple[object, ...]:
    """Return where a section comes: borders by their names, then several, then none; themes as they are listed."""
    meta = card.metadata
    border = border_of(meta)
    named = {SEVERAL: (1, ""), NONE: (2, "")}.get(border, (0, t.border(border)))
    theme = theme_rank(section_path(meta, Part.DOCUMENTS, Arrangement.BORDER)[1])
    return (named, theme) if arrangement is Arrangement.BORDER else (theme, named)

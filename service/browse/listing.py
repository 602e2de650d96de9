"""A list of documents that no words were searched for: filtered, counted by facet, in a reader's order.

Everything is made from the documents its caller may see, and from nothing else: counts, groups of translations, dates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from index.documents import Access, Kind
from index.ranking.works import Works
from index.types import DocumentCard, ListedDocument, WorkLink
from service.library.filters import FACETS, Filters
from service.library.open_index import Documents

MOST_ACCESSES: Final = 16  # whose documents are remembered
BROWSED: Final = ("border", "theme", "kind", "country")  # facets to browse by, in the order shown


class Order(StrEnum):
    ARRIVAL = "arrival"  # what came in last first
    PUBLISHED = "published"
    TITLE = "title"


class BrowsedWork(NamedTuple):
    """A document, its other language versions, and the day its present text came in, None where that is not known."""

    document: DocumentCard
    variants: tuple[DocumentCard, ...]
    arrived: date | None


@dataclass(frozen=True, slots=True)
class Listing:
    """All documents that pass a filter, in order, and how many there are of each value of each facet.

    The counts of a facet with a value chosen are those without it, so that another value can be added. `superseded` are
    works left out, by kind, because they are no longer in force: among them closed calls and past events.
    """

    works: tuple[BrowsedWork, ...]
    counts: dict[str, Counter[str]]
    superseded: Counter[Kind] = field(default_factory=Counter)


@dataclass
class SeenDocuments:
    """What there is for each access, read once a generation; a withdrawal or another store has it read anew."""

    _store: Documents | None = None
    _by_access: dict[tuple[int, frozenset[str], Access], Sequence[ListedDocument]] = field(default_factory=dict)

    def of(self, store: Documents, access: Access) -> Sequence[ListedDocument]:
        """Return the documents that somebody may see, by id."""
        key = (store.generation, store.hidden_ids(access), access)
        by_access = self._by_access if self._store is store else {}
        if key not in by_access:
            kept = {known: listed for known, listed in by_access.items() if known[:2] == key[:2]}
            by_access = {**dict(list(kept.items())[-MOST_ACCESSES:]), key: store.list_documents(access)}
            self._store, self._by_access = store, by_access
        return by_access[key]


def list_works(
    store: Documents,
    listed: Sequence[ListedDocument],
    filters: Filters,
    access: Access,
    language: str,
    order: Order,
    since: date | None = None,
    until: date | None = None,
) -> Listing:
    """Return what somebody may see of these filters; of a text's translations the one in `language` is shown.

    `listed` is everything they may see; `since` and `until` leave out what came in before or after those days.
    """
    works = Works.from_links(
        WorkLink(item.card.id, item.card.metadata.translation_of)
        for item in listed
        if item.card.metadata.translation_of
    )

    def select(filters: Filters) -> tuple[BrowsedWork, ...]:
        ids = frozenset(store.select_ids(filters.within(access)))
        items = [item for item in listed if item.card.id in ids and _is_within(item, since, until)]
        return _group(items, works, language)

    chosen = select(filters)
    counts = {facet: _count(chosen, facet) for facet in BROWSED}
    for facet in (facet for facet in BROWSED if getattr(filters, FACETS[facet])):
        counts[facet] = _count(select(filters.model_copy(update={FACETS[facet]: []})), facet)
    superseded: Counter[Kind] = Counter()
    if not filters.superseded:
        current = {card.id for work in chosen for card in (work.document, *work.variants)}
        everything = select(filters.model_copy(update={"superseded": True}))
        ended = [work for work in everything if current.isdisjoint(card.id for card in (work.document, *work.variants))]
        superseded.update(work.document.metadata.kind for work in ended)
    return Listing(tuple(sorted(chosen, key=_KEYS[order])), counts, superseded)


def _is_within(item: ListedDocument, since: date | None, until: date | None) -> bool:
    if since is None and until is None:
        return True
    day = item.since.date() if item.since else None
    return day is not None and (since is None or day >= since) and (until is None or day <= until)


def _group(items: Iterable[ListedDocument], works: Works, language: str) -> tuple[BrowsedWork, ...]:
    groups: dict[tuple[str, ...], list[ListedDocument]] = {}
    for item in items:
        groups.setdefault(works.members_of(item.card.id), []).append(item)
    return tuple(_work(group, language) for group in groups.values())


def _work(group: Sequence[ListedDocument], language: str) -> BrowsedWork:
    """Return the version in the reader's language, else an original, else the first, with the others beside it."""

    def rank(item: ListedDocument) -> tuple[bool, bool, str]:
        meta = item.card.metadata
        return meta.language != language, bool(meta.translation_of), item.card.id

    shown, *others = sorted(group, key=rank)
    arrived = max((item.since.date() for item in group if item.since), default=None)
    return BrowsedWork(shown.card, tuple(item.card for item in others), arrived)


def _count(works: Collection[BrowsedWork], facet: str) -> Counter[str]:
    """Count works by the values of a facet; one counts once for a value that several of its versions have."""
    counts: Counter[str] = Counter()
    for work in works:
        cards = (work.document, *work.variants)
        counts.update({value for card in cards for value in _values(card, facet)})
    return counts


def _values(card: DocumentCard, facet: str) -> tuple[str, ...]:
    meta = card.metadata
    return (meta.kind.value,) if facet == "kind" else getattr(meta, FACETS[facet])


def _newest_first(*days: date | None) -> tuple[int, ...]:
    return tuple(-(day or date.min).toordinal() for day in days)


def _by_arrival(work: BrowsedWork) -> tuple[object, ...]:
    return (*_newest_first(work.arrived, work.document.metadata.published), work.document.id)


def _by_publication(work: BrowsedWork) -> tuple[object, ...]:
    return (*_newest_first(work.document.metadata.published), work.document.id)


def _by_title(work: BrowsedWork) -> tuple[object, ...]:
    return (work.document.metadata.title.casefold(), work.document.id)


_KEYS: Final[dict[Order, Callable[[BrowsedWork], tuple[object, ...]]]] = {
    Order.ARRIVAL: _by_arrival,
    Order.PUBLISHED: _by_publication,
    Order.TITLE: _by_title,
}

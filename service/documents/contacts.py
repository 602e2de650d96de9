"""Which contacts belong to a case: at most three, by what both state, never by likeness.

A contact belongs to a case of one of its own borders if neither speaks of another theme, or if the case names the
contact's territory. So a contact that states no theme is for the whole border, and one for health is not shown with a
tram. Those whose territory the case names come first, then those that share a theme, then those of fewer borders.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from index.clock import utc_today
from index.documents import Access, Document, Kind
from index.ranking.works import Works
from index.types import DocumentCard, Filter, WorkLink
from service.library.open_index import Documents

MOST: Final = 3  # contacts shown with a case
CASES: Final = frozenset({Kind.PROJECT_SHEET, Kind.PROBLEM_SHEET, Kind.STUDY, Kind.FORUM_THREAD})


def find_contacts(case: Document, store: Documents, access: Access, language: str) -> list[DocumentCard]:
    """Return the contacts that belong to a case, of what somebody may see, the best first; none for what is no case.

    Of a contact in several languages it is the one in `language`, else an original.
    """
    borders = frozenset(case.metadata.borders)
    if case.metadata.kind not in CASES or not borders:
        return []
    contacts = Filter(
        access.audience,
        groups=access.groups,
        kinds=frozenset({Kind.CONTACT}),
        borders=borders,
        current_on=utc_today(),
    )
    cards = store.cards(sorted(store.select_ids(contacts)), access).values()
    belonging = (contact for contact in _one_of_each(cards, language) if belongs(contact, case))
    return sorted(belonging, key=lambda contact: _rank(contact, case))[:MOST]


def belongs(contact: DocumentCard, case: Document) -> bool:
    """Say whether a contact belongs to a case, by border, theme and territory."""
    stated, about = contact.metadata, case.metadata
    if set(stated.borders).isdisjoint(about.borders):
        return False
    on_theme = not stated.themes or not about.themes or not set(stated.themes).isdisjoint(about.themes)
    return on_theme or _names_territory(case, contact)


def _one_of_each(cards: Iterable[DocumentCard], language: str) -> list[DocumentCard]:
    """Return one version of each contact."""

    def rank(card: DocumentCard) -> tuple[bool, bool, str]:
        return card.metadata.language != language, bool(card.metadata.translation_of), card.id

    ordered = sorted(cards, key=rank)
    works = Works.from_links(
        WorkLink(card.id, card.metadata.translation_of) for card in ordered if card.metadata.translation_of
    )
    first = {works.members_of(card.id): card for card in reversed(ordered)}
    return list(first.values())


def _rank(contact: DocumentCard, case: Document) -> tuple[bool, int, int, str]:
    stated = contact.metadata
    shared = len(set(stated.themes) & set(case.metadata.themes))
    return not _names_territory(case, contact), -shared, len(stated.borders), contact.id


def _names_territory(case: Document, contact: DocumentCard) -> bool:
    territory = contact.metadata.territory.casefold()
    return bool(territory) and territory in f"{case.metadata.title}\n{case.text}".casefold()

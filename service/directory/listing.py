"""What the directory lists: contacts, open calls and events to come, by border, of what one caller may see.

A document of several borders stands under each. What names no border is listed last, under "". Closed calls and past
events are left out as everywhere (`current_on`), translations are one entry.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from index.documents import Access, Kind
from service.browse.listing import BrowsedWork, Order, SeenDocuments, list_works
from service.library.filters import Filters
from service.library.open_index import Documents

LISTED: Final = (Kind.CONTACT, Kind.FUNDING_CALL, Kind.EVENT)


@dataclass(frozen=True, slots=True)
class DirectoryFilter:
    """What the directory is narrowed to; "" and an empty list narrow nothing. A territory is one of its contacts'."""

    borders: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    territory: str = ""


class BorderEntry(NamedTuple):
    """What there is at one border: contacts by organisation, calls by deadline, events by day."""

    border: str
    contacts: tuple[BrowsedWork, ...]
    calls: tuple[BrowsedWork, ...]
    events: tuple[BrowsedWork, ...]


class Directory(NamedTuple):
    """The borders that have anything, by code, and what one can narrow to: borders, themes, territories."""

    entries: tuple[BorderEntry, ...]
    borders: tuple[str, ...]
    themes: tuple[str, ...]
    territories: tuple[str, ...]


def list_directory(
    store: Documents, seen: SeenDocuments, access: Access, language: str, narrowed: DirectoryFilter
) -> Directory:
    """Return the directory as far as somebody may see it; of translations the one in `language` is shown."""
    everything = {kind: _works(store, seen, kind, access, language) for kind in LISTED}
    contacts = everything[Kind.CONTACT]
    kept = {kind: [work for work in works if _passes(work, narrowed)] for kind, works in everything.items()}
    shown = set(narrowed.borders) or {border for works in kept.values() for border in _borders(works)}
    if narrowed.territory:
        kept[Kind.CONTACT] = [work for work in kept[Kind.CONTACT] if _territory(work) == narrowed.territory]
        shown &= set(_borders(kept[Kind.CONTACT]))
    entries = (_entry(border, kept) for border in sorted(shown, key=lambda border: (not border, border)))
    works = [work for works in everything.values() for work in works]
    return Directory(
        tuple(entry for entry in entries if entry.contacts or entry.calls or entry.events),
        tuple(sorted(set(_borders(works)) - {""})),
        tuple(sorted({theme for work in works for theme in work.document.metadata.themes})),
        tuple(sorted({_territory(work) for work in contacts} - {""}, key=str.casefold)),
    )


def list_contacts(store: Documents, seen: SeenDocuments, access: Access, language: str) -> tuple[BrowsedWork, ...]:
    """Return every contact that somebody may see and that is current."""
    return _works(store, seen, Kind.CONTACT, access, language)


def _works(store: Documents, seen: SeenDocuments, kind: Kind, access: Access, language: str) -> tuple[BrowsedWork, ...]:
    filters = Filters(kinds=[kind.value])
    return list_works(store, seen.of(store, access), filters, access, language, Order.TITLE).works


def _passes(work: BrowsedWork, narrowed: DirectoryFilter) -> bool:
    """Say whether a work is of one of the borders and themes; one that names no theme is of all of them."""
    meta = work.document.metadata
    at_border = not narrowed.borders or not set(narrowed.borders).isdisjoint(meta.borders)
    on_theme = not narrowed.themes or not meta.themes or not set(narrowed.themes).isdisjoint(meta.themes)
    return at_border and on_theme


def _entry(border: str, kept: dict[Kind, list[BrowsedWork]]) -> BorderEntry:
    here = {kind: [work for work in works if border in _borders([work])] for kind, works in kept.items()}
    return BorderEntry(
        border,
        tuple(sorted(here[Kind.CONTACT], key=_by_organisation)),
        tuple(sorted(here[Kind.FUNDING_CALL], key=lambda work: _by_day(work, work.document.metadata.deadline))),
        tuple(sorted(here[Kind.EVENT], key=lambda work: _by_day(work, work.document.metadata.starts))),
    )


def _borders(works: Sequence[BrowsedWork]) -> Collection[str]:
    """Return the borders of works, "" for those without one."""
    return [border for work in works for border in work.document.metadata.borders or ("",)]


def _territory(work: BrowsedWork) -> str:
    return work.document.metadata.territory


def _by_organisation(work: BrowsedWork) -> tuple[str, str, str]:
    meta = work.document.metadata
    return (meta.organisation or meta.title).casefold(), meta.function.casefold(), work.document.id


def _by_day(work: BrowsedWork, day: date | None) -> tuple[date, str]:
    """Return what sorts the nearest day first; those without one come last."""
    return day or date.max, work.document.id

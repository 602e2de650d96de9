"""A legal text in time: adopted, in force, amended, ended and replaced, and what of its line was in force on a day.

A line is a text with those it replaced and those that replaced it, over any number of steps, as far as the reader may
see them; one that may not be seen is as absent as one that does not exist, and what lies beyond it too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final, Literal, NamedTuple

from babel import Locale

from index.documents import LANGUAGES, Access, Kind
from index.store.versions import DocumentVersion
from index.types import DocumentCard
from service.library.open_index import Documents

MOST_TEXTS: Final = 40  # of a line
EventKind = Literal["adopted", "in_force", "amended", "ended", "replaced"]
_ORDER: Final = ("ended", "replaced", "adopted", "in_force", "amended")  # of events of one day
_NUMERIC: Final = re.compile(r"\b(\d{1,2})[./](\d{1,2})[./](\d{4})\b")


class TimelineEvent(NamedTuple):
    """Something that happened to a text; `day` is None where it is not known when."""

    day: date | None
    kind: EventKind
    card: DocumentCard
    name: str = ""  # of the instrument that was adopted
    successor: DocumentCard | None = None
    version: DocumentVersion | None = None  # the former text that an amendment ended


class TextInForce(NamedTuple):
    """A text and the days it was in force, the last included; None where they are not known, or it has not ended."""

    card: DocumentCard
    first: date | None
    last: date | None

    def is_in_force(self, day: date) -> bool:
        """Say whether it may have been in force on a day; certainly so where the first day is known."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class InForce(NamedTuple):
    """A text that was in force on a day: the version of it kept for that day, the present one being None."""

    text: TextInForce
    version: DocumentVersion | None
    held_since: date | None  # where its text of that day was not kept yet: since when it is


@dataclass(frozen=True, slots=True)
class Timeline:
    """The events of a text's line in their order, its texts from the oldest on, and what was in force on `on`."""

    document_id: str
    texts: tuple[TextInForce, ...]
    events: tuple[TimelineEvent, ...]
    on: date | None
    in_force: tuple[InForce, ...]

    @property
    def tells(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.events) or len(self.texts) > 1


def read_timeline(store: Documents, document_id: str, access: Access, on: date | None) -> Timeline:
    """Return the timeline of a document's line. Raises UnknownDocument."""
    versions = list(store.versions(document_id, access))
    cards = _line(store, document_id, access)
    successors = _successors(cards)
    texts = sorted((_text(card, successors) for card in cards.values()), key=_age)
    events = [event for text in texts for event in _events(text, successors.get(text.card.id))]
    if versions:
        events += _amendments(cards[document_id], versions)
    events.sort(key=lambda event: (event.day or date.max, _ORDER.index(event.kind), event.card.id, event.name))
    in_force = [_as_kept(store, text, access, on) for text in texts if text.is_in_force(on)] if on else []
    return Timeline(document_id, tuple(texts), tuple(events), on, tuple(in_force))


def _line(store: Documents, document_id: str, access: Access) -> dict[str, DocumentCard]:
    """Return the texts of a document's line that may be seen, by id."""
    line = dict(store.cards([document_id], access))
    new = list(line.values())
    while new and len(line) < MOST_TEXTS:
        named = {name for card in new for name in (card.metadata.replaces, card.metadata.replaced_by) if name}
        related = dict(store.cards(sorted(named - line.keys()), access))
        for card in new:
            related |= {other.id: other for other in store.related_by_succession(card.id, access)}
        new = [card for card_id, card in related.items() if card_id not in line]
        line |= {card.id: card for card in new}
    return line


def _successors(cards: dict[str, DocumentCard]) -> dict[str, DocumentCard]:
    """Return what replaced each text, whichever of the two says so."""
    successors = {card.metadata.replaces: card for card in cards.values() if card.metadata.replaces in cards}
    return successors | {
        card.id: cards[card.metadata.replaced_by] for card in cards.values() if card.metadata.replaced_by in cards
    }


def _text(card: DocumentCard, successors: dict[str, DocumentCard]) -> TextInForce:
    """Return a text with its days: one without an end of its own ends when what replaced it began."""
    last, successor = card.metadata.valid_to, successors.get(card.id)
    if last is None and successor is not None and successor.metadata.valid_from:
        last = successor.metadata.valid_from - timedelta(days=1)
    return TextInForce(card, card.metadata.valid_from, last)


def _age(text: TextInForce) -> tuple[date, str]:
    return text.first or text.last or text.card.metadata.published or date.max, text.card.id


def _events(text: TextInForce, successor: DocumentCard | None) -> list[TimelineEvent]:
    card, metadata = text.card, text.card.metadata
    events = [
        TimelineEvent(day, "adopted", card, name)
        for name in metadata.legal_instruments
        if metadata.kind is Kind.LEGAL_NOTE and (day := date_in(name)) is not None
    ]
    if text.first:
        events.append(TimelineEvent(text.first, "in_force", card))
    if successor:
        events.append(TimelineEvent(text.last, "replaced", card, successor=successor))
    elif text.last and not metadata.closes:
        events.append(TimelineEvent(text.last, "ended", card))
    return events


def _amendments(card: DocumentCard, versions: Sequence[DocumentVersion]) -> list[TimelineEvent]:
    """Return when the text of a document was exchanged for another, each with the former text."""
    return [
        TimelineEvent(version.until.date(), "amended", card, version=version) for version in versions if version.until
    ]


def _as_kept(store: Documents, text: TextInForce, access: Access, day: date) -> InForce:
    """Return a text with the version of it that was held on a day, else the first that is kept."""
    versions = store.versions(text.card.id, access)
    chosen = next((each for each in versions if each.until is None or each.until.date() > day), versions[-1])
    held_since = chosen.since.date() if chosen.since and chosen.since.date() > day else None
    return InForce(text, chosen if chosen.until else None, held_since)


def date_in(name: str) -> date | None:
    """Return the day a legal instrument's name states, in any of the six languages; None without one whole date."""
    dates = [(match[3], _months()[match[2].casefold()], match[1]) for match in _written_date().finditer(name)]
    dates += [(match[3], int(match[2]), match[1]) for match in _NUMERIC.finditer(name)]
    if len(dates) != 1:
        return None
    year, month, day = dates[0]
    try:
        return date(int(year), month, int(day))
    except ValueError:
        return None


@cache
def _written_date() -> re.Pattern[str]:
    names = "|".join(map(re.escape, _months()))
    of = r"\s+(?:de\s+|of\s+)?"
    return re.compile(rf"\b(\d{{1,2}})(?:er|re|st|nd|rd|th|\.|º|°)?{of}({names}){of}(\d{{4}})\b", re.IGNORECASE)


@cache
def _months() -> dict[str, int]:
    return {
        name.casefold(): number
        for language in LANGUAGES
        for number, name in Locale(language).months["format"]["wide"].items()
    }

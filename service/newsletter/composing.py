"""A letter with its documents' words, as each of its readers may see them at this moment.

Everything is read with the access that the letter's readership has in common: what was withdrawn or narrowed since is
left out, with the word beside it, and its title is for staff alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

from index.documents import Access, Audience, Metadata
from index.errors import UnknownDocument
from index.types import DocumentCard
from service.dossiers.quoting import QuoteReader, ShownQuote
from service.library.open_index import Documents
from service.newsletter.agenda import is_to_come
from service.newsletter.model import Arrangement, Item, Letter, Part
from service.newsletter.ordering import NONE, SEVERAL, Path, gather, section_path
from service.web.citations import page_path
from service.web.translating import Translator

_STAFF: Final = Access(Audience.STAFF)


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A document of a letter. `candidates` are its sentences as they stand now, None where the text has one no more."""

    item: Item
    card: DocumentCard
    candidates: tuple[ShownQuote | None, ...]
    path: Path
    is_updated: bool
    is_past: bool

    @property
    def metadata(self) -> Metadata:
        return self.card.metadata

    @property
    def quote(self) -> ShownQuote | None:
        return self.candidates[self.item.chosen] if self.item.chosen is not None else None

    @property
    def has_lost_quote(self) -> bool:
        return self.item.chosen is not None and self.quote is None

    @property
    def address(self) -> str:
        """Return where on this site it can be read, at the words that are quoted."""
        return self.quote.path if self.quote else page_path(self.card.id)


class Subsection(NamedTuple):
    """What stands below one heading of the second level, "" for none."""

    path: Path
    items: tuple[ShownItem, ...]


class Section(NamedTuple):
    path: Path
    subsections: tuple[Subsection, ...]

    @property
    def is_agenda(self) -> bool:
        return self.path[0] == Part.AGENDA.value


class LeftOut(NamedTuple):
    """A document that cannot be in the letter now; `title` is "" for one that nobody can see."""

    item: Item
    title: str


@dataclass(frozen=True, slots=True)
class ComposedLetter:
    """A letter and what of it may be shown to all its readers; `left_out` is for staff."""

    letter: Letter
    sections: tuple[Section, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def items(self) -> list[ShownItem]:
        return [item for section in self.sections for below in section.subsections for item in below.items]

    @property
    def ticked(self) -> ComposedLetter:
        """Return the letter as it is read: what is ticked."""
        sections = []
        for section in self.sections:
            below = [Subsection(sub.path, tuple(i for i in sub.items if i.item.is_ticked)) for sub in section[1]]
            if kept := tuple(sub for sub in below if sub.items):
                sections.append(Section(section.path, kept))
        left_out = tuple(left for left in self.left_out if left.item.is_ticked)
        return ComposedLetter(self.letter, tuple(sections), left_out)

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to read but a title."""
        return not (self.items or self.letter.opening or self.letter.closing)

    @property
    def state(self) -> str:
        """Name what the letter says now: another version of it, or other documents and words, have another name."""
        seen = [str(self.letter.version)]
        for shown in self.ticked.items:
            seen += [shown.card.id, repr(shown.metadata), shown.quote.text if shown.quote else "", shown.address]
        return hashlib.sha256("\0".join(seen).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def compose(letter: Letter, store: Documents, today: date) -> ComposedLetter:
    """Return a letter as it is now, with all that may be chosen for it.

    A letter that was sent quotes what it quoted then, in a former version where the present text has it no more.
    """
    access = letter.readership.access
    reader = QuoteReader(store, access)
    ids = [item.document_id for item in letter.items]
    cards = store.cards(ids, access)
    shown: dict[str, ShownItem] = {}
    for item in letter.items:
        if item.document_id in cards:
            card = cards[item.document_id]
            try:
                is_updated = item.part is Part.DOCUMENTS and _is_updated(store, card.id, access, letter.since)
            except UnknownDocument:  # withdrawn a moment ago
                continue
            quotes = tuple(_read(reader, item, number, letter) for number in range(len(item.candidates)))
            path = (*section_path(card.metadata, item.part, letter.arrangement), card.id)
            is_past = item.part is Part.AGENDA and not is_to_come(card.metadata, today)
            shown[card.id] = ShownItem(item, card, quotes, path, is_updated, is_past)
    hidden = [item for item in letter.items if item.document_id not in shown]
    known = store.cards([item.document_id for item in hidden], _STAFF) if hidden else {}
    left_out = tuple(
        LeftOut(item, known[item.document_id].metadata.title if item.document_id in known else "") for item in hidden
    )
    return ComposedLetter(letter, tuple(_sections(letter.items, shown)), left_out)


def path_in(composed: ComposedLetter, item: Item) -> Path:
    """Return where an item stands in a letter; one that is left out stands apart, at its end."""
    paths = {shown.card.id: shown.path for shown in composed.items}
    return paths.get(item.document_id, ("~", "", item.document_id))


def heading_of(t: Translator, letter: Letter, path: Path) -> str:
    """Return the heading of a section, or of what is below one, in the letter's language."""
    if path[0] == Part.AGENDA.value:
        return t("newsletter.agenda") if len(path) == 1 else ""
    key = path[0].partition(" ")[2] if len(path) == 1 else path[1]
    is_border = (letter.arrangement is Arrangement.BORDER) == (len(path) == 1)
    if not is_border:
        return t.theme(key) if key else t("newsletter.theme.none")
    return {SEVERAL: t("newsletter.border.several"), NONE: t("newsletter.border.none")}.get(key, t.border(key))


def _sections(items: Sequence[Item], shown: dict[str, ShownItem]) -> Iterator[Section]:
    visible = [item for item in items if item.document_id in shown]
    ordered = [shown[item.document_id] for item in gather(visible, lambda item: shown[item.document_id].path)]
    ordered.sort(key=lambda each: each.item.part is Part.AGENDA)
    for path, of_section in groupby(ordered, lambda each: each.path[:1]):
        below = groupby(list(of_section), lambda each: each.path[:2])
        yield Section(path, tuple(Subsection(sub_path, tuple(group)) for sub_path, group in below))


def _read(reader: QuoteReader, item: Item, number: int, letter: Letter) -> ShownQuote | None:
    """Return one of an item's sentences; before the letter is sent, it has to stand in the present text."""
    if letter.is_sent and number != item.chosen:
        return None
    quote = reader.read(item.candidates[number])
    return None if quote and quote.former and not letter.is_sent else quote


def _is_updated(store: Documents, document_id: str, access: Access, since: date) -> bool:
    """Say whether a text was there before these days, and was exchanged for another."""
    versions = store.versions(document_id, access)
    first = versions[0].since if versions else None
    return len(versions) > 1 and (first is None or first.date() < since)

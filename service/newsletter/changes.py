"""A change to a letter, as the API and the page's form ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.errors import InvalidField
from service.newsletter.model import Item, Letter
from service.newsletter.store import Wording


@dataclass(frozen=True, slots=True)
class ItemChange:
    """A document as it is to be: ticked or not, what staff write beside it, which sentence is quoted."""

    document_id: str
    is_ticked: bool
    word: str
    chosen: int | None


@dataclass(frozen=True, slots=True)
class LetterEdit:
    """What is to be different of a letter; None leaves a thing as it is. Items come in their new order."""

    title: str | None = None
    opening: str | None = None
    closing: str | None = None
    language: str | None = None
    items: Sequence[ItemChange] | None = None

    def apply(self, letter: Letter) -> Wording:
        """Return the letter's words and choices with the change made. Raises InvalidField."""
        return Wording(
            letter.title if self.title is None else self.title,
            letter.opening if self.opening is None else self.opening,
            letter.closing if self.closing is None else self.closing,
            self.language or letter.language,
            letter.items if self.items is None else self._apply_items(letter.items, self.items),
        )

    def _apply_items(self, items: Sequence[Item], changes: Sequence[ItemChange]) -> tuple[Item, ...]:
        known = {item.document_id: item for item in items}
        if sorted(change.document_id for change in changes) != sorted(known):
            raise InvalidField("items", "expected the id of each document of the letter, once")
        return tuple(_changed(known[change.document_id], change) for change in changes)


def _changed(item: Item, change: ItemChange) -> Item:
    if change.chosen is not None and change.chosen >= len(item.candidates):
        raise InvalidField("chosen", f"{item.document_id} has {len(item.candidates)} sentences to choose from")
    return replace(item, is_ticked=change.is_ticked, word=change.word, chosen=change.chosen)

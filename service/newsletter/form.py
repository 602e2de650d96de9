"""The form of a letter: what it holds of a saved one, and what somebody typed into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from starlette.datastructures import FormData

from service.errors import InvalidField
from service.newsletter.changes import ItemChange, LetterEdit
from service.newsletter.model import LONGEST_TITLE, LONGEST_WORD, Letter
from service.web.translating import INTERFACE_LANGUAGES


@dataclass(frozen=True, slots=True)
class LetterForm:
    """The fields of a letter's form, by document in their order."""

    title: str
    opening: str
    closing: str
    language: str
    items: dict[str, ItemChange]

    @classmethod
    def saved(cls, letter: Letter) -> LetterForm:
        """Return the form of a letter as it is kept."""
        items = {
            item.document_id: ItemChange(item.document_id, item.is_ticked, item.word, item.chosen)
            for item in letter.items
        }
        return cls(letter.title, letter.opening, letter.closing, letter.language, items)

    @classmethod
    def of(cls, sent: FormData) -> LetterForm:
        """Return what was sent. For each document there is one field of each name, in one order."""
        ids, words, chosen = ([str(value) for value in sent.getlist(name)] for name in ("item", "word", "chosen"))
        ticked = {str(value) for value in sent.getlist("ticked")}
        items = {
            document_id: ItemChange(
                document_id,
                document_id in ticked,
                _clean(words[number]) if number < len(words) else "",
                int(chosen[number]) if number < len(chosen) and chosen[number] in set("01234") else None,
            )
            for number, document_id in enumerate(ids)
        }
        title, opening, closing = (_clean(str(sent.get(name, ""))) for name in ("title", "opening", "closing"))
        return cls(" ".join(title.split()), opening, closing, str(sent.get("language", "")), items)

    def item(self, document_id: str, saved: LetterForm) -> ItemChange:
        """Return what is typed for a document, or else what is saved of it."""
        return self.items.get(document_id, saved.items[document_id])

    def edit(self) -> LetterEdit:
        """Return the change the form asks for. Raises InvalidField."""
        texts = {"opening": self.opening, "closing": self.closing} | {
            i.document_id: i.word for i in self.items.values()
        }
        for name, text in texts.items():
            if len(text) > LONGEST_WORD:
                raise InvalidField(name, f"at most {LONGEST_WORD} characters")
        if len(self.title) > LONGEST_TITLE:
            raise InvalidField("title", f"at most {LONGEST_TITLE} characters")
        if self.language not in INTERFACE_LANGUAGES:
            raise InvalidField("language", "expected one of the choices of the form")
        return LetterEdit(self.title, self.opening, self.closing, self.language, list(self.items.values()))


def last_days(today: date) -> tuple[date, date]:
    """Return the thirty days up to today."""
    return today - timedelta(days=30), today


def _clean(text: str) -> str:
    """Return text without what no line of it holds, its line ends as one character."""
    lines = text.replace("\r\n", "\n")
    return "".join(character for character in lines if character.isprintable() or character == "\n").strip()

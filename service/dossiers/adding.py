"""What somebody wants to put into a dossier, as an address of `/dossiers/add` and its form say it.

`quote` is START:END:VERSION:DOCUMENT, once for each quote, VERSION empty for the present text. `question` makes an
answer of them; with `column`, once for each name, they are a comparison, and each `quote` has a `cell`, the number of
its column. `back` is where to return. `service.web.citations.keep_path` writes such an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import ImmutableMultiDict

from service.dossiers.model import LONGEST_TITLE, MOST_COLUMNS, MOST_QUOTES, ItemKind
from service.dossiers.quoting import Span
from service.dossiers.service import Draft
from service.errors import InvalidField
from service.http.fields import LONGEST_QUERY

_QUOTE: Final = re.compile(r"(\d{1,12}):(\d{1,12}):(v[0-9a-f]{16}|\d{0,12}):(.{1,500})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be kept, where it was found, and the fields that say so."""

    draft: Draft
    back: str
    fields: tuple[tuple[str, str], ...]

    @property
    def question(self) -> str:
        return self.draft.question


def wish_of(sent: ImmutableMultiDict[str, object]) -> Wish:
    """Read an address or a form. Raises InvalidField."""
    quotes = [str(quote) for quote in sent.getlist("quote")]
    cells = [str(cell) for cell in sent.getlist("cell")]
    columns = [_line(column)[:LONGEST_TITLE] for column in sent.getlist("column")]
    if not 0 < len(quotes) <= MOST_QUOTES:
        raise InvalidField("quote", f"expected 1 to {MOST_QUOTES} places in documents")
    if len(columns) > MOST_COLUMNS or not all(columns) or len(cells) != (len(quotes) if columns else 0):
        raise InvalidField("column", f"expected at most {MOST_COLUMNS} names, and a `cell` for each `quote`")
    numbers = [_column(cell, len(columns)) for cell in cells] or [0] * len(quotes)
    spans = tuple(_span(quote, number) for quote, number in zip(quotes, numbers, strict=True))
    question = _line(sent.get("question", ""))[:LONGEST_QUERY]
    if columns and not question:
        raise InvalidField("question", "expected what is compared")
    kind = ItemKind.COMPARISON if columns else ItemKind.ANSWER if question else ItemKind.PASSAGE
    draft = Draft(kind, question=question, columns=tuple(columns), spans=spans if question else spans[:1])
    fields = [("quote", quote) for quote in quotes] + [("cell", cell) for cell in cells]
    fields += [("column", column) for column in columns] + [("question", question)]
    return Wish(draft, str(sent.get("back", "/"))[:4000], tuple(fields))


def _line(text: object) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def _column(number: str, columns: int) -> int:
    if not (number.isascii() and number.isdecimal() and len(number) < 4 and int(number) < columns):
        raise InvalidField("cell", "expected the number of a column, from 0")
    return int(number)


def _span(quote: str, column: int) -> Span:
    parts = _QUOTE.fullmatch(quote)
    if parts is None:
        raise InvalidField("quote", "expected START:END:VERSION:DOCUMENT")
    return Span(parts[4], int(parts[1]), int(parts[2]), parts[3], column)

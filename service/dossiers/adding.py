"""What somebody wants to put into a dossier, as an address of `/dossiers/add` and its form say it.

`quote` is START:END:VERSION:DOCUMENT, once for each quote; `question` makes an answer of them; `back` is where to
return.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import ImmutableMultiDict

from service.dossiers.model import MOST_QUOTES
from service.dossiers.quoting import Span
from service.errors import InvalidField
from service.http.fields import LONGEST_QUERY

_QUOTE: Final = re.compile(r"(\d{1,12}):(\d{1,12}):(v[0-9a-f]{16}|\d{0,12}):(.{1,500})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Wish:
    """Quotes, the question they answer ("" for none), where they were found, and the fields that say so."""

    spans: tuple[Span, ...]
    question: str
    back: str
    quotes: tuple[str, ...]


def wish_of(fields: ImmutableMultiDict[str, object]) -> Wish:
    """Read an address or a form. Raises InvalidField."""
    quotes = tuple(str(quote) for quote in fields.getlist("quote"))[:MOST_QUOTES]
    question = " ".join(str(fields.get("question", "")).replace("\x00", " ").split())[:LONGEST_QUERY]
    return Wish(tuple(map(_span, quotes)), question, str(fields.get("back", "/"))[:4000], quotes)


def _span(quote: str) -> Span:
    parts = _QUOTE.fullmatch(quote)
    if parts is None:
        raise InvalidField("quote", "expected START:END:VERSION:DOCUMENT")
    return Span(parts[4], int(parts[1]), int(parts[2]), parts[3])

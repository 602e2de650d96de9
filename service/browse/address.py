"""The address of a browsing page: its filters, its order, and the addresses that lead on from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from service.browse.listing import BROWSED, Order
from service.browse.schemas import LAST_PAGE
from service.errors import InvalidField
from service.library.filters import FACETS, Filters
from service.web.translating import Translator

PATH: Final = "/browse"


class Choice(NamedTuple):
    """One value of a facet as it is shown; its address turns it on, or off again."""

    label: str
    documents: int
    is_chosen: bool
    address: str


@dataclass(frozen=True)
class BrowseAddress:
    """What an address of the browsing page asks for; `chosen` holds its filters as it names them."""

    filters: Filters
    chosen: tuple[tuple[str, str], ...] = ()
    order: Order = Order.ARRIVAL
    since: date | None = None
    page: int = 1

    @classmethod
    def parse(cls, params: QueryParams) -> BrowseAddress:
        """Read an address. Raises RequestValidationError or InvalidField naming what is not understood."""
        stated: dict[str, object] = {
            FACETS[facet]: list(dict.fromkeys(filter(None, params.getlist(facet)))) for facet in BROWSED
        }
        superseded = params.get("superseded", "")
        stated["superseded"] = {"1": True, "0": False, "": False}.get(superseded, superseded)
        try:
            filters = Filters.model_validate(stated)
        except ValidationError as error:
            errors = error.errors(include_context=False, include_input=False)
            raise RequestValidationError([each | {"loc": ("query", *each["loc"])} for each in errors]) from error
        chosen = tuple((facet, value) for facet in BROWSED for value in getattr(filters, FACETS[facet]))
        return cls(filters, chosen, _order(params), _day(params), _page(params))

    def address(
        self,
        *,
        toggled: tuple[str, str] | None = None,
        order: str = "",
        page: int = 1,
        superseded: bool | None = None,
    ) -> str:
        """Return the address with a filter turned on or off, in another order, of another page, or with what ended."""
        chosen = list(self.chosen)
        if toggled:
            chosen = [field for field in chosen if field != toggled] + ([] if toggled in chosen else [toggled])
        sort = Order(order) if order else self.order
        fields = chosen + ([("since", self.since.isoformat())] if self.since else [])
        fields += [("superseded", "1")] if (self.filters.superseded if superseded is None else superseded) else []
        fields += [("sort", sort.value)] if sort is not Order.ARRIVAL else []
        fields += [("page", str(page))] if page > 1 else []
        return f"{PATH}?{urlencode(fields)}" if fields else PATH

    def options(self, facet: str, counts: Mapping[str, int], t: Translator) -> list[Choice]:
        """Return a facet's values: those chosen, then the most frequent first."""
        values = dict.fromkeys(value for name, value in self.chosen if name == facet)
        known = dict.fromkeys(values, 0) | dict(counts)
        choices = [
            Choice(t.value(facet, value), count, value in values, self.address(toggled=(facet, value)))
            for value, count in known.items()
        ]
        return sorted(choices, key=lambda choice: (not choice.is_chosen, -choice.documents, choice.label))


def browse_path(facet: str, value: str) -> str:
    """Return the path of the page of one value of a facet."""
    return f"{PATH}?{urlencode([(facet, value)])}"


def _order(params: QueryParams) -> Order:
    try:
        return Order(params.get("sort") or Order.ARRIVAL)
    except ValueError as error:
        raise InvalidField("sort", f"unknown value; allowed: {', '.join(Order)}") from error


def _day(params: QueryParams) -> date | None:
    try:
        return date.fromisoformat(params["since"]) if params.get("since") else None
    except ValueError as error:
        raise InvalidField("since", "expected a day, such as 2026-11-29") from error


def _page(params: QueryParams) -> int:
    number = params.get("page") or "1"
    if not (number.isdecimal() and number.isascii() and 0 < int(number[:9]) <= LAST_PAGE):
        raise InvalidField("page", f"expected a number from 1 to {LAST_PAGE}")
    return int(number)

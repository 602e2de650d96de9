"""What a reader asked of the search page, from its address and back into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from service.search.schemas import MOST_RESULTS, Filters, SearchRequest
from service.search.sorting import Sort

FACETS: Final = {
    "kind": "kinds",
    "theme": "themes",
    "border": "borders",
    "country": "countries",
    "language": "languages",
}
OTHERS: Final = ("from", "to", "valid_on", "superseded")  # filters one sets rather than chooses
PAGE: Final = 10
LAST_PAGE: Final = MOST_RESULTS // PAGE
WORDS_OF_A_QUESTION: Final = 4
Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class Asked:
    """A query of the search page; `said` holds its filters as the address says them, by name."""

    query: str
    filters: Filters
    said: Mapping[str, tuple[str, ...]]
    sort: Sort = Sort.RELEVANCE
    page: int = 1

    @classmethod
    def from_address(cls, params: QueryParams) -> Asked:
        """Read the page's address. Raises RequestValidationError naming what is not understood."""
        query, sort, page = params.get("q", "").strip(), params.get("sort") or Sort.RELEVANCE, params.get("page") or "1"
        said = params.get("superseded", "")
        wanted: dict[str, object] = {field: list(filter(None, params.getlist(name))) for name, field in FACETS.items()}
        wanted |= {f"published_{name}": _year(params.get(name, "").strip()) for name in ("from", "to")}
        wanted |= {
            "valid_on": params.get("valid_on") or None,
            "superseded": {"1": True, "0": False, "": False}.get(said, said),
        }
        try:
            filters = SearchRequest.model_validate({"query": query or "-", "filters": wanted}).filters
        except ValidationError as error:
            wrong = error.errors(include_context=False, include_input=False)
            raise RequestValidationError([one | {"loc": ("query", *one["loc"])} for one in wrong]) from error
        if sort not in list(Sort):
            raise _wrong("sort", f"unknown value; allowed: {', '.join(Sort)}")
        if not (page.isdecimal() and page.isascii() and 0 < int(page[:9]) <= LAST_PAGE):
            raise _wrong("page", f"wanted: a number from 1 to {LAST_PAGE}")
        return cls.of(query, filters, Sort(sort), int(page))

    @classmethod
    def of(cls, query: str, filters: Filters, sort: Sort = Sort.RELEVANCE, page: int = 1) -> Asked:
        """Return the search of these filters, none twice."""
        once = {field: list(dict.fromkeys(getattr(filters, field))) for field in FACETS.values()}
        filters = filters.model_copy(update=once)
        return cls(query, filters, _said(filters), sort, page)

    @property
    def is_question(self) -> bool:
        """Say whether an answer is wanted, rather than a list of documents."""
        return "?" in self.query or len(self.query.split()) >= WORDS_OF_A_QUESTION

    @property
    def wants_answer(self) -> bool:
        """Say whether the answer is shown: above the first page of the best, not again on each further one."""
        return self.is_question and self.page == 1 and self.sort is Sort.RELEVANCE

    @property
    def filters_set(self) -> int:
        """Return how many filters are on."""
        return sum(len(values) for values in self.said.values())

    def has(self, name: str, value: str) -> bool:
        return value in self.said[name]

    def fields(self, *names: str) -> Fields:
        """Return what the filters of these names say (all of them without names), and the order, for a form."""
        said = [(name, value) for name in names or self.said for value in self.said[name]]
        return said + ([("sort", self.sort.value)] if self.sort is not Sort.RELEVANCE else [])

    def address(
        self,
        path: str = "/",
        *,
        page: int = 1,
        sort: str = "",
        toggled: tuple[str, str] | None = None,
        more: Sequence[tuple[str, str]] = (),
    ) -> str:
        """Return the address of this search, at another page, in another order, or with a filter turned on or off."""
        fields = self.fields()
        if sort:
            fields = [one for one in fields if one[0] != "sort"] + ([("sort", sort)] if sort != Sort.RELEVANCE else [])
        if toggled:
            fields = [one for one in fields if one != toggled] + ([] if toggled in fields else [toggled])
        return path + "?" + urlencode([("q", self.query), *fields, *more, *([("page", str(page))] if page > 1 else [])])

    def unfiltered(self) -> str:
        """Return the address of this search without its filters."""
        return "/?" + urlencode([("q", self.query), *[one for one in self.fields() if one[0] == "sort"]])


def _said(filters: Filters) -> dict[str, tuple[str, ...]]:
    """Return the filters as an address says them, each in one way only, so that one search has one address."""
    said: dict[str, tuple[str, ...]] = {name: tuple(getattr(filters, field)) for name, field in FACETS.items()}
    others = (filters.published_from, filters.published_to, filters.valid_on, "1" if filters.superseded else None)
    return said | {name: (str(one),) if one is not None else () for name, one in zip(OTHERS, others, strict=True)}


def _wrong(field: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", field), "type": "value_error", "msg": message}])


def _year(said: str) -> object:
    if not said:
        return None
    return int(said) if said.isdecimal() and len(said) < 6 else said

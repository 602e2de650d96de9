"""The query of the search page: read from the page's address and written back into one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from service.answering.follow_ups import LONGEST_TURN, MOST_TURNS, ResolvedQuestion
from service.http.fields import MOST_RESULTS
from service.library.filters import FACETS, Filters
from service.search.schemas import SearchRequest
from service.search.sorting import Sort

OTHERS: Final = ("from", "to", "valid_on", "superseded")  # filters that are no facets
AFTER: Final = "after"  # in an address: an earlier turn
DROPPED: Final = "drop"  # in an address: something of an earlier turn that is not carried over
MOST_DROPPED: Final = 20
PAGE: Final = 10
LAST_PAGE: Final = MOST_RESULTS // PAGE
WORDS_OF_A_QUESTION: Final = 4
Fields = list[tuple[str, str]]


@dataclass(frozen=True)
class PageQuery:
    """A query of the search page; `params` holds its filters by the names and values they have in its address."""

    query: str
    filters: Filters
    params: Mapping[str, tuple[str, ...]]
    sort: Sort = Sort.RELEVANCE
    page: int = 1
    conversation: tuple[str, ...] = ()  # earlier turns, oldest first
    dropped: tuple[str, ...] = ()  # what is not to be carried over from them
    turn: str = ""  # as it was typed, where the query is what it comes to after earlier turns
    as_typed: bool = False

    @classmethod
    def from_address(cls, params: QueryParams) -> PageQuery:
        """Read the page's address. Raises RequestValidationError naming what is not understood."""
        query, sort, page = params.get("q", "").strip(), params.get("sort") or Sort.RELEVANCE, params.get("page") or "1"
        try:
            filters = SearchRequest.model_validate({"query": query or "-", "filters": _read_filters(params)}).filters
        except ValidationError as error:
            errors = error.errors(include_context=False, include_input=False)
            raise RequestValidationError([each | {"loc": ("query", *each["loc"])} for each in errors]) from error
        if sort not in list(Sort):
            raise _wrong("sort", f"unknown value; allowed: {', '.join(Sort)}")
        if not (page.isdecimal() and page.isascii() and 0 < int(page[:9]) <= LAST_PAGE):
            raise _wrong("page", f"expected a number from 1 to {LAST_PAGE}")
        as_typed = params.get("as_typed", "")
        if as_typed not in ("", "0", "1"):
            raise _wrong("as_typed", "unknown value; allowed: 0, 1")
        page_query = cls.of(query, filters, Sort(sort), int(page), as_typed=as_typed == "1")
        conversation = tuple(turn[:LONGEST_TURN] for turn in map(str.strip, params.getlist(AFTER)) if turn)
        dropped = tuple(params.getlist(DROPPED)[:MOST_DROPPED])
        return replace(page_query, conversation=conversation[-MOST_TURNS:], dropped=dropped if conversation else ())

    @classmethod
    def of(
        cls, query: str, filters: Filters, sort: Sort = Sort.RELEVANCE, page: int = 1, *, as_typed: bool = False
    ) -> PageQuery:
        """Return the search of these filters, none twice."""
        unique = {field: list(dict.fromkeys(getattr(filters, field))) for field in FACETS.values()}
        filters = filters.model_copy(update=unique)
        return cls(query, filters, _address_params(filters), sort, page, as_typed=as_typed)

    @property
    def is_question(self) -> bool:
        """Say whether an answer is expected, rather than a list of documents."""
        return "?" in self.query or len(self.query.split()) >= WORDS_OF_A_QUESTION

    @property
    def wants_answer(self) -> bool:
        """Say whether the answer is shown: above the first page of the best, not again on each further one."""
        return self.is_question and self.page == 1 and self.sort is Sort.RELEVANCE

    @property
    def filters_set(self) -> int:
        """Return how many filters are on."""
        return sum(len(values) for values in self.params.values())

    def has(self, name: str, value: str) -> bool:
        return value in self.params[name]

    def fields(self, *names: str) -> Fields:
        """Return the filters of these names (all of them without names), and the order, as fields of a form.

        Whether it is searched as typed is no field: other words are typed anew.
        """
        fields = [(name, value) for name in names or self.params for value in self.params[name]]
        return fields + ([("sort", self.sort.value)] if self.sort is not Sort.RELEVANCE else [])

    def address(
        self,
        path: str = "/",
        *,
        page: int = 1,
        sort: str = "",
        toggled: tuple[str, str] | None = None,
        more: Sequence[tuple[str, str]] = (),
        query: str = "",
        as_typed: bool | None = None,
    ) -> str:
        """Return the address of this search: at another page, in another order, with a filter turned on or off, with
        another query, or with its words as typed."""
        fields = self.fields()
        if sort:
            fields = [(name, value) for name, value in fields if name != "sort"]
            fields += [("sort", sort)] if sort != Sort.RELEVANCE else []
        if toggled:
            fields = [field for field in fields if field != toggled] + ([] if toggled in fields else [toggled])
        if self.as_typed if as_typed is None else as_typed:
            fields.append(("as_typed", "1"))
        turns = [("q", query or self.turn or self.query), *self._turns(self.dropped)]
        numbered = [("page", str(page))] if page > 1 else []
        return path + "?" + urlencode([*turns, *fields, *more, *numbered])

    def resolved(self, question: ResolvedQuestion) -> PageQuery:
        """Return the search of the question a turn comes to; a new subject leaves the conversation behind."""
        if not question.carried:
            return replace(self, query=self.turn or self.query, conversation=(), dropped=(), turn="")
        return replace(self, query=question.text, conversation=question.conversation, turn=question.turn)

    def elsewhere(self) -> PageQuery:
        """Return the search without filters by territory: a follow-up has named another one."""
        filters = self.filters.model_copy(update={"borders": [], "countries": []})
        return replace(self, filters=filters, params=_address_params(filters))

    def without(self, carried: str) -> str:
        """Return the address of this question without something that was carried over."""
        fields = [("q", self.turn), *self._turns((*self.dropped, carried)), *self.fields()]
        return "/?" + urlencode(fields)

    def alone(self) -> str:
        """Return the address of what was typed, as if nothing had been asked before."""
        return "/?" + urlencode([("q", self.turn or self.query), *self.fields()])

    @property
    def thread(self) -> list[tuple[str, str]]:
        """The earlier turns, oldest first, each with the address it was asked at."""
        turns = self.conversation
        addresses = [[("q", turn), *((AFTER, earlier) for earlier in turns[:at])] for at, turn in enumerate(turns)]
        return [(turn, "/?" + urlencode(fields)) for turn, fields in zip(turns, addresses, strict=True)]

    @property
    def next_turns(self) -> Fields:
        """The turns a follow-up goes on from, as fields of its form; what was removed from the question stays so."""
        if self.dropped:
            return [(AFTER, self.query[:LONGEST_TURN])]
        turns = (*self.conversation, self.turn or self.query)[-MOST_TURNS:]
        return [(AFTER, turn[:LONGEST_TURN]) for turn in turns]

    def _turns(self, dropped: Sequence[str]) -> Fields:
        return [*((AFTER, turn) for turn in self.conversation), *((DROPPED, text) for text in dropped)]

    def unfiltered(self) -> str:
        """Return the address of this search without its filters."""
        fields = [("q", self.turn or self.query), *self._turns(self.dropped)]
        return "/?" + urlencode([*fields, *[field for field in self.fields() if field[0] == "sort"]])


def _read_filters(params: QueryParams) -> dict[str, object]:
    """Return the filters of an address as a request's, to be validated."""
    superseded = params.get("superseded", "")
    filters: dict[str, object] = {field: list(filter(None, params.getlist(name))) for name, field in FACETS.items()}
    filters |= {f"published_{name}": _read_year(params.get(name, "").strip()) for name in ("from", "to")}
    return filters | {
        "valid_on": params.get("valid_on") or None,
        "superseded": {"1": True, "0": False, "": False}.get(superseded, superseded),
    }


def _address_params(filters: Filters) -> dict[str, tuple[str, ...]]:
    """Return the filters as an address has them, each in one form only, so that one search has one address."""
    params: dict[str, tuple[str, ...]] = {name: tuple(getattr(filters, field)) for name, field in FACETS.items()}
    others = (filters.published_from, filters.published_to, filters.valid_on, "1" if filters.superseded else None)
    values = zip(OTHERS, others, strict=True)
    return params | {name: (str(value),) if value is not None else () for name, value in values}


def _wrong(field: str, message: str) -> RequestValidationError:
    return RequestValidationError([{"loc": ("query", field), "type": "value_error", "msg": message}])


def _read_year(text: str) -> object:
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) < 6 else text

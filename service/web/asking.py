"""What a reader asked of the search page, from its address and back into one."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from service.schemas import MOST_RESULTS, Filters, SearchRequest

FACETS = {"language": "languages", "kind": "kinds", "theme": "themes", "border": "borders", "country": "countries"}
PAGE = 10
WORDS_OF_A_QUESTION = 4


@dataclass(frozen=True)
class Asked:
    """A query of the search page; `chosen` holds the facet values that were ticked."""

    query: str
    k: int
    filters: Filters
    chosen: dict[str, list[str]]

    @classmethod
    def from_address(cls, params: QueryParams) -> Asked:
        """Read the page's address. Raises RequestValidationError naming what is not understood."""
        chosen = {facet: list(dict.fromkeys(filter(None, params.getlist(facet)))) for facet in FACETS}
        said: dict[str, object] = {field: chosen[facet] for facet, field in FACETS.items()}
        said |= {
            name: _year(params.get(short, "")) for name, short in (("published_from", "from"), ("published_to", "to"))
        }
        said["superseded"] = params.get("superseded", "") == "1"
        query = params.get("q", "").strip()
        k = params.get("k", str(PAGE))
        asked = {"query": query or "-", "k": int(k) if k.isdecimal() and len(k) < 9 else k, "filters": said}
        try:
            request = SearchRequest.model_validate(asked)
        except ValidationError as error:
            wrong = error.errors(include_context=False, include_input=False)
            raise RequestValidationError([one | {"loc": ("query", *one["loc"])} for one in wrong]) from error
        return cls(query, request.k, request.filters, chosen)

    @property
    def is_question(self) -> bool:
        """Say whether an answer is wanted, rather than a list of documents."""
        return "?" in self.query or len(self.query.split()) >= WORDS_OF_A_QUESTION

    @property
    def filters_set(self) -> int:
        """Return how many filters are on."""
        ticked = sum(len(values) for values in self.chosen.values())
        others = (self.filters.published_from, self.filters.published_to, self.filters.superseded or None)
        return ticked + sum(other is not None for other in others)

    def address(self, *, k: int | None = None, filtered: bool = True) -> str:
        """Return the address of this search, with other values where given."""
        said: list[tuple[str, object]] = [("q", self.query)]
        if filtered:
            said += [(facet, value) for facet, values in self.chosen.items() for value in values]
            said += [("from", self.filters.published_from), ("to", self.filters.published_to)]
            said += [("superseded", "1" if self.filters.superseded else None)]
        if k:
            said.append(("k", min(k, MOST_RESULTS)))
        return "/?" + urlencode([(name, value) for name, value in said if value is not None])


def _year(said: str) -> object:
    said = said.strip()
    if not said:
        return None
    return int(said) if said.isdecimal() and len(said) < 6 else said

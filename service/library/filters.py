"""Which documents a request may find: its filters, and the index's filter they make for a caller."""

from __future__ import annotations

from typing import Annotated, Final, Self
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator

from index.clock import utc_today
from index.documents import LANGUAGES, THEMES, Access, Kind
from index.types import Filter
from service.http.fields import Border, Country, Day, Year, one_of

KINDS = tuple(kind.value for kind in Kind)
FACETS: Final = {  # the names filters have in addresses, and those of a request
    "kind": "kinds",
    "theme": "themes",
    "border": "borders",
    "country": "countries",
    "language": "languages",
}


class Filters(BaseModel):
    """What may be found. Within one field any value will do; between fields all must hold."""

    model_config = ConfigDict(extra="forbid")

    languages: Annotated[list[one_of(LANGUAGES)], Field(max_length=20, description="ISO 639-1 codes")] = []  # type: ignore[valid-type]
    kinds: Annotated[list[one_of(KINDS)], Field(max_length=20)] = []  # type: ignore[valid-type]
    themes: Annotated[list[one_of(THEMES)], Field(max_length=20)] = []  # type: ignore[valid-type]
    countries: Annotated[list[Country], Field(max_length=50, description="ISO 3166-1 alpha-2 codes")] = []
    borders: Annotated[list[Border], Field(max_length=50, description='Pairs of countries, such as "BE-FR"')] = []
    published_from: Annotated[Year | None, Field(description="First year, included")] = None
    published_to: Annotated[Year | None, Field(description="Last year, included")] = None
    valid_on: Annotated[Day | None, Field(description="Only what is in force on that day")] = None
    superseded: Annotated[bool, Field(strict=True, description="Also what is no longer in force")] = False

    @model_validator(mode="after")
    def _years_in_order(self) -> Self:
        if (
            self.published_from is not None
            and self.published_to is not None
            and self.published_from > self.published_to
        ):
            raise ValueError("published_from must not lie after published_to")
        return self

    def within(self, access: Access) -> Filter:
        """Return the index's filter for somebody of this access, today."""
        return Filter(
            audience=access.audience,
            groups=access.groups,
            languages=frozenset(self.languages),
            kinds=frozenset(Kind(kind) for kind in self.kinds),
            themes=frozenset(self.themes),
            countries=frozenset(self.countries),
            borders=frozenset(self.borders),
            published_from=self.published_from,
            published_to=self.published_to,
            valid_on=self.valid_on,
            current_on=None if self.superseded or self.valid_on else utc_today(),
        )


def search_path(query: str, within: Filter) -> str:
    """Return the path of the search page with this query and what the filter asks for beside the audience."""
    params = [("q", query)]
    for name, field in FACETS.items():
        params += [(name, str(value)) for value in sorted(getattr(within, field))]
    years = (("from", within.published_from), ("to", within.published_to), ("valid_on", within.valid_on))
    params += [(name, str(value)) for name, value in years if value is not None]
    params += [("superseded", "1")] if within.current_on is None and within.valid_on is None else []
    return "/?" + urlencode(params)

"""What narrows a search: facets with counts, the filters that are on, and those the query's own words name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from index.documents import THEMES, Access
from index.types import RankedDocument
from service.http.concurrency import raise_if_abandoned
from service.http.fields import MOST_RESULTS
from service.library.filters import FACETS
from service.library.open_index import OpenIndex
from service.search.page_query import PageQuery
from service.web.translating import Translator

SUGGESTED_SCHEMES: Final = {"borders": "border", "countries": "country", "themes": "theme"}
FacetCounts = Mapping[str, Mapping[str, int]]
FacetValue = tuple[str, str]  # the name of a facet or filter, and one of its values


class Option(NamedTuple):
    """One value of a facet as it is shown; its address turns it on, or off again."""

    label: str
    documents: int
    is_chosen: bool
    address: str


class Chip(NamedTuple):
    """A filter that is on, or one that is suggested; its address turns it off, or on."""

    label: str
    address: str


def count_values(documents: Iterable[RankedDocument]) -> dict[str, Counter[str]]:
    """Count the results by their values; a work counts once, whatever languages it is there in."""
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for ranked in documents:
        metadata = ranked.document.metadata
        languages = {passage.passage.language for passage in ranked.passages}
        counts["language"].update({*languages, *(variant.metadata.language for variant in ranked.variants)} - {""})
        counts["kind"][metadata.kind.value] += 1
        counts["theme"].update(set(metadata.themes))
        counts["border"].update(set(metadata.borders))
        counts["country"].update(set(metadata.countries))
    return counts


def count_facets(
    index: OpenIndex, query: PageQuery, access: Access, documents: Iterable[RankedDocument]
) -> FacetCounts:
    """Return the counts of the results.

    Those of a facet with a value chosen are counted without it, so that another value can be added.
    """
    counts: dict[str, Mapping[str, int]] = {**count_values(documents)}
    for facet in (name for name in FACETS if query.params[name]):
        raise_if_abandoned()
        without = query.filters.model_copy(update={FACETS[facet]: []}).within(access)
        ranking = index.engine.search(query.query, MOST_RESULTS, without, as_typed=query.as_typed)
        wider = count_values(ranking.documents)[facet]
        counts[facet] = (
            dict.fromkeys(query.params[facet], 0)
            | wider
            | {value: count for value, count in counts[facet].items() if query.has(facet, value)}
        )
    return counts


def suggest_filters(index: OpenIndex, query: PageQuery, counts: FacetCounts, language: str) -> Iterator[FacetValue]:
    """Yield the facets the query names that would leave something and are not chosen; a border, not its countries."""
    concepts = index.engine.concepts(query.query, language)
    named = [(SUGGESTED_SCHEMES.get(concept.scheme, ""), concept.id) for concept in concepts]
    borders = [value for facet, value in named if facet == "border"]
    for facet, value in dict.fromkeys(named):
        if not facet or (facet == "theme" and value not in THEMES) or query.has(facet, value):
            continue
        if value in counts[facet] and not (facet == "country" and any(value in border for border in borders)):
            yield facet, value


def facet_options(t: Translator, query: PageQuery, facet: str, counts: Mapping[str, int]) -> list[Option]:
    """Return a facet's values: those chosen, then the most frequent first."""
    options = [
        Option(t.value(facet, value), count, query.has(facet, value), query.address(toggled=(facet, value)))
        for value, count in counts.items()
    ]
    return sorted(options, key=lambda option: (not option.is_chosen, -option.documents, option.label))


def filter_chips(t: Translator, query: PageQuery, filters: Iterable[FacetValue] | None = None) -> list[Chip]:
    """Return these filters, or those that are on, in the reader's words."""
    if filters is None:
        filters = [(name, value) for name, values in query.params.items() for value in values]
    return [Chip(_filter_label(t, name, value), query.address(toggled=(name, value))) for name, value in filters]


def _filter_label(t: Translator, name: str, value: str) -> str:
    match name:
        case "from":
            return t("chip.from", year=value)
        case "to":
            return t("chip.to", year=value)
        case "valid_on":
            return t("chip.valid_on", day=t.day(date.fromisoformat(value)))
        case "superseded":
            return t("chip.superseded")
        case _:
            return t("chip", facet=t(f"facet.{name}"), value=t.value(name, value))

"""What narrows a search: facets with counts, the filters that are on, and those the query's own words name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final, NamedTuple

from index.documents import THEMES, Audience
from index.types import RankedDocument
from service.http.concurrency import still_wanted
from service.library.open_index import OpenIndex
from service.search.page_query import FACETS, Asked
from service.search.schemas import MOST_RESULTS
from service.web.translating import Translator

OFFERED_SCHEMES: Final = {"borders": "border", "countries": "country", "themes": "theme"}
Counts = Mapping[str, Mapping[str, int]]


class Option(NamedTuple):
    """One value of a facet as it is shown; its address turns it on, or off again."""

    label: str
    documents: int
    is_chosen: bool
    address: str


class Chip(NamedTuple):
    """A filter that is on, or one that is offered; its address turns it off, or on."""

    label: str
    address: str


def counted(documents: Iterable[RankedDocument]) -> dict[str, Counter[str]]:
    """Count the results themselves: a work is one, in whatever languages it is there."""
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
    for one in documents:
        metadata = one.document.metadata
        spoken = [ranked.passage.language for ranked in one.passages]
        counts["language"].update({*spoken, *(version.metadata.language for version in one.variants)} - {""})
        counts["kind"][metadata.kind.value] += 1
        counts["theme"].update(set(metadata.themes))
        counts["border"].update(set(metadata.borders))
        counts["country"].update(set(metadata.countries))
    return counts


def facet_counts(index: OpenIndex, asked: Asked, audience: Audience, found: Iterable[RankedDocument]) -> Counts:
    """Return the counts; those of a facet with a value chosen are counted without it, so that another can be added."""
    counts: dict[str, Mapping[str, int]] = {**counted(found)}
    for facet in (one for one in FACETS if asked.said[one]):
        still_wanted()
        without = asked.filters.model_copy(update={FACETS[facet]: []}).within(audience)
        wider = counted(index.engine.search(asked.query, MOST_RESULTS, without).documents)[facet]
        counts[facet] = (
            dict.fromkeys(asked.said[facet], 0)
            | wider
            | {value: count for value, count in counts[facet].items() if asked.has(facet, value)}
        )
    return counts


def offered(index: OpenIndex, asked: Asked, counts: Counts, reader: str) -> Iterator[tuple[str, str]]:
    """Yield the facets the query names that would leave something and are not chosen; a border, not its countries."""
    named = [(OFFERED_SCHEMES.get(one.scheme, ""), one.id) for one in index.engine.concepts(asked.query, reader)]
    borders = [value for facet, value in named if facet == "border"]
    for facet, value in dict.fromkeys(named):
        if not facet or (facet == "theme" and value not in THEMES) or asked.has(facet, value):
            continue
        if value in counts[facet] and not (facet == "country" and any(value in one for one in borders)):
            yield facet, value


def options(t: Translator, asked: Asked, facet: str, counts: Mapping[str, int]) -> list[Option]:
    """Return a facet's values: those chosen, then the most frequent first."""
    said = [
        Option(_name(t, facet, value), count, asked.has(facet, value), asked.address(toggled=(facet, value)))
        for value, count in counts.items()
    ]
    return sorted(said, key=lambda option: (not option.is_chosen, -option.documents, option.label))


def chips(t: Translator, asked: Asked, filters: Iterable[tuple[str, str]] | None = None) -> list[Chip]:
    """Return these filters, or those that are on, as a reader reads them."""
    if filters is None:
        filters = [(name, value) for name, values in asked.said.items() for value in values]
    return [Chip(_chip(t, *one), asked.address(toggled=one)) for one in filters]


def _chip(t: Translator, name: str, value: str) -> str:
    """Return what a filter is called."""
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
            return t("chip", facet=t(f"facet.{name}"), value=_name(t, name, value))


def _name(t: Translator, facet: str, value: str) -> str:
    names: dict[str, Callable[[str], str]] = {
        "language": t.language_name,
        "kind": t.kind,
        "theme": t.theme,
        "border": t.border,
        "country": t.country,
    }
    return names[facet](value)

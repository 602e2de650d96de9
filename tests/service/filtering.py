"""What a filter lets through and how facets are counted, written once more in plain Python for the fakes."""

from __future__ import annotations

from collections import Counter
from datetime import date

from index.documents import Metadata
from index.types import Filter, RankedDocument


def passes(meta: Metadata, within: Filter) -> bool:
    year = meta.published.year if meta.published else None
    return (
        within.access.may_see(meta)
        and (not within.kinds or meta.kind in within.kinds)
        and (not within.themes or bool(within.themes & set(meta.themes)))
        and (not within.countries or bool(within.countries & set(meta.countries)))
        and (not within.borders or bool(within.borders & set(meta.borders)))
        and not within.other_borders_than & set(meta.borders)
        and (within.published_from is None or (year is not None and year >= within.published_from))
        and (within.published_to is None or (year is not None and year <= within.published_to))
        and (within.valid_on is None or _in_force(meta, within.valid_on))
        and (within.current_on is None or meta.valid_to is None or meta.valid_to >= within.current_on)
    )


def _in_force(meta: Metadata, day: date) -> bool:
    return (meta.valid_from is None or meta.valid_from <= day) and (meta.valid_to is None or meta.valid_to >= day)


def facets(documents: list[RankedDocument]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("language", "kind", "theme", "border", "country")}
    for ranked in documents:
        meta = ranked.document.metadata
        counts["language"].update({meta.language})
        counts["kind"].update({meta.kind.value})
        counts["theme"].update(meta.themes)
        counts["border"].update(meta.borders)
        counts["country"].update(meta.countries)
    return {name: dict(counter) for name, counter in counts.items()}

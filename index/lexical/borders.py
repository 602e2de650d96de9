"""Which borders a text is about: by their names, by places that lie on them, by two countries named together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from index.lexical.thesaurus import Concept

BORDER, PLACE, COUNTRY = "border/", "place/", "country/"  # what the keys of such concepts begin with


def borders_named(named: Collection[str], concepts: Mapping[str, Concept]) -> frozenset[str]:
    """Return the codes ("BE-FR") of the borders that the concepts with these keys are most about.

    A border's own name and two countries count twice what a place counts. Of the borders a place is near ("Longwy")
    those of a country that is named too go first.
    """
    countries = sorted(key.removeprefix(COUNTRY) for key in named if key.startswith(COUNTRY))
    votes: Counter[str] = Counter()
    for key in named:
        if key.startswith(BORDER):
            votes[key] += 2
        elif key.startswith(PLACE) and key in concepts:
            votes.update(near for near in concepts[key].related if near.startswith(BORDER))
    pairs = [f"{BORDER}{country}-{other}" for country in countries for other in countries]
    votes.update(dict.fromkeys((pair for pair in pairs if pair in concepts), 2))
    scores = {key.removeprefix(BORDER): (count, _touches(key, countries)) for key, count in votes.items()}
    best = max(scores.values(), default=None)
    return frozenset(code for code, score in scores.items() if score == best)


def _touches(border: str, countries: Collection[str]) -> bool:
    return not set(border.removeprefix(BORDER).split("-")).isdisjoint(countries)

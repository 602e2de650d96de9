"""Borders to choose from, where a question's answer depends on the border and it names none."""

from __future__ import annotations

from typing import Final

from index.types import Filter, Ranking
from service.library.concepts import Thesaurus

# What the law of each border settles for itself: taxes, social security, who is a frontier worker.
DEPENDING: Final = frozenset({"theme/taxation-social-security", "theme/frontier-worker"})
READ: Final = 5  # documents, the best: what they say would be the answer
OWN: Final = 2  # borders of a document that speaks of its own border; others compare, or hold for all
FEWEST: Final = 2  # borders that leave a choice
MOST: Final = 6  # borders that are offered


def borders_to_choose(question: str, ranking: Ranking, within: Filter, thesaurus: Thesaurus) -> tuple[str, ...]:
    """Return the borders the best documents speak of, the best one's first; none where the question leaves no choice.

    It does when it names a territory, is filtered by one, or is about nothing that each border settles for itself, and
    when the best documents are about one border or about all.
    """
    if within.borders or within.countries:
        return ()
    mentions = thesaurus.mentions(question, ranking.language)
    concepts = {concept for mention in mentions for concept in thesaurus.lineage(mention.concept)}
    if concepts.isdisjoint(DEPENDING) or any(_is_territory(mention.concept, thesaurus) for mention in mentions):
        return ()
    listed = [ranked.document.metadata.borders for ranked in ranking.documents]
    own = list(dict.fromkeys(border for borders in listed[:READ] if len(borders) <= OWN for border in borders))
    if len(own) < FEWEST:
        return ()
    others = (border for borders in listed for border in borders)
    return tuple(dict.fromkeys((*own, *others)))[:MOST]


def _is_territory(concept: str, thesaurus: Thesaurus) -> bool:
    return thesaurus.concepts[concept].scheme in ("territories", "countries", "borders")

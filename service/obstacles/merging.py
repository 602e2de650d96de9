"""Whether a report tells of an obstacle that is known already: near in meaning, at the same border, on a same theme."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final, NamedTuple

from index.types import Vectors
from service.obstacles.model import Obstacle, Proposal, Report


@dataclass(frozen=True, slots=True)
class Likeness:
    """When two reports tell of one obstacle: cosine + weight * share of the concepts of the thesaurus both name.

    Paraphrases that share no word lie no nearer than other troubles on the same theme do; the concepts, which are the
    same in every language, tell them apart. The figures are multilingual-e5-small's and were chosen on
    `benchmarks/obstacles.jsonl`. Where a border or a theme is not known of both, more is asked.
    """

    concept_weight: float = 0.06
    floor: float = 0.928
    floor_unplaced: float = 0.98


E5_SMALL: Final = Likeness()


class Reading(NamedTuple):
    """What the embedder and the thesaurus make of a report."""

    vector: Vectors
    proposal: Proposal


class Like(NamedTuple):
    """An obstacle and how like it a report is."""

    obstacle_id: str
    strength: float
    is_same: bool


def likest(
    one: Reading, obstacles: Iterable[Obstacle], read: Mapping[str, Sequence[Reading]], likeness: Likeness = E5_SMALL
) -> list[Like]:
    """Return the obstacles a report may belong to, the likest first; the first that is the same is where it goes.

    An obstacle is as like as its reports are on average, so that it cannot grow from one to the next without end.
    """
    found = []
    for obstacle in obstacles:
        others = read.get(obstacle.id, ())
        if not others:
            continue
        known = Proposal(obstacle.about)
        mean = fmean(strength(one, other, likeness) for other in others)
        found.append(Like(obstacle.id, mean, is_same(mean, one.proposal, known, likeness)))
    return sorted(found, key=lambda like: (-like.strength, like.obstacle_id))


def strength(one: Reading, other: Reading, likeness: Likeness = E5_SMALL) -> float:
    """Return how like two reports are, whatever their borders and themes."""
    here, there = one.proposal.concepts, other.proposal.concepts
    share = len(here & there) / max(2, min(len(here), len(there)))  # a single concept in common may be chance
    return float(one.vector @ other.vector) + likeness.concept_weight * share


def is_same(strength: float, one: Proposal, other: Proposal, likeness: Likeness = E5_SMALL) -> bool:
    """Say whether two descriptions so like each other are of one obstacle."""
    here, there = one.said, other.said
    if here.borders and there.borders and not set(here.borders) & set(there.borders):
        return False
    if here.themes and there.themes and not set(here.themes) & set(there.themes):
        return False
    is_placed = all((here.borders, there.borders, here.themes, there.themes))
    return strength >= (likeness.floor if is_placed else likeness.floor_unplaced)


def readings(reports: Iterable[Report], vectors: Mapping[int, Vectors]) -> dict[str, list[Reading]]:
    """Return the reports that were read, by their obstacle."""
    found: dict[str, list[Reading]] = {}
    for one in reports:
        if one.id in vectors:
            found.setdefault(one.obstacle_id, []).append(Reading(vectors[one.id], one.proposal))
    return found

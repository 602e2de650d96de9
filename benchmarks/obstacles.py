"""Measure the register of obstacles: from which nearness two reports are one, and how often a proposal is right.

    python -m benchmarks.obstacles [--data var]

`obstacles.jsonl` holds 76 made-up reports of 36 obstacles in six languages, near misses on purpose: the same trouble at
another border, another trouble on the same theme at the same border. The first report of each obstacle says what
its theme, its type and the level that can act are.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from index.dense.embedders import bundled_embedder
from index.settings import IndexSettings
from service.library.concepts import read_thesaurus
from service.obstacles.merging import E5_SMALL, Likeness, Reading, is_same, strength
from service.obstacles.model import Proposal
from service.obstacles.proposals import Proposer

SET = Path(__file__).parent / "obstacles.jsonl"
EVAL = Path(__file__).parent.parent / "eval" / "sets"


class Pair(NamedTuple):
    """Two reports, as read, and whether they are of one obstacle."""

    cosine: float
    share: float  # of concepts
    one: Proposal
    other: Proposal
    is_same: bool
    obstacles: tuple[str, str]

    def is_merged(self, likeness: Likeness) -> bool:
        return is_same(self.cosine + likeness.concept_weight * self.share, self.one, self.other, likeness)


@dataclass(frozen=True)
class Merging:
    """What a threshold makes of the pairs."""

    found: int
    same: int
    wrong: int
    different: int

    def __str__(self) -> str:
        precision = self.found / max(1, self.found + self.wrong)
        return (
            f"{self.found} of {self.same} pairs of one obstacle merged ({self.found / max(1, self.same):.2f}), "
            f"{self.wrong} of {self.different} others ({precision:.2f} precision)"
        )


def merging(pairs: Sequence[Pair], likeness: Likeness) -> Merging:
    like = [one.is_merged(likeness) for one in pairs]
    found = sum(said and pair.is_same for said, pair in zip(like, pairs, strict=True))
    same = sum(pair.is_same for pair in pairs)
    return Merging(found, same, sum(like) - found, len(pairs) - same)


def best(pairs: Sequence[Pair], weights: Sequence[float] = (0.04, 0.06, 0.08, 0.1)) -> Likeness:
    """Return what merges most pairs while at most one merger in ten is wrong."""
    tried = [
        Likeness(weight, floor / 1000, floor / 1000 + more)
        for weight in weights
        for floor in range(900, 1000, 4)
        for more in (0, 0.02, 0.035, 0.05)
    ]
    told = [(merging(pairs, one), one) for one in tried]
    right = [(one.found, likeness) for one, likeness in told if one.wrong <= 0.1 * (one.found + one.wrong)]
    return max(right, key=lambda one: (one[0], one[1].floor_unplaced))[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("var"))
    asked = parser.parse_args()
    settings = IndexSettings.from_environ({"PASSERELLE_DATA": str(asked.data)})
    embedder = bundled_embedder(settings.models)
    proposer = Proposer(read_thesaurus(settings.thesaurus))
    said = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    vectors = [embedder.embed_query(one["text"]) for one in said]
    for has_border in (True, False):
        read = [
            Reading(vector, proposer.propose(one["text"], one["lang"], border=one["border"] if has_border else ""))
            for one, vector in zip(said, vectors, strict=True)
        ]
        pairs = [_pair(a, b, (one["obstacle"], other["obstacle"])) for (a, one), (b, other) in _two(read, said)]
        print("border given" if has_border else "border as the text tells it")
        print(f"  as set: {merging(pairs, E5_SMALL)}")
        print(f"  best on all: {merging(pairs, best(pairs))} at {best(pairs)}")
        print(f"  cross-validated: {_cross_validated(pairs)}")
        print(f"  without concepts, cross-validated: {_cross_validated(pairs, (0.0,))}")
    _proposals(proposer, said)
    _foreign(embedder, proposer)


def _two(read: Sequence[Reading], said: Sequence[Any]) -> Any:
    return combinations(zip(read, said, strict=True), 2)


def _pair(one: Reading, other: Reading, obstacles: tuple[str, str]) -> Pair:
    cosine = strength(one, other, Likeness(concept_weight=0))
    share = strength(one, other, Likeness(concept_weight=1)) - cosine
    return Pair(cosine, share, one.proposal, other.proposal, obstacles[0] == obstacles[1], obstacles)


def _cross_validated(pairs: Sequence[Pair], weights: Sequence[float] = (0.04, 0.06, 0.08, 0.1)) -> Merging:
    """Choose on the pairs of four fifths of the obstacles, measure on the pairs with one of the rest."""
    folds = 5
    names = sorted({name for pair in pairs for name in pair.obstacles})
    parts = []
    for fold in range(folds):
        held = {name for number, name in enumerate(names) if number % folds == fold}
        kept = [one for one in pairs if not held & set(one.obstacles)]
        parts.append(merging([one for one in pairs if one.obstacles[0] in held], best(kept, weights)))
    return Merging(*(sum(getattr(one, name) for one in parts) for name in ("found", "same", "wrong", "different")))


def _proposals(proposer: Proposer, said: Sequence[dict[str, Any]]) -> None:
    labels = {one["obstacle"]: one for one in said if "theme" in one}
    told = {"theme": 0, "type": 0, "level": 0, "border right or left open": 0}
    for one in said:
        right = labels[one["obstacle"]]
        got = proposer.propose(one["text"], one["lang"]).said
        told["theme"] += right["theme"] in got.themes
        told["type"] += right["type"] in got.types
        told["level"] += right["level"] == got.level
        told["border right or left open"] += got.borders in ((), (one["border"],))
    print("proposals, from the text alone: " + ", ".join(f"{name} {n}/{len(said)}" for name, n in told.items()))


def _foreign(embedder: Any, proposer: Proposer) -> None:
    """Tell how many of the project's own questions and posts, all about different things, would be merged."""
    texts = [
        json.loads(line)
        for name in ("suggestions", "unanswerable")
        for line in (EVAL / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    read = [Reading(embedder.embed_query(one["text"]), proposer.propose(one["text"], one["lang"])) for one in texts]
    merged = [
        (one["_id"], other["_id"])
        for (a, one), (b, other) in _two(read, texts)
        if is_same(strength(a, b), a.proposal, b.proposal)
    ]
    print(f"suggestions and unanswerable: {len(merged)} pairs of {len(texts)} different texts merged: {merged[:12]}")


if __name__ == "__main__":
    main()

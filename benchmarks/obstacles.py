"""Measure the register of obstacles: from which nearness two reports are one, and how often a proposal is right.

    python -m benchmarks.obstacles [--data var]

`obstacles.jsonl` holds 106 made-up reports of 66 obstacles in six languages. In the first 36 obstacles are near misses
on purpose: the same trouble at another border, another trouble on the same theme at the same border. The last 30 are
one report each, about things the tables know nothing of. The first report of each obstacle says what its theme, its
type and the level that can act are; null where none would be right. Every other obstacle served to choose the floor
from which a value is proposed; what is measured on the others is the result. The index is read as a copy.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.suggestions import copied
from index.dense.embedders import load_bundled
from index.settings import IndexSettings
from index.types import DocumentCard
from index.wiring import open_engine
from service.library.concepts import read_thesaurus
from service.library.open_index import OpenIndex
from service.obstacles.intake import E5_SMALL, Intake, MergeThreshold, ReportFeatures, is_same, similarity
from service.obstacles.model import Proposal
from service.obstacles.proposals import Proposer
from service.obstacles.store import Register

SET = Path(__file__).parent / "obstacles.jsonl"
KNOWN = 36  # obstacles the tables were written for; those after them are about other things
EVAL = Path(__file__).parent.parent / "eval" / "sets"


class Pair(NamedTuple):
    """Two reports, as read, and whether they are of one obstacle."""

    cosine: float
    share: float  # of concepts
    first: Proposal
    second: Proposal
    is_same: bool
    obstacles: tuple[str, str]

    def is_merged(self, likeness: MergeThreshold) -> bool:
        return is_same(self.cosine + likeness.concept_weight * self.share, self.first, self.second, likeness)


@dataclass(frozen=True)
class Merging:
    """What a threshold makes of the pairs."""

    merged: int
    same: int
    wrong: int
    different: int

    def __str__(self) -> str:
        precision = self.merged / max(1, self.merged + self.wrong)
        return (
            f"{self.merged} of {self.same} pairs of one obstacle merged ({self.merged / max(1, self.same):.2f}), "
            f"{self.wrong} of {self.different} others ({precision:.2f} precision)"
        )


def merging(pairs: Sequence[Pair], likeness: MergeThreshold) -> Merging:
    like = [pair.is_merged(likeness) for pair in pairs]
    right = sum(is_merged and pair.is_same for is_merged, pair in zip(like, pairs, strict=True))
    same = sum(pair.is_same for pair in pairs)
    return Merging(right, same, sum(like) - right, len(pairs) - same)


def best(pairs: Sequence[Pair], weights: Sequence[float] = (0.04, 0.06, 0.08, 0.1)) -> MergeThreshold:
    """Return what merges most pairs while at most one merger in ten is wrong."""
    tried = [
        MergeThreshold(weight, floor / 1000, floor / 1000 + more)
        for weight in weights
        for floor in range(900, 1000, 4)
        for more in (0, 0.02, 0.035, 0.05)
    ]
    mergings = [(merging(pairs, threshold), threshold) for threshold in tried]
    right = [
        (merging.merged, likeness)
        for merging, likeness in mergings
        if merging.wrong <= 0.1 * (merging.merged + merging.wrong)
    ]
    return max(right, key=lambda choice: (choice[0], choice[1].floor_unplaced))[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("var"))
    options = parser.parse_args()
    settings = IndexSettings.from_environ({"PASSERELLE_DATA": str(options.data)})
    embedder = load_bundled(settings.models)
    proposer = Proposer(read_thesaurus(settings.thesaurus))
    reports = [json.loads(line) for line in SET.read_text(encoding="utf-8").splitlines()]
    vectors = [embedder.embed_query(report["text"]) for report in reports]
    for has_border in (True, False):
        read = [
            ReportFeatures(
                vector, proposer.propose(report["text"], report["lang"], border=report["border"] if has_border else "")
            )
            for report, vector in zip(reports, vectors, strict=True)
        ]
        pairs = [
            _pair(a, b, (report["obstacle"], other["obstacle"])) for (a, report), (b, other) in _two(read, reports)
        ]
        print("border given" if has_border else "border as the text tells it")
        print(f"  as set: {merging(pairs, E5_SMALL)}")
        print(f"  best on all: {merging(pairs, best(pairs))} at {best(pairs)}")
        print(f"  cross-validated: {_cross_validated(pairs)}")
        print(f"  without concepts, cross-validated: {_cross_validated(pairs, (0.0,))}")
    _proposals(proposer, reports, _nearest(options.data, proposer, reports))
    _foreign(embedder, proposer)


def _two(read: Sequence[ReportFeatures], reports: Sequence[Any]) -> Any:
    return combinations(zip(read, reports, strict=True), 2)


def _pair(first: ReportFeatures, other: ReportFeatures, obstacles: tuple[str, str]) -> Pair:
    cosine = similarity(first, other, MergeThreshold(concept_weight=0))
    share = similarity(first, other, MergeThreshold(concept_weight=1)) - cosine
    return Pair(cosine, share, first.proposal, other.proposal, obstacles[0] == obstacles[1], obstacles)


def _cross_validated(pairs: Sequence[Pair], weights: Sequence[float] = (0.04, 0.06, 0.08, 0.1)) -> Merging:
    """Choose on the pairs of four fifths of the obstacles, measure on the pairs with one of the rest."""
    folds = 5
    names = sorted({name for pair in pairs for name in pair.obstacles})
    parts = []
    for fold in range(folds):
        held = {name for number, name in enumerate(names) if number % folds == fold}
        kept = [pair for pair in pairs if not held & set(pair.obstacles)]
        parts.append(merging([pair for pair in pairs if pair.obstacles[0] in held], best(kept, weights)))
    return Merging(*(sum(getattr(part, name) for part in parts) for name in ("merged", "same", "wrong", "different")))


def _nearest(data: Path, proposer: Proposer, reports: Sequence[dict[str, Any]]) -> list[list[DocumentCard]]:
    """Return the documents that are near enough to each report, as the service looks for them."""
    with tempfile.TemporaryDirectory() as folder:
        copied(data, Path(folder))
        engine = open_engine(IndexSettings(data=Path(folder), models=data / "models"))
        intake = Intake(Register(Path(folder) / "none.sqlite"), OpenIndex(engine, engine.store), proposer.thesaurus)
        return [intake.nearest(report["text"], report["lang"]) for report in reports]


@dataclass
class Proposed:
    """How many reports have a value proposed for a field, how many values that is, and how many are right."""

    reports: int = 0
    values: int = 0
    right: int = 0

    def add(self, values: Sequence[str], label: str | None) -> None:
        self.reports += bool(values)
        self.values += len(values)
        self.right += label in values

    def __str__(self) -> str:
        return f"proposed for {self.reports}, right {self.right} of {self.values} values"


def _proposals(
    proposer: Proposer, reports: Sequence[dict[str, Any]], nearest: Sequence[Sequence[DocumentCard]]
) -> None:
    """Print what is proposed on both halves, for what the tables know and for what they do not."""
    labels = {report["obstacle"]: report for report in reports if "theme" in report}
    place = {name: number for number, name in enumerate(labels)}
    borders = 0
    for half in ("chosen on", "measured on"):
        for kind in ("known to the tables", "about other things"):
            counts = {field: Proposed() for field in ("theme", "type", "level")}
            chosen = [
                (report, near)
                for report, near in zip(reports, nearest, strict=True)
                if place[report["obstacle"]] % 2 == (half == "measured on")
                and (place[report["obstacle"]] < KNOWN) == (kind == "known to the tables")
            ]
            for report, near in chosen:
                about = proposer.propose(report["text"], report["lang"], nearest=near).about
                borders += about.borders in ((), (report["border"],))
                _count(counts, labels[report["obstacle"]], about.themes, about.types, about.level)
            print(f"proposals, half {half}, {len(chosen)} reports {kind}:")
            print(*(f"  {field}: {count}" for field, count in counts.items()), sep="\n")
    print(f"border right or left open: {borders}/{len(reports)}")


def _count(
    counts: Mapping[str, Proposed],
    right: Mapping[str, Any],
    themes: Sequence[str],
    types: Sequence[str],
    level: str | None,
) -> None:
    for field, values in (("theme", themes), ("type", types), ("level", [level] if level else [])):
        counts[field].add(values, right[field])


def _foreign(embedder: Any, proposer: Proposer) -> None:
    """Tell how many of the project's own questions and posts, all about different things, would be merged."""
    texts = [
        json.loads(line)
        for name in ("suggestions", "unanswerable")
        for line in (EVAL / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    read = [
        ReportFeatures(embedder.embed_query(report["text"]), proposer.propose(report["text"], report["lang"]))
        for report in texts
    ]
    merged = [
        (report["_id"], other["_id"])
        for (a, report), (b, other) in _two(read, texts)
        if is_same(similarity(a, b), a.proposal, b.proposal)
    ]
    print(f"suggestions and unanswerable: {len(merged)} pairs of {len(texts)} different texts merged: {merged[:12]}")


if __name__ == "__main__":
    main()

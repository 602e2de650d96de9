"""Measure comparable experiences on `eval/sets/experiences`: nDCG@10 and how many borders the first five cases touch.

    python -m benchmarks.experiences [--data var]

Reads a copy of the index, so that the one in use is left alone. A case's variants count as found right after it.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import statistics
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import NamedTuple

from benchmarks.suggestions import copied
from index.documents import Audience
from index.settings import IndexSettings
from index.types import Filter, RankedDocument, Ranking
from index.wiring import open_engine
from service.experiences.cases import E5_SMALL, KINDS, Preference, choose_cases, find_cases
from service.experiences.situations import Situation, read_situation
from service.library.concepts import Thesaurus, read_thesaurus
from service.library.open_index import OpenIndex

SET = Path(__file__).parent.parent / "eval" / "sets" / "experiences"
THESAURUS = Path(__file__).parent.parent / "corpus" / "thesaurus.ttl"
MEMBERS = Filter(Audience.MEMBER)
DEPTH = 100
Rank = Callable[[Situation], Sequence[RankedDocument]]


class Topic(NamedTuple):
    id: str
    situation: Situation
    grades: Mapping[str, int]


class Figures(NamedTuple):
    ndcg: tuple[float, ...]
    borders: tuple[int, ...]

    def __str__(self) -> str:
        return (
            f"nDCG@10 {statistics.mean(self.ndcg):.3f}, borders in the first five {statistics.mean(self.borders):.2f}"
        )


def topics(thesaurus: Thesaurus) -> list[Topic]:
    grades: dict[str, dict[str, int]] = defaultdict(dict)
    with (SET / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            grades[row["query-id"]][row["corpus-id"]] = int(row["score"])
    lines = map(json.loads, (SET / "queries.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Topic(line["_id"], read_situation(line["text"], line["border"], thesaurus), grades[line["_id"]])
        for line in lines
    ]


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], k: int = 10) -> float:
    """Return nDCG with the grade as gain, as trec_eval counts it."""

    def gained(gains: Sequence[int]) -> float:
        return sum(gain / math.log2(rank + 2) for rank, gain in enumerate(gains[:k]))

    return gained([grades.get(document, 0) for document in ranked]) / gained(sorted(grades.values(), reverse=True))


def figures(topics: Sequence[Topic], rank: Rank) -> Figures:
    values, borders = [], []
    for topic in topics:
        ranked = rank(topic.situation)
        listed = [card.id for result in ranked for card in (result.document, *result.variants)]
        values.append(ndcg(listed, topic.grades))
        borders.append(len({border for result in ranked[:5] for border in result.document.metadata.borders}))
    return Figures(tuple(values), tuple(borders))


def borders_read(thesaurus: Thesaurus) -> str:
    """Return how the situations' borders are told from their texts alone."""
    counts: Counter[str] = Counter()
    for line in map(json.loads, (SET / "queries.jsonl").read_text(encoding="utf-8").splitlines()):
        right = frozenset({line["border"]})
        read = read_situation(line["text"], "", thesaurus)
        named = thesaurus.borders_named(line["text"], read.language)
        if read.likely:
            rank = read.likely.index(line["border"]) + 1 if right <= {*read.likely} else 0
            counts[f"offered, the right one {('not', 'first')[rank] if rank < 2 else 'later'}"] += 1
        elif read.borders:
            how = "named" if named else "taken for one country"
            counts[f"{how}, {'right' if read.borders == right else 'wrong or too many'}"] += 1
        else:
            counts["not told"] += 1
    return "; ".join(f"{count} {how}" for how, count in sorted(counts.items()))


class CachingEngine:
    """An engine that searches once for each situation, so that many preferences can be tried."""

    def __init__(self, engine: object) -> None:
        self.engine, self.rankings = engine, dict[tuple[str, Filter], Ranking]()

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)

    def search(self, query: str, k: int, within: Filter) -> Ranking:
        if (query, within) not in self.rankings:
            self.rankings[query, within] = self.engine.search(query, k, within)  # type: ignore[attr-defined]
        return self.rankings[query, within]


def cross_validated(topics: Sequence[Topic], rank: Callable[[Preference], Rank], folds: int = 5) -> Figures:
    """Choose theme and thread on four fifths by nDCG, measure on the rest; the border's weight is given."""
    tried = [replace(E5_SMALL, theme=a, thread=b) for a, b in product((0, 0.05, 0.1, 0.15, 0.2), (0, 0.03, 0.06))]
    all_figures = {preference: figures(topics, rank(preference)) for preference in tried}
    values: dict[int, tuple[float, int]] = {}
    for fold in range(folds):
        kept = [number for number in range(len(topics)) if number % folds != fold]
        best = max(tried, key=lambda preference: sum(all_figures[preference].ndcg[number] for number in kept))
        values |= {
            n: (all_figures[best].ndcg[n], all_figures[best].borders[n])
            for n in range(len(topics))
            if n % folds == fold
        }
    return Figures(*zip(*(values[number] for number in range(len(topics))), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("var"))
    arguments = parser.parse_args()
    thesaurus = read_thesaurus(THESAURUS)
    with tempfile.TemporaryDirectory() as folder:
        copied(arguments.data, Path(folder))
        engine = open_engine(IndexSettings(data=Path(folder), models=arguments.data / "models"))
        index, situations = OpenIndex(CachingEngine(engine), engine.store), topics(thesaurus)  # type: ignore[arg-type]

        def restricted(situation: Situation) -> Filter:
            return replace(MEMBERS, kinds=KINDS, other_borders_than=situation.borders)

        def with_(preference: Preference) -> Rank:
            return lambda situation: choose_cases(situation, DEPTH, index, MEMBERS, thesaurus, preference)

        print(f"borders: {borders_read(thesaurus)}")
        plain = figures(situations, lambda situation: index.engine.search(situation.text, DEPTH, MEMBERS).documents)
        print(f"search: {plain}")
        same = figures(
            situations, lambda situation: index.engine.search(situation.text, DEPTH, restricted(situation)).documents
        )
        print(f"search among cases of other borders: {same}")
        print(f"comparable experiences: {figures(situations, with_(E5_SMALL))}")
        print(f"the same, weights chosen on four fifths: {cross_validated(situations, with_)}")
        for name in ("theme", "thread", "border"):
            print(f"without {name}: {figures(situations, with_(replace(E5_SMALL, **{name: 0.0})))}")
        times = []
        for topic in situations[:20]:
            began = time.perf_counter()
            cases = find_cases(topic.situation, 6, OpenIndex(engine, engine.store), MEMBERS, thesaurus)
            times.append((time.perf_counter() - began) * 1000)
            assert cases
        print(f"six cases with their comparison: {statistics.median(times):.0f} ms (median)")


if __name__ == "__main__":
    main()

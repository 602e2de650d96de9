"""Choose the fusion's weights by cross-validation over public sets, and show the table the choice rests on.

`python -m benchmarks.fusion ../shared/bench` collects, once a set, the three scores of every passage that an arm finds
(kept below PASSERELLE_DATA), then weighs them by a grid. A condition is a set, or one pair of languages of the parallel
set. Outer loop: the weights that are best on all other sets are measured on the one left out. Inner loop: five folds
within each condition. nDCG@10; means are taken over sets, each the mean of its conditions, so that none outweighs
another.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final, NamedTuple

from tqdm import tqdm

from eval.collection import GoldenSet, read_set
from eval.indexing import open_for, own_folder
from index.documents import Audience
from index.engine import RERANKED, SearchEngine
from index.ranking.fusion import Candidate, ConvexFusion, reciprocal_rank_fusion
from index.settings import IndexSettings
from index.types import Filter, Hit

SETS: Final = {"cnil-fr": 1, "piaf-fr-1k": 4, "xquad-mixed-en-de-es": 6}  # name → every n-th question
PARALLEL: Final = "xquad-mixed-en-de-es"
LATE: Final = (0.0, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0)
LEXICAL: Final = (0.0, 0.03, 0.05, 0.08, 0.12, 0.16)
FOLDS: Final = 5
ALL: Final = "all"


class Question(NamedTuple):
    """One question under one condition: its candidates, the document of each passage, and the right documents."""

    condition: str
    candidates: list[Candidate]
    language: str
    documents: Mapping[int, str]
    right: Mapping[str, int]


def collected(name: str, bench: Path, settings: IndexSettings, every: int, again: bool) -> list[Question]:
    """Return a set's questions with their scores, searched once and then read from a file beside the set's index."""
    golden = read_set(str(bench / name))
    kept = own_folder(golden, settings) / f"weighed-{every}.json"
    if again or not kept.is_file():
        engine = open_for(golden, settings)
        conditions = [list(condition) for condition in tqdm(ask_set(golden, engine, every), desc=name, disable=None)]
        kept.write_text(json.dumps(conditions), encoding="utf-8")
    return [
        Question(
            condition,
            [Candidate(*candidate) for candidate in candidates],
            language,
            {int(k): v for k, v in ids.items()},
            right,
        )
        for condition, candidates, language, ids, right in json.loads(kept.read_text(encoding="utf-8"))
    ]


def ask_set(golden: GoldenSet, engine: SearchEngine, every: int) -> Iterator[Question]:
    language_of = {document.id: document.language for document in golden.documents()}
    pairs = sorted(set(language_of.values())) if golden.name == PARALLEL else []
    for topic in golden.topics[::every]:
        for selected in (ALL, *pairs):
            within = Filter(Audience.STAFF, frozenset() if selected == ALL else frozenset({selected}))
            candidates, language = engine.score_candidates(topic.text, within)
            passages = engine.store.passages((candidate.row for candidate in candidates), within.access)
            grades = golden.grades[topic.id]
            right = {
                document: grade for document, grade in grades.items() if selected in (ALL, language_of.get(document))
            }
            condition = golden.name if selected == ALL else f"{topic.language} → {selected}"
            yield Question(condition, candidates, language, {r: p.document_id for r, p in passages.items()}, right)


def by_arm(question: Question, arm: str) -> list[Hit]:
    dense = sorted((Hit(c.row, c.dense) for c in question.candidates), key=lambda hit: -hit.score)
    lexical = sorted((Hit(c.row, c.lexical) for c in question.candidates if c.lexical > 0), key=lambda hit: -hit.score)
    return {"BM25": lexical, "dense": dense, "RRF": reciprocal_rank_fusion([dense[:100], lexical[:100]])}[arm]


def fused(question: Question, late: float, lexical: float) -> list[Hit]:
    """Return the ranking as the engine makes it: the best hundred by the first stage, then with MaxSim."""
    fusion = ConvexFusion(lexical, late)
    first = fusion.fuse([c._replace(late_interaction=0.0) for c in question.candidates], question.language)[:RERANKED]
    by_row = {c.row: c for c in question.candidates}
    return fusion.fuse([by_row[hit.row] for hit in first], question.language)


def ndcg(hits: Sequence[Hit], question: Question) -> float:
    documents = list(dict.fromkeys(question.documents[hit.row] for hit in hits if hit.row in question.documents))[:10]
    gained = sum(question.right.get(document, 0) / math.log2(rank + 2) for rank, document in enumerate(documents))
    ideal = sorted(question.right.values(), reverse=True)[:10]
    return gained / (sum(grade / math.log2(rank + 2) for rank, grade in enumerate(ideal)) or 1)


Values = dict[tuple[float, float], dict[str, list[float]]]  # weights → condition → a value a question


def mean_over(values: Mapping[str, Sequence[float]], conditions: Sequence[str]) -> float:
    """Return the mean over the sets of these conditions."""
    of_sets: dict[str, list[float]] = {}
    for condition in conditions:
        of_sets.setdefault(_set_of(condition), []).append(statistics.mean(values[condition]))
    return statistics.mean(statistics.mean(values) for values in of_sets.values())


def table(everything: Sequence[Question], values: Values, served: tuple[float, float]) -> Iterator[str]:
    conditions = list(dict.fromkeys(question.condition for question in everything))
    arms = {
        arm: {
            c: [ndcg(by_arm(question, arm), question) for question in everything if question.condition == c]
            for c in conditions
        }
        for arm in ("BM25", "dense", "RRF")
    }
    heads = (
        "condition",
        "questions",
        *arms,
        "served",
        "chosen on the other sets",
        "five folds within",
        "chosen (a, w)",
    )
    yield f"| {' | '.join(heads)} |"
    yield "|---" * len(heads) + "|"
    for condition in conditions:
        own = _set_of(condition)
        others = [other for other in conditions if _set_of(other) != own]
        elsewhere = max(values, key=lambda weights: mean_over(values[weights], others))
        cells = [statistics.mean(arms[arm][condition]) for arm in arms]
        cells += [statistics.mean(values[served][condition]), statistics.mean(values[elsewhere][condition])]
        cells.append(_within(values, condition))
        count = len(values[served][condition])
        yield (
            f"| {condition} | {count} | "
            + " | ".join(f"{cell:.3f}" for cell in cells)
            + f" | {elsewhere[0]}, {elsewhere[1]} |"
        )
    yield ""
    yield "| a \\ w | " + " | ".join(map(str, LEXICAL)) + " |"
    yield "|---" * (len(LEXICAL) + 1) + "|"
    for late in LATE:
        yield f"| {late} | " + " | ".join(f"{mean_over(values[late, w], conditions):.4f}" for w in LEXICAL) + " |"
    best = max(values, key=lambda weights: mean_over(values[weights], conditions))
    yield f"\nbest on the mean of the sets: a, w = {best}; served: {served}"


def _set_of(condition: str) -> str:
    return PARALLEL if "→" in condition else condition


def _within(values: Values, condition: str) -> float:
    """Return the mean of what the weights chosen on four fifths of a condition give on the rest."""
    count = len(next(iter(values.values()))[condition])
    measured = []
    for fold in range(FOLDS):
        kept = [number for number in range(count) if number % FOLDS != fold]
        best = max(values, key=lambda weights: sum(values[weights][condition][number] for number in kept))
        measured += [values[best][condition][number] for number in range(count) if number % FOLDS == fold]
    return statistics.mean(measured)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=Path, help="the folder of the public sets")
    parser.add_argument("--again", action="store_true", help="ask anew: after any change of the arms or of MaxSim")
    chosen, settings = parser.parse_args(arguments), IndexSettings.from_environ(os.environ)
    everything = [
        question
        for name, every in SETS.items()
        for question in collected(name, chosen.bench, settings, every, chosen.again)
    ]
    values: Values = {}
    for weights in tqdm(list(product(LATE, LEXICAL)), desc="weighing", disable=None):
        values[weights] = {}
        for question in everything:
            values[weights].setdefault(question.condition, []).append(ndcg(fused(question, *weights), question))
    served = ConvexFusion()
    for line in table(everything, values, (served.late_interaction_weight, served.lexical_weight)):
        sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()

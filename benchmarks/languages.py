"""The query-language × passage-language matrix: every arm on every pair of a parallel collection, one index for all.

`python -m benchmarks.languages ../shared/bench/xquad-mixed-en-de-es` indexes the set once below PASSERELLE_DATA and
asks each question of the passages of one language at a time (the language filter), judged by that language's passages
alone, and of all of them. Prints Markdown, nDCG@10.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from eval.collection import read_set
from eval.indexing import open_for
from eval.measures import measure
from index.documents import Audience
from index.engine import Arm
from index.settings import IndexSettings
from index.types import Filter

ARMS: Final[tuple[Arm, ...]] = ("lexical", "dense", "rrf", "engine")
MEASURE: Final = "nDCG@10"


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("set", help="a set in the BEIR layout whose passages and questions name their language")
    parser.add_argument("--every", type=int, default=1, help="ask every n-th question only")
    chosen = parser.parse_args(arguments)
    golden = read_set(chosen.set)
    engine = open_for(golden, IndexSettings.from_environ(os.environ))
    language_of = {document.id: document.language for document in golden.documents()}
    languages = sorted(set(language_of.values()))
    runs: dict[tuple[str, str, Arm], dict[str, list[tuple[str, float]]]] = defaultdict(dict)
    for topic in golden.topics[:: chosen.every]:
        for passages in (*languages, "all"):
            selected = frozenset() if passages == "all" else frozenset({passages})
            within = Filter(audience=Audience.STAFF, languages=selected)
            for arm in ARMS:
                hits = engine.rank(topic.text, 30, within, arm)
                retrieved = engine.store.passages((hit.row for hit in hits), within.access)
                ids = list(dict.fromkeys(retrieved[hit.row].document_id for hit in hits if hit.row in retrieved))[:10]
                runs[topic.language, passages, arm][topic.id] = [
                    (document, -float(rank)) for rank, document in enumerate(ids)
                ]
    sys.stdout.write("| question → passages | " + " | ".join(ARMS) + " |\n|---|---|---|---|---|\n")
    for question, passages in sorted({(question, passages) for question, passages, _ in runs}):
        cells = []
        for arm in ARMS:
            run = runs[question, passages, arm]
            grades = {
                topic: {
                    document: grade
                    for document, grade in golden.grades[topic].items()
                    if passages == "all" or language_of.get(document) == passages
                }
                for topic in run
            }
            cells.append(f"{statistics.mean(measure(grades, run, [MEASURE])[MEASURE].values()):.3f}")
        sys.stdout.write(f"| {question} → {passages} | {' | '.join(cells)} |\n")


if __name__ == "__main__":
    main()

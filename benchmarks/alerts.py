"""Which new documents an alert tells of (`service/alerts/matching.py`): of those that answer, and of those that do not.

    PASSERELLE_DATA=var python -m benchmarks.alerts

Each topic of corpus-fr and corpus-multi is an alert's query; each document that was judged for it is in turn the new
one, and so are documents drawn from those nobody judged. The rule was chosen on these sets: nothing is held out.
"""

from __future__ import annotations

import os
import random

from eval.collection import read_set
from eval.runs import build_filter
from index.documents import Access, Audience
from index.settings import IndexSettings
from index.wiring import open_engine
from service.alerts.matching import find_matches
from service.library.open_index import OpenIndex

SETS = ("corpus-fr", "corpus-multi")
DRAWN = 4  # documents nobody judged, a topic
KINDS = {3: "answers", 2: "helps", 1: "is near", 0: "does not help", None: "not judged"}  # by grade


def main() -> None:
    engine = open_engine(IndexSettings.from_environ(os.environ))
    index, drawn = OpenIndex(engine, engine.store), random.Random(1)
    everything = sorted(listed.card.id for listed in index.store.list_documents(Access(Audience.STAFF)))
    counts: dict[int | None, list[bool]] = {grade: [] for grade in KINDS}
    for golden in map(read_set, SETS):
        for topic in golden.topics:
            within, grades = build_filter(topic, Audience.STAFF), golden.grades.get(topic.id, {})
            others = drawn.sample([name for name in everything if name not in grades], DRAWN)
            for name in [*sorted(grades.keys() & set(everything)), *others]:
                matches = find_matches(index, topic.text, within, frozenset({name}))
                counts[grades.get(name)].append(name in matches)
    print("| the new document | documents | told of |\n|---|---|---|")
    for grade, kind in KINDS.items():
        if counts[grade]:
            print(f"| {kind} | {len(counts[grade])} | {sum(counts[grade]) / len(counts[grade]):.3f} |")


if __name__ == "__main__":
    main()

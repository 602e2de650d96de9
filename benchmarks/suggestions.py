"""Measure prior solutions on `eval/sets/suggestions`: what is shown, how much of it is right, and how long it takes.

    python -m benchmarks.suggestions [--data var] [--sweep]

Reads a copy of the index, so that the one in use is left alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import NamedTuple

from index.documents import Access, Audience
from index.settings import IndexSettings
from index.types import Filter
from index.wiring import open_engine
from service.forum.suggestions import E5_SMALL, Post, Threshold, suggest
from service.library.open_index import OpenIndex

SET = Path(__file__).parent.parent / "eval" / "sets" / "suggestions"
PAUSE = 30  # characters
Grades = Mapping[str, Mapping[str, int]]


class Topic(NamedTuple):
    id: str
    post: Post
    is_answerable: bool


@dataclass(frozen=True)
class Outcome:
    """What a threshold gave; `right` are suggestions with a grade."""

    shown: int
    right: int
    relevant: int
    answerable: int
    helped: int  # answerable posts with a right suggestion
    first: int  # answerable posts whose first suggestion is right
    disturbed: int  # other posts that were shown something
    others: int

    def __str__(self) -> str:
        return (
            f"precision {self.right}/{self.shown} = {self.right / max(1, self.shown):.3f}, "
            f"recall of documents {self.right}/{self.relevant} = {self.right / self.relevant:.3f}, "
            f"posts helped {self.helped}/{self.answerable} = {self.helped / self.answerable:.3f} "
            f"(first right {self.first}), disturbed {self.disturbed}/{self.others}"
        )


def topics() -> list[Topic]:
    lines = map(json.loads, (SET / "queries.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Topic(line["_id"], Post(line["title"], line["body"], ""), "nothing" not in line["slices"]) for line in lines
    ]


def grades(known: frozenset[str]) -> Grades:
    """Return the grades of documents that are in the index."""
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    with (SET / "qrels" / "test.tsv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["corpus-id"] in known and int(row["score"]):
                judged[row["query-id"]][row["corpus-id"]] = int(row["score"])
    return judged


def outcome(topics: Sequence[Topic], judged: Grades, index: OpenIndex, threshold: Threshold) -> Outcome:
    shown = right = helped = first = disturbed = 0
    for topic in topics:
        suggestions = suggest(topic.post, index, Filter(Audience.STAFF), threshold)
        best = sorted((*suggestions.threads, *suggestions.documents), key=lambda suggestion: -suggestion.strength)
        good = [suggestion.document.id in judged.get(topic.id, {}) for suggestion in best]
        shown, right = shown + len(good), right + sum(good)
        helped += topic.is_answerable and any(good)
        first += topic.is_answerable and good[:1] == [True]
        disturbed += not topic.is_answerable and bool(good)
    relevant = sum(len(judged.get(topic.id, {})) for topic in topics)
    answerable = sum(topic.is_answerable for topic in topics)
    return Outcome(shown, right, relevant, answerable, helped, first, disturbed, len(topics) - answerable)


def cross_validated(topics: Sequence[Topic], judged: Grades, index: OpenIndex, folds: int = 5) -> Outcome:
    """Choose floor and weight on four fifths (none disturbed, precision 0.8, most helped) and measure on the rest."""
    parts = []
    for fold in range(folds):
        kept = [topic for number, topic in enumerate(topics) if number % folds != fold]
        tried = [
            (outcome(kept, judged, index, threshold), threshold)
            for weight, floor in product((0.05, 0.1, 0.15), (0.875, 0.881, 0.887, 0.893, 0.899, 0.905))
            for threshold in [replace(E5_SMALL, shared_weight=weight, floor=floor)]
        ]
        fit = [pair for pair in tried if not pair[0].disturbed and pair[0].right >= 0.8 * pair[0].shown]
        _, best = max(fit, key=lambda pair: (pair[0].helped, pair[0].right))
        parts.append(
            outcome([topic for number, topic in enumerate(topics) if number % folds == fold], judged, index, best)
        )
    names = Outcome.__dataclass_fields__
    return Outcome(**{name: sum(getattr(part, name) for part in parts) for name in names})


class CachingEngine:
    """An engine whose dense hits are looked up once a post, so that many thresholds can be tried."""

    def __init__(self, engine: object) -> None:
        self.engine, self.hits = engine, dict[str, object]()

    def __getattr__(self, name: str) -> object:
        return getattr(self.engine, name)

    def rank(self, query: str, depth: int, within: Filter, arm: str) -> object:
        if query not in self.hits:
            self.hits[query] = self.engine.rank(query, depth, within, arm)  # type: ignore[attr-defined]
        return self.hits[query]


def typed(post: Post) -> Iterator[Post]:
    """Yield the post as it grows, each time somebody pauses: after about 30 characters of the body."""
    words, text = post.body.split(), ""
    for word in words:
        grown = f"{text} {word}".strip()
        if len(grown) // PAUSE > len(text) // PAUSE:
            yield Post(post.title, grown)
        text = grown
    yield post


def latency(posts: Sequence[Post], index: OpenIndex) -> str:
    """Return milliseconds, after one round that is not counted: no post is asked twice in a row."""
    times = []
    for number in range(3):
        for post in posts:
            began = time.perf_counter()
            suggest(post, index, Filter(Audience.STAFF))
            times += [(time.perf_counter() - began) * 1000] if number else []
    cuts = statistics.quantiles(times, n=20)
    summary = f"{len(posts)} posts: p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms"
    return f"{summary} (load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"


def copied(data: Path, into: Path) -> None:
    shutil.copytree(data / "lexical", into / "lexical")
    with (
        closing(sqlite3.connect(f"file:{data / 'passerelle.sqlite'}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(into / "passerelle.sqlite")) as other,
    ):
        source.backup(other)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("var"))
    parser.add_argument("--sweep", action="store_true", help="show precision and recall along the floor")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copied(arguments.data, Path(folder))
        engine = open_engine(IndexSettings(data=Path(folder), models=arguments.data / "models"))
        plain, posts = OpenIndex(engine, engine.store), topics()
        index = OpenIndex(CachingEngine(engine), engine.store)  # type: ignore[arg-type]
        judged = grades(frozenset(document.card.id for document in engine.store.list_documents(Access(Audience.STAFF))))
        print(f"{E5_SMALL}\n  {outcome(posts, judged, index, E5_SMALL)}")
        print(f"chosen on four fifths, measured on the rest\n  {cross_validated(posts, judged, index)}")
        for floor in (0.85, 0.86, 0.87, 0.88, 0.885, 0.89, 0.893, 0.90, 0.91) if arguments.sweep else ():
            print(f"floor {floor}: {outcome(posts, judged, index, replace(E5_SMALL, floor=floor))}")
        print("whole", latency([topic.post for topic in posts], plain))
        print("typed", latency([post for topic in posts for post in typed(topic.post)], plain))


if __name__ == "__main__":
    main()

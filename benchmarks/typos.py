"""What slips of the keys cost: the queries of a set, spelt wrongly in several ways, against themselves spelt rightly.

`python -m benchmarks.typos [--set corpus-fr]` asks the served index as staff. Each kind of slip is drawn once a query
(the seed is the query), in its longest words, as people make them: a wrong, missing, doubled or swapped letter after
the first. Prints Markdown: nDCG@10, the change with its 95 % bootstrap interval, and the share of queries that lost.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from tqdm import tqdm

from eval.collection import read_set
from eval.indexing import open_for
from eval.measures import measure
from eval.runs import make_run
from index.documents import Audience
from index.lexical.analysis import fold
from index.settings import IndexSettings

MEASURE: Final = "nDCG@10"
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz"
_WORD: Final = re.compile(r"[^\W\d_]{6,}")  # acronyms and short words are not corrected, nor are they often mistyped
Slip = Callable[[str, random.Random], str]


def one_letter(word: str, drawn: random.Random) -> str:
    """Return the word with one wrong, missing, doubled or swapped letter, not the first one."""
    at = drawn.randrange(1, len(word) - 1)
    return drawn.choice(
        [
            word[:at] + drawn.choice(ALPHABET) + word[at + 1 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )


def half(word: str, drawn: random.Random) -> str:
    return word[: max(4, round(len(word) * 0.6))]


def mistyped(query: str, slip: Slip, most: int) -> str:
    """Return the query with at most so many of its longest words slipped."""
    drawn = random.Random(query)
    words = [word for word in _WORD.finditer(query) if not word[0].isupper()]
    for word in sorted(sorted(words, key=lambda word: -len(word[0]))[:most], key=lambda word: -word.start()):
        query = query[: word.start()] + slip(word[0], drawn) + query[word.end() :]
    return query


KINDS: Final[dict[str, Callable[[str], str]]] = {
    "as written": lambda query: query,
    "one slip": lambda query: mistyped(query, one_letter, 1),
    "two words slipped": lambda query: mistyped(query, one_letter, 2),
    "half a word": lambda query: mistyped(query, half, 1),
    "no accents": fold,
    "capitals": str.upper,
}


def interval(changes: Sequence[float]) -> tuple[float, float]:
    drawn = np.random.default_rng(0).choice(np.array(changes), (2000, len(changes))).mean(axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", default="corpus-fr")
    parser.add_argument("--longest", type=int, default=120, help="characters of a query; longer ones are situations")
    chosen = parser.parse_args(arguments)
    golden = read_set(chosen.set)
    engine = open_for(golden, IndexSettings.from_environ(os.environ))
    topics = [topic for topic in golden.topics if len(topic.text) <= chosen.longest]
    values: dict[str, dict[str, float]] = {}
    for kind, change in tqdm(KINDS.items(), disable=None):
        changed = [replace(topic, text=change(topic.text)) for topic in topics]
        run = make_run(changed, engine.search, audience=Audience.STAFF)
        grades = {topic.id: golden.grades.get(topic.id, {}) for topic in topics}
        values[kind] = measure(grades, {ranked.topic.id: ranked.documents for ranked in run}, [MEASURE])[MEASURE]
    sys.stdout.write(f"{len(topics)} queries of {chosen.set}\n\n")
    sys.stdout.write(f"| typed | {MEASURE} | change | 95 % | lost |\n|---|---|---|---|---|\n")
    right = values["as written"]
    for kind, kind_values in values.items():
        changes = [kind_values[topic] - right[topic] for topic in right]
        low, high = interval(changes)
        lost = sum(change < -0.001 for change in changes) / len(changes)
        mean = statistics.mean(kind_values.values())
        sys.stdout.write(
            f"| {kind} | {mean:.3f} | {statistics.mean(changes):+.3f} | [{low:+.3f}, {high:+.3f}] | {lost:.2f} |\n"
        )


if __name__ == "__main__":
    main()

"""Rules for an overview: how often the sentence a rule chooses for a part of a document is one that tells it.

`python -m benchmarks.overview` reads the demonstration corpus from the served index. `overview.jsonl` holds 68 parts
with three to seven sentences, drawn at random from 58 documents, and the beginnings of the sentences that tell them.
One grader, a language model, marked them before any rule was run, nine again once the filter of candidates was put
right; nobody has graded them a second time. Prints
Markdown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from index.documents import Access, Audience
from index.settings import IndexSettings
from index.types import Embedder
from index.wiring import open_engine
from service.documents.overview import Part, centrality, choose, parts_of, rarity_of

GRADED = Path(__file__).with_suffix(".jsonl")


class Graded(NamedTuple):
    """A part of a document, how much its terms count, and the beginnings of the sentences that tell it."""

    part: Part
    rarity: dict[str, float]
    telling: tuple[str, ...]

    def tells(self, text: str) -> bool:
        return text.startswith(self.telling)


Rule = Callable[[Graded], str]


def by_first(graded: Graded) -> str:
    return graded.part.sentences[0].text


def by_centrality(graded: Graded) -> str:
    shares = centrality(graded.part.sentences, graded.rarity)
    return graded.part.sentences[int(np.argmax(shares))].text


def by_choice(graded: Graded) -> str:
    chosen = choose(graded.part, graded.rarity)
    return chosen.text if chosen else ""


def by_embedding(embedder: Embedder, *, position: float) -> Rule:
    """Return the rule that takes what is nearest to the mean of the part and to its heading, and early."""

    def rule(graded: Graded) -> str:
        sentences = [sentence.text for sentence in graded.part.sentences]
        vectors = embedder.embed_passages(sentences)
        mean = vectors.mean(axis=0)
        near = _spread(vectors @ mean) + 0.5 * _spread(vectors @ embedder.embed_query(graded.part.heading.text))
        return sentences[int(np.argmax(near + position / (1 + np.arange(len(sentences)))))]

    return rule


def _spread(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return values between 0 and 1."""
    spread: np.ndarray[Any, Any] = (values - values.min()) / max(float(np.ptp(values)), 1e-9)
    return spread


def read_graded(store: Any) -> Iterator[Graded]:
    """Yield the graded parts. Raises UnknownDocument where the index is of another corpus."""
    for line in GRADED.read_text("utf-8").splitlines():
        row = json.loads(line)
        parts = list(parts_of(store.document(row["document"], Access(Audience.STAFF))))
        part = next(part for part in parts if part.heading.text == row["heading"])
        yield Graded(part, rarity_of(parts), tuple(row["telling"]))


def main(arguments: Sequence[str] | None = None) -> int:
    engine = open_engine(IndexSettings.from_environ({}))
    graded = list(read_graded(engine.store))
    rules: dict[str, Rule] = {
        "the first sentence": by_first,
        "most of what the others speak of": by_centrality,
        "nearest to mean and heading, by embeddings": by_embedding(engine.embedder, position=0.0),
        "the same, and early": by_embedding(engine.embedder, position=1.5),
        "**as served**: central, named by the heading, early, with figures": by_choice,
    }
    chance = sum(sum(each.tells(s.text) for s in each.part.sentences) / len(each.part.sentences) for each in graded)
    print(f"| rule | of {len(graded)} parts |\n|---|---|\n| any sentence | {chance:.0f} |")
    for name, rule in rules.items():
        print(f"| {name} | {sum(each.tells(rule(each)) for each in graded)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Passages that never were, in any number: vectors with the spectrum of real ones, texts with Zipf's distribution.

A vector is a mixture of two real ones (what makes neighbours and clusters) plus noise of the real covariance, so that
norms, mean, spectrum and the narrow cone of cosines are those of the model.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.documents import Audience, Document, Kind, Metadata, Passage, SectionText
from index.store.store import EmbeddedPassage, Store
from index.types import Vectors

NOISE = 0.6  # share of the real standard deviation that the noise has
PER_DOCUMENT = 20  # passages
WORDS = 60  # of a passage
VOCABULARY = 60_000
LANGUAGES = ("fr", "en", "de", "es", "it", "nl")
BATCH = 50_000
SETS = Path(__file__).parent.parent / "eval" / "sets"


@dataclass(frozen=True)
class Spectrum:
    """Real vectors, and a square root of their covariance."""

    real: Vectors
    root: Vectors

    @classmethod
    def of(cls, store: Path) -> Spectrum:
        """Measure it on an index of real documents."""
        _, real = Store(store).passage_table.vectors()
        values, axes = np.linalg.eigh(np.cov(real.T))
        return cls(real, (axes * np.sqrt(np.maximum(values, 0))).astype(np.float32))

    def vectors(self, count: int, seed: int) -> Iterator[Vectors]:
        """Yield `count` vectors of length 1, some thousands at a time."""
        random = np.random.default_rng(seed)
        for start in range(0, count, BATCH):
            size = min(BATCH, count - start)
            first, other = random.integers(len(self.real), size=(2, size))
            part = random.random((size, 1), np.float32)
            noise = random.standard_normal((size, self.real.shape[1]), np.float32) @ self.root.T
            made = part * self.real[first] + (1 - part) * self.real[other] + np.float32(NOISE) * noise
            yield made / np.linalg.norm(made, axis=1, keepdims=True)


class Zipf:
    """Texts of made-up words, the nth used 1 / n as often as the first."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        syllables = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "é")]
        made = self._random.choice(syllables, (VOCABULARY * 2, 4))
        self.words = np.array(list(dict.fromkeys("".join(word) for word in made))[:VOCABULARY])
        weights = 1 / np.arange(1, len(self.words) + 1)
        self._reach = np.cumsum(weights / weights.sum())

    def text(self, words: int = WORDS) -> str:
        return " ".join(self.words[np.searchsorted(self._reach, self._random.random(words))])


def documents(count: int, seed: int) -> Iterator[tuple[Document, list[Passage]]]:
    """Yield documents of `PER_DOCUMENT` passages: half of them public, a twentieth studies, a thousandth on BE-NL."""
    zipf = Zipf(seed)
    for number in range(count):
        language = LANGUAGES[number % len(LANGUAGES)]
        metadata = Metadata(
            title=zipf.text(6),
            kind=Kind.STUDY if number % 20 == 7 else Kind.PUBLICATION,
            audience=Audience.PUBLIC if number % 2 else Audience.MEMBER,
            borders=("BE-NL",) if number % 1000 == 7 else ("FR-CH",),
            language=language,
        )
        sections = [SectionText(f"p. {page}", zipf.text(), language=language) for page in range(1, PER_DOCUMENT + 1)]
        document = Document.from_sections(f"d{number}", sections, metadata, source="made", path=f"{number}.md")
        text = document.text
        yield (
            document,
            [
                Passage(
                    document.id,
                    section.start,
                    section.end,
                    text[section.start : section.end],
                    section.label,
                    language,
                    metadata.title,
                )
                for section in document.sections
            ],
        )


def real_questions() -> list[str]:
    """Return the questions of the project's golden sets: a question lies elsewhere than any passage."""
    return [
        json.loads(line)["text"]
        for name in ("corpus-fr", "corpus-multi")
        for line in (SETS / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def fill(store: Store, spectrum: Spectrum, passages: int, tokens: int, seed: int = 1) -> None:
    """Fill an empty store. A passage has `tokens` random token codes: to read them costs what it does in earnest."""
    is_server = store.database.connections.is_server  # nothing is lost that cannot be made again
    store.database.connection.execute("SET synchronous_commit = off" if is_server else "PRAGMA synchronous = OFF")
    random, width = np.random.default_rng(seed), spectrum.real.shape[1] // 8
    vectors = (vector for batch in spectrum.vectors(passages, seed) for vector in batch)
    for document, cut in documents(passages // PER_DOCUMENT, seed):
        keys = [hashlib.blake2b(f"{document.id}/{passage.start}".encode(), digest_size=16).digest() for passage in cut]
        placed = [
            EmbeddedPassage(passage, number, key) for number, (passage, key) in enumerate(zip(cut, keys, strict=True))
        ]
        codes = np.frombuffer(random.bytes(len(cut) * tokens * width), np.uint8).reshape(len(cut), tokens, width)
        own = dict(zip(keys, itertools.islice(vectors, len(keys)), strict=True))
        store.put(document, placed, own, None, dict(zip(keys, codes, strict=True)))

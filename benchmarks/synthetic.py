"""Passages that never were, in any number: vectors with the spectrum of real ones, texts with Zipf's distribution.

A vector is a mixture of two real ones (what makes neighbours and clusters) plus noise of the real covariance, so that
norms, mean, spectrum and the narrow cone of cosines are those of the model.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
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
    """Real vectors, a square root of their covariance, and the direction in which they differ most."""

    real: Vectors
    root: Vectors
    widest: Vectors

    @classmethod
    def of(cls, store: Path) -> Spectrum:
        """Measure it on an index of real documents."""
        _, real = Store(store).passage_table.vectors()
        values, axes = np.linalg.eigh(np.cov(real.T))
        return cls(real, (axes * np.sqrt(np.maximum(values, 0))).astype(np.float32), axes[:, -1].astype(np.float32))

    def batch(self, size: int, seed: Sequence[int]) -> Vectors:
        """Return `size` vectors of length 1."""
        random = np.random.default_rng(seed)
        first, other = random.integers(len(self.real), size=(2, size))
        part = random.random((size, 1), np.float32)
        noise = random.standard_normal((size, self.real.shape[1]), np.float32) @ self.root.T
        made = part * self.real[first] + (1 - part) * self.real[other] + np.float32(NOISE) * noise
        return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)

    def vectors(self, count: int, seed: int) -> Iterator[Vectors]:
        """Yield `count` vectors of length 1, some thousands at a time."""
        for start in range(0, count, BATCH):
            yield self.batch(min(BATCH, count - start), (seed, start))

    def by_subject(self, vectors: Vectors) -> Vectors:
        """Return the vectors along the direction in which they differ most: neighbours in it share a subject."""
        return vectors[np.argsort(vectors @ self.widest)]


class Zipf:
    """Texts of made-up words, the nth used 1 / n as often as the first: which words `seed` says, which texts `text`."""

    def __init__(self, seed: int, text: int = 0) -> None:
        random = np.random.default_rng(seed)
        syllables = [a + b for a in "bcdfglmnprstv" for b in ("a", "e", "i", "o", "u", "é")]
        made = random.choice(syllables, (VOCABULARY * 2, 4))
        self.words = np.array(list(dict.fromkeys("".join(word) for word in made))[:VOCABULARY])
        weights = 1 / np.arange(1, len(self.words) + 1)
        self._reach = np.cumsum(weights / weights.sum())
        self._random = np.random.default_rng((seed, text))

    def text(self, words: int = WORDS) -> str:
        return " ".join(self.words[np.searchsorted(self._reach, self._random.random(words))])


def made_metadata(number: int, order: float, title: str) -> Metadata:
    """Return what is stated of the nth document, which lies at `order` (0 to 1) among the subjects of its batch.

    Half are public, 60 % recent, 5 % studies, 0.5 % on DE-PL, 0.1 % on BE-NL, whatever they are about. The theme is by
    subject: 5 % health and 60 % transport, at either end.
    """
    subjects = {"health": order < 0.05, "transport": order >= 0.4}
    borders = {"FR-CH": True, "DE-PL": number % 200 == 7, "BE-NL": number % 1000 == 7}
    return Metadata(
        title=title,
        kind=Kind.STUDY if number % 20 == 7 else Kind.PUBLICATION,
        audience=Audience.PUBLIC if number % 2 else Audience.MEMBER,
        borders=tuple(border for border, is_touched in borders.items() if is_touched),
        themes=tuple(theme for theme, is_treated in subjects.items() if is_treated),
        published=date(2020 if number % 5 < 3 else 2010, 1, 1),
        language=LANGUAGES[number % len(LANGUAGES)],
    )


def documents(numbers: range, seed: int) -> Iterator[tuple[Document, list[Passage]]]:
    """Yield the documents of a batch, of `PER_DOCUMENT` passages each."""
    zipf = Zipf(seed, numbers.start)
    for number in numbers:
        metadata = made_metadata(number, (number - numbers.start) / len(numbers), zipf.text(6))
        language, pages = metadata.language, range(1, PER_DOCUMENT + 1)
        sections = [SectionText(f"p. {page}", zipf.text(), language=language) for page in pages]
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
    """Fill a store with so many passages, or go on where that was broken off.

    A passage has `tokens` random token codes: to read them costs what it does in earnest.
    """
    is_server = store.database.connections.is_server  # nothing is lost that cannot be made again
    store.database.connection.execute("SET synchronous_commit = off" if is_server else "PRAGMA synchronous = OFF")
    there, per_batch = store.count()[0], BATCH // PER_DOCUMENT
    for start in range(0, passages // PER_DOCUMENT, per_batch):
        numbers = range(start, min(start + per_batch, passages // PER_DOCUMENT))
        if numbers.stop > there:
            fill_batch(store, spectrum, numbers, tokens, seed)


def fill_batch(store: Store, spectrum: Spectrum, numbers: range, tokens: int, seed: int) -> None:
    """Put the documents of these numbers, all of a batch."""
    random, width = np.random.default_rng((seed, numbers.start)), spectrum.real.shape[1] // 8
    vectors = spectrum.by_subject(spectrum.batch(len(numbers) * PER_DOCUMENT, (seed, numbers.start)))
    for (document, cut), own in zip(documents(numbers, seed), np.split(vectors, len(numbers)), strict=True):
        keys = [hashlib.blake2b(f"{document.id}/{passage.start}".encode(), digest_size=16).digest() for passage in cut]
        placed = [
            EmbeddedPassage(passage, number, key) for number, (passage, key) in enumerate(zip(cut, keys, strict=True))
        ]
        codes = np.frombuffer(random.bytes(len(cut) * tokens * width), np.uint8).reshape(len(cut), tokens, width)
        store.put(document, placed, dict(zip(keys, own, strict=True)), None, dict(zip(keys, codes, strict=True)))

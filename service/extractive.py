"""Answer with sentences taken word for word from the passages: chosen by the embedder and by the words they share."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from index.documents import Document, Kind, Passage, Section
from index.interfaces import Embedder, Ranking, Vectors
from service.answers import SILENCE, Answer, ReadDocument, Sentence
from service.citations import Citation
from service.evidence import E5_SMALL, Calibration, Evidence
from service.sentences import sentences

Terms = Callable[[str, str], Sequence[str]]  # (text, language) → terms as the lexical index knows them
LanguageOf = Callable[[str], str]
Nearest = Callable[[str], float]  # the cosine of a question with the nearest passage its asker may see

PASSAGES: Final = 6
CANDIDATES: Final = 12  # sentences embedded for one answer; with 36 no more are right, and it takes three times as long
SHORTEST, LONGEST = 30, 900  # characters; below is a heading or a fragment, above a table or a list run together
UNENDED: Final = 90  # a shorter line without a full stop is a heading, a name or a signature
SAME_SAYING: Final = 0.965  # cosine of two sentences that say the same thing, in one language or two
RUNNER_UP: Final = 0.025  # how far below the best a second sentence may score
OVERLAP_WEIGHT: Final = 0.02
RANK_WEIGHT: Final = 0.075


_LIST_MARKER: Final = re.compile(r"(?:[-–—•▪◦*·‣>]|\d{1,2}[.)])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that might answer, in its passage and document."""

    document: Document
    passage: Passage
    rank: int  # of its passage, 0 is the best
    start: int
    end: int
    language: str
    label: str
    score: float = 0.0

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    def citation(self) -> Citation:
        return Citation(
            document_id=self.document.id,
            title=self.document.metadata.title,
            label=self.label,
            quote=self.text,
            start=self.start,
            end=self.end,
        )


@dataclass(frozen=True)
class ExtractiveAnswerer:
    """Answers with one to three whole sentences; silent when the evidence is not enough, for each of them."""

    embedder: Embedder
    terms: Terms
    language_of: LanguageOf
    nearest: Nearest
    calibration: Calibration = E5_SMALL
    most: int = 3

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        language = self.language_of(question)
        asked = frozenset(self.terms(question, language))
        candidates = self._most_likely(candidate_sentences(ranking, read), asked, language)
        if not candidates:
            return SILENCE
        vectors = self.embedder.embed_passages([one.text for one in candidates])
        cosines = vectors @ self.embedder.embed_query(question)
        scored = [
            replace(one, score=float(cosine) + self._support(one, asked, language))
            for one, cosine in zip(candidates, cosines, strict=True)
        ]
        order = sorted(range(len(scored)), key=lambda row: (-scored[row].score, row))
        near, mean = self.nearest(question), float(cosines.mean())
        evidence = [
            Evidence(
                passage_cosine=near,
                sentence_cosine=float(cosine),
                margin=float(cosine) - mean,
                coverage=self._coverage(one.passage.text, asked, one.language),
                is_same_language=one.language == language,
            )
            for one, cosine in zip(scored, cosines, strict=True)
        ]
        confidence = self.calibration.confidence(evidence[order[0]])
        if not self.calibration.is_enough(evidence[order[0]]):
            return Answer((), confidence)
        sure = {row for row in order if self.calibration.is_enough(evidence[row])}
        return Answer(tuple(merge(scored, vectors, order, language, sure)[: self.most]), confidence)

    def _most_likely(self, candidates: Sequence[Candidate], asked: frozenset[str], language: str) -> list[Candidate]:
        """Return at most CANDIDATES of them, those with the best passage and the most shared words."""
        support = {row: self._support(one, asked, language) for row, one in enumerate(candidates)}
        kept = sorted(support, key=lambda row: (-support[row], row))[:CANDIDATES]
        return [candidates[row] for row in sorted(kept)]

    def _support(self, one: Candidate, asked: frozenset[str], language: str) -> float:
        """Return what its passage's rank, and the words it shares with the question, add to a sentence's cosine."""
        shared = self._coverage(one.text, asked, one.language) if one.language == language else 0.0
        return RANK_WEIGHT * (1 - one.rank / PASSAGES) + OVERLAP_WEIGHT * shared

    def _coverage(self, text: str, asked: frozenset[str], language: str) -> float:
        return len(asked & frozenset(self.terms(text, language))) / len(asked) if asked else 0.0


def candidate_sentences(ranking: Ranking, read: ReadDocument) -> list[Candidate]:
    """Return the whole sentences of the best passages, best passage first, none twice.

    A passage may begin or end inside a sentence: its section is cut into sentences, and those it touches by more than
    half are taken whole.
    """
    found: dict[tuple[str, int], Candidate] = {}
    for rank, ranked in enumerate(ranking.passages[:PASSAGES]):
        document = read(ranked.passage.document_id)
        for one in _sentences_of(document, ranked.passage, rank):
            found.setdefault((document.id, one.start), one)
    return list(found.values())


def _sentences_of(document: Document, passage: Passage, rank: int) -> list[Candidate]:
    sections = [one for one in _answering(document) if one.start < passage.end and passage.start < one.end]
    found = []
    for section in sections:
        language = section.language or passage.language
        for start, end in sentences(document.text[section.start : section.end], language):
            start, end = start + section.start, end + section.start
            start += len(_marker(document.text[start:end]))
            within = min(end, passage.end) - max(start, passage.start)
            if within * 2 > end - start and _may_answer(document.text[start:end]):
                found.append(Candidate(document, passage, rank, start, end, language, section.label or passage.label))
    return found


def _marker(text: str) -> str:
    """Return the bullet or number a list item begins with, and the blank after it; it is no part of what is said."""
    found = _LIST_MARKER.match(text)
    return found.group() if found else ""


def _answering(document: Document) -> tuple[Section, ...]:
    """Return the sections that may answer: a thread's first one is what was asked there."""
    is_thread = document.metadata.kind is Kind.FORUM_THREAD and len(document.sections) > 1
    return document.sections[1:] if is_thread else document.sections


def _may_answer(text: str) -> bool:
    """Leave out headings, fragments, tables and questions: they answer nothing."""
    end = text.rstrip(' »\u00a0\u202f"”)')[-1:]
    is_ended = end in ".!…;" or len(text) >= UNENDED
    return SHORTEST <= len(text) <= LONGEST and len(text.split()) >= 5 and is_ended and end != "?" and " | " not in text


def merge(
    scored: Sequence[Candidate], vectors: Vectors, order: Sequence[int], language: str, sure: Set[int]
) -> list[Sentence]:
    """Return the sure sentences near the best score, best first; what says the same is one with several citations.

    Of two that say the same, the one in the question's language is the sentence, and the other its second citation.
    """
    floor = scored[order[0]].score - RUNNER_UP
    groups: list[list[int]] = []
    for row in order:
        if same := next((group for group in groups if _says_the_same(scored, vectors, group[0], row)), None):
            same.append(row)
        elif row in sure and scored[row].score >= floor:
            groups.append([row])
    chosen = []
    for group in groups:
        rows = sorted(group, key=lambda row: scored[row].language != language)
        first = scored[rows[0]]
        citations = tuple(dict.fromkeys(scored[row].citation() for row in rows))
        chosen.append(Sentence(first.text, citations, first.language))
    return chosen


def _says_the_same(scored: Sequence[Candidate], vectors: Vectors, one: int, other: int) -> bool:
    if " ".join(scored[one].text.casefold().split()) == " ".join(scored[other].text.casefold().split()):
        return True
    return float(np.dot(vectors[one], vectors[other])) >= SAME_SAYING

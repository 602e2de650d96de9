"""Runs: the rankings of one system for the topics of a set, made by the engine and kept in TREC's format."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from eval.arms import Rank
from eval.collection import SECTION_MARK, Grades, Topic
from index.documents import Audience
from index.errors import PasserelleError
from index.types import Filter, Ranking

DEPTH: Final = 100
_BLANKS: Final = {"%": "%25", " ": "%20", "\t": "%09", "\n": "%0A", "\u00a0": "%C2%A0", "\u202f": "%E2%80%AF"}


class UnreadableRun(PasserelleError):
    """A run file or a results file is missing or not in its format."""


Scored = tuple[tuple[str, float], ...]  # (document or section, score), best first, no two scores equal


@dataclass(frozen=True, slots=True)
class TopicRun:
    """The ranking of one topic, and how long it took."""

    topic: Topic
    ranking: Ranking
    took_ms: float

    @property
    def documents(self) -> Scored:
        """The documents shown, each followed by its variants: the page of one links to the others."""
        return break_ties(
            (document.id, ranked.score)
            for ranked in self.ranking.documents
            for document in (ranked.document, *ranked.variants)
        )

    @property
    def sections(self) -> Scored:
        """The sections of its passages as "document#label", each at the rank of its best passage."""
        return break_ties(
            (f"{ranked.passage.document_id}{SECTION_MARK}{ranked.passage.label}", ranked.score)
            for ranked in self.ranking.passages
        )


def make_run(
    topics: Sequence[Topic],
    rank: Rank,
    *,
    depth: int = DEPTH,
    audience: Audience = Audience.STAFF,
    tick: Callable[[], object] = lambda: None,
) -> list[TopicRun]:
    """Rank every topic and time it, after one search to warm up; a topic's own audience and day take precedence."""
    runs = []
    if topics:
        rank(topics[0].question, depth, Filter(audience=audience))
    for topic in topics:
        within = build_filter(topic, audience)
        started = time.perf_counter()
        ranking = rank(topic.question, depth, within)
        runs.append(TopicRun(topic, ranking, 1000 * (time.perf_counter() - started)))
        tick()
    return runs


def build_filter(topic: Topic, audience: Audience) -> Filter:
    """Return the filter to search a topic with; its own audience takes precedence over the run's."""
    return Filter(
        audience=topic.audience or audience,
        kinds=frozenset(topic.kinds),
        borders=frozenset(topic.borders),
        valid_on=topic.valid_on,
    )


def break_ties(ranked: Iterable[tuple[str, float]]) -> Scored:
    """Return each document once, in the order given, with scores that fall strictly even as float32.

    trec_eval sorts by score, reads it as a float, and breaks ties by id: equal scores would be measured as another
    ranking than the one the service shows.
    """
    kept: dict[str, float] = {}
    lowest = np.float32(np.inf)
    for document, score in ranked:
        if document not in kept:
            lowest = min(np.float32(score), np.nextafter(lowest, np.float32(-np.inf)))
            kept[document] = float(lowest)
    return tuple(kept.items())


def write_trec(run: Mapping[str, Scored], path: Path, tag: str) -> None:
    """Write "qid Q0 docid rank score tag" lines; blanks inside ids are percent-encoded (%20)."""
    lines = [
        f"{_escape(topic)} Q0 {_escape(document)} {rank} {score!r} {_escape(tag)}\n"
        for topic, scored in run.items()
        for rank, (document, score) in enumerate(scored, 1)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")


def write_trec_qrels(grades: Grades, path: Path) -> None:
    """Write "qid 0 docid grade" lines of the topics with a right answer; the others are not measured."""
    lines = [
        f"{_escape(topic)} 0 {_escape(judged)} {grade}\n"
        for topic, given in grades.items()
        if any(grade > 0 for grade in given.values())
        for judged, grade in given.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")


def read_trec(path: Path) -> dict[str, Scored]:
    """Read a TREC run, best first by score as trec_eval does, equal scores in the order of their ranks.

    Raises UnreadableRun.
    """
    if not path.is_file():
        raise UnreadableRun(f"{path}: no such run. Make one with `python -m eval run --set NAME`.")
    read: dict[str, list[tuple[float, int, str]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        columns = line.split()
        if not columns:
            continue
        try:
            topic, _, document, rank, score, _ = columns
            read.setdefault(_unescape(topic), []).append((-float(score), int(rank), _unescape(document)))
        except ValueError:
            raise UnreadableRun(f"{path}:{number}: {line!r}. Expected: qid Q0 docid rank score tag.") from None
    return {
        topic: break_ties((document, -lowered) for lowered, _, document in sorted(scored, key=lambda entry: entry[:2]))
        for topic, scored in read.items()
    }


def _escape(name: str) -> str:
    for blank, written in _BLANKS.items():
        name = name.replace(blank, written)
    return name


def _unescape(written_id: str) -> str:
    for blank, written in reversed(_BLANKS.items()):
        written_id = written_id.replace(written, blank)
    return written_id

"""Runs: the rankings of one system for the topics of a set, made through the engine, kept in TREC's format."""

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
    """What one topic found, and how long it took."""

    topic: Topic
    ranking: Ranking
    took_ms: float

    @property
    def documents(self) -> Scored:
        """The documents shown, each followed by its variants, for whoever sees the one is led to the others."""
        return settled(
            (one.id, found.score) for found in self.ranking.documents for one in (found.document, *found.variants)
        )

    @property
    def sections(self) -> Scored:
        """The sections its passages stand in, as "document#label", each where its best passage stands."""
        return settled(
            (f"{found.passage.document_id}{SECTION_MARK}{found.passage.label}", found.score)
            for found in self.ranking.passages
        )


def make_run(
    topics: Sequence[Topic],
    rank: Rank,
    *,
    depth: int = DEPTH,
    audience: Audience = Audience.STAFF,
    tick: Callable[[], object] = lambda: None,
) -> list[TopicRun]:
    """Rank every topic, as staff and for any day unless the topic says otherwise; the clock starts warm."""
    found = []
    if topics:
        rank(topics[0].text, depth, Filter(audience=audience))
    for topic in topics:
        within = asked_within(topic, audience)
        started = time.perf_counter()
        ranking = rank(topic.text, depth, within)
        found.append(TopicRun(topic, ranking, 1000 * (time.perf_counter() - started)))
        tick()
    return found


def asked_within(topic: Topic, audience: Audience) -> Filter:
    """Return the filter a topic is asked under; what it says itself goes before the run's audience."""
    return Filter(audience=topic.audience or audience, valid_on=topic.valid_on)


def settled(ranked: Iterable[tuple[str, float]]) -> Scored:
    """Return each id once, in the order given, with scores that fall strictly even as float32.

    trec_eval sorts by score, reads it as a float, and settles ties by id: equal scores would give another ranking than
    the one the service shows.
    """
    kept: dict[str, float] = {}
    lowest = np.float32(np.inf)
    for found, score in ranked:
        if found not in kept:
            lowest = min(np.float32(score), np.nextafter(lowest, np.float32(-np.inf)))
            kept[found] = float(lowest)
    return tuple(kept.items())


def write_trec(run: Mapping[str, Scored], path: Path, tag: str) -> None:
    """Write "qid Q0 docid rank score tag" lines; blanks inside ids are written as in addresses (%20)."""
    lines = [
        f"{_joined(topic)} Q0 {_joined(found)} {rank} {score!r} {_joined(tag)}\n"
        for topic, scored in run.items()
        for rank, (found, score) in enumerate(scored, 1)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")


def write_trec_qrels(grades: Grades, path: Path) -> None:
    """Write "qid 0 docid grade" lines of the topics that something answers: the others are not measured."""
    lines = [
        f"{_joined(topic)} 0 {_joined(judged)} {grade}\n"
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
            topic, _, found, rank, score, _ = columns
            read.setdefault(_parted(topic), []).append((-float(score), int(rank), _parted(found)))
        except ValueError:
            raise UnreadableRun(f"{path}:{number}: {line!r}. Wanted: qid Q0 docid rank score tag.") from None
    return {
        topic: settled((found, -lowered) for lowered, _, found in sorted(scored, key=lambda one: one[:2]))
        for topic, scored in read.items()
    }


def _joined(name: str) -> str:
    for blank, written in _BLANKS.items():
        name = name.replace(blank, written)
    return name


def _parted(written_id: str) -> str:
    for blank, written in reversed(_BLANKS.items()):
        written_id = written_id.replace(written, blank)
    return written_id

"""Pools to judge, as `python -m eval pool` writes them, and the judgements staff make on them, as it reads them.

Judgements are only ever added: who, when and which grade; a judge's later one replaces their earlier one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from index.errors import PasserelleError

GRADES: Final = range(4)  # what each is worth say `eval.pool_words`, and the page
LONGEST_NOTE: Final = 500


class UnreadablePool(PasserelleError):
    """A pool or a file of judgements is not in its format."""


class Pooled(NamedTuple):
    """A document to judge for a topic, with the passage found: how many of the runs found it, and how high at best."""

    topic: str
    query: str
    document: str
    title: str
    label: str
    text: str
    runs: int
    best_rank: int


class Judgement(NamedTuple):
    """One judge's grade for one document (or "document#label") and topic. A later one replaces an earlier one."""

    topic: str
    judged: str
    grade: int
    judge: str
    at: str
    note: str = ""


T = TypeVar("T", Pooled, Judgement)


@dataclass(frozen=True)
class Topic:
    """A question and what was pooled for it, in an order that says nothing of who found it."""

    id: str
    query: str
    pooled: tuple[Pooled, ...]

    def left(self, own: dict[tuple[str, str], Judgement]) -> list[Pooled]:
        """Return what a judge has not judged yet."""
        return [one for one in self.pooled if (self.id, one.document) not in own]


@dataclass(frozen=True)
class Judging:
    """The pools and judgements below a data folder."""

    data: Path

    def names(self) -> list[str]:
        """Return the sets there is a pool of."""
        return sorted(path.stem for path in (self.data / "eval" / "pools").glob("*.jsonl"))

    def topics(self, name: str) -> list[Topic]:
        """Return the topics of a pool in its order; none when there is no such pool. Raises UnreadablePool."""
        if name not in self.names():
            return []
        by_topic: dict[str, list[Pooled]] = {}
        for one in _lines(self.data / "eval" / "pools" / f"{name}.jsonl", Pooled):
            by_topic.setdefault(one.topic, []).append(one)
        return [Topic(one, some[0].query, tuple(sorted(some, key=_blind))) for one, some in by_topic.items()]

    def own(self, name: str, judge: str) -> dict[tuple[str, str], Judgement]:
        """Return (topic, document) → the judge's latest judgement. Raises UnreadablePool."""
        path = self._judgements(name)
        read = _lines(path, Judgement) if path.is_file() else []
        return {(one.topic, one.judged): one for one in read if one.judge == judge}

    def add(self, name: str, pooled: Pooled, grade: int, judge: str, note: str = "") -> Judgement:
        """Keep a judgement, in one write, so that two judges never mix their lines."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        made = Judgement(pooled.topic, pooled.document, grade, judge, at, note)
        path = self._judgements(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, (json.dumps(made._asdict(), ensure_ascii=False) + "\n").encode("utf-8", "replace"))
        finally:
            os.close(file)
        return made

    def _judgements(self, name: str) -> Path:
        return self.data / "eval" / "judgements" / f"{name}.jsonl"


def _lines(path: Path, kind: type[T]) -> Sequence[T]:
    known = kind._fields
    read = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            read.append(kind(**{key: value for key, value in json.loads(line).items() if key in known}))
        except (ValueError, TypeError, AttributeError) as error:
            raise UnreadablePool(f"{path}:{number}: {error}. Make the pool anew: `python -m eval pool`.") from error
    return read


def _blind(one: Pooled) -> bytes:
    """Order by nothing a judge could read a system's opinion from (Sanderson 2010, section 4)."""
    return hashlib.sha256(f"{one.topic}\n{one.document}".encode()).digest()

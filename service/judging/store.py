"""The pools and judgements below a data folder."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from index.clock import utc_now
from index.store.atomic_files import write_atomically
from service.judging.judgements import (
    Judgement,
    PooledDocument,
    append_judgements,
    as_lines,
    read_judgements,
    read_pool,
)

OwnJudgements = dict[tuple[str, str], Judgement]  # by topic and document


@dataclass(frozen=True)
class PooledTopic:
    """A question and what was pooled for it, in an order that does not reveal which run retrieved what."""

    id: str
    query: str
    pooled: tuple[PooledDocument, ...]

    def left(self, own: OwnJudgements) -> list[PooledDocument]:
        """Return what a judge has not judged yet."""
        return [document for document in self.pooled if (self.id, document.document) not in own]


@dataclass(frozen=True)
class PoolStore:
    """Reads pools, and reads and adds judgements."""

    data: Path

    def names(self) -> list[str]:
        """Return the sets there is a pool of."""
        return sorted(path.stem for path in (self.data / "eval" / "pools").glob("*.jsonl"))

    def topics(self, name: str) -> list[PooledTopic]:
        """Return the topics of a pool in its order; none when there is no such pool. Raises UnreadablePool."""
        if name not in self.names():
            return []
        by_topic: dict[str, list[PooledDocument]] = {}
        for document in read_pool(self.data / "eval" / "pools" / f"{name}.jsonl"):
            by_topic.setdefault(document.topic, []).append(document)
        return [
            PooledTopic(topic, documents[0].query, tuple(sorted(documents, key=_blind)))
            for topic, documents in by_topic.items()
        ]

    def own(self, name: str, judge: str) -> OwnJudgements:
        """Return (topic, document) → the judge's latest judgement. Raises UnreadableJudgements."""
        judgements = read_judgements(self._path(name))
        return {(made.topic, made.judged): made for made in judgements if made.judge == judge}

    def by_judge(self, judge: str) -> list[Judgement]:
        """Return all that a judge judged, the earlier grades too. Raises UnreadableJudgements."""
        return [made for path in self._paths() for made in read_judgements(path) if made.judge == judge]

    def rename_judge(self, judge: str, name: str) -> int:
        """Put a name that is nobody's in place of a judge's; the grades stay. Return how many there were."""
        return sum(self._rename_judge(path, judge, name) for path in self._paths())

    def _rename_judge(self, path: Path, judge: str, name: str) -> int:
        judgements = read_judgements(path)
        count = sum(made.judge == judge for made in judgements)
        if count:
            renamed = [made._replace(judge=name) if made.judge == judge else made for made in judgements]
            with write_atomically(path, private=True) as file:
                file.write(as_lines(renamed).encode("utf-8", "replace"))
        return count

    def _paths(self) -> list[Path]:
        return sorted((self.data / "eval" / "judgements").glob("*.jsonl"))

    def add(self, name: str, document: PooledDocument, grade: int, judge: str, note: str = "") -> None:
        """Add a judgement."""
        at = utc_now().isoformat(timespec="milliseconds")
        judgement = Judgement(document.topic, document.document, grade, judge, at, note)
        append_judgements([judgement], self._path(name), mode=0o600)

    def _path(self, name: str) -> Path:
        return self.data / "eval" / "judgements" / f"{name}.jsonl"


def _blind(document: PooledDocument) -> bytes:
    """Order by nothing a judge could read a system's opinion from (Sanderson 2010, section 4)."""
    return hashlib.sha256(f"{document.topic}\n{document.document}".encode()).digest()

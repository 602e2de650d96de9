"""Judge pools: what there is to judge, the topic that is next, and each grade a judge gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple

from fastapi import Depends

from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.judging.judgements import GRADES, Judgement, PooledDocument
from service.judging.store import OwnJudgements, PooledTopic, PoolStore
from service.library.open_index import Library

LONGEST_NOTE: Final = 500


class NotInPool(LookupError):
    """A judgement of something that is not in the pool, or with a grade there is not."""


class PoolProgress(NamedTuple):
    """How many documents of a pool a judge has judged."""

    name: str
    done: int
    total: int


class DocumentToJudge(NamedTuple):
    """A pooled document, the judge's own judgement, and whether the index holds the document for them."""

    pooled: PooledDocument
    own: Judgement | None
    is_readable: bool


class JudgingView(NamedTuple):
    """Every pool, and of the chosen one its topics, the topic at `at` and what is to be judged next, "" for none."""

    pools: list[PoolProgress]
    topics: list[PooledTopic]
    at: int
    documents: list[DocumentToJudge]
    next_document: str
    is_done: bool


@dataclass(frozen=True)
class JudgingService:
    """Shows pools to judges and keeps their judgements."""

    store: PoolStore
    library: Library
    limiter: ConcurrencyLimiter
    audit: AuditLog

    async def view(self, caller: Caller, name: str, topic: str, after: str) -> JudgingView:
        """Return the pools and one topic of the one named: that given, else the one to go on with after another.

        Raises UnreadablePool, UnreadableJudgements, NotReady.
        """
        return await self.limiter.run(lambda: self._view(caller, name, topic, after))

    async def judge(self, caller: Caller, name: str, topic: str, document: str, grade: str, note: str) -> None:
        """Keep a grade. Raises NotInPool."""
        await self.limiter.run(lambda: self._judge(caller, name, topic, document, grade, note))

    def _judge(self, caller: Caller, name: str, topic: str, document: str, grade: str, note: str) -> None:
        pooled = {
            (each.id, candidate.document): candidate for each in self.store.topics(name) for candidate in each.pooled
        }.get((topic, document))
        if pooled is None or grade not in {str(value) for value in GRADES}:
            raise NotInPool(document)
        self.store.add(name, pooled, int(grade), judge_name(caller), " ".join(note.split())[:LONGEST_NOTE])
        self.audit.write("judge", caller, set=name, topic=topic, document=document, grade=int(grade))

    def _view(self, caller: Caller, name: str, topic: str, after: str) -> JudgingView:
        judge, names = judge_name(caller), self.store.names()
        progress = [self._progress(pool, judge) for pool in names]
        topics, own = self.store.topics(name), self.store.own(name, judge) if name in names else {}
        unfinished = [number for number, each in enumerate(topics) if each.left(own)]
        at = _current(topics, unfinished, topic, after)
        current = topics[at] if topics else None
        left = current.left(own) if current else []
        return JudgingView(
            pools=progress,
            topics=topics,
            at=at,
            documents=self._documents(current, own, caller) if current else [],
            next_document=left[0].document if left else "",
            is_done=bool(topics) and not unfinished,
        )

    def _progress(self, name: str, judge: str) -> PoolProgress:
        own, topics = self.store.own(name, judge), self.store.topics(name)
        total = sum(len(topic.pooled) for topic in topics)
        return PoolProgress(name, total - sum(len(topic.left(own)) for topic in topics), total)

    def _documents(self, topic: PooledTopic, own: OwnJudgements, caller: Caller) -> list[DocumentToJudge]:
        ids = [pooled.document for pooled in topic.pooled]
        readable = self.library.borrow().store.cards(ids, caller.access)
        return [
            DocumentToJudge(pooled, own.get((topic.id, pooled.document)), pooled.document in readable)
            for pooled in topic.pooled
        ]


def judge_name(caller: Caller) -> str:
    """Return the name judgements are kept under."""
    return caller.name or caller.subject


def _current(topics: Sequence[PooledTopic], unfinished: Sequence[int], topic: str, after: str) -> int:
    """Return which topic is shown: the one named, or the next unfinished from there on, then from the first."""
    first = next(iter(unfinished), 0)
    at = next((number for number, each in enumerate(topics) if each.id in (topic, after)), first)
    if after and at not in unfinished:
        at = next((number for number in unfinished if number > at), next(iter(unfinished), at))
    return at


JudgingDependency = Annotated[JudgingService, Depends(provided(JudgingService))]

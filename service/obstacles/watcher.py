"""The job beside the service: notices new documents that may solve an obstacle, and follows the unsolved threads.

Each audience is looked at by itself, with its own documents alone, so that a member's notices are what an index of
the members' documents would have given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from index.clock import utc_today
from index.documents import Access, Audience
from index.types import Filter
from service.forum.suggestions import E5_SMALL, Post, Threshold, content_terms, is_solution, strongest_passages
from service.library.background import BackgroundLoop
from service.library.leader_lock import Leadership
from service.library.open_index import Library, OpenIndex
from service.obstacles.model import State
from service.obstacles.store import Notices, Register, reader_name
from service.obstacles.unsolved_threads import UnsolvedThreads

DEPTH: Final = 200  # passages nearest to an obstacle among which new documents are looked for
AGAIN: Final = timedelta(minutes=5)  # when nothing changed but the time a thread has been missing


@dataclass
class ObstacleWatcher:
    """Looks now and then; `look` may also be called by hand. Nothing is noticed twice, also after a crash.

    Of several processes over one register one looks: two that have opened different generations would each forget
    what the other has seen.

    A document may solve what it would be suggested for (`Threshold`): the same nearness, measured on the same set.
    """

    register: Register
    library: Library
    threads: UnsolvedThreads
    leader: Leadership
    threshold: Threshold = E5_SMALL
    every_s: float = 2.0
    _looked_at: tuple[int, str] | None = field(default=None, repr=False)
    _last: datetime = field(default=datetime.min.replace(tzinfo=UTC), repr=False)

    def __post_init__(self) -> None:
        fault = "the register of obstacles could not be looked through"
        self.loop = BackgroundLoop("obstacles", self.look_if_changed, self.every_s, self.leader, fault)

    def look_if_changed(self) -> None:
        """Look when the index has been opened anew or the list of threads was written again, if this is the leader."""
        if not self.leader.is_leader():
            return
        state = (self.library.borrow().engine.generation, self.threads.listed.state())
        now = self.register.now()
        is_time = now - self._last >= AGAIN and self.threads.has_missing()
        if state != self._looked_at or is_time:
            self.look()
            self._looked_at, self._last = state, now

    def look(self) -> int:
        """Follow the threads, then notice new documents; return how many notices that made. Raises NotReady.

        While the store is ahead of the engine none is noticed: what the engine does not know yet would match nothing.
        """
        index = self.library.borrow()
        self.threads.follow(index)
        with index.store.snapshot():
            is_one_generation = index.store.generation == index.engine.generation
            return self._notice_all(index) if is_one_generation else 0

    def _notice_all(self, index: OpenIndex) -> int:
        groups = [Access(Audience.MEMBER, frozenset({group})) for group in sorted(self._groups(index))]
        return sum(self._notice(index, access) for access in (*map(Access, Audience), *groups))

    def _groups(self, index: OpenIndex) -> set[str]:
        """Return the groups that have documents, or had some when they were last looked at."""
        listed = index.store.list_documents(Access(Audience.STAFF))
        groups = {group for document in listed for group in document.card.metadata.groups}
        return groups | set(Notices(self.register).groups())

    def _notice(self, index: OpenIndex, access: Access) -> int:
        """Notice what is new to an audience or, beyond what is for all members, to a group."""
        notices, reader = Notices(self.register), reader_name(access)
        cards = [listed.card for listed in index.store.list_documents(access)]
        present = [card.id for card in cards if card.metadata.groups or not access.groups]
        notices.forget(reader, present)
        new = notices.unseen(reader, present)
        is_first = not notices.has_looked(reader)  # then every document is an old one
        matches = [] if is_first or not new else list(self._matches(index, access, frozenset(new)))
        return notices.record(reader, new, matches)

    def _matches(self, index: OpenIndex, access: Access, new: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Yield (obstacle, document): new documents that are near enough to a report of an open obstacle."""
        within = replace(Filter.seen_by(access), current_on=utc_today())
        open_ids = {obstacle.id for obstacle in self.register.obstacles() if obstacle.state is not State.SOLVED}
        for report in self.register.reports():
            if report.obstacle_id in open_ids and access.audience.may_see(report.audience):
                post = Post(report.text, "", report.language)
                for document_id in self._near(index, post, within, new - {report.origin}):
                    yield report.obstacle_id, document_id

    def _near(self, index: OpenIndex, post: Post, within: Filter, new: frozenset[str]) -> Iterator[str]:
        text = post.text[: self.threshold.read]
        query_terms = content_terms(text, post.language)
        if not query_terms:
            return
        hits = index.engine.rank(text, DEPTH, within, "dense")
        passages = index.store.passages((hit.row for hit in hits), within.access)
        of_new = {row: passage for row, passage in passages.items() if passage.document_id in new}
        near = strongest_passages(hits, of_new, query_terms, post.language, self.threshold)
        cards = index.store.cards([passage.document_id for passage, _ in near], within.access)
        for document_id, card in cards.items():
            if is_solution(card):
                yield document_id

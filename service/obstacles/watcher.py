"""The job beside the service: looks for new documents that may solve an obstacle, and follows the unsolved threads.

Each audience is looked at by itself, with its own documents alone, so that what a member is told is what an index of
the members' documents would have told them.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from index.documents import Audience, Kind
from index.types import Filter
from service.forum.service import E5_SMALL, Post, Threshold, asked_terms, strongest_passages
from service.library.leader_lock import Sole
from service.library.open_index import Library, NotReady, OpenIndex
from service.obstacles.model import State
from service.obstacles.notices import Notices
from service.obstacles.store import Register
from service.obstacles.unsolved_threads import UnsolvedThreads

log = logging.getLogger("passerelle.obstacles")

DEPTH: Final = 200  # passages nearest to an obstacle among which new documents are looked for
AGAIN: Final = timedelta(minutes=5)  # when nothing changed but time itself may tell something


@dataclass
class Watch:
    """Looks now and then; `look` may also be called by hand. Nothing is told twice, also after a crash.

    Of several processes over one register one looks: two that have opened different generations would each forget
    what the other has seen.

    A document may solve what it would be suggested for (`Threshold`): the same nearness, measured on the same set.
    """

    register: Register
    library: Library
    threads: UnsolvedThreads
    sole: Sole
    threshold: Threshold = E5_SMALL
    every_s: float = 2.0
    _ended: threading.Event = field(default_factory=threading.Event, repr=False)
    _thread: threading.Thread | None = field(default=None, repr=False)
    _looked_at: tuple[int, str] | None = field(default=None, repr=False)
    _last: datetime = field(default=datetime.min.replace(tzinfo=UTC), repr=False)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._follow, name="obstacles", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join(timeout=5)
        self.sole.release()

    def _follow(self) -> None:
        while not self._ended.wait(self.every_s):
            try:
                self.look_if_changed()
            except NotReady:
                continue
            except Exception:  # whatever goes wrong must not end the job; it is told, and tried again
                log.exception("the register of obstacles could not be looked through")

    def look_if_changed(self) -> None:
        """Look when the index has been opened anew or the list of threads was written again, if no other looks."""
        if not self.sole.is_this_process():
            return
        state = (self.library.borrow().engine.generation, _stamp(self.threads.path))
        now = self.register.now()
        is_time = now - self._last >= AGAIN and self.threads.is_waiting()
        if state != self._looked_at or is_time:
            self.look()
            self._looked_at, self._last = state, now

    def look(self) -> int:
        """Take in the threads, then tell of new documents; return how many notices that made. Raises NotReady."""
        index = self.library.borrow()
        self.threads.follow(index)
        return sum(self._tell(index, audience) for audience in Audience)

    def _tell(self, index: OpenIndex, audience: Audience) -> int:
        notices = Notices(self.register)
        present = [one.card.id for one in index.store.listed(audience)]
        notices.forget(audience, present)
        fresh = notices.unseen(audience, present)
        is_first = not notices.has_looked(audience)  # then every document is an old one
        found = [] if is_first or not fresh else list(self._found(index, audience, frozenset(fresh)))
        return notices.note(audience, fresh, found)

    def _found(self, index: OpenIndex, audience: Audience, fresh: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Yield the new documents that are near enough to what was reported of an open obstacle."""
        within = Filter(audience=audience, current_on=datetime.now(UTC).date())
        is_open = {one.id for one in self.register.obstacles() if one.state is not State.SOLVED}
        for report in self.register.reports():
            if report.obstacle_id in is_open and audience.may_see(report.audience):
                post = Post(report.text, "", report.language)
                for document_id in self._near(index, post, within, fresh - {report.origin}):
                    yield report.obstacle_id, document_id

    def _near(self, index: OpenIndex, post: Post, within: Filter, fresh: frozenset[str]) -> Iterator[str]:
        text = post.text[: self.threshold.read]
        asked = asked_terms(text, post.language)
        if not asked:
            return
        hits = index.engine.rank(text, DEPTH, within, "dense")
        found = index.store.passages(hit.row for hit in hits)
        passages = {row: one for row, one in found.items() if one.document_id in fresh}
        near = strongest_passages(hits, passages, asked, post.language, self.threshold)
        cards = index.store.cards([one.document_id for one, _ in near], within.audience)
        for name, card in cards.items():
            if card.metadata.kind is not Kind.FORUM_THREAD or card.metadata.solved is True:
                yield name


def _stamp(path: Path) -> str:
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    return f"{found.st_mtime_ns} {found.st_size} {found.st_ino}"

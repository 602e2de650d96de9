"""Take turns at the engine: so many blocking calls at once, so many waiting, and none for somebody who has left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from contextvars import ContextVar, copy_context
from functools import cached_property
from typing import TypeVar

T = TypeVar("T")


class Overloaded(Exception):
    """More requests wait than the service can answer in good time."""


class Abandoned(Exception):
    """Nobody waits for this work any more; it may stop."""


_left: ContextVar[threading.Event | None] = ContextVar("left", default=None)


_holding: ContextVar[tuple[ExitStack, set[object]] | None] = ContextVar("holding", default=None)


def hold_for_this_turn(manager: Callable[[], AbstractContextManager[None]]) -> None:
    """Enter a context that lasts until this call of `Turns.run` ends, once; outside of any it is not entered."""
    holding = _holding.get()
    if holding is not None and manager not in holding[1]:
        holding[1].add(manager)
        holding[0].enter_context(manager())


def _in_a_turn(call: Callable[[], T]) -> T:
    with ExitStack() as stack:
        _holding.set((stack, set()))
        return call()


def still_wanted() -> None:
    """Go on if somebody still waits for this call of `Turns.run`. Raises Abandoned. To be asked between two steps."""
    left = _left.get()
    if left is not None and left.is_set():
        raise Abandoned


class Turns:
    """Runs blocking calls in threads, so many at once and so many waiting; more are refused at the door.

    A caller who is cancelled leaves at once. A call that had not begun never begins; one that had keeps its place
    until it ends, so that there are never more at work than allowed, and can end sooner by asking `still_wanted()`.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self.at_once, self.most = at_once, at_once + waiting
        self._here = 0
        self._counting = threading.Lock()

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.at_once, thread_name_prefix="turn")

    async def run(self, call: Callable[[], T]) -> T:
        """Return what `call` returns. Raises Overloaded."""
        with self._counting:
            if self._here >= self.most:
                raise Overloaded(f"{self._here} requests wait")
            self._here += 1
        left = threading.Event()
        context = copy_context()
        context.run(_left.set, left)
        working: Future[T] = self._threads.submit(context.run, _in_a_turn, call)
        working.add_done_callback(self._leave)
        try:
            return await asyncio.wrap_future(working)  # a cancellation also takes it from the queue
        finally:
            left.set()

    def _leave(self, _: Future[T]) -> None:
        with self._counting:
            self._here -= 1

"""Limit how many blocking calls run at once and how many may wait, and stop work for clients who have left."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from contextvars import ContextVar, copy_context
from functools import cached_property
from typing import TypeVar

from service.errors import Overloaded

T = TypeVar("T")


class Abandoned(Exception):
    """Nobody waits for this work any more; it may stop."""


_abandoned: ContextVar[threading.Event | None] = ContextVar("abandoned", default=None)
_held_contexts: ContextVar[tuple[ExitStack, set[object]] | None] = ContextVar("held_contexts", default=None)


def hold_for_this_call(manager: Callable[[], AbstractContextManager[None]]) -> None:
    """Enter a context, once, until this call of `ConcurrencyLimiter.run` ends; outside of any it is not entered."""
    held = _held_contexts.get()
    if held is not None and manager not in held[1]:
        held[1].add(manager)
        held[0].enter_context(manager())


def _call_with_contexts(call: Callable[[], T]) -> T:
    with ExitStack() as stack:
        _held_contexts.set((stack, set()))
        return call()


def raise_if_abandoned() -> None:
    """Raise Abandoned when nobody waits for this call of `ConcurrencyLimiter.run` any more; call it between steps."""
    abandoned = _abandoned.get()
    if abandoned is not None and abandoned.is_set():
        raise Abandoned


class ConcurrencyLimiter:
    """Runs blocking calls in threads, so many at once and so many waiting; more are refused.

    A caller who is cancelled leaves at once. A call that had not begun never begins; one that had keeps its thread
    until it ends, so that there are never more at work than allowed, and can end sooner by `raise_if_abandoned()`.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self.at_once, self.most = at_once, at_once + waiting
        self._present = 0  # running and waiting
        self._lock = threading.Lock()

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self.at_once, thread_name_prefix="limited")

    async def run(self, call: Callable[[], T]) -> T:
        """Return what `call` returns. Raises Overloaded."""
        with self._lock:
            if self._present >= self.most:
                raise Overloaded(f"{self._present} requests wait")
            self._present += 1
        abandoned = threading.Event()
        context = copy_context()
        context.run(_abandoned.set, abandoned)
        future: Future[T] = self._threads.submit(context.run, _call_with_contexts, call)
        future.add_done_callback(self._leave)
        try:
            return await asyncio.wrap_future(future)  # a cancellation also takes it from the queue
        finally:
            abandoned.set()

    def _leave(self, _: Future[T]) -> None:
        with self._lock:
            self._present -= 1

"""The library that follows the index: a newer generation is opened aside and swapped in without a gap."""

from __future__ import annotations

import ctypes
import gc
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Final, NamedTuple

from index.errors import PasserelleError
from service.http.concurrency import hold_for_this_turn
from service.library.open_index import NotReady, OpenIndex

log = logging.getLogger("passerelle.library")
MENDING: Final = "`python -m index verify` says what is wrong and which command mends it."


class State(NamedTuple):
    """What the library follows: which index is the current one, and its generation."""

    place: str
    generation: int


UNOPENED: Final = State("", -1)


class LivingLibrary:
    """Opens the index in the background, then follows the store: a newer generation is opened aside and swapped in.

    While an ingestion runs, the generation grows with each document; the swap waits until it rests between two looks,
    but never longer than `patience_s`. Another index made current (`place` names it) is opened at once. What cannot be
    opened or read leaves the opened one serving, and is told. `examine` looks for damage after an index was opened
    and every `examine_every_s`, beside everything else.
    """

    def __init__(
        self,
        open_index: Callable[[], OpenIndex],
        *,
        place: Callable[[], str] = lambda: "",
        examine: Callable[[], str] = lambda: "",
        look_every_s: float = 1.0,
        patience_s: float = 20.0,
        examine_every_s: float = 3600.0,
    ):
        self._open_index, self._place, self._examine = open_index, place, examine
        self._look_every_s, self._patience_s, self._examine_every_s = look_every_s, patience_s, examine_every_s
        self._index: OpenIndex | None = None
        self._opened = UNOPENED
        self._reason = "The index is being opened. Ask again in a few seconds."
        self._faults: dict[str, str] = {}  # by what was tried: opening, reading, examining
        self._tried = threading.Event()  # set when an index was opened, or could not be
        self._examining: Future[str] | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="library", daemon=True)

    def start(self, waiting_s: float = 0.0) -> None:
        """Begin to follow; wait at most so long for the index to be opened, or for the reason why it cannot be."""
        self._thread.start()
        self._tried.wait(waiting_s)

    def stop(self) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def borrow(self) -> OpenIndex:
        index = self._index
        if index is None:
            raise NotReady(self._reason)
        hold_for_this_turn(index.store.reading)
        return index

    @property
    def trouble(self) -> str:
        return " ".join(self._faults.values())

    def _follow(self) -> None:
        seen, opened_at, examined_at = UNOPENED, 0.0, float("-inf")
        while not self._ended.is_set():
            state = self._state()
            is_another = state.place != self._opened.place
            rests = is_another or state == seen or time.monotonic() - opened_at > self._patience_s
            if self._index is None or (state != self._opened and rests):
                self._swap(state)
                opened_at = time.monotonic()
                if is_another:
                    self._examining, examined_at = None, float("-inf")
            if self._examining is None and self._index is not None:
                if time.monotonic() - examined_at > self._examine_every_s:
                    self._examining = _begun(self._examine)
            elif self._examining is not None and self._examining.done():
                self._tell("examining", self._examining.result())
                self._examining, examined_at = None, time.monotonic()
            seen = state
            self._ended.wait(self._look_every_s)

    def _state(self) -> State:
        """Return what is current now; what cannot be told is as it was."""
        try:
            place = self._place()
            generation = self._index.store.generation if self._index and place == self._opened.place else -1
        except Exception as error:  # any fault of a store being replaced or damaged; the opened index goes on serving
            known = isinstance(error, PasserelleError)
            if self._index is not None:
                self._tell("reading", str(error) if known else f"The store cannot be read ({error}). {MENDING}")
            return self._opened
        if place == self._opened.place:
            self._tell("reading", "")
        return State(place, generation)

    def _swap(self, state: State) -> None:
        try:
            fresh = self._open_index()
            self._opened = State(state.place, fresh.engine.generation)
            self._index = fresh
            _settle()
            log.info("opened generation %d", self._opened.generation)
            self._tell("opening", "")
            self._tell("reading", "")  # not before: until here the damaged one was read
        except PasserelleError as error:
            self._tell("opening", str(error))
        except Exception as error:  # foreign libraries fail in their own ways; told, logged, tried again
            self._tell("opening", f"The index cannot be opened ({type(error).__name__}). {MENDING}", with_trace=True)
        self._reason = self._faults.get("opening", self._reason)
        self._tried.set()

    def _tell(self, what: str, fault: str, *, with_trace: bool = False) -> None:
        """Log a fault when it is new, not at each look, and have `trouble` say it while it lasts."""
        if fault and fault != self._faults.get(what):
            log.error("%s the index: %s", what, fault, exc_info=with_trace)
        elif not fault and what in self._faults:
            log.info("%s the index: mended", what)
        self._faults = {name: said for name, said in self._faults.items() if name != what} | (
            {what: fault} if fault else {}
        )


def _begun(examine: Callable[[], str]) -> Future[str]:
    """Begin to examine in a thread that nobody waits for at the end."""
    said: Future[str] = Future()

    def work() -> None:
        try:
            said.set_result(examine())
        except Exception as error:  # no process to be had, no memory: told like damage, it may be hidden so
            said.set_result(f"The index could not be examined ({error}). {MENDING}")

    threading.Thread(target=work, name="examining", daemon=True).start()
    return said


def _settle() -> None:
    """Free what an index before left behind, and leave the opened one out of later searches for garbage.

    Going through an index's words and rows again and again held requests up for 60 ms each time. What building derived
    files left free goes back to the system: 400 MB after 100,000 passages, which glibc would keep.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):  # another C library, which has its own ways
        ctypes.CDLL("libc.so.6").malloc_trim(0)

"""Keep the newest index open: a newer generation is opened beside the old one and swapped in without a gap."""

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
from service.errors import NotReady
from service.http.concurrency import hold_for_this_call
from service.library.open_index import OpenIndex

log = logging.getLogger("passerelle.library")
REMEDY: Final = "`python -m index verify` says what is wrong and which command mends it."


class State(NamedTuple):
    """Which index is the current one, its generation, and the state of the thesaurus's files."""

    current_index: str
    generation: int
    thesaurus: str = ""


UNOPENED: Final = State("", -1)


class ReloadingLibrary:
    """Opens the index in the background, then follows the store: a newer generation is opened and swapped in.

    While an ingestion runs, the generation grows with each document; the swap waits until it rests for the time between
    two looks, but never longer than `patience_s`. `watch_changes` calls what it is given whenever somebody has written,
    until the event is set: then there is a look at once. A thesaurus that changed has the index opened anew as well.
    When `current_index` names another index, that is opened at once. An index that cannot be opened or read leaves the
    opened one serving, and is reported; with the index in PostgreSQL (`is_on_server`), one that cannot be read cannot
    be searched either. `check_integrity` runs after an index was opened and every `check_every_s`, beside everything
    else.
    """

    def __init__(
        self,
        open_index: Callable[[], OpenIndex],
        *,
        current_index: Callable[[], str] = lambda: "",
        thesaurus_state: Callable[[], str] = lambda: "",
        check_integrity: Callable[[], str] = lambda: "",
        watch_changes: Callable[[Callable[[], None], threading.Event], None] | None = None,
        look_every_s: float = 1.0,
        patience_s: float = 20.0,
        check_every_s: float = 3600.0,
        is_on_server: bool = False,
    ):
        self._open_index, self._current_index, self._check_integrity = open_index, current_index, check_integrity
        self._thesaurus_state, self._is_on_server = thesaurus_state, is_on_server
        self._look_every_s, self._patience_s, self._check_every_s = look_every_s, patience_s, check_every_s
        self._index: OpenIndex | None = None
        self._opened = UNOPENED
        self._reason = "The index is being opened. Ask again in a few seconds."
        self._faults: dict[str, str] = {}  # by what was tried: opening, reading, examining
        self._tried = threading.Event()  # set when an index was opened, or could not be
        self._check: Future[str] | None = None
        self._ended, self._woken = threading.Event(), threading.Event()
        self._watch_changes = watch_changes
        self._thread = threading.Thread(target=self._follow, name="library", daemon=True)

    def start(self, waiting_s: float = 0.0) -> None:
        """Begin to follow; wait at most so long for the index to be opened, or for the reason why it cannot be."""
        self._thread.start()
        if self._watch_changes:
            watching = (self._woken.set, self._ended)
            threading.Thread(target=self._watch_changes, args=watching, name="changes", daemon=True).start()
        self._tried.wait(waiting_s)

    def stop(self) -> None:
        self._ended.set()
        self._woken.set()
        self._thread.join(timeout=5)

    def borrow(self) -> OpenIndex:
        index = self._index
        if index is None:
            raise NotReady(self._reason)
        hold_for_this_call(index.store.snapshot)
        return index

    @property
    def trouble(self) -> str:
        return " ".join(self._faults.values())

    @property
    def cut_off(self) -> str:
        return self._faults.get("reading", "") if self._is_on_server else ""

    def _follow(self) -> None:
        last, changed_at, opened_at, checked_at = UNOPENED, 0.0, 0.0, float("-inf")
        while not self._ended.is_set():
            state, now = self._state(), time.monotonic()
            if state != last:
                last, changed_at = state, now
            is_another = state.current_index != self._opened.current_index
            rests = is_another or now - changed_at >= self._look_every_s or now - opened_at > self._patience_s
            if self._index is None or (state != self._opened and rests):
                self._swap(state)
                opened_at = time.monotonic()
                if is_another:
                    self._check, checked_at = None, float("-inf")
            if self._check is None and self._index is not None:
                if time.monotonic() - checked_at > self._check_every_s:
                    self._check = _start_check(self._check_integrity)
            elif self._check is not None and self._check.done():
                self._report("examining", self._check.result())
                self._check, checked_at = None, time.monotonic()
            self._woken.wait(self._look_every_s)
            self._woken.clear()

    def _state(self) -> State:
        """Return what is current now; what cannot be read counts as unchanged."""
        try:
            name = self._current_index()
            is_opened = name == self._opened.current_index
            generation = self._index.store.generation if self._index and is_opened else -1
            thesaurus = self._thesaurus_state()
        except Exception as error:  # any fault of a store being replaced or damaged; the opened index goes on serving
            known = isinstance(error, PasserelleError)
            if self._index is not None:
                self._report("reading", str(error) if known else f"The store cannot be read ({error}). {REMEDY}")
            return self._opened
        if is_opened:
            self._report("reading", "")
        return State(name, generation, thesaurus)

    def _swap(self, state: State) -> None:
        try:
            fresh = self._open_index()
            self._opened = State(state.current_index, fresh.engine.generation, state.thesaurus)
            self._index = fresh
            _settle()
            log.info("opened generation %d", self._opened.generation)
            self._report("opening", "")
            self._report("reading", "")  # not before: until here the damaged one was read
        except PasserelleError as error:
            self._report("opening", str(error))
        except Exception as error:  # foreign libraries fail in their own ways; reported, logged, tried again
            fault = f"The index cannot be opened ({type(error).__name__}). {REMEDY}"
            self._report("opening", fault, with_trace=True)
        self._reason = self._faults.get("opening", self._reason)
        self._tried.set()

    def _report(self, what: str, fault: str, *, with_trace: bool = False) -> None:
        """Log a fault when it is new, not at each look, and show it in `trouble` while it lasts; "" ends it."""
        if fault and fault != self._faults.get(what):
            log.error("%s the index: %s", what, fault, exc_info=with_trace)
        elif not fault and what in self._faults:
            log.info("%s the index: mended", what)
        others = {name: text for name, text in self._faults.items() if name != what}
        self._faults = others | ({what: fault} if fault else {})


def _start_check(check_integrity: Callable[[], str]) -> Future[str]:
    """Run the check in a daemon thread, which nobody waits for at the end."""
    result: Future[str] = Future()

    def work() -> None:
        try:
            result.set_result(check_integrity())
        except Exception as error:  # no process to be had, no memory: reported like damage, which it may hide
            result.set_result(f"The index could not be examined ({error}). {REMEDY}")

    threading.Thread(target=work, name="integrity-check", daemon=True).start()
    return result


def _settle() -> None:
    """Free what the index before left behind, and exempt the opened one from garbage collection.

    Traversing an index's words and rows at each collection held up requests for 60 ms each time. Memory that building
    derived files left free goes back to the system: 400 MB after 100,000 passages, which glibc would keep.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)

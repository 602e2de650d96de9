"""Looking for damage beside a service, in a process of its own that gives way to everything else.

In the service's process it held requests up by half a second: 100,000 passages take 2.6 s, in which every checksum asks
for Python's lock.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing, suppress
from multiprocessing.connection import Connection

from index.errors import PasserelleError
from index.settings import IndexSettings
from index.store.current_index import current


def examine(settings: IndexSettings) -> str:
    """Say what damage is seen in the current index without reading every text, and what mends it; "" for none."""
    context = multiprocessing.get_context("spawn")
    hearing, saying = context.Pipe(duplex=False)
    process = context.Process(target=_say, args=(settings, saying), name="examining", daemon=True)
    process.start()
    saying.close()  # or nobody would hear that the other end is closed
    try:
        found: str = hearing.recv()
    except EOFError:
        found = "The index could not be examined: the process that did it has ended. `python -m index verify` does it."
    process.join()
    return found


def _say(settings: IndexSettings, saying: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends this process with itself
    os.nice(19)
    with suppress(BrokenPipeError):  # the service was killed
        saying.send(findings(settings))


def findings(settings: IndexSettings) -> str:
    """Return what `examine` says, found in this process."""
    from index.maintenance.verify import store_findings
    from index.store.store import Store

    settings = current(settings)
    try:
        with closing(Store(settings.store, originals=settings.originals)) as store:
            return " ".join(f"{one.wrong}. Mend it: `{one.command}`." for one in store_findings(store, whole=False))
    except PasserelleError as error:
        return str(error)

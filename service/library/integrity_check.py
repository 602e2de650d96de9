"""Look for damage in the index, in a process of its own with the lowest priority.

In the service's process it held up requests by half a second: 100,000 passages take 2.6 s, in which every checksum
needs Python's lock.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing, suppress
from multiprocessing.connection import Connection

from index.errors import PasserelleError, ServerUnavailable
from index.settings import IndexSettings
from index.store.current_index import current_settings


def check_integrity(settings: IndexSettings) -> str:
    """Return the damage in the current index and the command that repairs it, "" for none; not every text is read."""
    context = multiprocessing.get_context("spawn")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_send_findings, args=(settings, sending), name="integrity-check", daemon=True)
    process.start()
    sending.close()  # else the end of the process would not close the pipe
    try:
        damage: str = receiving.recv()
    except EOFError:
        damage = "The index could not be examined: the process that did it has ended. `python -m index verify` does it."
    process.join()
    return damage


def _send_findings(settings: IndexSettings, sending: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the service, which ends this process with itself
    os.nice(19)
    with suppress(BrokenPipeError):  # the service was killed
        sending.send(find_damage(settings))


def find_damage(settings: IndexSettings) -> str:
    """Return what `check_integrity` says, looked for in this process; of a server that is away nothing is known."""
    from index.maintenance.verify import check_store
    from index.store.opening import open_store

    try:
        with closing(open_store(current_settings(settings))) as store:
            findings = check_store(store, with_texts=False)
            return " ".join(f"{finding.wrong}. Mend it: `{finding.command}`." for finding in findings)
    except ServerUnavailable:
        return ""
    except PasserelleError as error:
        return str(error)

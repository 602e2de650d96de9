"""Run `python -m ingest` in a child process: whatever a file does to it, the service goes on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NamedTuple

from index.reasons import Reason, recall_reason
from index.store.locks import INGEST_LOCK

ROOT: Final = Path(__file__).resolve().parent.parent.parent
PYTHON: Final = (sys.executable, "-m", "ingest")
NICENESS: Final = 10
ENDS_WITHIN_S: Final = 3.0  # what it is told to end with; then it is killed
PREFIX: Final = "passerelle-ingest:"
_TAIL: Final = 16_384


class Outcome(NamedTuple):
    """How a run ended: whether it did what it was for, if only in part, and what it said if it did not."""

    is_done: bool
    reasons: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        return " ".join(self.reasons)


@dataclass(frozen=True)
class IngestionCommand:
    """Runs the command over one data folder; `limit_s` counts from when it has the lock of the index.

    `program` is the command, `options` what every run of it has.
    """

    data: Path
    limit_s: float
    program: Sequence[str] = PYTHON
    poll_s: float = 0.2
    options: Sequence[str] = ("--wait", "--json")

    def run(self, words: Sequence[str], *, begun: Callable[[int], None], wait: Callable[[float], bool]) -> Outcome:
        """Run it to its end; `begun` is called with its process id.

        It is ended when time is up, and when `wait` (as `threading.Event.wait`) returns True. Raises OSError.
        """
        with tempfile.TemporaryFile() as errors:
            command = [*self.program, *words, *self.options, "--data", str(self.data.resolve())]
            path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, "PYTHONPATH": path},
            )
            try:
                _lower_priority(child.pid)
                begun(child.pid)
                reason = self._wait_for(child, wait)
            finally:
                _end(child)
            return reason or _outcome(child.returncode, errors)

    def _wait_for(self, child: subprocess.Popen[bytes], wait: Callable[[float], bool]) -> Outcome | None:
        """Return None when the child has ended by itself, else why it must end."""
        since = time.monotonic()
        while child.poll() is None:
            if wait(self.poll_s):
                return Outcome(False, (Reason("run-paused"),))
            if not holds_lock(self.data, child.pid):
                since = time.monotonic()
            elif time.monotonic() - since > self.limit_s:
                return Outcome(False, (Reason("run-too-long", minutes=f"{self.limit_s / 60:g}"),))
        return None


def holds_lock(data: Path, pid: int) -> bool:
    """Say whether this process is the one that writes to the index now."""
    return lock_holder(data).startswith(f"process {pid} on ")


def lock_holder(data: Path) -> str:
    """Return what the process that writes to the index says of itself, "" when none does."""
    try:
        return (data / INGEST_LOCK).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _lower_priority(pid: int) -> None:
    with contextlib.suppress(OSError, AttributeError):  # gone already, or not a POSIX system
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child, which stops between two documents, or at once after a few seconds."""
    if child.poll() is None:
        child.send_signal(signal.SIGINT)
        try:
            child.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(OSError, AttributeError):
                os.killpg(child.pid, signal.SIGKILL)
            child.kill()
            child.wait()


def _outcome(code: int, errors: IO[bytes]) -> Outcome:
    """Return how a run ended: 2 without a word means that it did its work and every file failed."""
    errors.seek(max(0, errors.seek(0, os.SEEK_END) - _TAIL))
    lines = [line.strip() for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
    reasons = tuple(_read_reason(line.removeprefix(PREFIX).strip()) for line in lines if line.startswith(PREFIX))
    if code in (0, 1) or (code == 2 and not reasons):
        return Outcome(True, reasons)
    last = lines[-1] if lines else "no message"
    how = (
        Reason("run-killed", signal=-code, detail=last)
        if code < 0
        else Reason("run-unexplained", status=code, detail=last)
    )
    return Outcome(False, reasons or (how,))


def _read_reason(line: str) -> str:
    """Return why the command stopped, from a line of JSON; any other line as it is."""
    try:
        entry = json.loads(line)
        return recall_reason(str(entry["reason"]), entry)
    except (ValueError, KeyError, TypeError):  # from before the command was told to write JSON: a wrong option, a crash
        return line

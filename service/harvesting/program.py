"""Have the ingestion command judge a harvest's terms, or look at its list: in a child process, within a limit of time.

So the terms are understood by the code that reads an operator's plan, and whatever a site answers, this process is not
the one that reads it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from index.reasons import recall_reason
from service.errors import InvalidField, LimitReached
from service.ingestion.command import ROOT

PYTHON: Final = (sys.executable, "-m", "ingest.harvest")
CHECK_S: Final = 20.0
TRIAL_S: Final = 40.0  # the command itself ends sooner; a machine under load starts it late


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list."""

    address: str
    title: str
    published: str


@dataclass(frozen=True, slots=True)
class Fault:
    """An entry of a list that cannot be used, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What a look at a list showed; see `ingest.harvest.trial.Trial`."""

    format: str
    address: str
    entries: tuple[Entry, ...] = ()
    faults: tuple[Fault, ...] = ()
    listed: int = 0
    chosen: int = 0
    to_fetch: int = 0
    is_partial: bool = False
    reason: str = ""


@dataclass(frozen=True)
class HarvestProgram:
    """Runs `python -m ingest.harvest check` and `try` for one data folder."""

    data: Path
    program: Sequence[str] = PYTHON
    check_s: float = CHECK_S
    trial_s: float = TRIAL_S

    def check(self, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return the terms as they are understood, with what is usual for those left out. Raises InvalidField."""
        understood: dict[str, Any] = self._run("check", terms, self.check_s)["terms"]
        return understood

    def look(self, terms: Mapping[str, Any]) -> Trial:
        """Return what a look at the list shows, also if it cannot be read. Raises InvalidField, LimitReached."""
        shown = self._run("try", terms, self.trial_s)
        entries = tuple(Entry(**entry) for entry in shown.pop("entries"))
        faults = tuple(Fault(str(fault["path"]), _recall(fault)) for fault in shown.pop("faults"))
        return Trial(entries=entries, faults=faults, reason=_recall(shown.pop("fault")), **shown)

    def _run(self, action: str, terms: Mapping[str, Any], limit_s: float) -> dict[str, Any]:
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH", ""))))
        try:
            done = subprocess.run(
                [*self.program, action, "--data", str(self.data.resolve())],
                input=json.dumps({"terms": dict(terms)}).encode(),
                capture_output=True,
                timeout=limit_s,
                check=False,
                env={**os.environ, "PYTHONPATH": path},
            )
        except subprocess.TimeoutExpired as error:
            raise LimitReached(f"It took longer than {limit_s:.0f} s. Try again later.", rule="slow") from error
        try:
            answer: dict[str, Any] = json.loads(done.stdout)
        except ValueError as error:
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            message = lines[-1].removeprefix("passerelle-ingest: ") if lines else f"code {done.returncode}"
            raise LimitReached(f"It could not be looked at: {message}", rule="failed") from error
        if "error" in answer:
            raise InvalidField(answer["field"], answer["error"], rule=answer["field"])
        return answer


def _recall(entry: Mapping[str, Any]) -> str:
    return recall_reason(str(entry["reason"]), entry)

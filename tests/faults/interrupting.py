"""`python -m tests.faults.interrupting SCENARIO FOLDER MOST [ERRNO]`: cut one scenario short at its writes, one by one.

A process of its own without threads, so that it may fork. After each fault the folder must hold what the scenario says;
then the work is done again, and must come to what it comes to undisturbed. Prints how many writes there are ("points"),
at how many of them the work was cut short ("faults"), at which ones nobody noticed ("unnoticed"), and "failures".
"""

from __future__ import annotations

import errno
import json
import re
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from tests.faults.scenarios import SCENARIOS
from tests.faults.syscalls import Outcome, in_child, why_not, with_fault

_REPORTED = re.compile(r"(sqlite3\.OperationalError|OSError|index(\.\w+)+Error):")  # what the commands report


def main(name: str, folder: Path, most: int, error: int = 0) -> dict[str, Any]:
    """Interrupt the scenario at most `most` times, evenly over its writes."""
    if reason := why_not():
        return {"skipped": reason}
    scenario = SCENARIOS[name]
    for library in ("langchain_text_splitters", "tantivy", "faiss", "lxml.etree"):
        import_module(library)  # once here, and not in every child
    base, data = folder / "base", folder / "work" / "data"
    data.parent.mkdir(parents=True)
    expect(in_child(lambda: scenario.prepare(data)))
    data.parent.rename(base)

    def fresh() -> None:
        shutil.rmtree(data.parent, ignore_errors=True)
        shutil.copytree(base, data.parent)

    fresh()
    points = expect(with_fault(lambda: scenario.work(data), 0, error)).calls
    expected = expect(in_child(lambda: scenario.read(data))).value

    def after() -> Any:
        scenario.holds(data)
        scenario.work(data)
        return scenario.read(data)

    unnoticed, failures = [], []
    tried = evenly(points, most)
    for at in tried:
        fresh()
        outcome = with_fault(lambda: scenario.work(data), at, error)
        if not (outcome.was_killed or outcome.error):
            unnoticed.append(at)
        if outcome.error and not _REPORTED.match(outcome.error.strip().splitlines()[-1]):
            failures.append(f"{name} at {at}: {outcome.error[-1200:]}")
        then = in_child(after)
        if then.error or then.value != expected:
            failures.append(f"{name} at {at}: {then.error[-1200:] or f'{then.value} instead of {expected}'}")
    faults = len(tried) - len(unnoticed)
    return {"points": points, "faults": faults, "unnoticed": unnoticed, "failures": failures}


def evenly(points: int, most: int) -> list[int]:
    """Return at most `most` of the numbers from 1 to `points`, evenly spread, the first and the last among them."""
    if points <= most:
        return list(range(1, points + 1))
    return sorted({1 + round(step * (points - 1) / (most - 1)) for step in range(most)})


def expect(outcome: Outcome) -> Outcome:
    if outcome.error:
        raise RuntimeError(outcome.error)
    return outcome


if __name__ == "__main__":
    arguments: list[str] = sys.argv[1:]
    number: Callable[[str], int] = lambda name: getattr(errno, name)  # noqa: E731
    result = main(arguments[0], Path(arguments[1]), int(arguments[2]), *map(number, arguments[3:]))
    print(json.dumps(result))  # noqa: T201

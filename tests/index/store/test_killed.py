"""Killed at its writes, or told there that the disk is full: whatever went on, nothing is half, the next run ends it.

Not at random moments: before chosen system calls, evenly over all that the work makes (`tests/faults/`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from tests.conftest import ROOT
from tests.faults.scenarios import SCENARIOS

KILLS: Final = {
    "store": 100, "first": 50, "job": 90, "inbox": 90, "backup": 40, "restore": 50, "rebuild": 60, "migration": 44,
}  # fmt: skip
EVERY: Final = 100_000
Cut = tuple[str, int, str]


def interrupt(scenario: str, most: int, error: str = "") -> dict[str, Any]:
    """Cut a scenario short at so many of its writes, in a process of its own."""
    in_memory = Path("/dev/shm")
    where = in_memory if in_memory.is_dir() and os.access(in_memory, os.W_OK) else None  # the kill is ours, not fsync's
    with tempfile.TemporaryDirectory(dir=where) as folder:
        command = [sys.executable, "-m", "tests.faults.interrupting", scenario, f"{folder}/it", str(most)]
        command += [error] * bool(error)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def assert_sound(result: dict[str, Any], at_least: int) -> None:
    if "skipped" in result:
        pytest.skip(result["skipped"])
    assert result["failures"] == []
    assert result["faults"] >= at_least


@pytest.fixture(scope="module")
def running() -> Any:
    """Begin every interruption of this file, two at a time, so that both cores have something to do."""
    with ThreadPoolExecutor(2) as pool:
        kills = {name: pool.submit(interrupt, name, most) for name, most in KILLS.items()}
        full = {name: pool.submit(interrupt, name, 8, "ENOSPC") for name in KILLS}
        yield kills, full


def test_every_scenario_is_killed_and_five_hundred_times_in_all() -> None:
    assert KILLS.keys() == SCENARIOS.keys()
    assert sum(KILLS.values()) >= 500


@pytest.mark.parametrize("scenario", KILLS)
def test_killed_before_a_write_nothing_is_half_and_the_next_run_ends_what_was_begun(
    scenario: str, running: tuple[dict[str, Future[dict[str, Any]]], dict[str, Future[dict[str, Any]]]]
) -> None:
    assert_sound(running[0][scenario].result(), KILLS[scenario] - 4)  # threads may make a call less than when counted


@pytest.mark.parametrize("scenario", KILLS)
def test_a_full_disk_is_reported_and_when_there_is_room_again_the_next_run_ends_what_was_begun(
    scenario: str, running: tuple[dict[str, Future[dict[str, Any]]], dict[str, Future[dict[str, Any]]]]
) -> None:
    assert_sound(running[1][scenario].result(), 4)


@pytest.mark.soak
@pytest.mark.parametrize("error", ["", "ENOSPC", "EIO"])
@pytest.mark.parametrize("scenario", KILLS)
def test_at_every_single_write(scenario: str, error: str) -> None:
    """Every error is reported but those of the last writes: when SQLite closes, it copies a log that is safe."""
    result = interrupt(scenario, EVERY, error)
    assert_sound(result, 0)
    points, faults, unnoticed = result["points"], result["faults"], result["unnoticed"]
    print(f"{scenario} {error or 'SIGKILL'}: {faults} faults at {points} writes")  # noqa: T201
    if error:
        assert unnoticed == list(range(faults + 1, points + 1)), "an error was passed over and the work went on"
    else:
        assert faults >= points - 4

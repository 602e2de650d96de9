"""A step that fails is logged and done again; it is the leader's, and ends with the service."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest

from service.errors import NotReady
from service.library.background import BackgroundLoop
from service.library.leader_lock import LeaderLock


def test_a_step_that_fails_is_logged_and_done_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    faults, done = [NotReady("not yet"), ValueError("broken")], threading.Event()

    def step() -> None:
        if faults:
            raise faults.pop(0)
        done.set()

    loop = BackgroundLoop("trial", step, 0.001, LeaderLock(tmp_path / "lock"), "the trial went wrong")
    loop.start()
    assert done.wait(5)
    loop.stop()
    assert not loop.is_running
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == ["the trial went wrong"]


def test_one_of_two_does_the_step_until_it_stops(tmp_path: Path) -> None:
    ran = {name: threading.Event() for name in ("first", "second")}
    loops = [BackgroundLoop(name, ran[name].set, 0.001, LeaderLock(tmp_path / "lock"), "") for name in ran]
    loops[0].start()
    assert ran["first"].wait(5)
    loops[1].start()
    assert not ran["second"].wait(0.05)
    loops[0].stop()
    assert ran["second"].wait(5)
    loops[1].stop()

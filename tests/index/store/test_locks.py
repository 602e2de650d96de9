"""One holder at a time, who is named to the others, and whose lock ends with it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index.store.locks import AnotherJob, exclusive_lock, job_lock
from tests.conftest import ROOT

_HOLD = """
import os, sys
from pathlib import Path
from index.store.locks import job_lock
with job_lock(Path(sys.argv[1])):
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""


def hold(path: Path) -> subprocess.Popen[str]:
    """Start a process that holds the lock until its input is closed; return when it does."""
    command = [sys.executable, "-c", _HOLD, str(path), "--a-word"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert int(process.stdout.readline()) == process.pid
    return process


def test_the_second_job_is_told_which_process_holds_the_lock_and_trying_erases_nothing(tmp_path: Path) -> None:
    with hold(tmp_path / "lock") as process:
        for _ in range(2):
            with pytest.raises(AnotherJob, match=rf"process {process.pid} on .+, since 2.+ UTC, `-c .*--a-word`"):
                job_lock(tmp_path / "lock").__enter__()
        process.communicate()
    with job_lock(tmp_path / "lock"):
        assert f"process {process.pid} " not in (tmp_path / "lock").read_text()
    assert (tmp_path / "lock").read_text() == ""


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://marie:geheim@db.example.org/centre", "postgresql://marie:…@db.example.org/centre"),
        ("postgresql://marie:ge@he/geheim@db.example.org/centre", "postgresql://marie:…@db.example.org/centre"),
        ("postgresql://db.example.org/centre?password=geheim&user=marie", "centre?password=…&user=marie"),
    ],
)
def test_the_lock_names_no_password(address: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["index", "copy", "--to", address])
    with job_lock(tmp_path / "lock"):
        held = (tmp_path / "lock").read_text()
    assert shown in held
    assert "geheim" not in held


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    with hold(tmp_path / "lock") as process:
        process.kill()
        process.wait()
        with job_lock(tmp_path / "lock"):
            pass


def test_an_error_of_the_job_itself_is_not_taken_for_another_job(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError), job_lock(tmp_path / "lock"):
        raise BlockingIOError("of its own")


def test_threads_exclude_one_another_and_wait(tmp_path: Path) -> None:
    inside: list[int] = []

    def work(number: int) -> None:
        for _ in range(20):
            with exclusive_lock(tmp_path / "lock"):
                inside.append(number)
                assert inside == [number]
                inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with exclusive_lock(tmp_path / "lock"), pytest.raises(BlockingIOError):
        exclusive_lock(tmp_path / "lock", wait=False).__enter__()

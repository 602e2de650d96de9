"""Token buckets that several processes share: the rules of one process, kept by all together, whoever dies."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import TooManyRequests
from service.http.rate_limits import WIDTH, MemoryBuckets, SharedBuckets
from service.library.leader_lock import LeaderLock
from tests.conftest import ROOT

SECRET = "00"
TAKE = """
import sys
from pathlib import Path
from service.errors import TooManyRequests
from service.http.rate_limits import SharedBuckets
buckets, passed = SharedBuckets(Path(sys.argv[1]), 200, 200, "00", lambda: 0.0), 0
for _ in range(150):
    try:
        buckets.take("a")
        passed += 1
    except TooManyRequests:
        pass
print(passed)
"""


def wait_s(buckets: MemoryBuckets | SharedBuckets, name: str) -> int:
    try:
        buckets.take(name)
    except TooManyRequests as error:
        return error.retry_after_s
    return 0


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.floats(0, 20)), max_size=60),
    st.integers(0, 120),
    st.integers(1, 9),
)
def test_they_do_as_the_buckets_of_one_process_do(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float]], per_minute: int, burst: int
) -> None:
    now = [0.0]
    path = tmp_path_factory.mktemp("buckets") / "addresses"
    own = MemoryBuckets(per_minute, burst, lambda: now[0])
    shared = [SharedBuckets(path, per_minute, burst, SECRET, lambda: now[0], rows=4) for _ in range(2)]
    for number, (name, step) in enumerate(steps):
        now[0] += step
        assert wait_s(shared[number % 2], name) == wait_s(own, name)


def test_processes_that_take_at_once_take_no_token_twice(tmp_path: Path) -> None:
    command = [sys.executable, "-c", TAKE, str(tmp_path / "addresses")]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(process.communicate()[0]) for process in running) == 200


def test_a_process_that_dies_while_it_counts_stops_no_other(tmp_path: Path) -> None:
    dying = (
        "import os, sys, signal; from pathlib import Path; from service.http.rate_limits import SharedBuckets\n"
        "SharedBuckets(Path(sys.argv[1]), 1, 1, '00', lambda: os.kill(os.getpid(), signal.SIGKILL)).take('a')"
    )
    done = subprocess.run([sys.executable, "-c", dying, str(tmp_path / "addresses")], cwd=ROOT, check=False)
    assert done.returncode == -9
    assert wait_s(SharedBuckets(tmp_path / "addresses", 1, 1, SECRET, lambda: 0.0), "a") == 0


def test_a_full_row_forgets_the_bucket_used_longest_ago_and_no_name_is_written_down(tmp_path: Path) -> None:
    now = [0.0]
    buckets = SharedBuckets(tmp_path / "addresses", 1, 1, SECRET, lambda: now[0], rows=1)
    for number in range(WIDTH + 1):
        now[0] += 1
        buckets.take(f"192.0.2.{number}")
    assert wait_s(buckets, f"192.0.2.{WIDTH}") > 0
    assert wait_s(buckets, "192.0.2.1") > 0
    assert wait_s(buckets, "192.0.2.0") == 0, "it was driven out, so it is full again"
    assert b"192.0.2" not in (tmp_path / "addresses").read_bytes()


def test_a_job_is_one_holders_until_it_lets_go(tmp_path: Path) -> None:
    first, second = (LeaderLock(tmp_path / "below" / "lock") for _ in range(2))
    assert [first.is_leader(), second.is_leader(), first.is_leader()] == [True, False, True]
    first.release()
    assert second.is_leader()
    second.release()


def test_a_job_passes_on_when_its_holder_is_killed(tmp_path: Path) -> None:
    holding = (
        "import sys; from pathlib import Path; from service.library.leader_lock import LeaderLock\n"
        "lock = LeaderLock(Path(sys.argv[1])); assert lock.is_leader(); print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", holding, str(tmp_path / "lock")]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        mine = LeaderLock(tmp_path / "lock")
        assert not mine.is_leader()
        os.kill(holder.pid, 9)
        holder.wait()
        assert mine.is_leader()
        mine.release()

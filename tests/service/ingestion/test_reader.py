"""What waits is read soon, by one process, one run at a time; whatever happens to a run, the service goes on."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.reasons import Reason, record_reason
from index.store.locks import INGEST_LOCK, job_lock
from service.ingestion.command import IngestionCommand
from service.ingestion.reader import RETRY_S, BackgroundReader
from service.ingestion.state import IngestionFiles, Run, State
from service.library.leader_lock import LeaderLock
from service.uploads.store import UploadedFile, UploadFolder
from tests.conftest import ROOT

PROGRAM = f"""
import json, os, sys, time
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
from index.store.locks import job_lock
words = sys.argv[1:]
data = Path(words[words.index("--data") + 1])
behaviour = (data / "behaviour").read_text() if (data / "behaviour").exists() else ""
with job_lock(data / "ingest.lock", wait="--wait" in words):
    with (data / "runs").open("a") as log:
        log.write(" ".join(words[:1]) + f" {{os.nice(0)}}\\n")
    if behaviour == "crash":
        os.abort()
    if behaviour.startswith("fault"):
        message = behaviour.removeprefix("fault").strip() or "stopped: no space left."
        sys.stderr.write(f"a warning\\npasserelle-ingest: {{message}}\\n")
        sys.exit(2)
    if behaviour == "hang":
        time.sleep(60)
    files = [str(path.relative_to(data / "uploads")) for path in (data / "uploads").rglob("*.md")]
    if behaviour != "blind":
        states = {{file: {{"state": "read", "document": "d", "reason": ""}} for file in files}}
        (data / "uploads-state.json").write_text(json.dumps({{"at": "", "files": states}}))
"""


@dataclass
class Site:
    """A data folder, its uploads, and a reader that runs a small program in place of the command."""

    data: Path
    limit_s: float = 60.0
    time: float = 1_000_000.0
    files: IngestionFiles = field(init=False)
    uploads: UploadFolder = field(init=False)

    def __post_init__(self) -> None:
        (self.data / "program.py").write_text(PROGRAM)
        self.files, self.uploads = IngestionFiles(self.data), UploadFolder(self.data)
        self.reader = self.make_reader()

    def make_reader(self) -> BackgroundReader:
        program = (sys.executable, str(self.data / "program.py"))
        command = IngestionCommand(self.data, self.limit_s, program, poll_s=0.01)
        leader = LeaderLock(self.data / "reader.lock")
        return BackgroundReader(self.files, command, self.uploads.waiting, leader, 0.01, now=lambda: self.time)

    def upload(self, name: str = "a.md") -> None:
        self.uploads.put([UploadedFile(name, io.BytesIO(b"x"))], {}, "Anne", datetime(2026, 11, 26, tzinfo=UTC))

    def behave(self, how: str) -> None:
        (self.data / "behaviour").write_text(how)

    @property
    def runs(self) -> list[str]:
        """Return what was read by each run, and with which niceness."""
        return (self.data / "runs").read_text().splitlines() if (self.data / "runs").exists() else []


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.01)


def test_an_upload_is_read_once_and_with_low_priority(site: Site) -> None:
    assert not site.reader.look()
    site.upload()
    assert [site.reader.look(), site.reader.look()] == [True, False]
    assert site.runs == ["--uploads 10"]
    assert site.uploads.waiting() == frozenset()
    last = site.files.status().last
    assert last is not None
    assert (last.what, last.is_done, last.message) == ("uploads", True, "")


def test_a_run_that_dies_is_tried_again_later_and_later_and_says_why(site: Site) -> None:
    site.upload()
    site.behave("crash")
    assert [site.reader.look(), site.reader.look()] == [True, False]
    assert "killed (signal 6)" in site.files.status().stopped[0]
    site.time += RETRY_S
    assert site.reader.look()
    site.time += RETRY_S
    assert not site.reader.look()
    site.behave("")
    site.time += RETRY_S
    assert site.reader.look()
    assert site.files.status().stopped == ()
    assert site.uploads.waiting() == frozenset()


def test_what_the_command_says_is_shown(site: Site) -> None:
    site.upload()
    site.behave("fault")
    site.reader.look()
    assert site.files.status().stopped == ("stopped: no space left.",)


def test_what_the_command_says_in_json_keeps_its_code(site: Site) -> None:
    reason = Reason("source-missing", source="/srv/documents")
    site.upload()
    site.behave(f"fault {json.dumps(record_reason(reason))}")
    site.reader.look()
    (stopped,) = site.files.status().stopped
    assert isinstance(stopped, Reason)
    assert (stopped, stopped.code) == (reason, "source-missing")


def test_a_run_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    site = Site(tmp_path, limit_s=0.2)
    site.upload()
    site.behave("hang")
    site.reader.look()
    assert "took longer" in site.files.status().stopped[0]
    with job_lock(tmp_path / INGEST_LOCK):  # and the lock is free
        pass


def test_what_a_run_leaves_unread_is_not_tried_over_and_over(site: Site) -> None:
    site.upload()
    site.behave("blind")
    assert [site.reader.look(), site.reader.look()] == [True, False]
    site.upload("b.md")
    assert site.reader.look()


def test_what_waits_is_left_to_a_job_that_watches(site: Site) -> None:
    site.upload()
    (site.data / "ingest-watching").touch()
    assert not site.reader.look()
    os.utime(site.data / "ingest-watching", (1, 1))
    assert site.reader.look()


def test_a_run_waits_for_another_job_and_says_for_which(site: Site) -> None:
    site.upload()
    with job_lock(site.data / INGEST_LOCK):
        looking = threading.Thread(target=site.reader.look)
        looking.start()
        wait_until(lambda: site.files.status().running is not None)
        status = site.files.status()
        assert not status.is_reading
        assert f"process {os.getpid()} on" in status.waits_for
        assert site.runs == []
    looking.join()
    assert site.runs == ["--uploads 10"]


def test_while_it_is_read_the_upload_is_said_to_be(site: Site) -> None:
    site.upload()
    site.behave("hang")
    site.reader.start()
    wait_until(lambda: site.files.status().is_reading)
    site.reader.stop()


def test_a_service_that_ends_ends_its_run_and_goes_on_at_the_next_start(site: Site) -> None:
    site.upload()
    site.behave("hang")
    site.reader.start()
    wait_until(lambda: site.files.status().is_reading)
    running = site.files.status().running
    assert running is not None
    site.reader.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(running.pid, 0)
    assert (site.files.status().running, site.files.status().stopped) == (None, ())
    site.behave("")
    site.reader = site.make_reader()
    site.reader.start()
    wait_until(lambda: not site.uploads.waiting())
    site.reader.stop()
    assert len(site.runs) == 2


def test_after_a_service_was_killed_its_run_ends_and_the_next_reads_nothing_twice(site: Site) -> None:
    site.upload()
    site.files.write_state(State(running=Run("uploads", "", "2026-11-26T17:00:00+00:00", pid=999_999_999)))
    command = IngestionCommand(site.data, 60, (sys.executable, str(site.data / "program.py")))
    command.run(["--uploads"], begun=lambda pid: None, wait=threading.Event().wait)  # what it left
    assert not site.reader.look()
    assert site.files.state().running is None
    assert len(site.runs) == 1


def test_one_of_several_processes_reads(site: Site) -> None:
    readers = [site.make_reader() for _ in range(3)]
    for reader in readers:
        reader.start()
    site.upload()
    wait_until(lambda: not site.uploads.waiting())
    site.upload("b.md")
    wait_until(lambda: not site.uploads.waiting())
    for reader in readers:
        reader.stop()
    assert len(site.runs) == 2


def test_all_sources_are_read_again_once_for_each_request(site: Site) -> None:
    site.files.ask("Anne")
    assert [site.reader.look(), site.reader.look()] == [True, False]
    assert [run.split()[0] for run in site.runs] == ["--again"]
    last = site.files.status().last
    assert last is not None
    assert (last.what, last.by) == ("again", "Anne")


def test_a_request_that_fails_is_settled_and_says_why(site: Site) -> None:
    site.behave("fault")
    site.files.ask("Anne")
    assert [site.reader.look(), site.reader.look()] == [True, False]
    assert "no space left" in site.files.status().stopped[0]


def test_a_request_outlives_a_service_that_ends_before_it_is_seen_to(site: Site) -> None:
    site.behave("hang")
    site.files.ask("Anne")
    site.reader.start()
    wait_until(lambda: site.files.status().is_reading)
    site.reader.stop()
    assert site.files.request() is not None


def test_a_child_that_ignores_the_word_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "deaf.py"
    program.write_text("import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print(1); time.sleep(60)")
    begun = threading.Event()
    command = IngestionCommand(tmp_path, 60, (sys.executable, str(program)), poll_s=0.5)

    def waited(seconds: float) -> bool:
        time.sleep(seconds)
        return True

    outcome = command.run([], begun=lambda pid: begun.set(), wait=waited)
    assert begun.is_set()
    assert not outcome.is_done


def test_damaged_files_of_the_reader_are_remade(site: Site) -> None:
    (site.data / "ingestion-state.json").write_text("{")
    (site.data / "ingest-sources.json").write_text(json.dumps({"sources": [{}]}))
    assert site.files.status().sources == ()
    site.upload()
    assert site.reader.look()
    assert site.files.status().last is not None

"""What is due is fetched soon, by one process, in a child of it; whatever happens to that, the service goes on."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any

import pytest

from index.store.locks import exclusive_lock
from service.harvesting.fetcher import BackgroundFetcher, read_fault, unread_harvests
from service.harvesting.store import FOLDER, HarvestPlan, PlannedHarvest, Status
from service.ingestion.command import IngestionCommand
from service.ingestion.reader import RETRY_S
from service.ingestion.state import IngestionFiles
from service.library.leader_lock import LeaderLock

PROGRAM = """
import json, sys
from pathlib import Path
data = Path(sys.argv[sys.argv.index("--data") + 1])
with (data / "runs").open("a") as log:
    log.write(" ".join(sys.argv[1:-1]) + "\\n")
if (data / "fault").exists():
    sys.stderr.write("passerelle-ingest: no space left.\\n")
    sys.exit(2)
harvests = json.loads((data / "harvests.json").read_text())["harvests"]
records = {
    "staff-harvests/" + harvest["terms"]["name"]: {
        "name": harvest["terms"]["name"], "began": "2026-11-30T10:00:00.000+00:00", "due": 2_000_000.0,
        "revision": harvest["revision"], "written": "w", "read": ""}
    for harvest in harvests
}
(data / "harvests-state.json").write_text(json.dumps({"harvests": records}))
"""


@dataclass
class Site:
    """A data folder, staff's plan in it, and a fetcher that runs a small program in place of the command."""

    data: Path
    time: float = 1_000_000.0
    plan: HarvestPlan = field(init=False)

    def __post_init__(self) -> None:
        (self.data / "program.py").write_text(PROGRAM)
        self.plan = HarvestPlan(self.data)
        command = IngestionCommand(
            self.data, inf, (sys.executable, str(self.data / "program.py")), poll_s=0.01, options=()
        )
        leader = LeaderLock(self.data / "fetcher.lock")
        self.fetcher = BackgroundFetcher(self.plan, IngestionFiles(self.data), command, leader, now=lambda: self.time)

    def put(self, **values: Any) -> None:
        with self.plan.changing() as draft:
            draft.put(PlannedHarvest({"name": "actu"}, **values))

    @property
    def runs(self) -> int:
        return (self.data / "runs").read_text().count("fetch --data\n") if (self.data / "runs").exists() else 0


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_harvest_is_fetched_when_it_is_due_and_its_folder_is_then_to_be_read(site: Site) -> None:
    assert not site.fetcher.look()
    site.put()
    assert [site.fetcher.look(), site.fetcher.look()] == [True, False]
    assert unread_harvests(site.plan) == {"harvest actu w"}
    site.time = 2_000_000.0
    assert site.fetcher.look()
    assert site.runs == 2


def test_a_change_and_a_request_are_seen_to_before_the_time(site: Site) -> None:
    site.put()
    site.fetcher.look()
    site.put(status=Status.PAUSED)  # what it states may be other readers
    assert [site.fetcher.look(), site.fetcher.look()] == [True, False]
    site.put(requested="2026-11-30T09:00:00.000+00:00")
    assert [site.fetcher.look(), site.fetcher.look()] == [True, False]
    site.put(requested="2999-01-01T00:00:00.000+00:00")
    assert site.fetcher.look()


def test_a_command_that_fails_is_tried_again_later_and_the_reason_kept(site: Site) -> None:
    site.put()
    (site.data / "fault").touch()
    assert [site.fetcher.look(), site.fetcher.look()] == [True, False]
    assert read_fault(site.data) == "no space left."
    (site.data / "fault").unlink()
    site.time += RETRY_S
    assert site.fetcher.look()
    assert read_fault(site.data) == ""


def test_what_is_due_is_left_to_a_job_that_watches(site: Site) -> None:
    site.put()
    (site.data / "ingest-watching").touch()
    assert not site.fetcher.look()
    os.utime(site.data / "ingest-watching", (1, 1))
    assert site.fetcher.look()


def test_a_harvest_is_forgotten_once_its_documents_are_removed(site: Site) -> None:
    site.put()
    site.fetcher.look()
    site.put(status=Status.ENDED, until="2026-01-01")
    with exclusive_lock(site.data / FOLDER / ".actu.lock"):  # it is being fetched still
        assert unread_harvests(site.plan) == frozenset()
    assert unread_harvests(site.plan) == {"harvest actu over"}
    assert not site.fetcher.look()
    assert [harvest.name for harvest in site.plan.all()] == ["actu"]
    (site.data / "harvests-state.json").write_text(json.dumps({"harvests": {}}))
    assert unread_harvests(site.plan) == frozenset()
    site.fetcher.look()
    assert site.plan.all() == []


def test_a_plan_that_cannot_be_read_has_nothing_done(site: Site) -> None:
    site.put()
    site.plan.path.write_text("{")
    assert not site.fetcher.look()
    assert unread_harvests(site.plan) == frozenset()
    assert site.runs == 0

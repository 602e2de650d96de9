"""The job beside the service that has staff's harvests fetched when they are due, in a child process.

One process of the service does it. What was fetched is read by the reader of uploads (`service.ingestion.reader`), so
that a slow site keeps no upload waiting. What is due follows from two files: the plan, and the record of what was done.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.clock import utc_today
from index.store.atomic_files import write_atomically
from index.store.locks import exclusive_lock
from service.harvesting.records import Record, read_records
from service.harvesting.store import FOLDER, DamagedPlan, HarvestPlan, PlannedHarvest, Status
from service.ingestion.command import IngestionCommand
from service.ingestion.reader import LONGEST_RETRY_S, RETRY_S
from service.ingestion.state import IngestionFiles
from service.library.background import BackgroundLoop
from service.library.leader_lock import LeaderLock

log = logging.getLogger("passerelle.harvesting")
FAULT: Final = "harvests-fault.json"  # why the last run of the command stopped, if it did
NO_RECORD: Final = Record("")


def is_waiting(harvest: PlannedHarvest, record: Record | None, now: float) -> bool:
    """Say whether a harvest is to be fetched, or what it states to be brought up to date."""
    record = record or NO_RECORD
    if harvest.is_over(utc_today().isoformat()):
        return False
    if record.revision != harvest.revision:
        return True
    return harvest.status is Status.ACTIVE and (record.due <= now or harvest.requested > record.began)


def unread_harvests(plan: HarvestPlan) -> frozenset[str]:
    """Return what is to be read of staff's harvests: folders that changed, and those whose documents are to go."""
    try:
        harvests = plan.all()
    except DamagedPlan:
        return frozenset()
    records, today = read_records(plan.data), utc_today().isoformat()
    waiting = set()
    for harvest in harvests:
        record = records.get(f"{FOLDER}/{harvest.name}", NO_RECORD)
        if harvest.is_over(today):
            if has_documents(plan, harvest.name, records) and not _is_fetched_now(plan, harvest.name):
                waiting.add(f"harvest {harvest.name} over")
        elif record.is_unread:
            waiting.add(f"harvest {harvest.name} {record.written}")
    return frozenset(waiting)


def has_documents(plan: HarvestPlan, name: str, records: Mapping[str, Record]) -> bool:
    """Say whether a harvest was ever fetched, and its documents not removed since."""
    return f"{FOLDER}/{name}" in records or plan.folder_of(name).exists()


def _is_fetched_now(plan: HarvestPlan, name: str) -> bool:
    """Say whether the command is at work in a harvest's folder, which cannot be emptied then."""
    try:
        with exclusive_lock(plan.folder_of(name).with_name(f".{name}.lock"), wait=False):
            return False
    except BlockingIOError:
        return True


def read_fault(data: Path) -> str:
    """Return why the last run of the command stopped, "" if it did not."""
    try:
        return str(json.loads((data / FAULT).read_text(encoding="utf-8"))["message"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


@dataclass
class BackgroundFetcher:
    """Looks every few seconds for a harvest that is due, and runs the command; `look` may also be called by hand."""

    plan: HarvestPlan
    files: IngestionFiles
    command: IngestionCommand
    leader: LeaderLock
    every_s: float = 2.0
    now: Callable[[], float] = time.time
    loop: BackgroundLoop = field(init=False)
    _failures: int = field(default=0, init=False)
    _next_try: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        fault = "what is due to be harvested could not be looked through"
        self.loop = BackgroundLoop("harvesting", self._step, self.every_s, self.leader, fault)

    def start(self) -> None:
        self.loop.start()

    def stop(self) -> None:
        self.loop.stop()

    def _step(self) -> None:
        self.look()

    def look(self) -> bool:
        """Run the command if a harvest is due and nobody else sees to it; say whether it was run."""
        try:
            harvests = self.plan.all()
        except DamagedPlan:  # the page says so
            return False
        records, today = read_records(self.plan.data), utc_today().isoformat()
        gone = [
            harvest.name
            for harvest in harvests
            if harvest.is_over(today) and not has_documents(self.plan, harvest.name, records)
        ]
        if gone:
            self.plan.forget(gone)
        is_due = any(is_waiting(harvest, records.get(f"{FOLDER}/{harvest.name}"), self.now()) for harvest in harvests)
        if not is_due or self.now() < self._next_try or self.files.is_watched:
            return False
        self._run()
        return True

    def _run(self) -> None:
        outcome = self.command.run(["fetch"], begun=lambda _: None, wait=self.loop.wait)
        if self.loop.is_ended:  # it goes on at the next start
            return
        path = self.plan.data / FAULT
        if outcome.is_done:
            self._failures, self._next_try = 0, 0.0
            path.unlink(missing_ok=True)
            return
        self._failures += 1
        self._next_try = self.now() + min(RETRY_S * 2 ** (self._failures - 1), LONGEST_RETRY_S)
        log.error("harvesting: %s", outcome.message)
        with write_atomically(path) as file:
            file.write(json.dumps({"message": outcome.message}, ensure_ascii=False).encode())

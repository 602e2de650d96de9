"""Fetch what staff's harvests are due, and hand the folders to the job that reads them.

Fetching needs neither the index nor its lock; it goes on beside a job that reads.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from index.clock import utc_today
from index.errors import PasserelleError
from index.store.locks import exclusive_lock
from ingest.harvest.addresses import NONE_ALLOWED, Allowed
from ingest.harvest.mirror import Mirror
from ingest.harvest.records import Record, Records, kept_remarks
from ingest.harvest.staff_plan import FOLDER, StaffHarvest, StaffPlan, read_staff_plan
from ingest.sources.catalogue import CATALOGUE, source_name
from ingest.sync.report import Remark, Report

NO_RECORD = Record("")


def is_due(entry: StaffHarvest, record: Record, now: float) -> bool:
    """Say whether an active harvest is to be fetched now: its time has come, it was requested, or cut short."""
    return entry.is_active and (record.due <= now or is_requested(entry, record))


def is_requested(entry: StaffHarvest, record: Record) -> bool:
    return entry.requested > record.began


@dataclass
class StaffFetcher:
    """Fetches the harvests of staff that are due, one after another.

    A harvest that somebody changes while it goes on stops after the document at hand. What a change states of the
    documents of others is brought up to date meanwhile.
    """

    data: Path
    allowed: Allowed = NONE_ALLOWED
    wait: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    _seen: int = field(default=-1, init=False)  # revision of the plan

    def fetch(self) -> list[str]:
        """Fetch what is due; return the names of the harvests whose turn it was. Raises SourceUnavailable."""
        from ingest.harvest.run import Circumstances, run_harvest  # imports httpx and the readers of feeds

        records = Records(self.data)
        plan = self._restate(read_staff_plan(self.data))
        fetched = []
        for entry in plan.harvests:
            record = records.all().get(_key(entry), NO_RECORD)
            if not is_due(entry, record, self.now()):
                continue
            circumstances = Circumstances(
                self.data / FOLDER,
                self.allowed,
                self.wait,
                self.now,
                must_stop=lambda entry=entry: self._is_changed(entry),  # type: ignore[misc]
                records=records,
            )
            run_harvest(entry.harvest, circumstances, revision=entry.revision, is_requested=True)
            fetched.append(entry.harvest.name)
        return fetched

    def _restate(self, plan: StaffPlan) -> StaffPlan:
        """Bring up to date what the plan states of documents that are there: narrower readers wait for no site."""
        from ingest.harvest.run import Circumstances, run_harvest

        records = Records(self.data)
        circumstances = Circumstances(self.data / FOLDER, records=records)
        known = records.all()
        for entry in plan.harvests:
            is_new = known.get(_key(entry), NO_RECORD).revision != entry.revision
            if is_new and not entry.is_over(utc_today().isoformat()):
                run_harvest(entry.harvest, circumstances, revision=entry.revision, is_paused=True)
        self._seen = plan.revision
        return plan

    def _is_changed(self, entry: StaffHarvest) -> bool:
        """Say whether a harvest that goes on is not in the plan any more as it was when it began."""
        try:
            plan = read_staff_plan(self.data)
        except PasserelleError:  # it goes on as it began
            return False
        if plan.revision == self._seen:
            return False
        self._restate(plan)
        return all(other.harvest.name != entry.harvest.name or other != entry for other in plan.harvests)


@dataclass
class StaffHarvests:
    """The folders of staff's harvests as sources of a job that writes to the index."""

    data: Path
    _reading: dict[Path, Record] = field(default_factory=dict, init=False)
    _over: list[Path] = field(default_factory=list, init=False)

    def sources(self, *, with_sources: bool) -> list[Path]:
        """Return the folders to read: all that hold something when sources are due, else those written since.

        Those of ended harvests whose day has come are emptied first. Raises SourceUnavailable.
        """
        records, today = Records(self.data).all(), utc_today().isoformat()
        self._reading, self._over = {}, []
        for entry in read_staff_plan(self.data).harvests:
            folder, record = self.data / FOLDER / entry.harvest.name, records.get(_key(entry), NO_RECORD)
            if entry.is_over(today):
                if folder.exists() or _key(entry) in records:
                    self._empty(folder)
                continue
            if not (folder / CATALOGUE).is_file():
                continue
            if with_sources or record.written != record.read:
                self._reading[folder] = record
        return [*self._reading, *self._over]

    def finish(self, report: Report) -> None:
        """Record what was read and which files could not be; forget the folders whose documents were removed."""
        records = Records(self.data)
        for folder, record in self._reading.items():
            unread = _unread(folder, report)
            records.change(
                f"{FOLDER}/{folder.name}",
                folder.name,
                read=record.written,
                unreadable=len(unread),
                unread=kept_remarks(unread),
            )
        for folder in self._over:
            shutil.rmtree(folder)
        records.remove(f"{FOLDER}/{folder.name}" for folder in self._over)

    def _empty(self, folder: Path) -> None:
        """Leave nothing but an empty catalogue, unless a job fetches into the folder: then the next run does."""
        with suppress(BlockingIOError), exclusive_lock(folder.with_name(f".{folder.name}.lock"), wait=False):
            shutil.rmtree(folder, ignore_errors=True)
            Mirror(folder).save()
            self._over.append(folder)


def _unread(folder: Path, report: Report) -> list[Remark]:
    """Return the files of a folder that could not be read, by the addresses they were fetched from."""
    beginning = f"{source_name(folder)}/"
    entries: Mapping[str, str] = {entry.file: address for address, entry in Mirror.open(folder).entries.items()}
    return [
        Remark(entries.get(path := remark.path.removeprefix(beginning), path), remark.reason)
        for remark in report.failures
        if remark.path.startswith(beginning)
    ]


def _key(entry: StaffHarvest) -> str:
    return f"{FOLDER}/{entry.harvest.name}"

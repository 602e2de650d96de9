"""Run a plan: list each feed that is due, fetch what is new or changed in it, drop what is gone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from index.errors import PasserelleError
from index.reasons import Reason
from index.store.locks import exclusive_lock
from ingest.harvest.addresses import NONE_ALLOWED, Allowed
from ingest.harvest.fetching import UNKNOWN, NotFetched, PoliteClient, Validators, guarded_client
from ingest.harvest.listing import (
    USUAL_LIMITS,
    Fault,
    Item,
    Limits,
    Listing,
    read_feed,
    read_repository,
    read_sitemap,
)
from ingest.harvest.mirror import Mirror
from ingest.harvest.plan import Harvest
from ingest.harvest.records import Records, kept_remarks, now_as_text
from ingest.sync.report import Remark

FEWEST_CHARACTERS: Final = 200  # of a feed's own text that can stand in for a page that cannot be fetched
RETRY_S: Final = 900.0  # after which a job that runs again and again tries a list anew that could not be read


class SuspiciousLoss(PasserelleError):
    """A sitemap lists hardly anything of what it listed before: a fault of the site rather than a decision."""

    def __init__(self, missing: int, count: int) -> None:
        self.reason = Reason("documents-unlisted", missing=missing, count=count)
        super().__init__(self.reason)


@dataclass
class Outcome:
    """What one harvest did; `folder` is the source for the job to read.

    `is_due`: something was to be done; `is_listed`: its list could be read.
    """

    name: str
    folder: Path
    is_due: bool = False
    is_listed: bool = True
    is_restated: bool = False  # what it states of all its documents is new
    fetched: int = 0
    unchanged: int = 0
    dropped: int = 0
    is_cut: bool = False  # the rest is for the next run
    is_stopped: bool = False  # before it was through, so that the next run goes on at once
    failures: list[Remark] = field(default_factory=list)

    @property
    def has_written(self) -> bool:
        """Say whether the folder is to be read again."""
        return bool(self.fetched or self.dropped or self.is_restated)

    def line(self) -> str:
        """Return what was done as a person reads it."""
        line = f"{self.name}: {self.fetched} fetched, {self.unchanged} unchanged, {self.dropped} gone"
        return line + (", the rest is left for the next run" if self.is_cut else "")


def never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How harvests are run: where, whom they may ask, what waits and tells the time, where they leave a record.

    `must_stop` is asked before each document.
    """

    folder: Path
    allowed: Allowed = NONE_ALLOWED
    wait: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    must_stop: Callable[[], bool] = never
    records: Records | None = None


def read_list(
    harvest: Harvest, client: PoliteClient, known: Validators, since: str, limits: Limits = USUAL_LIMITS
) -> Listing | None:
    """Return what a harvest's list holds, None if it did not change. Raises NotFetched."""
    if harvest.format == "feed":
        return read_feed(client, harvest.address, known)
    if harvest.format == "sitemap":
        return read_sitemap(client, harvest.address, limits)
    return read_repository(client, harvest.address, harvest.set, since, limits)


def run_plan(
    plan: Sequence[Harvest],
    folder: Path,
    *,
    allowed: Allowed = NONE_ALLOWED,
    wait: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
    records: Records | None = None,
    plan_file: str = "",
) -> list[Outcome]:
    """Bring the mirrors below `folder` up to date; a harvest that fails is reported and keeps what it has."""
    circumstances = Circumstances(folder, allowed, wait, now, records=records)
    return [run_harvest(harvest, circumstances, plan=plan_file) for harvest in plan]


def run_harvest(
    harvest: Harvest,
    circumstances: Circumstances,
    *,
    plan: str = "",
    revision: int = 0,
    is_paused: bool = False,
    is_requested: bool = False,
) -> Outcome:
    """Bring one mirror up to date if it is due or requested, and leave a record; another job's mirror is left alone.

    Of a paused one only what it states is brought up to date: narrower readers do not wait.
    """
    folder = circumstances.folder / harvest.name
    outcome = Outcome(harvest.name, folder)
    with ExitStack() as stack:
        try:
            stack.enter_context(exclusive_lock(folder.with_name(f".{harvest.name}.lock"), wait=False))
        except BlockingIOError:  # another job fetches it
            return outcome
        mirror = Mirror.open(folder)
        outcome.is_restated = mirror.restate(harvest.stated)
        if outcome.is_restated:
            mirror.save()
        is_other_list = mirror.rescope(harvest.scope)
        outcome.is_due = not is_paused and (is_requested or mirror.due <= circumstances.now())
        report = _Reporter(circumstances, harvest, plan, revision)
        report.begin(outcome, mirror)
        if outcome.is_due:
            try:
                _fetch(harvest, mirror, circumstances, outcome, is_other_list=is_other_list)
            finally:
                report.end(outcome, mirror)
    return outcome


def _fetch(
    harvest: Harvest, mirror: Mirror, circumstances: Circumstances, outcome: Outcome, *, is_other_list: bool
) -> None:
    with guarded_client(circumstances.allowed) as http:
        client = PoliteClient(http, harvest.delay_s, circumstances.wait)
        try:
            update(harvest, mirror, client, outcome, circumstances.must_stop, is_other_list=is_other_list)
            if outcome.is_listed and not outcome.is_stopped:
                mirror.due = circumstances.now() + harvest.every_s
        except BaseException:  # the process ends
            outcome.is_stopped = True
            raise
        finally:
            if outcome.is_stopped:
                mirror.due = 0.0
            mirror.save()


def update(
    harvest: Harvest,
    mirror: Mirror,
    client: PoliteClient,
    outcome: Outcome,
    must_stop: Callable[[], bool] = never,
    *,
    is_other_list: bool = False,
) -> None:
    """Bring one mirror up to date; where its list cannot be read, report why not."""
    try:
        _Run(harvest, mirror, client, outcome, must_stop, is_other_list).update_mirror()
    except (NotFetched, SuspiciousLoss) as error:
        outcome.is_listed = False
        outcome.failures.append(Remark(harvest.address, Reason("kept-as-before", reason=error.reason)))


@dataclass(frozen=True, slots=True)
class _Reporter:
    """Writes the record of one harvest, where records are kept."""

    circumstances: Circumstances
    harvest: Harvest
    plan: str
    revision: int

    def begin(self, outcome: Outcome, mirror: Mirror) -> None:
        """Record what is to be fetched, and that it begins if it is due."""
        times: dict[str, Any] = {"began": now_as_text(), "ended": ""} if outcome.is_due else {"due": mirror.due}
        written = {"written": now_as_text()} if outcome.is_restated else {}
        self._change(plan=self.plan, terms=self.harvest.terms(), revision=self.revision, **times, **written)

    def end(self, outcome: Outcome, mirror: Mirror) -> None:
        """Record what came of a harvest that was due."""
        if not outcome.is_due:
            return
        due = mirror.due
        if not outcome.is_listed:
            due = self.circumstances.now() + min(self.harvest.every_s, RETRY_S)
        self._change(
            ended=now_as_text(),
            is_listed=outcome.is_listed,
            fetched=outcome.fetched,
            unchanged=outcome.unchanged,
            dropped=outcome.dropped,
            is_cut=outcome.is_cut,
            failed=len(outcome.failures),
            failures=kept_remarks(outcome.failures),
            documents=len(mirror.entries),
            due=due,
            **({"written": now_as_text()} if outcome.has_written else {}),
        )

    def _change(self, **values: Any) -> None:
        folder, records = self.circumstances.folder.name, self.circumstances.records
        if records is not None:
            records.change(f"{folder}/{self.harvest.name}", self.harvest.name, **values)


@dataclass(frozen=True, slots=True)
class _Run:
    """One harvest that is due; `is_other_list`: it reads another list than the last time, or chooses otherwise."""

    harvest: Harvest
    mirror: Mirror
    client: PoliteClient
    outcome: Outcome
    must_stop: Callable[[], bool]
    is_other_list: bool

    def update_mirror(self) -> None:
        """Fetch and drop what the listing says. Raises NotFetched, SuspiciousLoss."""
        listing = self._list()
        if listing is None:
            self.outcome.unchanged = len(self.mirror.entries)
            self.mirror.scope = self.harvest.scope
            return
        if self.is_other_list:
            self._drop_unchosen()
        if listing.is_whole:
            self._drop_unlisted(listing)
        self.mirror.scope = self.harvest.scope
        seen: set[str] = set()
        for entry in listing.items:
            if isinstance(entry, Fault):
                self.outcome.failures.append(Remark(*entry))
            elif entry.is_deleted:
                self._drop_deleted(entry)
            elif entry.address not in seen and re.search(self.harvest.only, entry.address):
                if self.must_stop():
                    self.outcome.is_cut = self.outcome.is_stopped = True
                    return
                if self.outcome.fetched >= self.harvest.most:
                    self.outcome.is_cut = True
                    return  # the list's own validators are not kept: the next run lists again and goes on
                seen.add(entry.address)
                self._fetch(entry)
        if not self.outcome.failures:
            self.mirror.validators, self.mirror.since = listing.validators, listing.until

    def _list(self) -> Listing | None:
        return read_list(self.harvest, self.client, self.mirror.validators, self.mirror.since)

    def _drop_unchosen(self) -> None:
        """Drop what the harvest no longer chooses, now that its list or its choice is another."""
        only = self.harvest.only
        self._drop([address for address in self.mirror.entries if not re.search(only, address)])

    def _drop_deleted(self, item: Item) -> None:
        """Drop the document of a record that the list says is deleted."""
        entries = self.mirror.entries
        self._drop([address for address, entry in entries.items() if entry.stated.get("record") == item.address])

    def _drop_unlisted(self, listing: Listing) -> None:
        """Drop what a whole list no longer names, and what is no longer asked for. Raises SuspiciousLoss."""
        entries = self.mirror.entries
        listed = {
            item.address
            for item in listing.items
            if isinstance(item, Item) and re.search(self.harvest.only, item.address)
        }
        missing = [address for address in entries if address not in listed]
        is_decision = self.is_other_list  # of whoever changed the plan
        if len(missing) > 10 and len(missing) * 2 > len(entries) and not is_decision:
            raise SuspiciousLoss(len(missing), len(entries))
        self._drop(missing)

    def _drop(self, addresses: Sequence[str]) -> None:
        for address in addresses:
            self.mirror.drop(address)
            self.outcome.dropped += 1

    def _fetch(self, item: Item) -> None:
        """Fetch a listed document if it changed, or keep its text in the list if it cannot be fetched."""
        before = self.mirror.entries.get(item.address)
        stated = {**self.harvest.stated, **item.stated}
        if before is not None and item.changed and item.changed == before.changed:
            self.outcome.unchanged += 1
            return
        try:
            if not item.address.startswith("http"):
                raise NotFetched(Reason("record-without-address"))
            fetched = self.client.get(item.address, before.validators if before else UNKNOWN)
        except NotFetched as error:
            if len(item.text) >= FEWEST_CHARACTERS:
                self.mirror.keep_text(item.address, item.text, stated, item.changed)
                self.outcome.fetched += 1
            elif error.is_gone and before is not None:
                self.mirror.drop(item.address)
                self.outcome.dropped += 1
            else:
                self.outcome.failures.append(Remark(item.address, error.reason))
            return
        self.mirror.keep(item.address, fetched, stated, item.changed)
        self.outcome.unchanged += fetched.content is None
        self.outcome.fetched += fetched.content is not None

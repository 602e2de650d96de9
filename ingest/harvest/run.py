"""Run a plan: list each feed that is due, fetch what is new or changed in it, drop what is gone."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.errors import PasserelleError
from index.reasons import Reason
from ingest.harvest.addresses import NONE_ALLOWED, Allowed
from ingest.harvest.fetching import UNKNOWN, NotFetched, PoliteClient, guarded_client
from ingest.harvest.listing import Fault, Item, Listing, read_feed, read_repository, read_sitemap
from ingest.harvest.mirror import Mirror
from ingest.harvest.plan import Harvest
from ingest.sync.report import Remark

FEWEST_CHARACTERS: Final = 200  # of a feed's own text that can stand in for a page that cannot be fetched


class SuspiciousLoss(PasserelleError):
    """A sitemap lists hardly anything of what it listed before: a fault of the site rather than a decision."""

    def __init__(self, missing: int, count: int) -> None:
        self.reason = Reason("documents-unlisted", missing=missing, count=count)
        super().__init__(self.reason)


@dataclass
class Outcome:
    """What one harvest did; `folder` is the source for the job to read."""

    name: str
    folder: Path
    fetched: int = 0
    unchanged: int = 0
    dropped: int = 0
    is_cut: bool = False  # the rest is for the next run
    failures: list[Remark] = field(default_factory=list)

    def line(self) -> str:
        """Return what was done as a person reads it."""
        line = f"{self.name}: {self.fetched} fetched, {self.unchanged} unchanged, {self.dropped} gone"
        return line + (", the rest is left for the next run" if self.is_cut else "")


def run_plan(
    plan: Sequence[Harvest],
    folder: Path,
    *,
    allowed: Allowed = NONE_ALLOWED,
    wait: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> list[Outcome]:
    """Bring the mirrors below `folder` up to date; a harvest that fails is reported and keeps what it has."""
    outcomes = []
    for harvest in plan:
        mirror = Mirror.open(folder / harvest.name)
        outcome = Outcome(harvest.name, mirror.folder)
        outcomes.append(outcome)
        if mirror.restate(harvest.stated):
            mirror.save()
        if mirror.due > now():
            continue
        with guarded_client(allowed) as http:
            client = PoliteClient(http, harvest.delay_s, wait)
            try:
                if update(harvest, mirror, client, outcome):
                    mirror.due = now() + harvest.every_s
            finally:
                mirror.save()
    return outcomes


def update(harvest: Harvest, mirror: Mirror, client: PoliteClient, outcome: Outcome) -> bool:
    """Bring one mirror up to date; say whether its list could be read, and report why not."""
    try:
        _Run(harvest, mirror, client, outcome).update_mirror()
    except (NotFetched, SuspiciousLoss) as error:
        outcome.failures.append(Remark(harvest.address, Reason("kept-as-before", reason=error.reason)))
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Run:
    """One harvest that is due."""

    harvest: Harvest
    mirror: Mirror
    client: PoliteClient
    outcome: Outcome

    def update_mirror(self) -> None:
        """Fetch and drop what the listing says. Raises NotFetched, SuspiciousLoss."""
        listing = self._list()
        if listing is None:
            self.outcome.unchanged = len(self.mirror.entries)
            return
        if listing.is_whole:
            self._drop_unlisted(listing)
        seen: set[str] = set()
        for entry in listing.items:
            if isinstance(entry, Fault):
                self.outcome.failures.append(Remark(*entry))
            elif entry.is_deleted:
                self._drop_deleted(entry)
            elif entry.address not in seen and re.search(self.harvest.only, entry.address):
                if self.outcome.fetched >= self.harvest.most:
                    self.outcome.is_cut = True
                    return  # the list's own validators are not kept: the next run lists again and goes on
                seen.add(entry.address)
                self._fetch(entry)
        if not self.outcome.failures:
            self.mirror.validators, self.mirror.since = listing.validators, listing.until

    def _list(self) -> Listing | None:
        if self.harvest.format == "feed":
            return read_feed(self.client, self.harvest.address, self.mirror.validators)
        if self.harvest.format == "sitemap":
            return read_sitemap(self.client, self.harvest.address)
        return read_repository(self.client, self.harvest.address, self.harvest.set, self.mirror.since)

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
        if len(missing) > 10 and len(missing) * 2 > len(entries):
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

"""One run over a plan: each feed that is due is listed, what is new or changed in it fetched, what is gone dropped."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.errors import PasserelleError
from ingest.harvest.fetching import UNKNOWN, NotFetched, PoliteClient, guarded_client
from ingest.harvest.listing import Item, Listing, read_feed, read_repository, read_sitemap
from ingest.harvest.mirror import Mirror
from ingest.harvest.plan import Harvest
from ingest.sync.report import Remark

LEAST_TEXT: Final = 200  # characters of a feed's own text that can stand in for a page that is not to be had


class SuspiciousLoss(PasserelleError):
    """A sitemap lists hardly anything of what it listed before: a fault of the site rather than a decision."""


@dataclass
class Outcome:
    """What one harvest did; `folder` is the source for the job to read."""

    name: str
    folder: Path
    fetched: int = 0
    unchanged: int = 0
    dropped: int = 0
    left: int = 0  # for the next run
    failures: list[Remark] = field(default_factory=list)

    def line(self) -> str:
        """Return what was done as a person reads it."""
        said = f"{self.name}: {self.fetched} fetched, {self.unchanged} unchanged, {self.dropped} gone"
        return said + (f", {self.left} left for the next run" if self.left else "")


def harvest(
    plan: Sequence[Harvest],
    folder: Path,
    *,
    wait: Callable[[float], None] = time.sleep,
    now: Callable[[], float] = time.time,
) -> list[Outcome]:
    """Bring the mirrors below `folder` up to what is listed elsewhere; one that fails is told and keeps what it has."""
    outcomes = []
    for one in plan:
        mirror = Mirror.open(folder / one.name)
        outcome = Outcome(one.name, mirror.folder)
        outcomes.append(outcome)
        if mirror.due > now():
            continue
        with guarded_client(one.address) as http:
            client = PoliteClient(http, one.delay_s, wait)
            try:
                _bring_up(one, mirror, client, outcome)
                mirror.due = now() + one.every_s
            except (NotFetched, SuspiciousLoss) as error:
                outcome.failures.append(Remark(one.address, f"{error} What was harvested before stays."))
            finally:
                mirror.save()
    return outcomes


def _bring_up(one: Harvest, mirror: Mirror, client: PoliteClient, outcome: Outcome) -> None:
    listing = _listed(one, mirror, client)
    if listing is None:
        outcome.unchanged = len(mirror.kept)
        return
    wanted = {item.address: item for item in listing.items if item.is_deleted or re.search(one.only, item.address)}
    _drop(listing, wanted, mirror, outcome)
    for number, item in enumerate(item for item in wanted.values() if not item.is_deleted):
        if outcome.fetched >= one.most:
            outcome.left = sum(not other.is_deleted for other in wanted.values()) - number
            return  # the list's own validators are not kept: the next run lists again and goes on
        _take(item, one, mirror, client, outcome)
    if not outcome.failures:
        mirror.validators, mirror.since = listing.validators, listing.until


def _listed(one: Harvest, mirror: Mirror, client: PoliteClient) -> Listing | None:
    if one.format == "feed":
        return read_feed(client, one.address, mirror.validators)
    if one.format == "sitemap":
        return read_sitemap(client, one.address)
    return read_repository(client, one.address, one.set, mirror.since)


def _drop(listing: Listing, wanted: dict[str, Item], mirror: Mirror, outcome: Outcome) -> None:
    """Drop what the list says is deleted, and what a whole list no longer names. Raises SuspiciousLoss."""
    deleted = {address for address, item in wanted.items() if item.is_deleted}
    gone = [address for address, kept in mirror.kept.items() if kept.stated.get("record") in deleted]
    if listing.is_whole:
        missing = [address for address in mirror.kept if address not in wanted]
        if len(missing) > 10 and len(missing) * 2 > len(mirror.kept):
            raise SuspiciousLoss(
                f"{len(missing)} of {len(mirror.kept)} documents are no longer listed; none was removed."
            )
        gone += missing
    for address in gone:
        mirror.drop(address)
        outcome.dropped += 1


def _take(item: Item, one: Harvest, mirror: Mirror, client: PoliteClient, outcome: Outcome) -> None:
    before = mirror.kept.get(item.address)
    stated = {**one.stated, **item.stated}
    if before is not None and item.changed and item.changed == before.changed:
        outcome.unchanged += 1
        return
    try:
        if not item.address.startswith("http"):
            raise NotFetched("its record names no address.")
        fetched = client.get(item.address, before.validators if before else UNKNOWN)
    except NotFetched as error:
        if len(item.text) >= LEAST_TEXT:
            mirror.keep_text(item.address, item.text, stated, item.changed)
            outcome.fetched += 1
        elif error.is_gone and before is not None:
            mirror.drop(item.address)
            outcome.dropped += 1
        else:
            outcome.failures.append(Remark(item.address, str(error)))
        return
    mirror.keep(item.address, fetched, stated, item.changed)
    outcome.unchanged += fetched.content is None
    outcome.fetched += fetched.content is not None

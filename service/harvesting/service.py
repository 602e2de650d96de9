"""See every harvest, and add, change, pause, run, end those of staff; the audit log says who did what.

Nothing is fetched here but a list that somebody wants to look at, in a child process with little time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from fastapi import Depends

from index.clock import utc_now, utc_today
from service.auth.audit import AuditLog
from service.auth.callers import Caller
from service.errors import ChangedMeanwhile, Conflict, LimitReached, NothingThere
from service.harvesting.fetcher import is_waiting, read_fault
from service.harvesting.program import HarvestProgram, Trial
from service.harvesting.records import Record, read_records
from service.harvesting.store import FOLDER, Draft, HarvestPlan, PlannedHarvest, Status
from service.history.changes import Change, latest_changes
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.ingestion.state import IngestionFiles, KnownSource

MOST_HARVESTS: Final = 200
CHANGED: Final = "This harvest was changed by somebody else meanwhile. Look at it again, then change it."


@dataclass(frozen=True, slots=True)
class Harvest:
    """A harvest as staff see it: one of theirs, or of the operator's `plan` (a file), which is read-only here.

    `is_waiting`: it begins soon, if anybody harvests; `is_running`: it is fetched now; `is_leaving`: its documents are
    being removed.
    """

    name: str
    terms: Mapping[str, Any]
    plan: str = ""
    status: Status = Status.ACTIVE
    until: str = ""
    revision: int = 0
    last: Record | None = None
    is_waiting: bool = False
    is_leaving: bool = False

    @property
    def is_own(self) -> bool:
        """Say whether staff added it, and may change it."""
        return not self.plan

    @property
    def is_running(self) -> bool:
        return self.last is not None and bool(self.last.began) and not self.last.ended

    @property
    def is_busy(self) -> bool:
        """Say whether the page will soon say something else."""
        return self.is_running or self.is_waiting or self.is_leaving or (self.is_own and self.is_unread)

    @property
    def is_unread(self) -> bool:
        """Say whether what was fetched is not read yet."""
        return self.last is not None and self.is_own and self.last.is_unread


@dataclass(frozen=True, slots=True)
class View:
    """All harvests by name, staff's before the operator's; `unrecorded`: plans of the operator not run since records
    are kept. `runner` says who harvests: the service, a job that watches, or nobody; `fault` why it does not.
    """

    harvests: Sequence[Harvest]
    unrecorded: Sequence[str]
    runner: str
    fault: str
    changes: Sequence[Change] = ()

    @property
    def is_busy(self) -> bool:
        return self.runner != "nobody" and any(harvest.is_busy for harvest in self.harvests)


@dataclass(frozen=True)
class HarvestService:
    """Looks after harvests for staff. `trials` keeps looks at lists from taking the place of searches."""

    plan: HarvestPlan
    program: HarvestProgram
    ingestion: IngestionFiles
    limiter: ConcurrencyLimiter
    trials: ConcurrencyLimiter
    audit: AuditLog

    async def view(self) -> View:
        """Return every harvest. Raises DamagedPlan."""
        return await self.limiter.run(self._view)

    async def find(self, name: str) -> Harvest:
        """Return a harvest, of two of a name the one of staff. Raises NothingThere, DamagedPlan."""
        return await self.limiter.run(lambda: _find(self._view(), name))

    async def look(self, terms: Mapping[str, Any]) -> Trial:
        """Look at a list without keeping anything of it; terms without a format have it detected.

        Raises InvalidField, LimitReached, Overloaded.
        """
        named = {**_without_blanks(terms), "name": terms.get("name") or name_of(str(terms.get("address", "")))}
        return await self.trials.run(lambda: self.program.look(named))

    async def add(self, terms: Mapping[str, Any], caller: Caller) -> Harvest:
        """Add a harvest; one without a name is named after its site. Raises InvalidField, Conflict, LimitReached."""

        def add() -> str:
            known_names = {harvest.name for harvest in self._view().harvests}
            name = terms.get("name") or _free_name(name_of(str(terms["address"])), known_names)
            if name in known_names:
                raise Conflict(f"There is a harvest {name!r} already. Choose another name.", rule="name")
            understood = self.program.check(_without_blanks({**terms, "name": name}))
            with self.plan.changing() as draft:
                if name in draft.harvests:
                    raise Conflict(f"There is a harvest {name!r} already. Choose another name.", rule="name")
                if len(draft.harvests) >= MOST_HARVESTS:
                    raise LimitReached(f"There are {MOST_HARVESTS} harvests already. Remove one first.", rule="many")
                draft.put(PlannedHarvest(understood))
            self._write("add", caller, str(name), _describe(understood))
            return str(name)

        return await self.find(await self.limiter.run(add))

    async def change(
        self, name: str, changes: Mapping[str, Any], caller: Caller, *, revision: int, status: Status | None = None
    ) -> Harvest:
        """Change these terms, and whether it goes on; a status makes an ended harvest go on again, or rest.

        Raises InvalidField, NothingThere, ChangedMeanwhile.
        """

        def change() -> None:
            before = self._own(self.plan.all(), name, revision)
            changed = _without_blanks({**before.terms, **changes, "name": name})
            terms = self.program.check(changed) if changes else before.terms
            with self.plan.changing() as draft:
                before = self._own(draft.harvests.values(), name, revision)
                after = replace(before, terms=terms)
                if status is not None:
                    after = replace(after, status=status, until="")
                draft.put(after)
            if terms != before.terms:
                self._write("change", caller, name, _describe_changes(before.terms, terms))
            if after.status is not before.status:
                action = "pause" if after.status is Status.PAUSED else "resume"
                self._write(action, caller, name)

        await self.limiter.run(change)
        return await self.find(name)

    async def run_now(self, name: str, caller: Caller, *, revision: int) -> Harvest:
        """Have a harvest run before its time. Raises NothingThere, ChangedMeanwhile, Conflict."""

        def request(draft: Draft) -> None:
            harvest = self._own(draft.harvests.values(), name, revision)
            if harvest.status is not Status.ACTIVE:
                raise Conflict("This harvest does not go on. Resume it first.", rule="paused")
            draft.put(replace(harvest, requested=utc_now().isoformat(timespec="milliseconds")))

        await self._edit(request)
        self._write("run", caller, name)
        return await self.find(name)

    async def end(self, name: str, until: date | None, caller: Caller, *, revision: int) -> None:
        """End a harvest; its documents stay until that day, or without end. A day that is not later removes them.

        Raises NothingThere, ChangedMeanwhile.
        """
        day = until.isoformat() if until else ""

        def end(draft: Draft) -> None:
            harvest = self._own(draft.harvests.values(), name, revision)
            draft.put(replace(harvest, status=Status.ENDED, until=day))

        await self._edit(end)
        is_now = bool(day) and day <= utc_today().isoformat()
        self._write("remove" if is_now else "end", caller, name, "" if is_now else f"documents kept until {day or '–'}")

    async def _edit(self, edit: Callable[[Draft], None]) -> None:
        def change() -> None:
            with self.plan.changing() as draft:
                edit(draft)

        await self.limiter.run(change)

    def _own(self, harvests: Iterable[PlannedHarvest], name: str, revision: int) -> PlannedHarvest:
        """Return a harvest of staff as it was shown. Raises NothingThere, ChangedMeanwhile."""
        today = utc_today().isoformat()
        harvest = next((entry for entry in harvests if entry.name == name and not entry.is_over(today)), None)
        if harvest is None:
            raise NothingThere("There is no such harvest, or it cannot be changed here.")
        if harvest.revision != revision:
            raise ChangedMeanwhile(CHANGED)
        return harvest

    def _write(self, action: str, caller: Caller, name: str, details: str = "") -> None:
        self.audit.write(f"harvests {action}", caller, what=name, details=details)

    def _view(self) -> View:
        records, status = read_records(self.plan.data), self.ingestion.status()
        plans = {_path_of(source): source.source for source in status.sources if source.source.endswith(".toml")}
        own = [_own_harvest(harvest, records) for harvest in self.plan.all()]
        others = [
            Harvest(record.name, record.terms, plans[record.plan], last=record)
            for record in sorted(records.values(), key=lambda record: record.name)
            if record.plan in plans
        ]
        known = {record.plan for record in records.values()}
        unrecorded = [source for path, source in plans.items() if path not in known]
        fault, changes = read_fault(self.plan.data), latest_changes(self.audit, "harvests")
        return View([*own, *others], unrecorded, status.reader, fault, changes)


def name_of(address: str) -> str:
    """Return a name for a harvest of this address, after its host."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        host = ""
    words = re.sub(r"[^a-z0-9]+", "-", host.removeprefix("www.").lower()).strip("-")
    return words[:50].strip("-") or "site"


def _without_blanks(terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return the terms without those that a plan leaves out rather than empty."""
    return {name: value for name, value in terms.items() if value or name not in ("kind", "language", "groups")}


def _free_name(name: str, known: set[str]) -> str:
    return next(
        free for free in (name, *(f"{name}-{number}" for number in range(2, len(known) + 3))) if free not in known
    )


def _find(view: View, name: str) -> Harvest:
    harvest = next((harvest for harvest in view.harvests if harvest.name == name), None)
    if harvest is None:
        raise NothingThere("There is no such harvest.")
    return harvest


def _own_harvest(harvest: PlannedHarvest, records: Mapping[str, Record]) -> Harvest:
    record = records.get(f"{FOLDER}/{harvest.name}")
    return Harvest(
        harvest.name,
        harvest.terms,
        status=harvest.status,
        until=harvest.until,
        revision=harvest.revision,
        last=record,
        is_waiting=is_waiting(harvest, record, utc_now().timestamp()),
        is_leaving=harvest.is_over(utc_today().isoformat()),
    )


def _path_of(source: KnownSource) -> str:
    return str((Path(source.folder) / source.source).resolve())


def _describe(terms: Mapping[str, Any]) -> str:
    return f"{terms['format']} {terms['address']}, {terms['audience']}"


def _describe_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Return which terms are other ones, as "most: 500 → 100"."""
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return "; ".join(f"{name}: {_shown(before.get(name))} → {_shown(after.get(name))}" for name in names)


def _shown(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value if value not in (None, "") else "–")


HarvestsDependency = Annotated[HarvestService, Depends(provided(HarvestService))]

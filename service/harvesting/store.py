"""What staff have harvested, in `<data>/harvests.json`: the ingestion command reads it and never writes it.

Its form is described in `ingest.harvest.staff_plan`. A change is whole or not made, one at a time over all processes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from index.errors import PasserelleError
from index.store.atomic_files import write_atomically
from index.store.locks import exclusive_lock

PLAN: Final = "harvests.json"
FOLDER: Final = "staff-harvests"


class DamagedPlan(PasserelleError):
    """The file of staff's harvests cannot be read; nothing is fetched, removed or changed until it can."""


class Status(StrEnum):
    """Whether a harvest goes on, rests, or has ended: then its documents stay until a day, or without end."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class PlannedHarvest:
    """A harvest that staff added: its terms, as in a table of an operator's plan, and what becomes of it.

    `until`: from this day on an ended one's documents are removed, "" for never. `requested`: when somebody last wanted
    it run before its time. `revision` changes with each change.
    """

    terms: Mapping[str, Any]
    status: Status = Status.ACTIVE
    until: str = ""
    requested: str = ""
    revision: int = 0

    @property
    def name(self) -> str:
        return str(self.terms["name"])

    def is_over(self, today: str) -> bool:
        """Say whether its documents are to be removed; `today` as 2026-11-30."""
        return self.status is Status.ENDED and bool(self.until) and self.until <= today


@dataclass
class Draft:
    """The plan while it is changed: harvests by name."""

    revision: int
    harvests: dict[str, PlannedHarvest]

    def put(self, harvest: PlannedHarvest) -> PlannedHarvest:
        """Add a harvest or replace the one of its name; return it with its new revision."""
        self.revision += 1
        self.harvests[harvest.name] = replace(harvest, revision=self.revision)
        return self.harvests[harvest.name]


@dataclass(frozen=True)
class HarvestPlan:
    """The plan in one data folder."""

    data: Path

    @property
    def path(self) -> Path:
        return self.data / PLAN

    def all(self) -> list[PlannedHarvest]:
        """Return the harvests by name. Raises DamagedPlan."""
        return [harvest for _, harvest in sorted(self._read().harvests.items())]

    def folder_of(self, name: str) -> Path:
        """Return where what was fetched is kept."""
        return self.data / FOLDER / name

    @contextmanager
    def changing(self) -> Iterator[Draft]:
        """Give the plan to change; it is kept when the body ends, and stays as it was when it raises.

        Raises DamagedPlan, OSError.
        """
        self.data.mkdir(parents=True, exist_ok=True)
        with exclusive_lock(self.path.with_suffix(".lock")):
            draft = self._read()
            yield draft
            payload = {"revision": draft.revision, "harvests": [asdict(entry) for entry in draft.harvests.values()]}
            with write_atomically(self.path, private=True, durable=True) as file:
                file.write(json.dumps(payload, ensure_ascii=False, indent=1).encode())

    def forget(self, names: Iterable[str]) -> None:
        """Take harvests out whose documents were removed. Raises DamagedPlan, OSError."""
        with self.changing() as draft:
            for name in names:
                draft.harvests.pop(name, None)
            draft.revision += 1

    def _read(self) -> Draft:
        try:
            payload = json.loads(self.path.read_text(encoding="utf-8"))
            harvests = [_parse(entry) for entry in payload["harvests"]]
            return Draft(int(payload["revision"]), {harvest.name: harvest for harvest in harvests})
        except FileNotFoundError:
            return Draft(0, {})
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DamagedPlan(
                f"{self.path}: cannot be read ({type(error).__name__}: {error}). Restore it from a backup; until then "
                "nothing is harvested for staff, and what was harvested stays."
            ) from error


def _parse(entry: Mapping[str, Any]) -> PlannedHarvest:
    known = {name: value for name, value in entry.items() if name in _NAMES}
    return PlannedHarvest(**{**known, "status": Status(known["status"])})


_NAMES: Final = frozenset(entry.name for entry in fields(PlannedHarvest))

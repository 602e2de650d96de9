"""The harvests that staff added: `<data>/harvests.json`, which the service writes and never this package.

{"revision": N, "harvests": [{"terms": a table as of an operator's plan, "status": "active" | "paused" | "ended",
"until": "" or the day from which an ended one's documents are removed, "requested": when somebody last wanted it run,
"revision": that of its last change}]}. What is fetched is kept in `<data>/staff-harvests/NAME/`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ingest.harvest.plan import Harvest, WrongHarvest, parse_harvest
from ingest.sources.catalogue import SourceUnavailable

PLAN: Final = "harvests.json"
FOLDER: Final = "staff-harvests"
LEAST_EVERY_S: Final = 300.0  # a job runs them without anybody who would notice one that never rests


@dataclass(frozen=True, slots=True)
class StaffHarvest:
    """A harvest that staff added; without an audience its documents are for staff, whatever a run's options say."""

    harvest: Harvest
    status: str
    until: str
    requested: str
    revision: int

    @property
    def is_active(self) -> bool:
        return self.status == "active"

    def is_over(self, today: str) -> bool:
        """Say whether its documents are to be removed; `today` as 2026-11-30."""
        return self.status == "ended" and bool(self.until) and self.until <= today


@dataclass(frozen=True, slots=True)
class StaffPlan:
    """All of them; `revision` changes with each change of any."""

    revision: int = 0
    harvests: tuple[StaffHarvest, ...] = ()


def read_staff_plan(data: Path) -> StaffPlan:
    """Return the plan of a data folder, an empty one if there is none. Raises SourceUnavailable."""
    path = data / PLAN
    try:
        payload = json.loads(path.read_text(encoding="utf-8"))
        harvests = tuple(_parse(f"{path}, {number}", entry) for number, entry in enumerate(payload["harvests"], 1))
        return StaffPlan(int(payload["revision"]), harvests)
    except FileNotFoundError:
        return StaffPlan()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SourceUnavailable(
            f"{path}: cannot be read ({type(error).__name__}: {error}). What was harvested stays; restore the file."
        ) from error


def parse_staff_harvest(where: str, terms: Mapping[str, Any]) -> Harvest:
    """Return the harvest that staff describe. Raises WrongHarvest."""
    harvest = parse_harvest(where, {"audience": "staff", **terms})
    if harvest.every_s < LEAST_EVERY_S:
        raise WrongHarvest(
            where, "every_s", f"every_s = {harvest.every_s!r}; expected {LEAST_EVERY_S:.0f} seconds or more."
        )
    return harvest


def _parse(where: str, entry: Mapping[str, Any]) -> StaffHarvest:
    return StaffHarvest(
        parse_staff_harvest(where, entry["terms"]),
        str(entry["status"]),
        str(entry.get("until", "")),
        str(entry.get("requested", "")),
        int(entry["revision"]),
    )

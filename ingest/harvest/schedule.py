"""When the plans among the sources of a run are harvested: before it, or beside it in a job that watches."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.errors import PasserelleError
from ingest.harvest.records import Records

if TYPE_CHECKING:
    from ingest.harvest.plan import Harvest
    from ingest.harvest.run import Outcome


class Stopped(PasserelleError):
    """A harvest in the background was ended with its process, between two requests."""


class Harvests:
    """The harvests that the plans among `sources` describe, each a source of its own in `folder`.

    `allowed` is the text of PASSERELLE_HARVEST_ALLOW. In the background one harvest at a time goes on while the job
    reads what is there already: a slow site must not keep the inbox waiting. There those that staff added go on too,
    after the operator's; elsewhere the service fetches them.
    """

    def __init__(
        self, sources: Sequence[Path], folder: Path, *, in_background: bool = False, allowed: str = ""
    ) -> None:
        self.other_sources = tuple(source for source in sources if source.suffix.lower() != ".toml")
        self._plans = tuple(source for source in sources if source.suffix.lower() == ".toml")
        self._folder, self._allowed = folder, allowed
        if self._plans or in_background:
            self._check_settings()
        self._background = ThreadPoolExecutor(1, "harvest") if in_background else None
        self._running: Future[list[Outcome]] | None = None
        self._ended = threading.Event()

    @property
    def folders(self) -> list[Path]:
        """The folders of the harvests that have fetched anything yet. Raises SourceUnavailable for a wrong plan."""
        from ingest.sources.catalogue import CATALOGUE

        folders = [self._folder / harvest.name for _, plan in self._read_plans() for harvest in plan]
        return [folder for folder in folders if (folder / CATALOGUE).is_file()]

    def update(self) -> list[Outcome]:
        """Harvest what is due and return what was done; in the background, what the last harvest did."""
        if self._background is None:
            return self._harvest() if self._plans else []
        outcomes: list[Outcome] = []
        if self._running is not None and self._running.done():
            outcomes, self._running = self._running.result(), None
        if self._running is None:
            self._running = self._background.submit(self._harvest)
        return outcomes

    def wait_for_running(self) -> None:
        """Wait until no harvest is running."""
        if self._running is not None:
            wait([self._running])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._background is not None:
            self._background.shutdown(cancel_futures=True)

    def _harvest(self) -> list[Outcome]:
        from ingest.harvest.addresses import parse_allowed
        from ingest.harvest.run import run_plan  # imports httpx and the readers of feeds
        from ingest.harvest.staff_harvests import StaffFetcher

        allowed, records = parse_allowed(self._allowed), Records(self._folder.parent)
        outcomes = []
        for path, plan in self._read_plans():
            folder, file = self._folder, str(path.resolve())
            outcomes += run_plan(plan, folder, allowed=allowed, wait=self._wait, records=records, plan_file=file)
            names = {harvest.name for harvest in plan}
            known = records.all().items()
            records.remove(key for key, record in known if record.plan == file and record.name not in names)
        if self._background is not None:
            StaffFetcher(self._folder.parent, allowed, self._wait).fetch()
        return outcomes

    def _check_settings(self) -> None:
        """Raise SettingsError before a job begins rather than in its background."""
        from ingest.harvest.addresses import parse_allowed

        parse_allowed(self._allowed)

    def _wait(self, seconds: float) -> None:
        if self._ended.wait(seconds):
            raise Stopped("the process ends; the next harvest goes on from here.")

    def _read_plans(self) -> list[tuple[Path, list[Harvest]]]:
        if not self._plans:
            return []
        from ingest.harvest.plan import read_plan

        return [(path, read_plan(path)) for path in self._plans]

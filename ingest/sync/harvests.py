"""The plans among the sources of a run: harvested before it, or beside it when runs follow one another."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Self

from index.errors import PasserelleError

if TYPE_CHECKING:
    from ingest.harvest.plan import Harvest
    from ingest.harvest.run import Outcome


class Stopped(PasserelleError):
    """A harvest in the background was ended with its process, between two requests."""


class Harvests:
    """What the plans among `sources` bring into `folder`, each harvest a source of its own.

    In the background one harvest at a time goes on while the job runs over what is there already: a slow site must not
    keep the inbox waiting.
    """

    def __init__(self, sources: Sequence[Path], folder: Path, *, in_background: bool = False) -> None:
        self.others = tuple(source for source in sources if source.suffix.lower() != ".toml")
        self._plans = tuple(source for source in sources if source.suffix.lower() == ".toml")
        self._folder = folder
        self._beside = ThreadPoolExecutor(1, "harvest") if in_background and self._plans else None
        self._running: Future[list[Outcome]] | None = None
        self._ended = threading.Event()

    @property
    def folders(self) -> list[Path]:
        """The sources the plans stand for, those that have anything yet. Raises SourceUnavailable for a wrong plan."""
        from ingest.sources.catalogue import CATALOGUE

        folders = [self._folder / one.name for one in self._planned()]
        return [folder for folder in folders if (folder / CATALOGUE).is_file()]

    def bring_up(self) -> list[Outcome]:
        """Harvest what is due and return what was done; in the background, what the last harvest did."""
        if not self._plans:
            return []
        if self._beside is None:
            return self._harvest()
        ended: list[Outcome] = []
        if self._running is not None and self._running.done():
            ended, self._running = self._running.result(), None
        if self._running is None:
            self._running = self._beside.submit(self._harvest)
        return ended

    def settle(self) -> None:
        """Wait until no harvest goes on."""
        if self._running is not None:
            wait([self._running])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._beside is not None:
            self._beside.shutdown(cancel_futures=True)

    def _harvest(self) -> list[Outcome]:
        from ingest.harvest.run import harvest  # brings httpx and the readers of feeds

        return harvest(self._planned(), self._folder, wait=self._wait)

    def _wait(self, seconds: float) -> None:
        if self._ended.wait(seconds):
            raise Stopped("the process ends; the next harvest goes on from here.")

    def _planned(self) -> list[Harvest]:
        if not self._plans:
            return []
        from ingest.harvest.plan import read_plan

        return [one for plan in self._plans for one in read_plan(plan)]

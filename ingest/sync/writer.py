"""What the job writes to: one verb each, so that a run can be tested without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from index.update import Prepared


class Writer(Protocol):
    """The write side of the index (`index.update.Indexer`)."""

    embedded: int

    def put(self, group: Sequence[Prepared]) -> None: ...

    def begin(self, group: Sequence[Prepared]) -> None: ...

    def settle(self) -> None: ...

    def remove(self, document_id: str) -> None: ...

    def finish(self) -> None: ...

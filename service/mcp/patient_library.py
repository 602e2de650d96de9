"""A library for assistants, who do not come back when they are told that the index is still being opened."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from service.errors import NotReady
from service.library.open_index import Library, OpenIndex

RETRY_EVERY_S: Final = 0.1


@dataclass(frozen=True)
class PatientLibrary:
    """A library whose first reader waits until it is open."""

    library: Library
    patience_s: float = 60.0

    def borrow(self) -> OpenIndex:
        """Return the newest opened index. Raises NotReady when waiting did not help."""
        ends_at = time.monotonic() + self.patience_s
        while True:
            try:
                return self.library.borrow()
            except NotReady:
                if time.monotonic() > ends_at:
                    raise
                time.sleep(RETRY_EVERY_S)

    @property
    def trouble(self) -> str:
        return self.library.trouble

    @property
    def cut_off(self) -> str:
        return self.library.cut_off

"""Count what a loader leaves out of a file's text, by what it is, where it is and why."""

from __future__ import annotations

from collections import Counter
from typing import Final

from ingest.loaders.loaded_file import LeftOut

HIDDEN: Final = "hidden"
STRUCK: Final = "struck out"
DELETED: Final = "deleted, with the change tracked"
COMMENT: Final = "a remark of a reviewer, not the document's text"
OBJECT: Final = "a file of another program inside this one: save it apart"


class Omissions:
    """Counts things left out; what is left out alike in one place is said once: "2 hidden columns"."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, what: str, where: str = "", why: str = HIDDEN, *, count: int = 1) -> None:
        """Count `count` more of a thing named in the singular, whose plural takes an s ("hidden column")."""
        if count > 0:
            self._counts[what, where, why] += count

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return what was left out, in the order it was first met."""
        return tuple(
            LeftOut(f"{count} {what}{'s' * (count > 1)}", where, why)
            for (what, where, why), count in self._counts.items()
        )

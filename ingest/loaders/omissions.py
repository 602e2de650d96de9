"""Count what a loader leaves out of a file's text, by what it is, where it is and why; keep what is hidden apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Final

from index.documents import SectionText
from index.reasons import Part, Reason, count_parts
from ingest.loaders.loaded_file import LeftOut

HIDDEN: Final = Reason("hidden")
STRUCK: Final = Reason("struck-out")
DELETED: Final = Reason("deleted")
COMMENT: Final = Reason("remark")
OBJECT: Final = Reason("other-program")
FILE_IN_FILE: Final = Reason("file-in-file")


class Omissions:
    """Counts things left out; what is left out alike in one place is said once: "2 hidden columns"."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[Part, str, Reason]] = Counter()
        self._texts: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        self._last = ("", "")

    def add(self, what: Part, where: str = "", why: Reason = HIDDEN, *, count: int = 1, text: str = "") -> None:
        """Count `count` more of a kind of part.

        `text` is what it says, for what readers of the file do not see.
        """
        if count > 0:
            self._counts[what, where, why] += count
            self._last = (what, where)
            self._texts[what, where].append(text)

    def go_on(self, text: str) -> None:
        """Add to the text of the thing counted last."""
        if texts := self._texts[self._last]:
            texts[-1] += text

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return what was left out, in the order it was first met."""
        return tuple(
            LeftOut(count_parts(what, count), where, why) for (what, where, why), count in self._counts.items()
        )

    def hidden(self) -> tuple[SectionText, ...]:
        """Return the texts of what was left out, those of one kind in one place as one section."""
        texts = (
            (what, where, "\n".join(text.strip() for text in parts if text.strip()))
            for (what, where), parts in self._texts.items()
        )
        return tuple(SectionText(where or what, text, what) for what, where, text in texts if text)


def read_hidden(read: Callable[[], Iterable[str]]) -> str:
    """Return the texts read from a part that is left out anyway, "" where it cannot be read."""
    try:
        return "\n".join(filter(None, read()))
    except MemoryError:
        raise
    except Exception:  # foreign code reading a foreign file; what is shown of it is read all the same
        return ""

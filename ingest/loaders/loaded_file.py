"""What reading a file gives: its text with what is known of it, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self

from index.documents import SectionText
from index.errors import PasserelleError
from index.reasons import Reason
from ingest.text.cleaning import one_line

NEEDS_PASSWORD: Final = Reason("needs-password")


class UnreadableFile(PasserelleError):
    """This file gives no text. The reason holds the remedy; the caller knows the path."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class LeftOut(NamedTuple):
    """Something of the file that its text does not hold: "2 columns", "sheet Tarifs", "hidden"."""

    what: Reason
    where: str
    why: Reason


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """What a file says: its citable stretches, what it states about itself, and what its program noted in it.

    `metadata` is written by a person for us (front matter) and must be right; `hints` (title, author, published) are
    filled in by programs and are ignored if they make no sense. `warnings` and what was `left_out` go to the report.
    `hidden` is the text of what was left out because readers of the file do not see it, as far as it has any.
    """

    sections: tuple[SectionText, ...]
    metadata: Mapping[str, object] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[Reason, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    hidden: tuple[SectionText, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return {
            "sections": [list(section) for section in self.sections],
            "metadata": dict(self.metadata),
            "hints": dict(self.hints),
            "warnings": [warning.as_json() for warning in self.warnings],
            "left_out": [[part.what.as_json(), part.where, part.why.as_json()] for part in self.left_out],
            "hidden": [list(section) for section in self.hidden],
        }

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> Self:
        """Return the file that `as_json` made this of."""
        return cls(
            tuple(SectionText(*section) for section in payload["sections"]),
            payload["metadata"],
            payload["hints"],
            tuple(map(Reason.from_json, payload["warnings"])),
            tuple(
                LeftOut(Reason.from_json(what), where, Reason.from_json(why))
                for what, where, why in payload["left_out"]
            ),
            tuple(SectionText(*section) for section in payload["hidden"]),
        )


def make_hints(title: str | None, author: str | None, published: object = None) -> dict[str, str]:
    """Return hints of title, author and date as a program noted them, without blank ones."""
    noted = {"title": title, "author": author, "published": str(published)[:10] if published else ""}
    return {key: one_line(value) for key, value in noted.items() if value and value.strip()}

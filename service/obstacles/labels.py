"""Names of what the register holds, in the reader's language, and its lists' filters as they stand in an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from index.documents import THEMES
from service.library.concepts import Thesaurus, read_thesaurus
from service.obstacles.model import Level, Obstacle, Reason, State, Wanted
from service.web.translating import Translator

T = TypeVar("T", State, Level)


@dataclass(frozen=True)
class Naming:
    """Says codes and concepts in words."""

    t: Translator
    path: Path | None

    @property
    def thesaurus(self) -> Thesaurus:
        return read_thesaurus(self.path)

    def state(self, state: str) -> str:
        return self.t(f"obstacles.state.{state.replace(' ', '-')}")

    def level(self, level: str) -> str:
        return self.t(f"obstacles.level.{level}")

    def type(self, name: str) -> str:
        return self.concept(f"obstacle/{name}")

    def concept(self, key: str) -> str:
        """Return what a concept of the thesaurus is called; one it does not know is called by its name."""
        scheme, _, name = key.partition("/")
        if scheme == "border":
            return self.t.border(name)
        known = self.thesaurus.concepts.get(key)
        return known.label(self.t.language) if known else name

    def value(self, field: str, value: str) -> str:
        """Return a value of a classification in words."""
        say = {"themes": self.t.theme, "borders": self.t.border, "countries": self.t.country}
        return {**say, "types": self.type, "level": self.level}[field](value)

    def path_of(self, reason: Reason) -> list[str]:
        """Return the concepts that lead from the words to the value, and the value."""
        steps = [self.concept(one) for one in reason.via]
        said = self.value(reason.field, reason.value)
        return [one for number, one in enumerate([*steps, said]) if number == 0 or one != [*steps, said][number - 1]]

    def change(self, name: str, said: Any) -> str:
        """Return what an event tells of one thing, in words."""
        if isinstance(said, Mapping):
            return f"{self._said(name, said['was'])} → {self._said(name, said['is'])}"
        return self._said(name, said)

    def _said(self, name: str, said: Any) -> str:
        if name == "is_public":
            return self.t("obstacles.yes") if said else self.t("obstacles.no")
        if not said:
            return "–"
        if isinstance(said, list):
            return ", ".join(self.value(name, one) for one in said)
        if name == "language":
            return self.t.language_name(str(said))
        return self.level(said) if name == "level" else str(said)

    def types_known(self) -> list[tuple[str, str]]:
        """Return the types there are, (name, label), in the order of the alphabet."""
        names = [one.removeprefix("obstacle/") for one in self.thesaurus.concepts if one.startswith("obstacle/")]
        return sorted(((name, self.type(name)) for name in names), key=lambda one: one[1].casefold())

    def themes_known(self) -> list[tuple[str, str]]:
        return sorted(((name, self.t.theme(name)) for name in THEMES), key=lambda one: one[1].casefold())


def borders_known(naming: Naming) -> list[tuple[str, str]]:
    """Return the borders the thesaurus has, (name, code), as a list to choose from."""
    codes = [one.removeprefix("border/") for one in naming.thesaurus.concepts if one.startswith("border/")]
    return sorted((naming.t.border(code), code) for code in codes)


def wanted_of(params: Mapping[str, Any]) -> Wanted:
    """Read a list's filters from an address; what is not known there filters nothing."""
    return Wanted(
        _known(State, params.get("state", "")),
        _known(Level, params.get("level", "")),
        str(params.get("border", "")),
        str(params.get("theme", "")),
    )


def _known(kind: type[T], said: str) -> T | None:
    return next((one for one in kind if one.value == said), None)


def heading(one: Obstacle, words: str, longest: int = 110) -> str:
    """Return what staff call an obstacle: its statement, or how its first report begins."""
    said = " ".join((one.statement or words).split())
    return said if len(said) <= longest else f"{said[:longest].rsplit(' ', 1)[0]} …"

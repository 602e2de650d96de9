"""Names of what the register holds, in the reader's language, and its lists' filters as an address gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from index.documents import THEMES
from service.library.concepts import Thesaurus
from service.obstacles.model import Level, Obstacle, ObstacleFilter, Reason, State
from service.web.translating import Translator

T = TypeVar("T", State, Level)


@dataclass(frozen=True)
class Labels:
    """Names codes and concepts in the reader's language."""

    t: Translator
    thesaurus: Thesaurus

    def state(self, state: str) -> str:
        return self.t(f"obstacles.state.{state.replace(' ', '-')}")

    def level(self, level: str) -> str:
        return self.t(f"obstacles.level.{level}")

    def type(self, name: str) -> str:
        return self.concept(f"obstacle/{name}")

    def concept(self, key: str) -> str:
        """Return the label of a concept of the thesaurus; an unknown one is called by its name."""
        scheme, _, name = key.partition("/")
        if scheme == "border":
            return self.t.border(name)
        known = self.thesaurus.concepts.get(key)
        return known.label(self.t.language) if known else name

    def value(self, field: str, value: str) -> str:
        """Return the label of a value of a classification."""
        label = {"themes": self.t.theme, "borders": self.t.border, "countries": self.t.country}
        return {**label, "types": self.type, "level": self.level}[field](value)

    def path_of(self, reason: Reason) -> list[str]:
        """Return the concepts that lead from the words to the value, and the value."""
        steps = [*(self.concept(key) for key in reason.via), self.value(reason.field, reason.value)]
        return [step for number, step in enumerate(steps) if number == 0 or step != steps[number - 1]]

    def change(self, name: str, detail: Any) -> str:
        """Return one detail of an event in words."""
        if isinstance(detail, Mapping):
            return f"{self._detail(name, detail['was'])} → {self._detail(name, detail['is'])}"
        return self._detail(name, detail)

    def _detail(self, name: str, detail: Any) -> str:
        if name == "is_public":
            return self.t("obstacles.yes") if detail else self.t("obstacles.no")
        if not detail:
            return "–"
        if name == "fields":  # of the file
            return ", ".join(self.t(f"obstacles.file.{field}") for field in detail)
        if isinstance(detail, list):
            return ", ".join(self.value(name, value) for value in detail)
        if name == "language":
            return self.t.language_name(str(detail))
        return self.level(detail) if name == "level" else str(detail)

    def types(self) -> list[tuple[str, str]]:
        """Return the types there are, (name, label), in alphabetical order of their labels."""
        concepts = self.thesaurus.concepts
        names = [key.removeprefix("obstacle/") for key in concepts if key.startswith("obstacle/")]
        return sorted(((name, self.type(name)) for name in names), key=lambda pair: pair[1].casefold())

    def themes(self) -> list[tuple[str, str]]:
        """Return the themes there are, (name, label), in alphabetical order of their labels."""
        return sorted(((name, self.t.theme(name)) for name in THEMES), key=lambda pair: pair[1].casefold())

    def borders(self) -> list[tuple[str, str]]:
        """Return the borders the thesaurus has, (label, code), to choose from."""
        codes = [key.removeprefix("border/") for key in self.thesaurus.concepts if key.startswith("border/")]
        return sorted((self.t.border(code), code) for code in codes)


def filter_of(params: Mapping[str, Any]) -> ObstacleFilter:
    """Read a list's filters from an address; unknown values filter nothing."""
    return ObstacleFilter(
        _member(State, params.get("state", "")),
        _member(Level, params.get("level", "")),
        str(params.get("border", "")),
        str(params.get("theme", "")),
    )


def _member(kind: type[T], value: str) -> T | None:
    return next((member for member in kind if member.value == value), None)


def heading(obstacle: Obstacle, words: str, longest: int = 110) -> str:
    """Return what staff call an obstacle: its statement, the beginning of its first report, or else its id."""
    text = " ".join((obstacle.statement or words).split()) or obstacle.id
    return text if len(text) <= longest else f"{text[:longest].rsplit(' ', 1)[0]} …"

"""The register's terms: obstacles, reports, proposals, notices, and what of an obstacle each audience may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Self

from index.documents import Audience


class State(StrEnum):
    """How far an obstacle has come. Until staff have confirmed it, they alone see it."""

    NEW = "new"
    CONFIRMED = "confirmed"
    PASSED_ON = "passed on"
    SOLVED = "solved"


class Level(StrEnum):
    """Who can act."""

    LOCAL = "local"
    NATIONAL = "national"
    EUROPEAN = "european"


class Source(StrEnum):
    """How an obstacle came to be known."""

    REPORT = "report"  # somebody described it
    QUESTION = "question"  # a question the documents did not answer, handed on by its author
    THREAD = "thread"  # a thread of a forum that nobody solved


class UnknownObstacle(LookupError):
    """There is no such obstacle, report or follow-up link; the same for one that is not for this caller."""


class WrongStep(ValueError):
    """A change that does not fit, such as confirming an obstacle without a statement. The text is a message key."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What an obstacle is about, and who can act. `types` are names of the thesaurus's obstacles ("data-exchange")."""

    themes: tuple[str, ...] = ()
    borders: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    level: Level | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        lists = {name: tuple(values.get(name, ())) for name in ("themes", "borders", "countries", "types")}
        return cls(**lists, level=Level(values["level"]) if values.get("level") else None)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def filled_by(self, other: Classification) -> Classification:
        """Return this with what it leaves open filled in from another."""
        return Classification(
            self.themes or other.themes,
            self.borders or other.borders,
            self.countries or other.countries,
            self.types or other.types,
            self.level or other.level,
        )


class Reason(NamedTuple):
    """Why a value is proposed: words that led to it, or a document, and concepts between ("theme/income-tax")."""

    field: str  # "themes", "borders", "countries", "types", "level"
    value: str
    words: str = ""
    document_id: str = ""
    via: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a report seems to be about, each value with its reasons. They quote the report, and are erased with it."""

    about: Classification = field(default_factory=Classification)
    reasons: tuple[Reason, ...] = ()
    concepts: frozenset[str] = frozenset()  # of the thesaurus, as far as they say what it is about
    recognised: tuple[str, ...] = ()  # themes the text names, proposed or not: to tell which reports are alike

    @property
    def compared_themes(self) -> tuple[str, ...]:
        """Return the themes by which reports are told apart: too little to propose one may be enough for that."""
        return self.recognised or self.about.themes

    def as_json(self) -> dict[str, Any]:
        return {
            "said": self.about.as_json(),
            "reasons": self.reasons,
            "concepts": sorted(self.concepts),
            "recognised": self.recognised,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        reasons = tuple(Reason._make((*fields, tuple(via))) for *fields, via in values["reasons"])
        about, recognised = Classification.from_json(values["said"]), tuple(values.get("recognised", ()))
        return cls(about, reasons, frozenset(values["concepts"]), recognised)


@dataclass(frozen=True, slots=True)
class Report:
    """One person's words, or a thread's. `who` is a pseudonym that only finds somebody's own reports; "" is nobody.

    `audience` is who may know that the report exists: a thread's own, for the others everybody.
    """

    id: int
    obstacle_id: str
    source: Source
    at: datetime
    text: str
    language: str
    consent: str  # how it was given: "form", "question", "api"; "forum" for what was published there
    proposal: Proposal
    who: str = ""
    audience: Audience = Audience.PUBLIC
    origin: str = ""  # the document a thread becomes once it is solved
    solved_by: str = ""
    handle: str = ""  # its name for its author; its id would tell how many others came in between


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Similar reports as one obstacle; others may read only `statement`, the neutral wording by staff."""

    id: str
    state: State
    about: Classification
    statement: str
    language: str
    is_public: bool
    passed_to: str
    passed_at: datetime | None
    solved_by: str
    created: datetime
    changed: datetime
    counts: Mapping[Audience, int]  # reporters by the audience that may know of them

    def reports(self, audience: Audience) -> int:
        """Return from how many reporters the audience may know of a report; a thread counts as one."""
        return sum(count for other, count in self.counts.items() if audience.may_see(other))

    def is_for(self, audience: Audience) -> bool:
        """Say whether the audience may see it at all."""
        if audience is Audience.STAFF:
            return True
        is_stated = self.state is not State.NEW and bool(self.statement)  # one may be solved without a statement
        return is_stated and (audience is Audience.MEMBER or self.is_public)


class Event(NamedTuple):
    """A change: who made it ("" is the service itself), when, and what was and is. Never a reporter's words."""

    at: datetime
    by: str
    what: str
    details: Mapping[str, Any]


class Notice(NamedTuple):
    """A new document that may solve an obstacle."""

    obstacle_id: str
    document_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ObstacleFilter:
    """Which obstacles a list shows; what is empty lets everything pass."""

    state: State | None = None
    level: Level | None = None
    border: str = ""
    theme: str = ""

    def matches(self, obstacle: Obstacle) -> bool:
        return (
            self.state in (None, obstacle.state)
            and self.level in (None, obstacle.about.level)
            and (not self.border or self.border in obstacle.about.borders)
            and (not self.theme or self.theme in obstacle.about.themes)
        )

"""What the resource centre holds: documents, the sections a citation can name, the passages a search returns."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from index.reasons import Reason

SECTION_BREAK = "\n\n"
GROUP_FORM: Final = Reason("allowed-group")
_GROUP: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


class Audience(StrEnum):
    """Who may see a document. Ordered by `rank`: a member also sees what is public, staff see everything."""

    PUBLIC = "public"
    MEMBER = "member"
    STAFF = "staff"

    @property
    def rank(self) -> int:
        return tuple(Audience).index(self)

    def may_see(self, other: Audience) -> bool:
        return self.rank >= other.rank


def is_group_id(text: str) -> bool:
    """Say whether a text may name a group; `GROUP_FORM` says so in words."""
    return _GROUP.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Access:
    """What somebody may see: what their audience may, and as a member the documents of their groups.

    Staff see the documents of every group, and those who are not members see those of none: only a member's `groups`
    are kept, so that equal values mean equal rights.
    """

    audience: Audience = Audience.PUBLIC
    groups: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.audience is not Audience.MEMBER:
            object.__setattr__(self, "groups", frozenset())

    def may_see(self, metadata: Metadata) -> bool:
        """Say whether a document of this metadata is shown: for its audience and, if it has groups, to one of them."""
        if self.audience is Audience.STAFF:
            return True
        in_group = not metadata.groups or not self.groups.isdisjoint(metadata.groups)
        return in_group and self.audience.may_see(metadata.audience)

    def groups_of(self, metadata: Metadata) -> tuple[str, ...]:
        """Return those of a document's groups that may be named: staff know all, members their own."""
        is_staff = self.audience is Audience.STAFF
        return tuple(group for group in metadata.groups if is_staff or group in self.groups)


class Kind(StrEnum):
    """What a document is."""

    LEGAL_NOTE = "legal note"
    PUBLICATION = "publication"
    STUDY = "study"
    PROJECT_SHEET = "project sheet"
    PROBLEM_SHEET = "problem sheet"
    NEWS = "news"
    PRESS_ARTICLE = "press article"
    FORUM_THREAD = "forum thread"
    FUNDING_CALL = "funding call"
    EVENT = "event"
    CONTACT = "contact"


THEMES = (
    "transport",
    "spatial-planning",
    "governance",
    "health",
    "employment-training",
    "economic-development",
    "innovation",
    "environment",
    "energy",
    "culture",
    "security-risk",
    "observation",
    "taxation-social-security",
)

LANGUAGES = ("fr", "en", "de", "es", "it", "nl")


class SectionText(NamedTuple):
    """What a loader gives for one citable stretch: how it is cited, its text, and the headings above it."""

    label: str
    text: str
    heading: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A citable stretch [start, end) of its document; `label` is how a reader cites it ("p. 12", "art. 3")."""

    label: str
    start: int
    end: int
    heading: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is known of a document besides its text. Codes: ISO 3166-1 alpha-2, ISO 639-1; a border is "BE-FR".

    A document of groups is seen by staff and by members of one of them, and so is never public. A funding call is valid
    until its deadline and an event until its last day, unless it states an earlier end.
    """

    title: str
    kind: Kind = Kind.PUBLICATION
    audience: Audience = Audience.STAFF
    language: str = ""
    countries: tuple[str, ...] = ()
    borders: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    legal_instruments: tuple[str, ...] = ()
    published: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    author: str = ""
    address: str = ""
    notice: str = ""
    rights: str = ""
    replaces: str = ""
    replaced_by: str = ""
    translation_of: str = ""
    solved: bool | None = None
    groups: tuple[str, ...] = ()
    programme: str = ""  # of a funding call
    amount: str = ""  # of a funding call, as it is stated
    deadline: date | None = None  # the last day to apply to a funding call, or to register for an event
    starts: date | None = None  # first and last day of an event
    ends: date | None = None
    place: str = ""  # of an event
    organisation: str = ""  # a contact's, or who funds a call or holds an event
    function: str = ""  # whom to ask for there: by what they do, never by name
    territory: str = ""  # a contact's

    def __post_init__(self) -> None:
        if self.groups and self.audience is Audience.PUBLIC:
            object.__setattr__(self, "audience", Audience.MEMBER)
        if self.valid_to is None:
            object.__setattr__(self, "valid_to", self.closes)

    @property
    def closes(self) -> date | None:
        """The last day of a funding call or an event, None where none is stated and for other kinds."""
        if self.kind is Kind.FUNDING_CALL:
            return self.deadline
        return self.ends or self.starts if self.kind is Kind.EVENT else None

    def find_contradiction(self) -> tuple[str, Reason] | None:
        """Return the field whose day cannot be true beside the others, and the days that can; None if all can."""
        if self.ends and not self.starts:
            return "ends", Reason("allowed-with-start")
        if self.ends and self.starts and self.ends < self.starts:
            return "ends", Reason("allowed-from-start", day=str(self.starts))
        if self.closes and self.kind is Kind.EVENT and self.deadline and self.deadline > self.closes:
            return "deadline", Reason("allowed-until-event", day=str(self.closes))
        if self.closes and self.valid_to and self.valid_to > self.closes:
            code = "allowed-until-event-closes" if self.kind is Kind.EVENT else "allowed-until-call"
            return "valid_to", Reason(code, day=str(self.closes))
        return None


# What single kinds state: a call its programme, an event its days, a contact its function.
PARTICULARS: Final = (
    "programme",
    "amount",
    "deadline",
    "starts",
    "ends",
    "place",
    "organisation",
    "function",
    "territory",
)
ADDED_LATER: Final = ("groups", *PARTICULARS)  # fields of the metadata since the first fingerprints


@dataclass(frozen=True, slots=True)
class Document:
    """One item of the resource centre. Every section is a slice of `text`; sections do not overlap."""

    id: str
    text: str
    sections: tuple[Section, ...]
    metadata: Metadata
    source: str = field(default="", kw_only=True)  # the folder, feed or forum it was found in
    path: str = field(default="", kw_only=True)  # its address below that source
    original: str = field(default="", kw_only=True)  # SHA-256 of the file it was read from, "" when there is none

    @classmethod
    def from_sections(
        cls,
        id: str,
        sections: Iterable[SectionText],
        metadata: Metadata,
        *,
        source: str = "",
        path: str = "",
        original: str = "",
    ) -> Document:
        """Join the sections' texts with a blank line between them; sections without text are left out."""
        text, placed_sections = "", []
        for section in sections:
            body = section.text.strip()
            if not body:
                continue
            start = len(text) + len(SECTION_BREAK) if text else 0
            text = text + SECTION_BREAK + body if text else body
            placed_sections.append(Section(section.label, start, len(text), section.heading, section.language))
        return cls(id, text, tuple(placed_sections), metadata, source=source, path=path, original=original)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything a reader could notice; equal fingerprints mean nothing to do."""
        content = asdict(self) | {"source": "", "path": self.path}
        for name in ADDED_LATER:  # a document that says nothing by them is the one it was before there were any
            if not content["metadata"][name]:
                del content["metadata"][name]
        return hashlib.sha256(json.dumps(content, default=str, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document, the unit that is found: `text == document.text[start:end]`, always.

    `label` cites it; `context` (title and headings) goes to the embedder and the lexical index, never to a citation.
    """

    document_id: str
    start: int
    end: int
    text: str
    label: str
    language: str
    context: str = ""

    @property
    def embedded_text(self) -> str:
        """Return what the embedder reads of the passage: its context, then its text."""
        return f"{self.context}\n{self.text}" if self.context else self.text

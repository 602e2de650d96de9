"""What a dossier holds, and whom it is shared with.

A dossier holds no document's words. A quote is a reference: where it stands, in which version, and a digest by which it
is known again. Its words are read from the index each time, with the access of whoever reads.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from service.auth.callers import Caller

MOST_DOSSIERS: Final = 100  # of one person
MOST_ITEMS: Final = 200  # that one person puts into one dossier
MOST_SHARES: Final = 20  # of one dossier
MOST_QUOTES: Final = 60  # of one item
MOST_COLUMNS: Final = 8
LONGEST_TITLE: Final = 200
LONGEST_NOTE: Final = 10_000
LONGEST_QUOTE: Final = 6_000
MOST_LINK_DAYS: Final = 365


class ItemKind(StrEnum):
    PASSAGE = "passage"
    ANSWER = "answer"
    COMPARISON = "comparison"
    NOTE = "note"


class ShareKind(StrEnum):
    ORGANISATION = "organisation"
    GROUP = "group"
    LINK = "link"


class Role(IntEnum):
    """What somebody may do with a dossier; each may do what those before may."""

    READER = 1
    EDITOR = 2
    OWNER = 3


class Quote(NamedTuple):
    """Where a quote stands: [start, end) of a document's version, whose words have this digest.

    `column` is that of a comparison's table.
    """

    document_id: str
    version: str
    start: int
    end: int
    digest: str
    column: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """What somebody put into a dossier.

    `text` is a note, `question` what an answer or a comparison was asked for, `day` when.
    """

    kind: ItemKind
    text: str = ""
    question: str = ""
    day: date | None = None
    columns: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a dossier; `version` counts its changes, `by` is the subject who added it."""

    id: str
    content: Content
    is_ticked: bool
    by: str
    at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Share:
    """Whom a dossier is shared with; `name` is an organisation's or a group's, `expires` a link's last day."""

    id: str
    kind: ShareKind
    name: str
    may_edit: bool
    at: datetime
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class DossierHead:
    """A dossier without its items."""

    id: str
    owner: str
    owner_name: str
    title: str
    created: datetime
    shares: tuple[Share, ...] = ()

    def role_of(self, caller: Caller) -> Role | None:
        """Return what somebody may do with it by being its owner, or one of those it is shared with."""
        if caller.is_known and caller.subject == self.owner:
            return Role.OWNER
        roles = [Role.EDITOR if share.may_edit else Role.READER for share in self.shares if _is_for(share, caller)]
        return max(roles, default=None)

    def may_be_edited_by(self, caller: Caller) -> bool:
        return (self.role_of(caller) or 0) >= Role.EDITOR


@dataclass(frozen=True, slots=True)
class Dossier(DossierHead):
    """A dossier with its items in their order."""

    items: tuple[Item, ...] = ()


def _is_for(share: Share, caller: Caller) -> bool:
    if share.kind is ShareKind.ORGANISATION:
        return caller.is_known and bool(share.name) and share.name == caller.organisation
    return share.kind is ShareKind.GROUP and share.name in caller.access.groups


def digest_of(words: str) -> str:
    """Return by what a quote's words are known again."""
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()

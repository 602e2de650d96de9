"""What a newsletter is, who receives it, and what becomes of its mails.

A letter holds no document's words: a quote is a reference, as in a dossier, read from the index each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from index.documents import Access, Audience
from service.dossiers.model import Quote
from service.mailing.outbox import MailState

MOST_ITEMS: Final = 300  # of one letter
MOST_LETTERS: Final = 500
MOST_CANDIDATES: Final = 5  # sentences of a document to choose from
MOST_DAYS: Final = 400  # of the days a letter is about
LONGEST_TITLE: Final = 150
LONGEST_WORD: Final = 2_000  # characters of what staff write before, after and beside


class UnknownSubscription(LookupError):
    """There is no such subscription, or it is somebody else's."""


class NoMail(ValueError):
    """No mail server is set, so that no letter can be sent."""


class Arrangement(StrEnum):
    """What the documents of a letter are grouped by first; the other comes below it."""

    BORDER = "border"
    THEME = "theme"


class Part(StrEnum):
    """Where in a letter a document stands."""

    DOCUMENTS = "documents"  # what came in
    AGENDA = "agenda"  # events to come and deadlines, by day


@dataclass(frozen=True, slots=True)
class Readership:
    """For whom a letter is: for everybody, for members, or for the members of one group."""

    audience: Audience = Audience.PUBLIC
    group: str = ""

    @property
    def access(self) -> Access:
        """What each of its readers may see, and so all that may be in the letter."""
        return Access(self.audience, frozenset({self.group} if self.group else ()))

    def includes(self, access: Access) -> bool:
        """Say whether somebody of this access is one of those it is for."""
        if access.audience is Audience.STAFF:
            return True
        return access.audience.may_see(self.audience) and self.access.groups <= access.groups


@dataclass(frozen=True, slots=True)
class Item:
    """A document of a letter. `chosen` is which of the `candidates` is quoted (from 0), None for no quote."""

    document_id: str
    part: Part = Part.DOCUMENTS
    candidates: tuple[Quote, ...] = ()
    chosen: int | None = None
    word: str = ""
    is_ticked: bool = True

    @property
    def quote(self) -> Quote | None:
        return self.candidates[self.chosen] if self.chosen is not None else None


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter about what came in from `since` to `until`; `version` counts its changes, none follows its sending.

    `tested` is the version a test was sent of last. `delivered` counts the mails that the mail server has taken.
    """

    id: str
    version: int
    title: str
    opening: str
    closing: str
    language: str
    readership: Readership
    since: date
    until: date
    arrangement: Arrangement
    items: tuple[Item, ...]
    made: datetime
    made_by: str
    changed_by: str = ""
    tested: int = 0
    sent: datetime | None = None
    sent_by: str = ""
    delivered: int = 0

    @property
    def is_sent(self) -> bool:
        return self.sent is not None


class Stop(StrEnum):
    """Why nothing is sent to a subscriber any more, who did not ask for that."""

    NO = ""
    ACCESS = "access"  # the key they subscribed with is not good any more
    REFUSED = "refused"  # the mail server does not take mail for the address


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Somebody who receives letters; `owner` is a subject, "" for a reader who was not signed in."""

    id: str
    owner: str
    address: str
    language: str
    created: datetime
    is_confirmed: bool = False
    stopped: Stop = Stop.NO


class MailKind(StrEnum):
    CONFIRM = "confirm"  # asks whoever has the address whether they want the newsletter
    LETTER = "letter"
    TEST = "test"  # a letter as it stands, to whoever makes it


@dataclass(frozen=True, slots=True)
class LetterMail:
    """One mail of the outbox: to a subscriber, or as a test to an `address`."""

    id: int
    kind: MailKind
    subscriber_id: str
    letter_id: str
    address: str
    state: MailState
    attempts: int
    message_id: str
    made: datetime
    reason: str = ""

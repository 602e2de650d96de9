"""What an alert is, and what becomes of a mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from index.documents import Access, Audience
from service.library.filters import Filters
from service.mailing.outbox import MailState

GROUP = "group "  # before a group's id, in the name of a reader


class UnknownAlert(LookupError):
    """There is no such alert, or it is somebody else's."""


class TooManyAlerts(ValueError):
    """Somebody has as many alerts as they may."""


class NoMail(ValueError):
    """No mail server is set, so that nothing can be sent to an address."""


class Frequency(StrEnum):
    """How often an alert's mail is sent: each day, or each Monday."""

    DAILY = "daily"
    WEEKLY = "weekly"


class Stop(StrEnum):
    """Why the job stopped an alert, which its owner did not."""

    NO = ""
    ACCESS = "access"  # the key it was made with is not good any more
    REFUSED = "refused"  # the mail server does not take mail for its address


class MailKind(StrEnum):
    CONFIRM = "confirm"  # asks whoever has the address whether they want the alert
    DIGEST = "digest"  # tells of new documents


@dataclass(frozen=True, slots=True)
class Alert:
    """A saved search of somebody (`owner`: a subject; "" for a reader who is not signed in).

    `since` is the last sighting when it was made: what was there by then is not new. Mail goes to `address` once
    `is_confirmed`; without an address there is a feed alone. `language` is that of its feed and mails.
    """

    id: str
    owner: str
    query: str
    filters: Filters
    language: str
    created: datetime
    since: int
    address: str = ""
    frequency: Frequency = Frequency.WEEKLY
    is_confirmed: bool = False
    has_feed: bool = False
    is_paused: bool = False
    stopped: Stop = Stop.NO

    @property
    def is_active(self) -> bool:
        """Say whether new documents are looked for."""
        return not self.is_paused and self.stopped is not Stop.ACCESS and (self.has_owner or self.is_confirmed)

    @property
    def is_mailed(self) -> bool:
        """Say whether new documents are told by mail."""
        return self.is_active and self.is_confirmed and bool(self.address) and self.stopped is Stop.NO

    @property
    def has_owner(self) -> bool:
        return bool(self.owner)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the outbox. `period` is what it is for; an alert has one mail for each."""

    id: int
    alert_id: str
    kind: MailKind
    period: str
    state: MailState
    attempts: int
    message_id: str
    made: datetime
    reason: str = ""


def readers_of(access: Access) -> tuple[str, ...]:
    """Return the names of the readers who together see what somebody of this access sees."""
    groups = (GROUP + group for group in sorted(access.groups))
    return (access.audience.value, *groups) if access.audience is Audience.MEMBER else (access.audience.value,)

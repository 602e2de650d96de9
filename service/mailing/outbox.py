"""The mails that wait, are being sent, or were sent: a table `mails` of a private file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

from index.clock import utc_now
from index.named_rows import NamedRow
from index.store.database import Connection
from index.store.private_database import PrivateDatabase


class MailState(StrEnum):
    """How far a mail has come. `SENDING` and what follows it are final: such a mail is never sent again."""

    WAITING = "waiting"  # not handed over yet, or not taken: it is tried again
    SENDING = "sending"  # being handed over; whoever finds this later cannot know whether it was taken
    SENT = "sent"  # the mail server has taken it
    UNCERTAIN = "uncertain"  # the process or the connection ended while it was handed over
    FAILED = "failed"  # not taken


class QueuedMail(Protocol):
    """What is known of every mail in an outbox, whatever it is about."""

    @property
    def id(self) -> int: ...
    @property
    def state(self) -> MailState: ...
    @property
    def attempts(self) -> int: ...
    @property
    def made(self) -> datetime: ...
    @property
    def reason(self) -> str: ...


M = TypeVar("M", bound=QueuedMail)


class OutboxState(NamedTuple, Generic[M]):
    """How many mails there are in each state, and those that staff should know of, the latest first."""

    counts: dict[MailState, int]
    troubled: list[M]


@dataclass(frozen=True)
class MailTable(ABC, Generic[M]):
    """A table `mails` with the columns id, state, attempts, due, made, ended, link and reason, and those of a feature.

    Whatever happens, no mail that may have been taken by the mail server is sent again.
    """

    file: PrivateDatabase
    now: Callable[[], datetime] = utc_now

    @abstractmethod
    def read(self, row: NamedRow) -> M:
        """Return a row of the table as a mail."""

    @abstractmethod
    def on_end(self, db: Connection, mail: M, state: MailState) -> None:
        """Note, in the same transaction, that a mail has ended, or (`WAITING`) was not taken and waits again."""

    def due(self) -> list[M]:
        """Return the mails that wait and may be tried now, the oldest first."""
        with self.file.open() as db:
            query = "SELECT * FROM mails WHERE state = ? AND due <= ? ORDER BY id"
            return [self.read(row) for row in db.execute(query, (MailState.WAITING, self.now().isoformat()))]

    def end(self, mail: M, state: MailState, reason: str = "") -> None:
        """Note what became of a mail for good."""
        with self.file.open() as db:
            query = "UPDATE mails SET state = ?, ended = ?, reason = ? WHERE id = ?"
            db.execute(query, (state, self.now().isoformat(), reason[:300], mail.id))
            self.on_end(db, mail, state)

    def retry(self, mail: M, after: timedelta, reason: str) -> None:
        """Have a mail that was not taken tried again later."""
        with self.file.open() as db:
            db.execute(
                "UPDATE mails SET state = ?, attempts = attempts + 1, due = ?, link = NULL, reason = ? WHERE id = ?",
                (MailState.WAITING, (self.now() + after).isoformat(), reason[:300], mail.id),
            )
            self.on_end(db, mail, MailState.WAITING)

    def postpone(self, mail: M, after: timedelta) -> None:
        """Have a mail that nobody tried to hand over looked at again later."""
        with self.file.open() as db:
            due = (self.now() + after).isoformat()
            db.execute("UPDATE mails SET due = ? WHERE id = ? AND state = ?", (due, mail.id, MailState.WAITING))

    def drop(self, mail: M) -> None:
        """Take a mail that there is nothing to say in out of the outbox, if it was not handed over."""
        with self.file.open() as db:
            db.execute("DELETE FROM mails WHERE id = ? AND state = ?", (mail.id, MailState.WAITING))

    def settle(self) -> list[M]:
        """Give up the mails that a process was handing over when it ended, and return them: they may have been taken.

        To be called by whoever alone sends.
        """
        with self.file.open() as db:
            rows = db.execute("SELECT * FROM mails WHERE state = ?", (MailState.SENDING,)).fetchall()
            reason = "the process ended while it was handed over"
            query = "UPDATE mails SET state = ?, ended = ?, reason = ? WHERE state = ?"
            db.execute(query, (MailState.UNCERTAIN, self.now().isoformat(), reason, MailState.SENDING))
            mails = [self.read(row) for row in rows]
            for mail in mails:
                self.on_end(db, mail, MailState.UNCERTAIN)
            return mails

    def state(self, most: int = 20) -> OutboxState[M]:
        """Return how the outbox stands."""
        with self.file.open() as db:
            counts = {MailState(state): n for state, n in db.execute("SELECT state, count(*) FROM mails GROUP BY 1")}
            rows = db.execute(
                "SELECT * FROM mails WHERE state IN ('uncertain', 'failed') OR (state = 'waiting' AND attempts > 0)"
                " ORDER BY made DESC LIMIT ?",
                (most,),
            ).fetchall()
        return OutboxState({state: counts.get(state, 0) for state in MailState}, [self.read(row) for row in rows])

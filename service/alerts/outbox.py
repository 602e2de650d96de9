"""The mails that wait, are being sent, or were sent."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from index.clock import utc_now
from service.alerts.database import AlertsFile, digest
from service.alerts.model import Mail, MailKind, MailState
from service.alerts.sightings import Item, item_of

MOST_IN_A_MAIL: Final = 50  # items; what is left comes with the next one


class OutboxState(NamedTuple):
    """How many mails there are in each state, and those that staff should know of, the latest first."""

    counts: dict[MailState, int]
    troubled: list[Mail]


@dataclass(frozen=True)
class Outbox:
    """The mails to be sent. Whatever happens, none that may have been taken by the mail server is sent again."""

    file: AlertsFile
    now: Callable[[], datetime] = utc_now

    def pending(self) -> dict[str, list[Item]]:
        """Return what no mail has told yet, by alert, the oldest first."""
        query = "SELECT alert_id, document_id, at FROM items WHERE mail_id IS NULL ORDER BY at, document_id"
        pending: dict[str, list[Item]] = {}
        with self.file.open() as db:
            for row in db.execute(query):
                pending.setdefault(row["alert_id"], []).append(item_of(row))
        return pending

    def has_digest(self, alert_id: str, period: str) -> bool:
        """Say whether a digest of this period was made, or one of an earlier period waits, which will tell all."""
        with self.file.open() as db:
            query = "SELECT 1 FROM mails WHERE alert_id = ? AND (period = ? OR (kind = ? AND state = ?))"
            values = (alert_id, period, MailKind.DIGEST, MailState.WAITING)
            return db.execute(query, values).fetchone() is not None

    def add_digest(self, alert_id: str, period: str) -> None:
        """Put the mail of a period in the outbox, unless it is there."""
        with self.file.open() as db:
            add_mail(db, alert_id, MailKind.DIGEST, period, self.now())

    def due(self) -> list[Mail]:
        """Return the mails that wait and may be tried now, the oldest first."""
        with self.file.open() as db:
            query = "SELECT * FROM mails WHERE state = ? AND due <= ? ORDER BY id"
            return [_mail_of(row) for row in db.execute(query, (MailState.WAITING, self.now().isoformat()))]

    def begin(self, mail: Mail, address: str, link: str, items: Sequence[str]) -> bool:
        """Note, before it is handed over, that a mail is being sent, with the secret of its link and what it tells.

        Return False when it must not be sent: another process has it, the alert has changed, or an item was told.
        """
        with self.file.open() as db:
            query = (
                "UPDATE mails SET state = ?, link = ? WHERE id = ? AND state = ? AND EXISTS (SELECT 1 FROM alerts"
                " WHERE id = alert_id AND address = ? AND is_confirmed = ?"
                " AND (NOT is_confirmed OR (NOT is_paused AND stopped = '')))"
            )
            is_digest = mail.kind is MailKind.DIGEST
            values = (MailState.SENDING, digest(link), mail.id, MailState.WAITING, address, is_digest)
            if db.execute(query, values).rowcount != 1:
                return False
            marks = ", ".join("?" * len(items))
            claimed = db.execute(
                f"UPDATE items SET mail_id = ? WHERE alert_id = ? AND mail_id IS NULL AND document_id IN ({marks})",
                (mail.id, mail.alert_id, *items),
            ).rowcount
            if claimed == len(items):
                return True
            db.execute("UPDATE items SET mail_id = NULL WHERE mail_id = ?", (mail.id,))
            db.execute("UPDATE mails SET state = ?, link = NULL WHERE id = ?", (MailState.WAITING, mail.id))
            return False

    def end(self, mail: Mail, state: MailState, reason: str = "") -> None:
        """Note what became of a mail for good; what one that was not taken told is told by the next."""
        with self.file.open() as db:
            query = "UPDATE mails SET state = ?, ended = ?, reason = ? WHERE id = ?"
            db.execute(query, (state, self.now().isoformat(), reason[:300], mail.id))
            if state is MailState.FAILED:
                db.execute("UPDATE items SET mail_id = NULL WHERE mail_id = ?", (mail.id,))

    def retry(self, mail: Mail, after: timedelta, reason: str) -> None:
        """Have a mail that was not taken tried again later."""
        with self.file.open() as db:
            db.execute(
                "UPDATE mails SET state = ?, attempts = attempts + 1, due = ?, link = NULL, reason = ? WHERE id = ?",
                (MailState.WAITING, (self.now() + after).isoformat(), reason[:300], mail.id),
            )
            db.execute("UPDATE items SET mail_id = NULL WHERE mail_id = ?", (mail.id,))

    def drop(self, mail: Mail) -> None:
        """Take a mail that there is nothing to say in out of the outbox, if it was not handed over."""
        with self.file.open() as db:
            db.execute("DELETE FROM mails WHERE id = ? AND state = ?", (mail.id, MailState.WAITING))

    def settle(self) -> list[Mail]:
        """Give up the mails that a process was handing over when it ended, and return them: they may have been taken.

        To be called by whoever alone sends.
        """
        with self.file.open() as db:
            rows = db.execute("SELECT * FROM mails WHERE state = ?", (MailState.SENDING,)).fetchall()
            reason = "the process ended while it was handed over"
            query = "UPDATE mails SET state = ?, ended = ?, reason = ? WHERE state = ?"
            db.execute(query, (MailState.UNCERTAIN, self.now().isoformat(), reason, MailState.SENDING))
            return [_mail_of(row) for row in rows]

    def state(self, most: int = 20) -> OutboxState:
        """Return how the outbox stands."""
        with self.file.open() as db:
            counts = {MailState(state): n for state, n in db.execute("SELECT state, count(*) FROM mails GROUP BY 1")}
            rows = db.execute(
                "SELECT * FROM mails WHERE state IN ('uncertain', 'failed') OR (state = 'waiting' AND attempts > 0)"
                " ORDER BY made DESC LIMIT ?",
                (most,),
            ).fetchall()
        return OutboxState({state: counts.get(state, 0) for state in MailState}, [_mail_of(row) for row in rows])


def add_mail(db: sqlite3.Connection, alert_id: str, kind: MailKind, period: str, now: datetime) -> None:
    """Put a mail in the outbox, unless one of that kind and period is there for the alert."""
    db.execute(
        "INSERT OR IGNORE INTO mails (alert_id, kind, period, state, due, made, message_id)"
        " SELECT id, ?, ?, ?, ?, ?, ? FROM alerts WHERE id = ?",
        (kind, period, MailState.WAITING, now.isoformat(), now.isoformat(), secrets.token_hex(16), alert_id),
    )


def _mail_of(row: sqlite3.Row) -> Mail:
    return Mail(
        id=row["id"],
        alert_id=row["alert_id"],
        kind=MailKind(row["kind"]),
        period=row["period"],
        state=MailState(row["state"]),
        attempts=row["attempts"],
        message_id=row["message_id"],
        made=datetime.fromisoformat(row["made"]),
        reason=row["reason"],
    )

"""The mails that wait, are being sent, or were sent."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from index.named_rows import NamedRow
from index.store.database import Connection
from service.alerts.database import digest
from service.alerts.model import Mail, MailKind
from service.alerts.sightings import Item, item_of
from service.mailing.outbox import MailState, MailTable

MOST_IN_A_MAIL: Final = 50  # items; what is left comes with the next one


@dataclass(frozen=True)
class Outbox(MailTable[Mail]):
    """The mails of alerts. What a digest told is noted with it, and told by no other."""

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

    def begin(self, mail: Mail, address: str, link: str, items: Sequence[str]) -> bool:
        """Note, before it is handed over, that a mail is being sent, with the secret of its link and what it tells.

        Return False when it must not be sent: another process has it, the alert has changed, or an item was told.
        """
        with self.file.open() as db:
            query = (
                "UPDATE mails SET state = ?, link = ? WHERE id = ? AND state = ? AND EXISTS (SELECT 1 FROM alerts"
                " WHERE id = alert_id AND address = ? AND is_confirmed = ?"
                " AND (is_confirmed = 0 OR (is_paused = 0 AND stopped = '')))"
            )
            is_digest = mail.kind is MailKind.DIGEST
            values = (MailState.SENDING, digest(link), mail.id, MailState.WAITING, address, is_digest)
            if db.execute(query, values).rowcount != 1:
                return False
            if not items:
                return True
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

    def read(self, row: NamedRow) -> Mail:
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

    def on_end(self, db: Connection, mail: Mail, state: MailState) -> None:
        """Have what a mail that was not taken told told by the next one."""
        if state in (MailState.WAITING, MailState.FAILED):
            db.execute("UPDATE items SET mail_id = NULL WHERE mail_id = ?", (mail.id,))


def add_mail(db: Connection, alert_id: str, kind: MailKind, period: str, now: datetime) -> None:
    """Put a mail in the outbox, unless one of that kind and period is there for the alert."""
    db.execute(
        "INSERT INTO mails (alert_id, kind, period, state, due, made, message_id)"
        " SELECT id, ?, ?, ?, ?, ?, ? FROM alerts WHERE id = ? ON CONFLICT DO NOTHING",
        (kind, period, MailState.WAITING, now.isoformat(), now.isoformat(), secrets.token_hex(16), alert_id),
    )

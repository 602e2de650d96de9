"""The mails of the newsletter: confirmations, letters, tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from index.named_rows import NamedRow
from index.store.database import Connection
from service.dossiers.model import digest_of
from service.mailing.outbox import MailState, MailTable
from service.newsletter.model import LetterMail, MailKind


@dataclass(frozen=True)
class LetterOutbox(MailTable[LetterMail]):
    """The mails to be sent; a subscriber has at most one of each letter."""

    def begin(self, mail: LetterMail, address: str, link: str) -> bool:
        """Note, before it is handed over, that a mail is being sent, with the secret of its link.

        Return False when it must not be sent: another process has it, or its reader has unsubscribed meanwhile.
        """
        with self.file.open() as db:
            query = (
                "UPDATE mails SET state = ?, link = ? WHERE id = ? AND state = ? AND (kind = ? OR EXISTS"
                " (SELECT 1 FROM subscribers WHERE id = subscriber_id AND address = ? AND is_confirmed = ?"
                " AND stopped = ''))"
            )
            is_letter = mail.kind is MailKind.LETTER
            hashed = None if mail.kind is MailKind.TEST else digest_of(link)
            values = (MailState.SENDING, hashed, mail.id, MailState.WAITING, MailKind.TEST, address, is_letter)
            return db.execute(query, values).rowcount == 1

    def read(self, row: NamedRow) -> LetterMail:
        return LetterMail(
            id=row["id"],
            kind=MailKind(row["kind"]),
            subscriber_id=row["subscriber_id"] or "",
            letter_id=row["letter_id"] or "",
            address=row["address"],
            state=MailState(row["state"]),
            attempts=row["attempts"],
            message_id=row["message_id"],
            made=datetime.fromisoformat(row["made"]),
            reason=row["reason"],
        )

    def on_end(self, db: Connection, mail: LetterMail, state: MailState) -> None:
        """Count a letter that was taken, and forget the address of a test."""
        if state is MailState.SENT and mail.kind is MailKind.LETTER:
            db.execute("UPDATE letters SET delivered = delivered + 1 WHERE id = ?", (mail.letter_id,))
        if state is not MailState.WAITING:
            db.execute("UPDATE mails SET address = '' WHERE id = ?", (mail.id,))

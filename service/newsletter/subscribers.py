"""Who receives the newsletter: their addresses, and whether they agreed. Of links only hashes are kept."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from index.clock import utc_now
from index.named_rows import NamedRow
from index.store.database import Connection
from service.dossiers.model import digest_of
from service.mailing.outbox import MailState
from service.newsletter.database import NewsletterFile
from service.newsletter.model import MailKind, Stop, Subscriber, UnknownSubscription


@dataclass(frozen=True)
class Subscribers:
    """Adds, confirms and erases subscriptions. Safe to call from any thread and process."""

    file: NewsletterFile
    now: Callable[[], datetime] = utc_now

    def add(self, owner: str, address: str, language: str) -> Subscriber:
        """Keep a subscription that is to be confirmed; one of the same person and address not confirmed yet goes."""
        name, now = secrets.token_hex(8), self.now().isoformat()
        with self.file.open() as db:
            same = "owner = ? AND lower(address) = lower(?) AND is_confirmed = 0"
            db.execute(f"DELETE FROM subscribers WHERE {same}", (owner, address))
            db.execute(
                "INSERT INTO subscribers (id, owner, address, language, created, asked) VALUES (?, ?, ?, ?, ?, ?)",
                (name, owner, address, language, now, now),
            )
            values = (MailKind.CONFIRM, name, MailState.WAITING, now, now, secrets.token_hex(16))
            db.execute(
                "INSERT INTO mails (kind, subscriber_id, state, due, made, message_id) VALUES (?, ?, ?, ?, ?, ?)",
                values,
            )
            return _read(db, "id = ?", name)

    def get(self, subscriber_id: str) -> Subscriber:
        """Return a subscriber. Raises UnknownSubscription."""
        with self.file.open() as db:
            return _read(db, "id = ?", subscriber_id)

    def of(self, owner: str) -> list[Subscriber]:
        """Return somebody's subscriptions."""
        with self.file.open() as db:
            query = "SELECT * FROM subscribers WHERE owner = ? AND owner != '' ORDER BY created, id"
            return [_subscriber_of(row) for row in db.execute(query, (owner,))]

    def confirmed(self) -> list[Subscriber]:
        """Return those who agreed to receive the newsletter, and can."""
        with self.file.open() as db:
            rows = db.execute("SELECT * FROM subscribers WHERE is_confirmed = 1 AND stopped = '' ORDER BY id")
            return [_subscriber_of(row) for row in rows]

    def by_link(self, token: str, *kinds: MailKind) -> Subscriber:
        """Return whom a mail of one of these kinds was for, by the secret of its link. Raises UnknownSubscription."""
        with self.file.open() as db:
            return _by_link(db, token, kinds)

    def confirm(self, token: str) -> Subscriber:
        """Begin to send what the holder of an address agrees to; an address has one subscription.

        A new one takes the place of one before, but for a subscription of somebody signed in: nobody who is not takes
        a member's letters away, and it only changes their language. Raises UnknownSubscription.
        """
        with self.file.open() as db:
            new = _by_link(db, token, (MailKind.CONFIRM,))
            if new.is_confirmed:
                return new
            same = "lower(address) = lower(?) AND is_confirmed = 1"
            former = db.execute(f"SELECT * FROM subscribers WHERE {same}", (new.address,)).fetchone()
            if former is not None and former["owner"] and not former["stopped"] and not new.owner:
                db.execute("UPDATE subscribers SET language = ? WHERE id = ?", (new.language, former["id"]))
                db.execute("UPDATE mails SET subscriber_id = ? WHERE subscriber_id = ?", (former["id"], new.id))
                db.execute("DELETE FROM subscribers WHERE id = ?", (new.id,))
                return _read(db, "id = ?", former["id"])
            if former is not None:  # what waits for the address is sent all the same
                waiting = (new.id, former["id"], MailKind.LETTER, MailState.WAITING)
                db.execute(
                    "UPDATE mails SET subscriber_id = ? WHERE subscriber_id = ? AND kind = ? AND state = ?", waiting
                )
            db.execute(f"DELETE FROM subscribers WHERE {same}", (new.address,))
            db.execute("UPDATE subscribers SET is_confirmed = 1 WHERE id = ?", (new.id,))
            return _read(db, "id = ?", new.id)

    def stop(self, subscriber_id: str, reason: Stop) -> None:
        """Note that nothing is sent to somebody any more."""
        with self.file.open() as db:
            query = "UPDATE subscribers SET stopped = ?, stopped_at = ? WHERE id = ? AND stopped != ?"
            db.execute(query, (reason, self.now().isoformat(), subscriber_id, reason))

    def delete(self, subscriber_id: str) -> None:
        """Erase a subscription with its address, and what of its mails is known."""
        with self.file.open() as db:
            db.execute("DELETE FROM subscribers WHERE id = ?", (subscriber_id,))

    def erase(self, owner: str) -> int:
        """Erase somebody's subscriptions and return how many there were."""
        with self.file.open() as db:
            return db.execute("DELETE FROM subscribers WHERE owner = ? AND owner != ''", (owner,)).rowcount

    def erase_address(self, address: str) -> int:
        """Erase the subscriptions of an address, and tests that wait for it; return how many there were."""
        with self.file.open() as db:
            db.execute("DELETE FROM mails WHERE lower(address) = lower(?)", (address,))
            return db.execute("DELETE FROM subscribers WHERE lower(address) = lower(?)", (address,)).rowcount

    def purge(self, *, unconfirmed: timedelta, stopped: timedelta, mails: timedelta) -> int:
        """Erase what has been kept for long enough; return how many subscriptions that ended."""
        now = self.now()
        since = tuple((now - age).isoformat() for age in (unconfirmed, stopped, mails))
        with self.file.open() as db:
            ended = db.execute(
                "DELETE FROM subscribers WHERE (is_confirmed = 0 AND asked < ?) OR (stopped != '' AND stopped_at < ?)",
                since[:2],
            ).rowcount
            db.execute("DELETE FROM mails WHERE state NOT IN ('waiting', 'sending') AND ended < ?", since[2:])
            return ended


def _by_link(db: Connection, token: str, kinds: tuple[MailKind, ...]) -> Subscriber:
    marks = ", ".join("?" * len(kinds))
    where = f"id = (SELECT subscriber_id FROM mails WHERE link = ? AND kind IN ({marks}))"
    return _read(db, where, digest_of(token), *kinds)


def _read(db: Connection, where: str, *values: Any) -> Subscriber:
    row = db.execute(f"SELECT * FROM subscribers WHERE {where}", values).fetchone()
    if row is None:
        raise UnknownSubscription("There is no such subscription.")
    return _subscriber_of(row)


def _subscriber_of(row: NamedRow) -> Subscriber:
    return Subscriber(
        id=row["id"],
        owner=row["owner"],
        address=row["address"],
        language=row["language"],
        created=datetime.fromisoformat(row["created"]),
        is_confirmed=bool(row["is_confirmed"]),
        stopped=Stop(row["stopped"]),
    )

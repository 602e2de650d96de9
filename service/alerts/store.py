"""What is kept of alerts: the saved searches, which documents were seen by whom, what each was told, and the outbox."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.clock import utc_now
from index.documents import Access, Audience
from index.types import DocumentCard
from service.alerts.database import AlertsFile, digest
from service.alerts.model import (
    GROUP,
    Alert,
    Frequency,
    Mail,
    MailKind,
    MailState,
    Stop,
    TooManyAlerts,
    UnknownAlert,
    readers_of,
)
from service.library.filters import Filters

NEWEST: Final = 50  # items of a feed
MOST_IN_A_MAIL: Final = 50  # items; what is left comes with the next one


class Item(NamedTuple):
    """A document an alert tells of, and when it was noticed."""

    document_id: str
    at: datetime


class NewAlert(NamedTuple):
    """An alert as its owner asks for it."""

    owner: str
    query: str
    filters: Filters
    language: str
    address: str = ""
    frequency: Frequency = Frequency.WEEKLY


@dataclass(frozen=True)
class Alerts:
    """Makes, finds and changes alerts. Safe to call from any thread and process."""

    file: AlertsFile
    now: Callable[[], datetime] = utc_now

    def add(self, new: NewAlert, most: int) -> Alert:
        """Keep an alert; what has been seen by now is not new to it. Raises TooManyAlerts."""
        name, now = secrets.token_hex(8), self.now().isoformat()
        with self.file.open() as db:
            same = "owner = ?" if new.owner else "address = ?"
            (count,) = db.execute(f"SELECT count(*) FROM alerts WHERE {same}", (new.owner or new.address,)).fetchone()
            if count >= most:
                raise TooManyAlerts(f"You have {count} alerts, which is as many as there may be. Delete one first.")
            filters = new.filters.model_dump_json(exclude_defaults=True)
            db.execute(
                "INSERT INTO alerts (id, owner, query, filters, language, created, since, address, asked, frequency)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    name,
                    new.owner,
                    new.query,
                    filters,
                    new.language,
                    now,
                    _newest_sighting(db),
                    new.address,
                    now if new.address else "",
                    new.frequency,
                ),
            )
            if new.address:
                _add_mail(db, name, MailKind.CONFIRM, f"confirm {now}", self.now())
            return _read(db, "id = ?", name)

    def get(self, alert_id: str) -> Alert:
        """Return an alert. Raises UnknownAlert."""
        with self.file.open() as db:
            return _read(db, "id = ?", alert_id)

    def of(self, owner: str) -> list[Alert]:
        """Return somebody's alerts, the newest first."""
        with self.file.open() as db:
            rows = db.execute(
                "SELECT * FROM alerts WHERE owner = ? AND owner != '' ORDER BY created DESC, id", (owner,)
            )
            return [_alert_of(row) for row in rows]

    def all(self) -> list[Alert]:
        """Return every alert, the oldest first."""
        with self.file.open() as db:
            return [_alert_of(row) for row in db.execute("SELECT * FROM alerts ORDER BY created, id")]

    def by_feed(self, token: str) -> Alert:
        """Return the alert whose feed has this secret. Raises UnknownAlert."""
        with self.file.open() as db:
            return _read(db, "feed = ?", digest(token))

    def by_link(self, token: str, kind: MailKind) -> Alert:
        """Return the alert a mail of this kind was about, by the secret of its link. Raises UnknownAlert."""
        with self.file.open() as db:
            query = "id = (SELECT alert_id FROM mails WHERE link = ? AND kind = ?)"
            return _read(db, query, digest(token), kind)

    def confirm(self, token: str) -> Alert:
        """Begin to send what the holder of an address agrees to. Raises UnknownAlert."""
        with self.file.open() as db:
            query = "id = (SELECT alert_id FROM mails WHERE link = ? AND kind = ?)"
            alert = _read(db, query, digest(token), MailKind.CONFIRM)
            db.execute("UPDATE alerts SET is_confirmed = 1 WHERE id = ?", (alert.id,))
            return _read(db, "id = ?", alert.id)

    def pause(self, alert_id: str, *, is_paused: bool) -> None:
        """Stop looking for new documents, or go on; what comes in meanwhile is told then."""
        with self.file.open() as db:
            db.execute(
                "UPDATE alerts SET is_paused = ?, stopped = CASE WHEN ? THEN stopped ELSE '' END WHERE id = ?",
                (is_paused, is_paused, alert_id),
            )

    def stop(self, alert_id: str, reason: Stop) -> None:
        """Note that the job stopped an alert."""
        with self.file.open() as db:
            query = "UPDATE alerts SET stopped = ?, stopped_at = ? WHERE id = ? AND stopped != ?"
            db.execute(query, (reason, self.now().isoformat() if reason else "", alert_id, reason))

    def change(self, alert_id: str, *, frequency: Frequency, language: str) -> None:
        with self.file.open() as db:
            db.execute("UPDATE alerts SET frequency = ?, language = ? WHERE id = ?", (frequency, language, alert_id))

    def set_address(self, alert_id: str, address: str) -> None:
        """Have mail go to another address, once its holder has agreed, or ("") to none."""
        now = self.now()
        with self.file.open() as db:
            db.execute(
                "UPDATE alerts SET address = ?, asked = ?, is_confirmed = 0,"
                " stopped = CASE stopped WHEN 'refused' THEN '' ELSE stopped END WHERE id = ?",
                (address, now.isoformat() if address else "", alert_id),
            )
            db.execute("DELETE FROM mails WHERE alert_id = ? AND kind = ?", (alert_id, MailKind.CONFIRM))
            if address:
                _add_mail(db, alert_id, MailKind.CONFIRM, f"confirm {now.isoformat()}", now)

    def renew_feed(self, alert_id: str) -> str:
        """Give the alert's feed a new secret, which is returned this once; the old one is void."""
        token = secrets.token_urlsafe(32)
        with self.file.open() as db:
            db.execute("UPDATE alerts SET feed = ? WHERE id = ?", (digest(token), alert_id))
        return token

    def close_feed(self, alert_id: str) -> None:
        with self.file.open() as db:
            db.execute("UPDATE alerts SET feed = NULL WHERE id = ?", (alert_id,))

    def delete(self, alert_id: str) -> bool:
        """Erase an alert with its address and all it was told; say whether it was there."""
        with self.file.open() as db:
            return db.execute("DELETE FROM alerts WHERE id = ?", (alert_id,)).rowcount == 1

    def unsubscribe(self, alert: Alert) -> None:
        """End an alert's mail: its address is erased, and with it the alert where there is nothing else to it."""
        if alert.has_owner and alert.has_feed:
            self.set_address(alert.id, "")
        else:
            self.delete(alert.id)

    def erase(self, owner: str) -> int:
        """Erase somebody's alerts and return how many there were."""
        with self.file.open() as db:
            return db.execute("DELETE FROM alerts WHERE owner = ? AND owner != ''", (owner,)).rowcount

    def erase_address(self, address: str) -> int:
        """Erase the alerts that mail goes to an address for, and return how many there were."""
        with self.file.open() as db:
            return db.execute("DELETE FROM alerts WHERE lower(address) = lower(?)", (address,)).rowcount

    def purge(self, *, unconfirmed: timedelta, stopped: timedelta, mails: timedelta) -> int:
        """Erase what has been kept for long enough, and return how many alerts that ended.

        Addresses nobody confirmed, alerts whose key has been no good for so long, and what is known of old mails.
        """
        now = self.now()
        since = tuple((now - age).isoformat() for age in (unconfirmed, stopped, mails))
        with self.file.open() as db:
            ended = db.execute(
                "DELETE FROM alerts WHERE (owner = '' AND NOT is_confirmed AND asked < ?)"
                " OR (stopped_at < ? AND (stopped = 'access' OR (stopped = 'refused' AND owner = '')))",
                since[:2],
            ).rowcount
            db.execute(
                "UPDATE alerts SET address = '', asked = '' WHERE address != '' AND NOT is_confirmed AND asked < ?",
                since[:1],
            )
            db.execute("DELETE FROM mails WHERE state NOT IN ('waiting', 'sending') AND ended < ?", since[2:])
            return ended


@dataclass(frozen=True)
class Sightings:
    """Which documents each reader has seen, in order: an audience, or a group with what is its own."""

    file: AlertsFile
    now: Callable[[], datetime] = utc_now

    def look(self, cards: Iterable[DocumentCard]) -> int:
        """Note what there is; return the number of the newest sighting. `cards` are all that staff see.

        What a reader loses and sees again later is seen anew: whoever looked meanwhile has not been told of it.
        """
        pairs = {(reader, card.id) for card in cards for reader in _who_sees(card)}
        with self.file.open() as db:
            seq = _newest_sighting(db) + 1
            rows = db.execute("SELECT reader, document_id, is_gone FROM sightings").fetchall()
            sighted = {(reader, document_id): bool(is_gone) for reader, document_id, is_gone in rows}
            lost = [pair for pair, is_gone in sighted.items() if not is_gone and pair not in pairs]
            back = [pair for pair, is_gone in sighted.items() if is_gone and pair in pairs]
            which = "WHERE reader = ? AND document_id = ?"
            db.executemany(f"UPDATE sightings SET is_gone = 1 {which}", lost)
            db.executemany(f"UPDATE sightings SET is_gone = 0, seq = ? {which}", [(seq, *pair) for pair in back])
            query = "INSERT INTO sightings (reader, document_id, seq, first) VALUES (?, ?, ?, ?)"
            db.executemany(query, [(*pair, seq, seq) for pair in sorted(pairs - sighted.keys())])
            return _newest_sighting(db)

    def newest_seq(self) -> int:
        """Return the number of the newest sighting."""
        with self.file.open() as db:
            return _newest_sighting(db)

    def new_to(self, alert: Alert, access: Access) -> frozenset[str]:
        """Return the documents that came to somebody of this access since the alert last looked, none told yet."""
        readers = readers_of(access)
        marks = ", ".join("?" * len(readers))
        query = (
            f"SELECT DISTINCT document_id FROM sightings AS new WHERE reader IN ({marks}) AND NOT is_gone"
            " AND seq > coalesce("
            " (SELECT seq FROM cursors WHERE alert_id = ? AND reader = new.reader), ?)"
            f" AND NOT EXISTS (SELECT 1 FROM sightings WHERE reader IN ({marks})"
            " AND document_id = new.document_id AND first <= ?)"
            " AND NOT EXISTS (SELECT 1 FROM items WHERE alert_id = ? AND document_id = new.document_id)"
        )
        with self.file.open() as db:
            values = (*readers, alert.id, alert.since, *readers, alert.since, alert.id)
            return frozenset(document_id for (document_id,) in db.execute(query, values))

    def record(self, alert: Alert, access: Access, seq: int, matches: Iterable[str]) -> int:
        """Keep what an alert tells of and that it has looked up to `seq`, at once; return how many are new to it."""
        at = self.now().isoformat()
        with self.file.open() as db:
            if not db.execute("SELECT 1 FROM alerts WHERE id = ?", (alert.id,)).fetchone():
                return 0  # deleted a moment ago
            db.executemany(
                "INSERT INTO cursors VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq"
                " WHERE seq < excluded.seq",  # mostly nothing is written, and nothing waits for the disk
                [(alert.id, reader, seq) for reader in readers_of(access)],
            )
            before = db.total_changes
            db.executemany(
                "INSERT OR IGNORE INTO items (alert_id, document_id, at) VALUES (?, ?, ?)",
                [(alert.id, document_id, at) for document_id in matches],
            )
            return db.total_changes - before

    def newest(self, alert_id: str, most: int = NEWEST) -> list[Item]:
        """Return what an alert has told of, the latest first."""
        query = "SELECT document_id, at FROM items WHERE alert_id = ? ORDER BY at DESC, document_id LIMIT ?"
        with self.file.open() as db:
            return [_item_of(row) for row in db.execute(query, (alert_id, most))]


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
                pending.setdefault(row["alert_id"], []).append(_item_of(row))
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
            _add_mail(db, alert_id, MailKind.DIGEST, period, self.now())

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


def alerts_in(folder: Path) -> AlertsFile:
    """Return the alerts of a data folder."""
    return AlertsFile(folder / "alerts.sqlite")


def _who_sees(card: DocumentCard) -> list[str]:
    metadata = card.metadata
    seers = [audience.value for audience in Audience if Access(audience).may_see(metadata)]
    groups = [
        GROUP + group for group in metadata.groups if Access(Audience.MEMBER, frozenset({group})).may_see(metadata)
    ]
    return seers + groups


def _newest_sighting(db: sqlite3.Connection) -> int:
    (seq,) = db.execute("SELECT coalesce(max(seq), 0) FROM sightings").fetchone()
    return int(seq)


def _add_mail(db: sqlite3.Connection, alert_id: str, kind: MailKind, period: str, now: datetime) -> None:
    db.execute(
        "INSERT OR IGNORE INTO mails (alert_id, kind, period, state, due, made, message_id)"
        " SELECT id, ?, ?, ?, ?, ?, ? FROM alerts WHERE id = ?",
        (kind, period, MailState.WAITING, now.isoformat(), now.isoformat(), secrets.token_hex(16), alert_id),
    )


def _read(db: sqlite3.Connection, where: str, *values: Any) -> Alert:
    row = db.execute(f"SELECT * FROM alerts WHERE {where}", values).fetchone()
    if row is None:
        raise UnknownAlert("There is no such alert.")
    return _alert_of(row)


def _alert_of(row: sqlite3.Row) -> Alert:
    return Alert(
        id=row["id"],
        owner=row["owner"],
        query=row["query"],
        filters=Filters.model_validate(json.loads(row["filters"])),
        language=row["language"],
        created=datetime.fromisoformat(row["created"]),
        since=row["since"],
        address=row["address"],
        frequency=Frequency(row["frequency"]),
        is_confirmed=bool(row["is_confirmed"]),
        has_feed=row["feed"] is not None,
        is_paused=bool(row["is_paused"]),
        stopped=Stop(row["stopped"]),
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


def _item_of(row: sqlite3.Row) -> Item:
    return Item(row["document_id"], datetime.fromisoformat(row["at"]))

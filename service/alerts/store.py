"""What is kept of alerts: the saved searches, whose they are, and where their mail goes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from index.clock import utc_now
from index.named_rows import NamedRow
from index.settings import IndexSettings
from index.store.database import Connection
from index.store.private_database import private_location
from service.alerts.database import FILE, AlertsFile, digest
from service.alerts.model import Alert, Frequency, MailKind, Stop, TooManyAlerts, UnknownAlert
from service.alerts.outbox import add_mail
from service.alerts.sightings import newest_sighting
from service.library.filters import Filters


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
                    newest_sighting(db),
                    new.address,
                    now if new.address else "",
                    new.frequency,
                ),
            )
            if new.address:
                add_mail(db, name, MailKind.CONFIRM, f"confirm {now}", self.now())
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
            going_on = "" if is_paused else ", stopped = ''"
            db.execute(f"UPDATE alerts SET is_paused = ?{going_on} WHERE id = ?", (is_paused, alert_id))

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
                add_mail(db, alert_id, MailKind.CONFIRM, f"confirm {now.isoformat()}", now)

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
                "DELETE FROM alerts WHERE (owner = '' AND is_confirmed = 0 AND asked < ?)"
                " OR (stopped_at < ? AND (stopped = 'access' OR (stopped = 'refused' AND owner = '')))",
                since[:2],
            ).rowcount
            db.execute(
                "UPDATE alerts SET address = '', asked = '' WHERE address != '' AND is_confirmed = 0 AND asked < ?",
                since[:1],
            )
            db.execute("DELETE FROM mails WHERE state NOT IN ('waiting', 'sending') AND ended < ?", since[2:])
            return ended


def alerts_of(settings: IndexSettings) -> AlertsFile:
    """Return the alerts where these settings keep them."""
    return AlertsFile(private_location(settings, FILE))


def _read(db: Connection, where: str, *values: Any) -> Alert:
    row = db.execute(f"SELECT * FROM alerts WHERE {where}", values).fetchone()
    if row is None:
        raise UnknownAlert("There is no such alert.")
    return _alert_of(row)


def _alert_of(row: NamedRow) -> Alert:
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

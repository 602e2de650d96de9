"""The job beside the service: notices new documents for each alert, and sends the mails that are due.

A mail is handed over at most once. Before anything of it is sent it is noted as being sent; a job that finds such a
mail of one before it gives it up and says so. Whatever goes wrong earlier is tried again, and loses nothing.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from index.clock import utc_now
from index.documents import Access, Audience
from index.store.locks import exclusive_lock
from service.alerts.access import present_access
from service.alerts.database import AlertsFile
from service.alerts.mail import Composer, ToldDocument
from service.alerts.matching import find_matches, visible_cards
from service.alerts.model import Alert, Mail, MailKind, MailState, Stop, UnknownAlert
from service.alerts.outbox import MOST_IN_A_MAIL, Outbox
from service.alerts.periods import Period, last_period
from service.alerts.sightings import Item, Sightings
from service.alerts.smtp import (
    AddressRefused,
    MailServer,
    MailServerUnavailable,
    MaybeTaken,
    NotBegun,
    NotTaken,
    SmtpSession,
)
from service.alerts.store import Alerts
from service.alerts.telling import Teller
from service.auth.authenticators import Authenticator
from service.library.background import BackgroundLoop
from service.library.leader_lock import LeaderLock
from service.library.open_index import OpenIndex

log = logging.getLogger("passerelle.alerts")

AGAIN: Final = timedelta(seconds=30)  # an owner may have signed in, resumed an alert, or got a group
PURGED_EVERY: Final = timedelta(hours=1)
UNCONFIRMED: Final = timedelta(days=7)
STOPPED: Final = timedelta(days=30)
KEPT_MAILS: Final = timedelta(days=400)  # as long as the links in them are to work
RETRIES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480, 720))
UNCERTAIN: Final = (
    "the connection or the process ended while it was handed over; it may have arrived, and is not sent again"
)
PeriodOf = Callable[[Alert], Period]
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class ToSend(NamedTuple):
    """A mail as it is to be handed over: whole, to whom, the secret of its link, and which documents it tells of."""

    message: EmailMessage
    address: str
    link: str
    items: Sequence[str]


class Contents(NamedTuple):
    """What a digest tells, and how many documents are left for the next one."""

    documents: list[ToldDocument]
    further: int


class PlannedMail(NamedTuple):
    """A mail that would be sent now."""

    alert: Alert
    kind: MailKind
    documents: int


@dataclass
class AlertJob:
    """Looks and sends now and then; `look` and `send` may also be called by hand. One process at a time sends.

    `server` is None where no mail server is set: then there are feeds alone.
    """

    file: AlertsFile
    authenticator: Authenticator
    teller: Teller
    server: MailServer | None
    leader: LeaderLock
    hour: int
    now: Callable[[], datetime] = utc_now
    every_s: float = 2.0
    _looked_at: tuple[int, frozenset[str]] | None = field(default=None, repr=False)
    _last_look: datetime = field(default=_BEGINNING, repr=False)
    _last_digests: datetime = field(default=_BEGINNING, repr=False)
    _last_purge: datetime = field(default=_BEGINNING, repr=False)
    _rests_until: datetime = field(default=_BEGINNING, repr=False)
    _failures: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        self.alerts = Alerts(self.file, self.now)
        self.sightings = Sightings(self.file, self.now)
        self.outbox = Outbox(self.file, self.now)
        fault = "the alerts could not be looked through"
        self.loop = BackgroundLoop("alerts", self._step, self.every_s, self.leader, fault)

    def _step(self) -> None:
        self.look_if_changed()
        self.send()
        self._purge()

    def look_if_changed(self) -> None:
        """Look when the index has been opened anew, and now and then for what has become of alerts and owners."""
        now = self.now()
        if _state_of(self.teller.library.borrow()) != self._looked_at or now - self._last_look >= AGAIN:
            self.look()
            self._last_look = now

    def look(self) -> int:
        """Note what is new to each alert; return how many documents that was. Raises NotReady.

        While the store is ahead of the engine it waits: what the engine does not know yet would match nothing.
        """
        index = self.teller.library.borrow()
        with index.store.snapshot():
            if index.store.generation != index.engine.generation:
                return 0
            state = _state_of(index)
            is_new = state != self._looked_at
            if is_new:
                listed = index.store.list_documents(Access(Audience.STAFF))
                newest = self.sightings.look(document.card for document in listed)
            else:
                newest = self.sightings.newest_seq()
            count = 0
            for alert in self.alerts.all():
                access = self._access(alert) if alert.is_active else None
                if access is None:
                    continue
                new = self.sightings.new_to(alert, access)
                matches = find_matches(index, alert.query, alert.filters.within(access), new)
                count += self.sightings.record(alert, access, newest, matches)
        self._looked_at = state
        return count

    def plan(self, period_of: PeriodOf | None = None) -> list[PlannedMail]:
        """Return the mails that `send` would send, and send none."""
        alerts = {alert.id: alert for alert in self.alerts.all()}
        confirmed = [mail for mail in self.outbox.due() if mail.kind is MailKind.CONFIRM and mail.alert_id in alerts]
        planned = [PlannedMail(alerts[mail.alert_id], MailKind.CONFIRM, 0) for mail in confirmed]
        for alert, contents in self._due(period_of or self._period):
            planned.append(PlannedMail(alert, MailKind.DIGEST, len(contents.documents) + contents.further))
        return planned

    def send(self, period_of: PeriodOf | None = None) -> int:
        """Send the mails that are due; return how many the mail server has taken. Raises NotReady.

        `period_of` says which period's digest is due, by default the last one of the alert's frequency.
        """
        if self.server is None or self.now() < self._rests_until:
            return 0
        try:
            with exclusive_lock(self._lock, wait=False):
                self._settle()
                if period_of or self.now() - self._last_digests >= AGAIN:
                    self._add_digests(period_of or self._period)
                    self._last_digests = self.now()
                return self._send_due(self.server)
        except BlockingIOError:  # another process sends
            return 0

    def _send_due(self, server: MailServer) -> int:
        mails, accepted = self.outbox.due(), 0
        if not mails:
            return 0
        try:
            while mails:  # over a new connection where one mail has cost the last
                with server.connect() as session:
                    while mails and session.smtp.sock is not None and not self.loop.is_ended:
                        accepted += self._send_one(session, mails.pop(0))
                if self.loop.is_ended:
                    break
        except MailServerUnavailable as error:
            self._failures += 1
            rest = RETRIES[min(self._failures, 3) - 1]
            self._rests_until = self.now() + rest
            log.error("no mail can be sent (%s); tried again in %s. PASSERELLE_SMTP_* say how.", error, rest)
        else:
            self._failures = 0
        return accepted

    def _send_one(self, session: SmtpSession, mail: Mail) -> bool:
        """Hand one mail over, and note what became of it. Raises MailServerUnavailable."""
        prepared = self._compose(mail)
        if prepared is None:
            self.outbox.drop(mail)
            return False
        begin = partial(self.outbox.begin, mail, prepared.address, prepared.link, prepared.items)
        try:
            session.send(prepared.message.as_bytes(), prepared.address, begin)
        except NotBegun:
            log.info("mail %s was called off: its alert has changed", mail.id)
            return False
        except MaybeTaken as error:
            log.error("mail %s of alert %s: %s", mail.id, mail.alert_id, UNCERTAIN)
            self.outbox.end(mail, MailState.UNCERTAIN, str(error))
            return False
        except NotTaken as error:
            self._not_taken(mail, error, str(error).replace(prepared.address, mask(prepared.address)))
            return False
        except MailServerUnavailable as error:  # others go first next time, should it be this mail's fault
            self.outbox.retry(mail, RETRIES[min(mail.attempts, len(RETRIES) - 1)], str(error))
            raise
        self.outbox.end(mail, MailState.SENT)
        return True

    def _not_taken(self, mail: Mail, error: NotTaken, reason: str) -> None:
        log.warning("mail %s of alert %s was not taken: %s", mail.id, mail.alert_id, reason)
        if error.is_permanent or mail.attempts >= len(RETRIES):
            self.outbox.end(mail, MailState.FAILED, reason)
            if isinstance(error, AddressRefused) and error.is_permanent:
                self.alerts.stop(mail.alert_id, Stop.REFUSED)
        else:
            self.outbox.retry(mail, RETRIES[mail.attempts], reason)

    def _compose(self, mail: Mail) -> ToSend | None:
        """Return a mail as it is to be sent at this moment, None when there is nothing to say any more."""
        try:
            alert = self.alerts.get(mail.alert_id)
        except UnknownAlert:
            return None
        link, composer = secrets.token_urlsafe(32), self._composer
        access = self._access(alert)
        if access is None:
            return None
        if mail.kind is MailKind.CONFIRM:
            if not alert.address or alert.is_confirmed:
                return None
            return ToSend(composer.confirmation(alert, mail, link), alert.address, link, ())
        until = max(mail.made, self._period(alert).until)
        contents = self._contents(alert, access, self.outbox.pending().get(alert.id, []), until)
        if not contents.documents:
            return None
        message = composer.digest(alert, mail, link, contents.documents, contents.further)
        return ToSend(message, alert.address, link, [document.card.id for document in contents.documents])

    def _add_digests(self, period_of: PeriodOf) -> None:
        for alert, _ in self._due(period_of):
            self.outbox.add_digest(alert.id, period_of(alert).name)

    def _due(self, period_of: PeriodOf) -> Iterator[tuple[Alert, Contents]]:
        """Yield the alerts whose digest is due and not made yet, with what it tells."""
        pending = self.outbox.pending()
        for alert in self.alerts.all():
            period = period_of(alert)
            items = [item for item in pending.get(alert.id, ()) if item.at <= period.until]
            if not items or not alert.is_mailed or self.outbox.has_digest(alert.id, period.name):
                continue
            access = self._access(alert)
            if access is not None and (contents := self._contents(alert, access, items, period.until)).documents:
                yield alert, contents

    def _contents(self, alert: Alert, access: Access, pending: Sequence[Item], until: datetime) -> Contents:
        """Return what an alert's mail tells: what was noticed by then, is pending, and may be seen now."""
        noticed = [item for item in pending if item.at <= until] if alert.is_mailed else []
        cards = visible_cards(self.teller.library.borrow(), [item.document_id for item in noticed], access)
        items = [item for item in noticed if item.document_id in cards]
        documents: list[ToldDocument] = []
        while items and len(documents) < MOST_IN_A_MAIL:
            next_ones, items = items[: MOST_IN_A_MAIL - len(documents)], items[MOST_IN_A_MAIL - len(documents) :]
            documents += self.teller.tell(alert, access, next_ones)
        return Contents(documents, len(items))

    def _access(self, alert: Alert) -> Access | None:
        access = present_access(self.authenticator, alert)
        if access is None:
            log.info("alert %s is stopped: its owner may not search any more", alert.id)
            self.alerts.stop(alert.id, Stop.ACCESS)
        return access

    def _settle(self) -> None:
        for mail in self.outbox.settle():
            log.error("mail %s of alert %s: %s", mail.id, mail.alert_id, UNCERTAIN)

    def _purge(self) -> None:
        if self.now() - self._last_purge >= PURGED_EVERY:
            self.alerts.purge(unconfirmed=UNCONFIRMED, stopped=STOPPED, mails=KEPT_MAILS)
            self._last_purge = self.now()

    def _period(self, alert: Alert) -> Period:
        return last_period(alert.frequency, self.now(), self.hour)

    @property
    def _composer(self) -> Composer:
        sender = self.server.settings.sender if self.server else ""
        return Composer(self.teller.public_url, sender, self.now())

    @property
    def _lock(self) -> Path:
        return self.file.path.with_name("alerts-send.lock")


def _state_of(index: OpenIndex) -> tuple[int, frozenset[str]]:
    return index.store.generation, index.store.withdrawn_ids()


def mask(address: str) -> str:
    """Return an address as logs and commands may show it: its first letter and its host."""
    local, _, host = address.partition("@")
    return f"{local[:1]}…@{host}" if address else ""

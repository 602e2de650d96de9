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
from functools import partial
from typing import Final, NamedTuple

from index.clock import utc_now
from index.documents import Access, Audience
from service.alerts.database import AlertsFile
from service.alerts.mail import Composer, ToldDocument
from service.alerts.matching import find_matches, visible_cards
from service.alerts.model import Alert, Mail, MailKind, Stop, UnknownAlert
from service.alerts.outbox import MOST_IN_A_MAIL, Outbox
from service.alerts.periods import Period, last_period
from service.alerts.sightings import Item, Sightings
from service.alerts.store import Alerts
from service.alerts.telling import Teller
from service.auth.authenticators import Authenticator
from service.auth.present_access import present_access
from service.library.background import BackgroundLoop
from service.library.leader_lock import Leadership
from service.library.open_index import OpenIndex
from service.mailing.delivery import Delivery, ToSend
from service.mailing.smtp import MailServer

log = logging.getLogger("passerelle.alerts")

AGAIN: Final = timedelta(seconds=30)  # an owner may have signed in, resumed an alert, or got a group
PURGED_EVERY: Final = timedelta(hours=1)
UNCONFIRMED: Final = timedelta(days=7)
STOPPED: Final = timedelta(days=30)
KEPT_MAILS: Final = timedelta(days=400)  # as long as the links in them are to work
PeriodOf = Callable[[Alert], Period]
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


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
    leader: Leadership
    hour: int
    now: Callable[[], datetime] = utc_now
    every_s: float = 2.0
    _looked_at: object = field(default=None, repr=False)
    _last_look: datetime = field(default=_BEGINNING, repr=False)
    _last_digests: datetime = field(default=_BEGINNING, repr=False)
    _last_purge: datetime = field(default=_BEGINNING, repr=False)

    def __post_init__(self) -> None:
        self.alerts = Alerts(self.file, self.now)
        self.sightings = Sightings(self.file, self.now)
        self.outbox = Outbox(self.file, self.now)
        fault = "the alerts could not be looked through"
        self.loop = BackgroundLoop("alerts", self._step, self.every_s, self.leader, fault)
        self.delivery = Delivery(
            self.outbox,
            self._compose,
            lambda mail: self.alerts.stop(mail.alert_id, Stop.REFUSED),
            lambda: self.loop.is_ended,
            partial(self.file.lock, "alerts-send"),
            log,
            self.now,
        )

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
        if self.server is None or self.delivery.is_resting:
            return 0
        try:
            with self.delivery.alone():
                if period_of or self.now() - self._last_digests >= AGAIN:
                    self._add_digests(period_of or self._period)
                    self._last_digests = self.now()
                return self.delivery.send_due(self.server)
        except BlockingIOError:  # another process sends
            return 0

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
            confirmation = composer.confirmation(alert, mail, link)
            return ToSend(confirmation, alert.address, partial(self.outbox.begin, mail, alert.address, link, ()))
        until = max(mail.made, self._period(alert).until)
        contents = self._contents(alert, access, self.outbox.pending().get(alert.id, []), until)
        if not contents.documents:
            return None
        message = composer.digest(alert, mail, link, contents.documents, contents.further)
        items = [document.card.id for document in contents.documents]
        return ToSend(message, alert.address, partial(self.outbox.begin, mail, alert.address, link, items))

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
        access = present_access(self.authenticator, alert.owner)
        if access is None:
            log.info("alert %s is stopped: its owner may not search any more", alert.id)
            self.alerts.stop(alert.id, Stop.ACCESS)
        return access

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


def _state_of(index: OpenIndex) -> object:
    return index.store.generation, index.store.hidden_state()

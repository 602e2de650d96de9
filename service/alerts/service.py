"""The use cases of alerts: make one, look at one's own, change it, confirm, unsubscribe, read its feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, NamedTuple

from fastapi import Depends

from index.clock import utc_now
from index.documents import Access, Audience
from service.alerts.database import AlertsFile
from service.alerts.mail import ToldDocument
from service.alerts.model import Alert, Frequency, Mail, MailKind, NoMail, UnknownAlert
from service.alerts.outbox import Outbox
from service.alerts.sightings import Item, Sightings
from service.alerts.store import Alerts, NewAlert
from service.alerts.telling import Teller
from service.auth.authenticators import Authenticator
from service.auth.callers import Caller
from service.auth.present_access import present_access
from service.errors import InvalidField, Unauthenticated
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.http.rate_limits import RateLimits
from service.mailing.confirmations import count_confirmation
from service.mailing.outbox import OutboxState
from service.setting_values import is_mail_address

SHOWN: Final = 5  # documents of each alert, on its owner's page


class ShownAlert(NamedTuple):
    """An alert with the documents it told of last, as far as its owner may see them now."""

    alert: Alert
    documents: list[ToldDocument]


class MadeAlert(NamedTuple):
    """A new alert, with the secret of its feed where it has one: it is shown this once."""

    alert: Alert
    feed_token: str


class AlertChange(NamedTuple):
    """What is to be different of an alert; None leaves a thing as it is. An empty `address` ends its mail."""

    is_paused: bool | None = None
    frequency: Frequency | None = None
    language: str | None = None
    address: str | None = None


class AlertFeed(NamedTuple):
    """What the feed of an alert holds."""

    alert: Alert
    documents: list[ToldDocument]


@dataclass(frozen=True)
class AlertService:
    """Serves alerts to the API, the pages and the feeds. Without a mail server there are feeds alone.

    Somebody signed in has alerts over what they may see; others over what is public, by mail.
    """

    file: AlertsFile
    teller: Teller
    limiter: ConcurrencyLimiter
    authenticator: Authenticator
    limits: RateLimits
    has_mail: bool
    most: int
    now: Callable[[], datetime] = utc_now

    @property
    def public_url(self) -> str:
        return self.teller.public_url

    async def make(self, new: NewAlert, *, with_feed: bool, address: str) -> MadeAlert:
        """Keep an alert; mail begins once its address is confirmed. `address` is where the request comes from.

        Raises InvalidField, NoMail, TooManyAlerts, NotReady, and TooManyRequests for who has asked too often today.
        """
        self._check(new, with_feed)

        def make() -> MadeAlert:
            if new.address:
                self._count(new, address)
            index = self.teller.library.borrow()
            listed = index.store.list_documents(Access(Audience.STAFF))
            Sightings(self.file).add(document.card for document in listed)  # what is there now is not new
            alert = self._alerts.add(new, self.most)
            token = self._alerts.renew_feed(alert.id) if with_feed else ""
            return MadeAlert(self._alerts.get(alert.id), token)

        return await self.limiter.run(make)

    async def mine(self, caller: Caller) -> list[ShownAlert]:
        """Return the caller's alerts, the newest first, each with what it told of last. Raises NotReady."""

        def read() -> list[ShownAlert]:
            return [
                ShownAlert(alert, self.teller.tell(alert, caller.access, self._newest(alert, SHOWN)))
                for alert in self._alerts.of(caller.subject)
            ]

        return await self.limiter.run(read)

    async def change(self, caller: Caller, alert_id: str, change: AlertChange, *, address: str) -> Alert:
        """Change one of the caller's alerts and return it.

        Raises UnknownAlert, InvalidField, NoMail, TooManyRequests.
        """

        def edit() -> Alert:
            alert = self._own(caller, alert_id)
            if change.address is not None and change.address != alert.address:
                self._check_address(change.address)
                if change.address:
                    self._count(NewAlert(alert.owner, "", alert.filters, "", change.address), address)
                self._alerts.set_address(alert.id, change.address)
            if change.is_paused is not None:
                self._alerts.pause(alert.id, is_paused=change.is_paused)
            frequency, language = change.frequency or alert.frequency, change.language or alert.language
            self._alerts.change(alert.id, frequency=frequency, language=language)
            return self._alerts.get(alert.id)

        return await self.limiter.run(edit)

    async def renew_feed(self, caller: Caller, alert_id: str) -> str:
        """Return a new secret for the feed of one of the caller's alerts; the old one is void. Raises UnknownAlert."""
        return await self.limiter.run(lambda: self._alerts.renew_feed(self._own(caller, alert_id).id))

    async def close_feed(self, caller: Caller, alert_id: str) -> None:
        """End the feed of one of the caller's alerts. Raises UnknownAlert."""
        await self.limiter.run(lambda: self._alerts.close_feed(self._own(caller, alert_id).id))

    async def delete(self, caller: Caller, alert_id: str) -> None:
        """Erase one of the caller's alerts. Raises UnknownAlert."""
        await self.limiter.run(lambda: self._alerts.delete(self._own(caller, alert_id).id))

    async def to_confirm(self, token: str) -> Alert:
        """Return the alert a confirmation is for, and change nothing. Raises UnknownAlert."""
        return await self.limiter.run(lambda: self._alerts.by_link(token, MailKind.CONFIRM))

    async def confirm(self, token: str) -> Alert:
        """Begin to send what the holder of an address agrees to. Raises UnknownAlert."""
        return await self.limiter.run(lambda: self._alerts.confirm(token))

    async def to_unsubscribe(self, token: str) -> Alert:
        """Return the alert that a mail's link ends, and change nothing. Raises UnknownAlert."""
        return await self.limiter.run(lambda: self._by_any_link(token))

    async def unsubscribe(self, token: str) -> None:
        """End the mail of an alert, for whoever holds one of its mails; again is no error."""

        def end() -> None:
            try:
                self._alerts.unsubscribe(self._by_any_link(token))
            except UnknownAlert:
                return

        await self.limiter.run(end)

    async def feed(self, token: str) -> AlertFeed:
        """Return what a feed holds, no more than its owner may see now. Raises UnknownAlert."""

        def read() -> AlertFeed:
            alert = self._alerts.by_feed(token)
            access = present_access(self.authenticator, alert.owner)
            if access is None:
                raise UnknownAlert("There is no such feed.")
            return AlertFeed(alert, self.teller.tell(alert, access, self._newest(alert)))

        return await self.limiter.run(read)

    async def outbox(self) -> OutboxState[Mail]:
        """Return how the outbox stands, for staff."""
        return await self.limiter.run(Outbox(self.file).state)

    def feed_url(self, token: str) -> str:
        """Return the private address of a feed."""
        return f"{self.public_url}/alerts/feed.atom?t={token}"

    @property
    def _alerts(self) -> Alerts:
        return Alerts(self.file, self.now)

    def _newest(self, alert: Alert, most: int | None = None) -> list[Item]:
        return Sightings(self.file).newest(alert.id, *([most] if most else []))

    def _own(self, caller: Caller, alert_id: str) -> Alert:
        alert = self._alerts.get(alert_id)
        if not caller.is_known or alert.owner != caller.subject:
            raise UnknownAlert("There is no such alert.")
        return alert

    def _by_any_link(self, token: str) -> Alert:
        """Return the alert of a digest's link, or of a confirmation's: whoever never wanted it may end it too."""
        try:
            return self._alerts.by_link(token, MailKind.DIGEST)
        except UnknownAlert:
            return self._alerts.by_link(token, MailKind.CONFIRM)

    def _check(self, new: NewAlert, with_feed: bool) -> None:
        self._check_address(new.address)
        if not new.query and not new.filters.model_dump(exclude_defaults=True):
            raise InvalidField("query", "expected words to search for, or a filter")
        if not new.owner and (with_feed or not new.address):
            raise Unauthenticated("Sign in for an alert with a feed; without signing in there are alerts by mail.")
        if not new.address and not with_feed:
            raise InvalidField("address", "expected a mail address, or a feed")

    def _check_address(self, address: str) -> None:
        if address and not self.has_mail:
            raise NoMail("This service sends no mail. Choose a feed.")
        if address and not is_mail_address(address):
            raise InvalidField("address", "expected a mail address such as name@example.org")

    def _count(self, new: NewAlert, address: str) -> None:
        """Count a confirmation that is to be sent. Raises TooManyRequests."""
        count_confirmation(self.file, self.limits, self.now(), owner=new.owner, origin=address, to=new.address)


AlertsDependency = Annotated[AlertService, Depends(provided(AlertService))]

"""The use cases of readers: subscribe, confirm, see one's subscriptions, unsubscribe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends

from index.clock import utc_now
from service.auth.callers import Caller
from service.errors import InvalidField
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.http.rate_limits import RateLimits
from service.mailing.confirmations import count_confirmation
from service.newsletter.database import NewsletterFile
from service.newsletter.model import MailKind, NoMail, Subscriber, UnknownSubscription
from service.newsletter.subscribers import Subscribers
from service.setting_values import is_mail_address


@dataclass(frozen=True)
class SubscriptionService:
    """Keeps who receives the newsletter. Whoever is signed in gets what is for them too, others what is public."""

    file: NewsletterFile
    limiter: ConcurrencyLimiter
    limits: RateLimits
    has_mail: bool
    now: Callable[[], datetime] = utc_now

    async def subscribe(self, caller: Caller, address: str, language: str, *, origin: str) -> None:
        """Ask the holder of an address whether they want the newsletter. `origin` is where the request comes from.

        Raises NoMail, InvalidField, TooManyRequests.
        """
        if not self.has_mail:
            raise NoMail("This service sends no mail.")
        if not is_mail_address(address):
            raise InvalidField("address", "expected a mail address such as name@example.org")

        def add() -> None:
            owner = caller.subject
            count_confirmation(self.file, self.limits, self.now(), owner=owner, origin=origin, to=address)
            self._subscribers.add(owner, address, language)

        await self.limiter.run(add)

    async def mine(self, caller: Caller) -> list[Subscriber]:
        """Return the caller's subscriptions."""
        return await self.limiter.run(lambda: self._subscribers.of(caller.subject))

    async def end(self, caller: Caller, subscriber_id: str) -> None:
        """Erase one of the caller's subscriptions. Raises UnknownSubscription."""

        def end() -> None:
            subscriber = self._subscribers.get(subscriber_id)
            if not caller.is_known or subscriber.owner != caller.subject:
                raise UnknownSubscription("There is no such subscription.")
            self._subscribers.delete(subscriber.id)

        await self.limiter.run(end)

    async def to_confirm(self, token: str) -> Subscriber:
        """Return the subscription a confirmation is for, and change nothing. Raises UnknownSubscription."""
        return await self.limiter.run(lambda: self._subscribers.by_link(token, MailKind.CONFIRM))

    async def confirm(self, token: str) -> Subscriber:
        """Begin to send what the holder of an address agrees to. Raises UnknownSubscription."""
        return await self.limiter.run(lambda: self._subscribers.confirm(token))

    async def to_unsubscribe(self, token: str) -> Subscriber:
        """Return the subscription that a mail's link ends, and change nothing. Raises UnknownSubscription."""
        return await self.limiter.run(lambda: self._subscribers.by_link(token, MailKind.LETTER, MailKind.CONFIRM))

    async def unsubscribe(self, token: str) -> None:
        """Erase a subscription, for whoever holds one of its mails; again is no error."""

        def end() -> None:
            try:
                subscriber = self._subscribers.by_link(token, MailKind.LETTER, MailKind.CONFIRM)
            except UnknownSubscription:
                return
            self._subscribers.delete(subscriber.id)

        await self.limiter.run(end)

    @property
    def _subscribers(self) -> Subscribers:
        return Subscribers(self.file, self.now)


SubscriptionDependency = Annotated[SubscriptionService, Depends(provided(SubscriptionService))]

"""The job that sends letters, tests and confirmations: each at most once, to whom may read it at that moment."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from index.clock import utc_now
from index.documents import Access
from service.auth.authenticators import Authenticator
from service.auth.present_access import ISSUED, present_access
from service.errors import NothingThere
from service.library.background import BackgroundLoop
from service.library.leader_lock import Leadership
from service.library.open_index import Library
from service.mailing.delivery import Delivery, NotYet, ToSend
from service.mailing.message import Envelope
from service.mailing.smtp import MailServer
from service.newsletter.composing import ComposedLetter, compose
from service.newsletter.database import NewsletterFile
from service.newsletter.mail import confirmation_mail, letter_mail
from service.newsletter.model import LetterMail, MailKind, Stop, Subscriber, UnknownSubscription
from service.newsletter.outbox import LetterOutbox
from service.newsletter.store import Letters
from service.newsletter.subscribers import Subscribers

log = logging.getLogger("passerelle.newsletter")

PURGED_EVERY: Final = timedelta(hours=1)
UNCONFIRMED: Final = timedelta(days=7)
STOPPED: Final = timedelta(days=30)
KEPT_MAILS: Final = timedelta(days=400)  # as long as the links in them are to work
AWAITED: Final = timedelta(days=30)  # somebody who has to sign in again before a letter for members is theirs
ASKED_AGAIN: Final = timedelta(minutes=30)
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


@dataclass
class NewsletterJob:
    """Sends what is due; `send` may also be called by hand. `server` is None where no mail server is set."""

    file: NewsletterFile
    authenticator: Authenticator
    library: Library
    public_url: str
    server: MailServer | None
    leader: Leadership
    now: Callable[[], datetime] = utc_now
    every_s: float = 2.0
    _composed: tuple[object, ComposedLetter] | None = field(default=None, repr=False)
    _last_purge: datetime = field(default=_BEGINNING, repr=False)

    def __post_init__(self) -> None:
        self.letters = Letters(self.file, self.now)
        self.subscribers = Subscribers(self.file, self.now)
        self.outbox = LetterOutbox(self.file, self.now)
        fault = "the newsletter could not be sent"
        self.loop = BackgroundLoop("newsletter", self._step, self.every_s, self.leader, fault)
        self.delivery = Delivery(
            self.outbox,
            self._compose,
            self._refused,
            lambda: self.loop.is_ended,
            partial(self.file.lock, "newsletter-send"),
            log,
            self.now,
        )

    def _step(self) -> None:
        self.send()
        if self.now() - self._last_purge >= PURGED_EVERY:
            self.subscribers.purge(unconfirmed=UNCONFIRMED, stopped=STOPPED, mails=KEPT_MAILS)
            self._last_purge = self.now()

    def send(self) -> int:
        """Send the mails that are due; return how many the mail server has taken. Raises NotReady."""
        if self.server is None or self.delivery.is_resting:
            return 0
        try:
            with self.delivery.alone():
                return self.delivery.send_due(self.server)
        except BlockingIOError:  # another process sends
            return 0

    def _compose(self, mail: LetterMail) -> ToSend | None:
        """Return a mail as it is to be sent at this moment, None when there is nothing to say. Raises NotYet."""
        sender = self.server.settings.sender if self.server else ""
        envelope = Envelope(sender, self.public_url, self.now())
        try:
            if mail.kind is MailKind.TEST:
                message = letter_mail(self._letter(mail.letter_id), mail, envelope, mail.address, "")
                return ToSend(message, mail.address, partial(self.outbox.begin, mail, mail.address, ""))
            subscriber, link = self.subscribers.get(mail.subscriber_id), secrets.token_urlsafe(32)
            if mail.kind is MailKind.CONFIRM:
                message = confirmation_mail(subscriber, mail, envelope, link)
            else:
                composed = self._letter(mail.letter_id)
                if composed.ticked.is_empty or not self._may_receive(subscriber, composed, mail):
                    return None
                message = letter_mail(composed, mail, envelope, subscriber.address, link)
        except (UnknownSubscription, NothingThere):
            return None
        return ToSend(message, subscriber.address, partial(self.outbox.begin, mail, subscriber.address, link))

    def _may_receive(self, subscriber: Subscriber, composed: ComposedLetter, mail: LetterMail) -> bool:
        """Say whether a letter is for somebody, by what they may see now. Raises NotYet.

        Somebody of the issuer who has not signed in for a while gets a letter for members once they have.
        """
        access = present_access(self.authenticator, subscriber.owner)
        if access is None:
            log.info("subscription %s is stopped: its key is no good any more", subscriber.id)
            self.subscribers.stop(subscriber.id, Stop.ACCESS)
            return False
        if composed.letter.readership.includes(access):
            return True
        if access == Access() and subscriber.owner.startswith(ISSUED) and self.now() - mail.made < AWAITED:
            raise NotYet(ASKED_AGAIN)
        return False

    def _letter(self, letter_id: str) -> ComposedLetter:
        """Return a letter as it is now; composed once for all its mails, until something changes."""
        index, letter, today = self.library.borrow(), self.letters.get(letter_id), self.now().date()
        with index.store.snapshot():
            key = (
                letter.id,
                letter.version,
                letter.is_sent,
                index.store.generation,
                index.store.hidden_state(),
                today,
            )
            if self._composed is None or self._composed[0] != key:
                self._composed = (key, compose(letter, index.store, today))
            return self._composed[1]

    def _refused(self, mail: LetterMail) -> None:
        if mail.subscriber_id:
            self.subscribers.stop(mail.subscriber_id, Stop.REFUSED)

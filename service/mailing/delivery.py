"""Handing the mails of an outbox over to the mail server, each at most once.

Before anything of a mail is sent it is noted as being sent; whoever finds such a mail of a process before it gives it
up and says so. Whatever goes wrong earlier is tried again, and loses nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Final, Generic, NamedTuple

from index.clock import utc_now
from service.mailing.outbox import M, MailState, MailTable
from service.mailing.smtp import (
    AddressRefused,
    MailServer,
    MailServerUnavailable,
    MaybeTaken,
    NotBegun,
    NotTaken,
    SmtpSession,
)

RETRIES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480, 720))
UNCERTAIN: Final = (
    "the connection or the process ended while it was handed over; it may have arrived, and is not sent again"
)
_BEGINNING: Final = datetime.min.replace(tzinfo=UTC)


class NotYet(Exception):
    """A mail that may be sent later, and is not to be forgotten: it is looked at again `after` so long."""

    def __init__(self, after: timedelta) -> None:
        super().__init__(f"to be looked at again in {after}")
        self.after = after


class ToSend(NamedTuple):
    """A mail as it is to be handed over. `begin` notes that it is, just before; False calls it off."""

    message: EmailMessage
    address: str
    begin: Callable[[], bool]


@dataclass
class Delivery(Generic[M]):
    """Sends what is due of an outbox; one process at a time, by the lock that `lock` returns.

    `compose` returns a mail as it is at this moment, None when there is nothing to say any more, or raises NotYet.
    `on_refusal` is told of mails whose address the server refuses for good. Between failures of the server it rests.
    """

    outbox: MailTable[M]
    compose: Callable[[M], ToSend | None]
    on_refusal: Callable[[M], None]
    is_ended: Callable[[], bool]
    lock: Callable[[], AbstractContextManager[None]]
    log: logging.Logger
    now: Callable[[], datetime] = utc_now
    _rests_until: datetime = field(default=_BEGINNING, repr=False)
    _failures: int = field(default=0, repr=False)

    @property
    def is_resting(self) -> bool:
        return self.now() < self._rests_until

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the sending lock, with what a process before left unfinished given up. Raises BlockingIOError."""
        with self.lock():
            for mail in self.outbox.settle():
                self.log.error("mail %s: %s", mail.id, UNCERTAIN)
            yield

    def send_due(self, server: MailServer) -> int:
        """Send what is due and return how many mails the server has taken. To be called within `alone`."""
        mails, accepted = self.outbox.due(), 0
        if not mails:
            return 0
        try:
            while mails:  # over a new connection where one mail has cost the last
                with server.connect() as session:
                    while mails and session.smtp.sock is not None and not self.is_ended():
                        accepted += self._send(session, mails.pop(0))
                if self.is_ended():
                    break
        except MailServerUnavailable as error:
            self._failures += 1
            rest = RETRIES[min(self._failures, 3) - 1]
            self._rests_until = self.now() + rest
            self.log.error("no mail can be sent (%s); tried again in %s. PASSERELLE_SMTP_* say how.", error, rest)
        else:
            self._failures = 0
        return accepted

    def _send(self, session: SmtpSession, mail: M) -> bool:
        """Hand one mail over, and note what became of it. Raises MailServerUnavailable."""
        try:
            prepared = self.compose(mail)
        except NotYet as later:
            self.outbox.postpone(mail, later.after)
            return False
        if prepared is None:
            self.outbox.drop(mail)
            return False
        try:
            session.send(prepared.message.as_bytes(), prepared.address, prepared.begin)
        except NotBegun:
            self.log.info("mail %s was called off: what it is about has changed", mail.id)
            return False
        except MaybeTaken as error:
            self.log.error("mail %s: %s", mail.id, UNCERTAIN)
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

    def _not_taken(self, mail: M, error: NotTaken, reason: str) -> None:
        self.log.warning("mail %s was not taken: %s", mail.id, reason)
        if error.is_permanent or mail.attempts >= len(RETRIES):
            self.outbox.end(mail, MailState.FAILED, reason)
            if isinstance(error, AddressRefused) and error.is_permanent:
                self.on_refusal(mail)
        else:
            self.outbox.retry(mail, RETRIES[mail.attempts], reason)


def mask(address: str) -> str:
    """Return an address as logs and commands may show it: its first letter and its host."""
    local, _, host = address.partition("@")
    return f"{local[:1]}…@{host}" if address else ""

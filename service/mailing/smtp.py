"""Handing mails over to a mail server (RFC 5321), with Python's own smtplib.

Not a library beside Python's: the job sends in a thread of its own, smtplib is kept up with every Python release, and
it lets the transaction be taken step by step, which is what makes "never twice" true: until the server has agreed to
take a message (354) nothing has been sent, and from there until its answer nobody can know.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from service.settings import SmtpSettings

COMMAND_S: Final = 30.0
TAKING_S: Final = 300.0  # what a server does with a message before it answers (RFC 5321, 4.5.3.2.6)
_LINE_WITH_DOT: Final = re.compile(rb"^\.", re.MULTILINE)


class MailServerUnavailable(Exception):
    """The mail server cannot be used for any mail now; nothing was sent. The message says what to look at."""


class NotTaken(Exception):
    """The server does not take this one mail: now (`is_permanent` false), or ever. It was not sent."""

    def __init__(self, reason: str, *, is_permanent: bool) -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent


class AddressRefused(NotTaken):
    """The server takes no mail for this address."""


class MaybeTaken(Exception):
    """The connection ended while the mail was handed over: it may have been taken, so it must not be sent again."""


class NotBegun(Exception):
    """The mail was called off before anything of it was sent."""


@dataclass
class SmtpSession:
    """One connection; each mail is a transaction of its own."""

    smtp: smtplib.SMTP
    sender: str

    def send(self, message: bytes, to: str, begin: Callable[[], bool]) -> None:
        """Hand a message over; returns once the server has taken it.

        `begin` is called when the server has agreed and before anything is sent: False calls it off. Raises NotBegun,
        NotTaken, AddressRefused, MaybeTaken, MailServerUnavailable.
        """
        try:
            self._announce(to)
            code, reply = self.smtp.docmd("DATA")
        except (smtplib.SMTPException, OSError) as error:
            raise MailServerUnavailable(f"the connection ended: {error}") from error
        if code != 354:
            raise NotTaken(_reply_text(code, reply), is_permanent=code >= 500)
        if not begin():
            self.smtp.close()  # no other way out of DATA; without its last line nothing is taken
            raise NotBegun
        try:
            if self.smtp.sock is not None:
                self.smtp.sock.settimeout(TAKING_S)
            self.smtp.send(_LINE_WITH_DOT.sub(b"..", message) + b".\r\n")
            code, reply = self.smtp.getreply()
        except (smtplib.SMTPException, OSError) as error:
            raise MaybeTaken(f"the connection ended while it was handed over: {error}") from error
        if code != 250:
            raise NotTaken(_reply_text(code, reply), is_permanent=code >= 500)
        with suppress(OSError):
            self.smtp.sock.settimeout(COMMAND_S)  # type: ignore[union-attr]  # connected

    def _announce(self, to: str) -> None:
        self.smtp.ehlo_or_helo_if_needed()
        code, reply = self.smtp.mail(self.sender)
        if code != 250:
            self.smtp.rset()
            raise MailServerUnavailable(f"PASSERELLE_SMTP_FROM is refused: {_reply_text(code, reply)}")
        code, reply = self.smtp.rcpt(to)
        if code not in (250, 251):
            self.smtp.rset()
            raise AddressRefused(_reply_text(code, reply), is_permanent=code >= 500)


@dataclass(frozen=True)
class MailServer:
    """The mail server of the settings. Its certificate is checked against the system's authorities."""

    settings: SmtpSettings

    @contextmanager
    def connect(self) -> Iterator[SmtpSession]:
        """Yield a connection, signed in. Raises MailServerUnavailable."""
        settings = self.settings
        try:
            smtp = self._open()
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise MailServerUnavailable(f"{settings.host}:{settings.port_used}: {error}") from error
        try:
            yield SmtpSession(smtp, settings.sender_address)
        finally:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    def _open(self) -> smtplib.SMTP:
        settings, checked = self.settings, ssl.create_default_context()
        place = settings.host, settings.port_used
        if settings.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*place, timeout=COMMAND_S, context=checked)
        else:
            smtp = smtplib.SMTP(*place, timeout=COMMAND_S)
        try:
            if settings.security == "starttls":
                smtp.starttls(context=checked)
            if settings.user:
                smtp.login(settings.user, settings.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def _reply_text(code: int, reply: bytes) -> str:
    return f"{code} {reply.decode('utf-8', 'replace')}"

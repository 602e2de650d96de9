"""A message as it is sent: headers, and text and HTML in one language. Nothing in it reports that it was read."""

from __future__ import annotations

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from service.web.translating import Translator
from service.web.typography import typeset_french

LONGEST_SUBJECT: Final = 150
_NO_LINE: Final = re.compile(r"[\s\x00-\x1f\x7f]+")  # what a header's line must not hold


class Envelope(NamedTuple):
    """What every message of this service says beside its words: from whom, the site's address, and when."""

    sender: str
    base: str
    now: datetime


def new_message(envelope: Envelope, to: str, subject: str, message_id: str, language: str) -> EmailMessage:
    """Return a message without a body; its subject is made one line."""
    message = EmailMessage(policy=SMTP)
    message["From"] = envelope.sender
    message["To"] = Address(addr_spec=to)
    message["Subject"] = typeset(one_line(subject, LONGEST_SUBJECT), language)
    message["Date"] = format_datetime(envelope.now)
    message["Message-ID"] = f"<{message_id}@{urlsplit(envelope.base).hostname or 'localhost'}>"
    message["Auto-Submitted"] = "auto-generated"
    return message


def add_unsubscription(message: EmailMessage, address: str) -> None:
    """Have mail programs offer to unsubscribe with one click (RFC 8058)."""
    message["List-Unsubscribe"] = f"<{address}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def add_texts(message: EmailMessage, text: str, html: str, t: Translator) -> EmailMessage:
    """Give a message its text, and the same as HTML."""
    plain = typeset(text, t.language)
    message.set_content(f"{plain}\n", cte="quoted-printable")  # not every mail server takes eight bits
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = t.language
    return message


def one_line(text: str, most: int) -> str:
    """Return the text on one line, as a header needs it, cut at a word when it is long."""
    line = _NO_LINE.sub(" ", text).strip()
    return line if len(line) <= most else line[:most].rpartition(" ")[0] + " …"


def colon(t: Translator) -> str:
    return " : " if t.language == "fr" else ": "


def typeset(text: str, language: str) -> str:
    return typeset_french(text) if language == "fr" else text

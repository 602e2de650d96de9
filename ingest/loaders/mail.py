"""Read mails (.eml): sender, date, the text with quoted replies and signatures, and the attachments."""

from __future__ import annotations

from email import message_from_bytes
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from index.documents import SectionText
from index.reasons import Reason
from ingest.loaders.attachments import read_attachments
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.mail_headers import TolerantPolicy, read_header
from ingest.loaders.mail_text import read_text
from ingest.text.cleaning import one_line

MOST_BYTES: Final = 100 << 20
_HEADERS: Final = (("From", "De"), ("To", "À"), ("Cc", "Copie"), ("Date", "Date"))


def load(path: Path) -> LoadedFile:
    """Read a mail. Raises UnreadableFile."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(Reason("mail-too-large", most=MOST_BYTES >> 20))
    content = path.read_bytes().removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    message = message_from_bytes(content, policy=TolerantPolicy())
    if not message.keys():
        raise UnreadableFile(Reason("damaged-or-no-mail"))
    return _read_mail(message)


def _read_mail(message: Message) -> LoadedFile:
    """Return what a mail says, with its attachments. Raises UnreadableFile for one without text."""
    mail_text = read_text(message, _read_mail)
    head = [f"{name} : {value}" for key, name in _HEADERS if (value := read_header(message, key))]
    if mail_text.attachments:
        head.append(f"Pièces jointes : {', '.join(one_line(attachment.name) for attachment in mail_text.attachments)}")
    attached = read_attachments(mail_text.attachments)
    if not mail_text.text and not attached.sections:
        raise UnreadableFile(Reason("sealed-mail" if mail_text.is_sealed else "no-text"))
    own = [
        SectionText("courriel", "\n".join(head)),
        *([SectionText("courriel", mail_text.text)] if mail_text.text else []),
    ]
    hints = {"title": read_header(message, "Subject"), "author": _sender(message), "published": _date(message)}
    left_out = (*mail_text.left_out, *attached.left_out)
    return LoadedFile((*own, *attached.sections), {}, hints, attached.warnings, left_out, attached.hidden)


def _sender(message: Message) -> str:
    return read_header(message, "From").partition("<")[0].strip(' "')


def _date(message: Message) -> str:
    try:
        return parsedate_to_datetime(read_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, OverflowError, IndexError):
        return ""

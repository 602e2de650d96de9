"""Read mails (.eml): sender, date, the text with quoted replies and signatures, and the attachments."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from index.documents import SectionText
from ingest.loaders.attachments import Attachment, read_attachments
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.web import paragraphs_of_fragment
from ingest.text.cleaning import clean, one_line

MOST_BYTES: Final = 100 << 20
_HEADERS: Final = (("From", "De"), ("To", "À"), ("Cc", "Copie"), ("Date", "Date"))


def load(path: Path) -> LoadedFile:
    """Read a mail. Raises UnreadableFile."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(f"a mail of more than {MOST_BYTES >> 20} MB: save its attachments apart.")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    if not message.keys():
        raise UnreadableFile("damaged, or not a mail in spite of its suffix.")
    subject = _header(message, "Subject")
    text = _text(message)
    head = [f"{name} : {value}" for key, name in _HEADERS if (value := _header(message, key))]
    attachments = [attachment for attachment in _attachments(message) if not attachment.is_ornament]
    if attachments:
        head.append(f"Pièces jointes : {', '.join(one_line(attachment.name) for attachment in attachments)}")
    attached, warnings = read_attachments(attachments)
    own = [SectionText("courriel", "\n".join(head)), *([SectionText("courriel", text)] if text else [])]
    sections = (*own, *attached) if text or attached else ()
    hints = {"title": subject, "author": _sender(message), "published": _date(message)}
    return LoadedFile(sections, {}, hints, tuple(warnings))


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    """Yield the attachments, forwarded mails among them, but not the pictures in the text."""
    for part in message.iter_attachments():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload(0)
            if isinstance(inner, EmailMessage):
                yield Attachment(f"{_header(inner, 'Subject') or 'message'}.eml", inner.as_bytes())
        elif part.get_content_maintype() != "image" or not part.get("Content-ID"):
            content = part.get_payload(decode=True)
            name = str(part.get_filename() or "")
            if name and isinstance(content, bytes):
                yield Attachment(name, content)


def _text(message: EmailMessage) -> str:
    """Return the mail's plain text, else the paragraphs of its HTML."""
    for kind in ("plain", "html"):
        try:
            body = message.get_body(preferencelist=(kind,))
            content = body.get_content() if body is not None else ""
        except (LookupError, ValueError, UnicodeError, AttributeError):  # an unknown character set or a damaged part
            payload = body.get_payload(decode=True) if body is not None else b""
            content = payload.decode("utf-8", errors="replace") if isinstance(payload, bytes) else ""
        if isinstance(content, str) and content.strip():
            return clean(content) if kind == "plain" else "\n\n".join(paragraphs_of_fragment(content))
    return ""


def _header(message: EmailMessage, name: str) -> str:
    try:
        return one_line(str(message.get(name, "")))
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):  # the parser's own faults on odd headers
        return ""


def _sender(message: EmailMessage) -> str:
    return _header(message, "From").partition("<")[0].strip(' "')


def _date(message: EmailMessage) -> str:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(_header(message, "Date")).date().isoformat()
    except (ValueError, TypeError, OverflowError):
        return ""

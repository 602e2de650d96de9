"""Mail (.eml): its own text, quoted replies and signatures left to it; who wrote, when, and names of attachments."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from index.documents import SectionText
from ingest.cleaning import clean, one_line
from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.web import paragraphs_of_fragment

MOST_BYTES: Final = 100 << 20
_HEADERS: Final = (("From", "De"), ("To", "À"), ("Cc", "Copie"), ("Date", "Date"))


def load(path: Path) -> Loaded:
    """Read a mail. Raises UnreadableFile."""
    if path.stat().st_size > MOST_BYTES:
        raise UnreadableFile(f"a mail of more than {MOST_BYTES >> 20} MB: save its attachments apart.")
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    if not message.keys():
        raise UnreadableFile("damaged, or not a mail in spite of its suffix.")
    subject = _header(message, "Subject")
    text = _text(message)
    said = [f"{name} : {value}" for key, name in _HEADERS if (value := _header(message, key))]
    names = [name for part in message.walk() if (name := one_line(str(part.get_filename() or "")))]
    if names:
        said.append(f"Pièces jointes : {', '.join(names)}")
    warnings = (f"attachments are not read: {', '.join(names)}",) if names else ()
    sections = (SectionText("courriel", "\n".join(said)), SectionText("courriel", text)) if text else ()
    return Loaded(sections, {}, {"title": subject, "author": _sender(message), "published": _date(message)}, warnings)


def _text(message: EmailMessage) -> str:
    """Return the mail's text: the plain one, else the HTML one's paragraphs."""
    for kind in ("plain", "html"):
        try:
            body = message.get_body(preferencelist=(kind,))
            content = body.get_content() if body is not None else ""
        except (LookupError, ValueError, UnicodeError, AttributeError):  # an unknown character set, a damaged part
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

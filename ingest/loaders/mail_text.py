"""Find in a mail all that its reader sees as its text, part by part, and what else it carries."""

from __future__ import annotations

import mimetypes
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from typing import Final

from index.reasons import Reason
from ingest.loaders.attachments import Attachment
from ingest.loaders.loaded_file import LeftOut, LoadedFile
from ingest.loaders.mail_headers import TolerantPolicy, decode_words, read_header
from ingest.loaders.mail_parts import inner_parts, read_charset, read_content
from ingest.loaders.web.charset import decode_page
from ingest.loaders.web.loader import read_fragment
from ingest.text.cleaning import clean, one_line
from ingest.text.decoding import decode

PICTURE: Final = Reason("picture-in-mail")
ATTACHMENT: Final = Reason("attachment")
ORNAMENT: Final = Reason("ornament")
CALENDAR: Final = Reason("calendar-entry")
SEALED: Final = Reason("sealed")
_SEALED_KINDS: Final = ("application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
_SIGNATURES: Final = ("application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature")
_TEXTS: Final = ("text/plain", "text/html", "application/xhtml+xml", "text/enriched", "text/richtext", "text/markdown")
_STUB: Final = re.compile(
    r"html|messagerie|navigateur|browser|mail (?:client|reader|program)|webversi|afficher|affichage|anzeig|angezeigt"
    r"|dargestellt|visuali[sz]|weerg|bekijk|(?:view|display) (?:this|the)|displayed|version texte|text-? ?version",
    re.IGNORECASE,
)
_MOST_STUB: Final = 60  # words
_WORD: Final = re.compile(r"[^\W\d_]{2,}|\d+")
_ADDRESS: Final = re.compile(r"<?(?:https?|mailto):\S+", re.IGNORECASE)
_ENRICHED: Final = re.compile(r"<param>.*?</param>|<(?!<)/?[\w-]+>", re.IGNORECASE | re.DOTALL)
_QUOTED: Final = re.compile(r"(>*)( ?)(.*)", re.DOTALL)


@dataclass(slots=True)
class MailText:
    """What a mail says in itself, paragraph by paragraph, what is attached, and what is left out of it."""

    paragraphs: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    is_sealed: bool = False

    @property
    def text(self) -> str:
        return "\n\n".join(self.paragraphs)

    def add(self, other: MailText) -> None:
        """Add the text of a further part."""
        self.paragraphs += other.paragraphs
        self.attachments += other.attachments
        self.left_out += other.left_out
        self.is_sealed |= other.is_sealed


def read_text(message: Message, read_mail: Callable[[Message], LoadedFile]) -> MailText:
    """Return what a mail says; `read_mail` reads the mails that are attached to it."""
    return _Reader(read_mail).read(message)


class _Reader:
    def __init__(self, read_mail: Callable[[Message], LoadedFile]) -> None:
        self._read_mail = read_mail

    def read(self, part: Message, *, is_first: bool = True) -> MailText:
        """Return what a part says; `is_first` if nothing of the mail was read before it."""
        kind = part.get_content_type()
        if kind == "message/rfc822" or (kind == "message/global" and part.is_multipart()):
            return self._read_inner_mail(part)
        if part.is_multipart():
            inner = inner_parts(part)
            return self._read_alternatives(inner) if kind == "multipart/alternative" else self._read_all(inner)
        is_text = kind in _TEXTS or kind.startswith("multipart/")  # one without parts is damaged: its text is there
        is_body = is_text and not _is_attached(part, is_first=is_first)
        return _read_body(part) if is_body else _read_other(part)

    def _read_all(self, parts: list[Message]) -> MailText:
        whole = MailText()
        for part in parts:
            whole.add(self.read(part, is_first=not whole.paragraphs))
        return whole

    def _read_alternatives(self, parts: list[Message]) -> MailText:
        """Return the alternative that says most: the plain one, unless it leaves out what the other says."""
        whole = MailText()
        plain = rich = ""
        for part in parts:
            if part.get_content_type() == "text/x-amp-html":
                continue
            alternative = self.read(part)
            if part.get_content_type() in ("text/plain", "text/markdown") and not plain:
                plain = alternative.text
            elif alternative.paragraphs:
                rich = alternative.text
            alternative.paragraphs = []
            whole.add(alternative)
        whole.paragraphs = choose_alternatives(plain, rich)
        return whole

    def _read_inner_mail(self, part: Message) -> MailText:
        """Return a forwarded mail as an attachment."""
        inner = next(iter(inner_parts(part)), None)
        if inner is None:
            return _read_other(part)
        if not inner.keys():  # encoded as a whole, against the rules
            inner["Content-Transfer-Encoding"] = str(part.get("Content-Transfer-Encoding", ""))
            inner = message_from_bytes(read_content(inner), policy=TolerantPolicy())
        name = _file_name(part) or f"{read_header(inner, 'Subject') or 'message'}.eml"
        return MailText(attachments=[Attachment(name, b"", lambda: self._read_mail(inner))])


def choose_alternatives(plain: str, rich: str) -> list[str]:
    """Return which of two texts that should say the same are kept; both, if each says much that the other does not."""
    if not plain or not rich:
        return [text for text in (plain, rich) if text]
    words, rich_words = _words(plain), _words(rich)
    lost, added = rich_words - words, words - rich_words
    if lost.total() <= max(3, 0.1 * rich_words.total()):
        return [plain]
    is_stub = words.total() <= _MOST_STUB and _STUB.search(plain) is not None
    return [rich] if is_stub or added.total() <= max(3, 0.1 * words.total()) else [rich, plain]


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(_ADDRESS.sub(" ", text).lower()))


def _is_attached(part: Message, *, is_first: bool) -> bool:
    """Say whether a text is a file of its own and not the mail's text."""
    disposition = part.get_content_disposition()
    if disposition == "attachment":
        return True
    return bool(_file_name(part)) and (disposition == "inline" or not is_first)


def _read_body(part: Message) -> MailText:
    mail_text = MailText()
    kind, charset = part.get_content_type(), read_charset(part)
    flow = [str(part.get_param(name, "")).lower() for name in ("format", "delsp")]
    content = read_content(part)
    if kind in ("text/html", "application/xhtml+xml"):
        fragment = read_fragment(decode_page(content, charset))
        mail_text.paragraphs = fragment.paragraphs
        mail_text.left_out += fragment.left_out
        return mail_text
    text = decode(content, charset)
    if kind in ("text/enriched", "text/richtext"):
        text = _ENRICHED.sub("", text).replace("<<", "<")
    if flow[0] == "flowed":
        text = join_flowed(text, deletes_space=flow[1] == "yes")
    mail_text.paragraphs = [cleaned] if (cleaned := clean(text)) else []
    return mail_text


def _read_other(part: Message) -> MailText:
    """Return what is no text of the mail: an attachment, or something that is told as left out."""
    mail_text = MailText()
    kind, name, content = part.get_content_type(), _file_name(part), read_content(part)
    suffix = "" if kind == "application/octet-stream" else mimetypes.guess_extension(kind) or ""
    attachment = Attachment(name or f"sans nom{suffix}", content)
    if kind in _SEALED_KINDS or (name.lower().endswith(".p7m") and kind == "application/octet-stream"):
        mail_text.is_sealed = True
        mail_text.left_out.append(LeftOut(Reason("sealed-part"), name, SEALED))
    elif kind in _SIGNATURES or (name and attachment.is_ornament):
        mail_text.left_out.append(LeftOut(ATTACHMENT, name, ORNAMENT))
    elif kind.startswith("image/") and (part.get("Content-ID") or not name):
        mail_text.left_out.append(LeftOut(Reason("picture"), name, PICTURE))
    elif kind in ("text/calendar", "text/x-vcalendar"):
        mail_text.left_out.append(LeftOut(ATTACHMENT, name, CALENDAR))
    elif content.strip():
        if kind.startswith("text/"):
            charset = read_charset(part)
            text = decode_page(content, charset) if kind == "text/html" else decode(content, charset)
            attachment = attachment._replace(content=text.encode("utf-8-sig", errors="replace"))
        mail_text.attachments.append(attachment)
    return mail_text


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError, AttributeError):  # the library's own faults on odd parameters
        name = None
    return one_line(decode_words(str(name or "")))


def join_flowed(text: str, *, deletes_space: bool) -> str:
    """Join the lines that a mail's program broke at a space (RFC 3676)."""
    lines: list[str] = []
    before = None  # the depth of quotation of a line that goes on
    for line in text.replace("\r\n", "\n").split("\n"):
        match = _QUOTED.fullmatch(line)
        depth, words = (match[1], match[3]) if match else ("", line)
        if before == depth and lines:
            lines[-1] = (lines[-1][:-1] if deletes_space else lines[-1]) + words
        else:
            lines.append(f"{depth} {words}" if depth else words)
        before = depth if words.endswith(" ") and words != "-- " else None
    return "\n".join(lines)

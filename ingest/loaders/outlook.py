"""Read Outlook's mails (.msg): subject, sender, day, text and attachments, from the streams of their compound file."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from index.reasons import Reason, quote
from ingest.loaders.attachments import Attachment, read_attachments
from ingest.loaders.loaded_file import LeftOut, LoadedFile, UnreadableFile
from ingest.loaders.mail_text import ATTACHMENT, ORNAMENT, choose_alternatives
from ingest.loaders.web.charset import decode_page
from ingest.loaders.web.loader import Fragment, read_fragment
from ingest.text.cleaning import clean, one_line
from ingest.text.decoding import decode

# The properties by their MAPI numbers ([MS-OXPROPS]).
_SUBJECT, _SENDER, _TO, _COPIES, _BODY, _HTML = "0037", "0C1A", "0E04", "0E03", "1000", "1013"
_SENT, _RECEIVED, _CODE_PAGE, _HTML_CODE_PAGE = 0x00390040, 0x0E060040, 0x3FFD0003, 0x3FDE0003
_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_HEAD: Final = 32  # bytes before the properties of a mail ([MS-OXMSG] 2.4.1)
_INNER_HEAD: Final = 24  # and of one that is attached to a mail
_INNER: Final = "__substg1.0_3701000D"  # the folder of an attached mail
_MOST: Final = 100 << 20
_WESTERN: Final = frozenset((0, 20127, 28591, 28605))  # declared as ASCII or ISO 8859-1, actually Windows-1252


def load(path: Path) -> LoadedFile:
    """Read a mail saved by Outlook. Raises UnreadableFile."""
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            return _read_mail(_Folder(file))
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-or-no-outlook-mail", detail=quote(error))) from error


@dataclass(frozen=True, slots=True)
class _Folder:
    """The streams of a mail: those of the file, or those of a folder in it for a mail in a mail."""

    file: Any  # olefile is untyped
    name: str = ""

    def bytes(self, stream: str) -> bytes:
        """Return what a stream holds, nothing if there is none."""
        path = f"{self.name}{stream}"
        return bytes(self.file.openstream(path).read(_MOST)) if self.file.exists(path) else b""

    def text(self, key: str, encoding: str) -> str:
        """Return a text property, stored in UTF-16 or in the mail's own encoding."""
        wide = self.bytes(f"__substg1.0_{key}001F")
        text = wide.decode("utf-16-le", errors="replace") if wide else ""
        return (text or decode(self.bytes(f"__substg1.0_{key}001E"), encoding)).rstrip("\0")

    def numbers(self) -> dict[int, int]:
        """Return the properties of a fixed size, as numbers, by their tag."""
        stream = self.bytes("__properties_version1.0")[_INNER_HEAD if self.name else _HEAD :]
        return {tag: value for tag, _, value in struct.iter_unpack("<IIQ", stream[: len(stream) // 16 * 16])}

    def attachments(self) -> list[str]:
        """Return the folders of the attachments."""
        depth = self.name.count("/")
        above = self.name.split("/")[:-1]
        paths = (entry for entry in self.file.listdir() if entry[:depth] == above and len(entry) > depth)
        names = {entry[depth] for entry in paths}
        return sorted(f"{self.name}{name}/" for name in names if name.startswith("__attach_version1.0_"))


def _read_mail(folder: _Folder) -> LoadedFile:
    """Return what a mail says, with its attachments. Raises UnreadableFile for one without text."""
    numbers = folder.numbers()
    encoding = _encoding(numbers.get(_CODE_PAGE, 1252))
    texts = {key: folder.text(key, encoding) for key in (_SUBJECT, _SENDER, _TO, _COPIES, _BODY)}
    rich = _read_html(folder, numbers.get(_HTML_CODE_PAGE, 0), encoding)
    text = "\n\n".join(choose_alternatives(clean(texts[_BODY]), "\n\n".join(rich.paragraphs)))
    everything = list(_attachments(folder, encoding))
    attachments = [attachment for attachment in everything if not attachment.is_ornament]
    ornaments = [LeftOut(ATTACHMENT, one_line(part.name), ORNAMENT) for part in everything if part.is_ornament]
    attached = read_attachments(attachments)
    if not text and not attached.sections:
        raise UnreadableFile(Reason("no-text-in-mail"))
    day = _day(numbers.get(_SENT, 0) or numbers.get(_RECEIVED, 0))
    names = ", ".join(one_line(attachment.name) for attachment in attachments)
    head = [
        ("De", texts[_SENDER]),
        ("À", texts[_TO]),
        ("Copie", texts[_COPIES]),
        ("Date", day),
        ("Pièces jointes", names),
    ]
    lines = [f"{name} : {value}" for name, text in head if (value := one_line(text))]
    sections = [SectionText("courriel", "\n".join(lines)), *([SectionText("courriel", text)] if text else [])]
    hints = {"title": one_line(texts[_SUBJECT]), "author": one_line(texts[_SENDER]), "published": day}
    left_out = (*rich.left_out, *ornaments, *attached.left_out)
    return LoadedFile((*sections, *attached.sections), {}, hints, attached.warnings, left_out, attached.hidden)


def _read_html(folder: _Folder, code_page: int, encoding: str) -> Fragment:
    """Return the mail's HTML, which states its own encoding where the mail does not."""
    html = folder.bytes(f"__substg1.0_{_HTML}0102")
    page = decode_page(html, _encoding(code_page) if code_page else "") if html else folder.text(_HTML, encoding)
    return read_fragment(page) if page.strip("\0 \r\n\t") else Fragment([], ())


def _encoding(code_page: int) -> str:
    """Return the Python codec of a Windows code page, cp1252 for an unknown one."""
    page = code_page & 0xFFFFFFFF
    name = {65001: "utf-8", **dict.fromkeys(_WESTERN, "cp1252")}.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _attachments(folder: _Folder, encoding: str) -> Iterator[Attachment]:
    """Yield the attached files and mails."""
    for place in folder.attachments():
        inside = _Folder(folder.file, place)
        name = inside.text(_LONG_NAME, encoding) or inside.text(_SHORT_NAME, encoding)
        mail = _Folder(folder.file, f"{place}{_INNER}/")
        if folder.file.exists(f"{mail.name}__properties_version1.0"):
            subject = mail.text(_SUBJECT, encoding) or name or "message"
            yield Attachment(f"{one_line(subject)}.msg", b"", lambda mail=mail: _read_mail(mail))  # type: ignore[misc]
        else:
            yield Attachment(name or "sans nom", inside.bytes(f"__substg1.0_{_DATA}0102"))


def _day(filetime: int) -> str:
    """Return the day of a number of 100 ns since 1601, "" for 0."""
    try:
        sent = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=filetime // 10)
    except OverflowError:
        return ""
    return sent.date().isoformat() if filetime else ""

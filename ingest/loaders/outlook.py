"""Read Outlook's mails (.msg): subject, sender, day, text and attachments, from the streams of their compound file."""

from __future__ import annotations

import codecs
import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from index.documents import SectionText
from ingest.loaders.attachments import Attachment, read_attachments
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.text.cleaning import clean, one_line

# The properties by their MAPI numbers ([MS-OXPROPS]).
_SUBJECT, _SENDER, _TO, _BODY, _HTML = "0037", "0C1A", "0E04", "1000", "1013"
_SENT, _RECEIVED, _CODE_PAGE, _HTML_CODE_PAGE = 0x00390040, 0x0E060040, 0x3FFD0003, 0x3FDE0003
_DATA, _LONG_NAME, _SHORT_NAME = "3701", "3707", "3704"
_HEAD: Final = 32  # bytes before the properties of a mail that is not inside another ([MS-OXMSG] 2.4.1)
_MOST: Final = 100 << 20
_WESTERN: Final = frozenset((0, 20127, 28591, 28605))  # declared as ASCII or ISO 8859-1, actually Windows-1252


def load(path: Path) -> LoadedFile:
    """Read a mail saved by Outlook. Raises UnreadableFile."""
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            numbers = _numbers(file)
            encoding = _encoding(numbers.get(_CODE_PAGE, 1252))
            texts = {key: _text(file, key, encoding) for key in (_SUBJECT, _SENDER, _TO, _BODY)}
            html = _bytes(file, _HTML).decode(_encoding(numbers.get(_HTML_CODE_PAGE, 65001)), errors="replace")
            attachments = [attachment for attachment in _attachments(file, encoding) if not attachment.is_ornament]
    except MemoryError:
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(f"damaged, or no Outlook mail ({type(error).__name__}: {error}).") from error
    text = clean(texts[_BODY]) or _text_of_html(html)
    attached, warnings = read_attachments(attachments)
    if not text and not attached:
        raise UnreadableFile("no text in this mail (only rich text?). Save it as .eml.")
    day = _day(numbers.get(_SENT, 0) or numbers.get(_RECEIVED, 0))
    head = [(name, one_line(value)) for name, value in (("De", texts[_SENDER]), ("À", texts[_TO]), ("Date", day))]
    head.append(("Pièces jointes", ", ".join(one_line(attachment.name) for attachment in attachments)))
    sections = [SectionText("courriel", "\n".join(f"{name} : {value}" for name, value in head if value))]
    sections += [SectionText("courriel", text)] if text else []
    hints = {"title": one_line(texts[_SUBJECT]), "author": one_line(texts[_SENDER]), "published": day}
    return LoadedFile((*sections, *attached), {}, hints, tuple(warnings))


def _numbers(file: Any) -> dict[int, int]:
    """Return the properties of a fixed size, as numbers, by their tag."""
    stream = file.openstream("__properties_version1.0").read(_MOST)[_HEAD:]
    return {tag: value for tag, _, value in struct.iter_unpack("<IIQ", stream[: len(stream) // 16 * 16])}


def _encoding(code_page: int) -> str:
    """Return the Python codec of a Windows code page, cp1252 for an unknown one."""
    page = code_page & 0xFFFFFFFF
    name = {65001: "utf-8", **dict.fromkeys(_WESTERN, "cp1252")}.get(page, f"cp{page}")
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "cp1252"


def _bytes(file: Any, key: str, folder: str = "") -> bytes:
    name = f"{folder}__substg1.0_{key}0102"
    return bytes(file.openstream(name).read(_MOST)) if file.exists(name) else b""


def _text(file: Any, key: str, encoding: str, folder: str = "") -> str:
    """Return a text property, stored in UTF-16 or in the mail's own encoding."""
    for kind, codec in (("001F", "utf-16-le"), ("001E", encoding)):
        name = f"{folder}__substg1.0_{key}{kind}"
        if file.exists(name):
            return str(file.openstream(name).read(_MOST).decode(codec, errors="replace")).rstrip("\0")
    return ""


def _attachments(file: Any, encoding: str) -> Iterator[Attachment]:
    """Yield the attached files; a mail in the mail is a folder of streams and is named without its content."""
    for folder in sorted({entry[0] for entry in file.listdir() if entry[0].startswith("__attach_version1.0_")}):
        name = _text(file, _LONG_NAME, encoding, f"{folder}/") or _text(file, _SHORT_NAME, encoding, f"{folder}/")
        yield Attachment(name or "message.msg", _bytes(file, _DATA, f"{folder}/"))


def _day(filetime: int) -> str:
    """Return the day of a number of 100 ns since 1601, "" for 0."""
    try:
        sent = datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=filetime // 10)
    except OverflowError:
        return ""
    return sent.date().isoformat() if filetime else ""


def _text_of_html(html: str) -> str:
    from ingest.loaders.web import paragraphs_of_fragment

    return "\n\n".join(paragraphs_of_fragment(html)) if html.strip() else ""

"""Decode the headers of mails as they are sent: with raw bytes, and with encoded words that are wrong or split."""

from __future__ import annotations

import binascii
import quopri
import re
from email.message import Message
from email.policy import Compat32
from typing import Final

from ingest.text.cleaning import one_line
from ingest.text.decoding import decode

_ENCODED_WORD: Final = re.compile(r"=\?([^?\s]*)\?([qb])\?([^?]*)\?=", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"(?<=\?=)\s+(?==\?)")


class TolerantPolicy(Compat32):
    """Decodes the bytes that headers hold against the rules, where Python's policies make signs of replacement."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, decode_raw(value)


def read_header(message: Message, name: str) -> str:
    """Return the first header of that name on one line, "" without any."""
    return one_line(decode_words(str(message.get(name, ""))))


def decode_raw(text: str) -> str:
    """Return a text of which the parser kept the bytes that are not ASCII as surrogates."""
    if not any("\udc80" <= character <= "\udcff" for character in text):
        return text
    return decode(text.encode("utf-8", errors="surrogateescape"))


def decode_words(text: str) -> str:
    """Return a header with its encoded words (RFC 2047) decoded, also those whose encoding is wrong or unknown."""
    parts: list[str] = []
    waiting = b""  # what several words of one encoding make together: they may part a letter's bytes
    encoding = ""
    end = 0
    text = _BETWEEN.sub("", text)
    for match in _ENCODED_WORD.finditer(text):
        charset = match[1].partition("*")[0].lower()
        if match.start() > end or charset != encoding:
            parts += [decode(waiting, encoding), text[end : match.start()]]
            waiting, encoding = b"", charset
        waiting += _decode_word(match[2], match[3])
        end = match.end()
    return "".join([*parts, decode(waiting, encoding), text[end:]])


def _decode_word(kind: str, text: str) -> bytes:
    content = text.encode("utf-8", errors="replace")
    if kind in "qQ":
        return quopri.decodestring(content, header=True)
    try:
        return binascii.a2b_base64(content + b"=" * (-len(content) % 4))
    except binascii.Error:
        return content

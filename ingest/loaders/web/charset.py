"""Decode a web page: its archive's or mail's declaration, then its own, then what its bytes say."""

from __future__ import annotations

import re
from typing import Final

from ingest.text.decoding import decode

_HEAD: Final = 1 << 16  # bytes; browsers begin anew when they meet a declaration behind the first 1,024
_COMMENT: Final = re.compile(rb"<!--.*?-->", re.DOTALL)
_META: Final = re.compile(rb"<meta\b[^>]*?charset\s*=\s*[\"']?\s*([^\s\"'/>;]+)", re.IGNORECASE)
_XML: Final = re.compile(rb"\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([^\"'>]+)", re.IGNORECASE)


def decode_page(content: bytes, transport: str = "") -> str:
    """Return a page's characters; `transport` is the encoding that what brought it states, "" for none."""
    return decode(content, transport or _own_declaration(content))


def _own_declaration(content: bytes) -> str:
    head = _COMMENT.sub(b"", content[:_HEAD])
    match = _META.search(head) or _XML.match(head)
    return match[1].decode("ascii", errors="replace") if match else ""

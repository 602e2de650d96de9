"""Read the bytes of a mail's part and what they are declared as, where odd headers make Python's library fail."""

from __future__ import annotations

from email.message import Message


def inner_parts(part: Message) -> list[Message]:
    """Return the parts in a part, none for one that has its own content."""
    payload = part.get_payload() if part.is_multipart() else []
    return [inner for inner in payload if isinstance(inner, Message)] if isinstance(payload, list) else []


def read_content(part: Message) -> bytes:
    """Return the bytes of a part, whatever its transfer encoding is; those of all parts in it as they are written."""
    if part.is_multipart():
        return "\n\n".join(map(str, inner_parts(part))).encode("utf-8", errors="surrogateescape")
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        del part["Content-Type"]  # of which a character set that is none, such as "\0", is asked for
        content = part.get_payload()
    return content if isinstance(content, bytes) else str(content).encode("utf-8", errors="surrogateescape")


def read_charset(part: Message) -> str:
    """Return the encoding a part declares, "" for none or none that can be read."""
    try:
        return str(part.get_content_charset(""))
    except (ValueError, LookupError, TypeError):
        return ""

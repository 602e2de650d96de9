"""Small pieces of XML, built element by element: text is escaped by lxml, and what XML cannot hold is left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from lxml import etree

_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def strip_invalid(text: str) -> str:
    """Return the text without the characters XML 1.0 has no way to write."""
    return _NOT_XML.sub("", text)


def child(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
    """Add an element in its parent's namespace, or in the one the name brings ("{namespace}name"), and return it."""
    if not name.startswith("{") and parent.tag.startswith("{"):
        name = f"{parent.tag.partition('}')[0]}}}{name}"
    element = etree.SubElement(parent, name, {key: strip_invalid(value) for key, value in attributes.items()})
    if text:
        element.text = strip_invalid(text)
    return element


def document(root: Any) -> bytes:
    """Return the document as UTF-8 with its declaration."""
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return content


def utc_timestamp(moment: datetime) -> str:
    """Return a moment as feeds and harvesters write it: in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

"""Private Atom feeds (RFC 4287) of the register: what came in since that may solve an obstacle, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from lxml import etree

from service.feeds.atom import ATOM
from service.feeds.xml import child, document

NEWEST: Final = 50
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(NamedTuple):
    """One thing to tell: `name` is the same whenever it is told again."""

    name: str
    title: str
    summary: str
    address: str
    at: datetime


def feed(entries: Sequence[Entry], *, title: str, address: str, page: str, language: str) -> bytes:
    """Return the entries, the newest first; `address` is the feed's own, `page` where a reader sees the same."""
    newest = sorted(entries, key=lambda one: (one.at, one.name), reverse=True)[:NEWEST]
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    root.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    child(root, "id", page)
    child(root, "title", title)
    child(root, "updated", _stamp(newest[0].at if newest else _BEGINNING))
    child(root, "link", rel="self", type="application/atom+xml", href=address)
    child(root, "link", rel="alternate", type="text/html", href=page)
    child(child(root, "author"), "name", "Passerelle")
    for one in newest:
        entry = child(root, "entry")
        child(entry, "id", one.name)
        child(entry, "title", one.title)
        child(entry, "updated", _stamp(one.at))
        child(entry, "link", rel="alternate", type="text/html", href=one.address)
        child(entry, "summary", one.summary)
    return document(root)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

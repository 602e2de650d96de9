"""Atom feeds (RFC 4287) that only whoever knows their address reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from lxml import etree

from service.feeds.atom import ATOM
from service.feeds.xml import child, document, utc_timestamp

NEWEST: Final = 50
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(NamedTuple):
    """One entry of a feed; `id` is the same whenever it is given again."""

    id: str
    title: str
    summary: str
    address: str
    at: datetime


def render_feed(entries: Sequence[Entry], *, title: str, address: str, page: str, language: str, id: str = "") -> bytes:
    """Return the entries, the newest first.

    `address` is the feed's own, `page` the page that shows the same; it names the feed where `id` does not.
    """
    newest = sorted(entries, key=lambda entry: (entry.at, entry.id), reverse=True)[:NEWEST]
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    root.set("{http://www.w3.org/XML/1998/namespace}lang", language)
    child(root, "id", id or page)
    child(root, "title", title)
    child(root, "updated", utc_timestamp(newest[0].at if newest else _BEGINNING))
    child(root, "link", rel="self", type="application/atom+xml", href=address)
    child(root, "link", rel="alternate", type="text/html", href=page)
    child(child(root, "author"), "name", "Passerelle")
    for entry in newest:
        element = child(root, "entry")
        child(element, "id", entry.id)
        child(element, "title", entry.title)
        child(element, "updated", utc_timestamp(entry.at))
        child(element, "link", rel="alternate", type="text/html", href=entry.address)
        child(element, "summary", entry.summary)
    return document(root)

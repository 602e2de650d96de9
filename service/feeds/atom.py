"""The Atom feed (RFC 4287) of new public documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final

from lxml import etree

from service.feeds.store import Record
from service.feeds.xml import child, document, utc_timestamp
from service.web.citations import page_path
from service.web.kind_facts import plain_facts

ATOM: Final = "http://www.w3.org/2005/Atom"
NEWEST: Final = 50
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)


def write_feed(records: Sequence[Record], *, base: str) -> bytes:
    """Return the documents seen last, newest first; of those seen together, the one published last first."""
    newest = sorted(
        records, key=lambda record: (record.first_seen, record.card.metadata.published or date.min), reverse=True
    )
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})
    child(root, "id", f"{base}/feed.atom")
    child(root, "title", "Passerelle")
    child(root, "updated", utc_timestamp(max((record.changed for record in records), default=_BEGINNING)))
    child(root, "link", rel="self", type="application/atom+xml", href=f"{base}/feed.atom")
    child(root, "link", rel="alternate", type="text/html", href=f"{base}/")
    child(child(root, "author"), "name", "Passerelle")
    for record in newest[:NEWEST]:
        _add_entry(root, record, base)
    return document(root)


def _add_entry(root: Any, record: Record, base: str) -> None:
    meta, address = record.card.metadata, base + page_path(record.card.id)
    entry = child(root, "entry")
    child(entry, "id", address)
    child(entry, "title", meta.title or record.card.id)
    child(entry, "updated", utc_timestamp(record.changed))
    if meta.published:
        child(entry, "published", utc_timestamp(datetime.combine(meta.published, time(), UTC)))
    child(entry, "link", rel="alternate", type="text/html", href=address, **_hreflang(meta.language))
    child(child(entry, "author"), "name", meta.author or "Passerelle")
    for term in (meta.kind.value, *meta.themes, *meta.borders):
        child(entry, "category", term=term)
    if meta.rights:
        child(entry, "rights", meta.rights)
    parts = (meta.kind.value, *plain_facts(meta), *meta.borders, meta.notice)
    child(entry, "summary", " · ".join(filter(None, parts)))


def _hreflang(language: str) -> dict[str, str]:
    return {"hreflang": language} if language else {}

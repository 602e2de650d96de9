"""The sitemap (sitemaps.org) and robots.txt: what search engines may read, and where."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lxml import etree

from service.feeds.store import Record
from service.feeds.xml import child, document, utc_timestamp
from service.web.citations import page_path

SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST: Final = 49_999  # documents in one sitemap: the protocol allows 50,000 addresses, and the first part has "/" too
CLOSED: Final = ("/api/", "/v1/", "/mcp", "/signin", "/dossiers", "/shared", "/*?q=")


def write_sitemap(records: Sequence[Record], *, base: str, part: int | None = None, most: int = MOST) -> bytes:
    """Return the sitemap; past `most` addresses it is an index, and `part` (from 1) returns one of its sitemaps."""
    if part is None and len(records) > most:
        root = etree.Element(f"{{{SITEMAP}}}sitemapindex", nsmap={None: SITEMAP})
        for number in range(1, -(-len(records) // most) + 1):
            child(child(root, "sitemap"), "loc", f"{base}/sitemap.xml?part={number}")
        return document(root)
    root = etree.Element(f"{{{SITEMAP}}}urlset", nsmap={None: SITEMAP})
    begin = ((part or 1) - 1) * most
    if begin == 0:
        child(child(root, "url"), "loc", f"{base}/")
    for record in sorted(records, key=lambda record: record.card.id)[begin : begin + most]:
        url = child(root, "url")
        child(url, "loc", base + page_path(record.card.id))
        child(url, "lastmod", utc_timestamp(record.changed))
    return document(root)


def write_robots(base: str) -> str:
    """Return who may read what: everybody everything that is public, but no searches and no interfaces."""
    closed = "\n".join(f"Disallow: {path}" for path in CLOSED)
    return f"User-agent: *\n{closed}\nAllow: /\n\nSitemap: {base}/sitemap.xml\n"

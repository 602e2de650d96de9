"""Look at a list before it is harvested: what it is, its first entries, and what a first run would fetch.

Nothing is kept, and no document is fetched.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final
from urllib.parse import urljoin

from lxml import etree, html

from index.reasons import Reason, record_reason
from ingest.harvest.addresses import Allowed
from ingest.harvest.fetching import UNKNOWN, Later, NotFetched, PoliteClient, guarded_client
from ingest.harvest.listing import Fault, Item, Limits, tidy
from ingest.harvest.mirror import Mirror
from ingest.harvest.plan import Harvest
from ingest.harvest.run import read_list

SECONDS: Final = 20.0  # for the whole look
ANSWER_S: Final = 10.0
MOST_ENTRIES: Final = 1_000
SHOWN: Final = 10
_ROOTS: Final = {
    "urlset": "sitemap",
    "sitemapindex": "sitemap",
    "rss": "feed",
    "feed": "feed",
    "RDF": "feed",
    "OAI-PMH": "oai",
}
_FEED_TYPES: Final = ("application/rss+xml", "application/atom+xml")


@dataclass(frozen=True, slots=True)
class Trial:
    """What a look at a list showed. `chosen`: entries whose address matches; `to_fetch`: what a run would request.

    `is_partial`: the list goes on, or took longer than a look may; `reason` says why it could not be read at all.
    """

    harvest: Harvest
    entries: tuple[Item, ...] = ()
    faults: tuple[Fault, ...] = ()
    listed: int = 0
    chosen: int = 0
    to_fetch: int = 0
    is_partial: bool = False
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        shown = [
            {
                "address": item.address,
                "title": item.stated.get("title", ""),
                "published": item.stated.get("published", "") or item.changed,
            }
            for item in self.entries
        ]
        return {
            "format": self.harvest.format,
            "address": self.harvest.address,
            "entries": shown,
            "faults": [{"path": fault.entry, **record_reason(fault.reason)} for fault in self.faults],
            "listed": self.listed,
            "chosen": self.chosen,
            "to_fetch": self.to_fetch,
            "is_partial": self.is_partial,
            "fault": record_reason(self.reason),
        }


@dataclass
class Budget:
    """Waits, but never past the end of the time there is. Raises NotFetched instead."""

    seconds: float = SECONDS
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _end: float = field(init=False)

    def __post_init__(self) -> None:
        self._end = self.clock() + self.seconds

    def wait(self, seconds: float) -> None:
        if self.clock() + seconds > self._end:
            raise NotFetched(Reason("list-too-large"))
        self.sleep(seconds)


def try_harvest(harvest: Harvest, mirror: Mirror, allowed: Allowed, *, is_unknown: bool, budget: Budget) -> Trial:
    """Return what a look at a harvest's list shows; if its format `is_unknown`, it is detected first.

    What the mirror has already is not counted as to be fetched, unless its list says that it changed.
    """
    with guarded_client(allowed, timeout_s=ANSWER_S, answer_s=ANSWER_S) as http:
        client = PoliteClient(http, min(harvest.delay_s, 1.0), budget.wait)
        try:
            if is_unknown:
                harvest = replace(harvest, format="")
                harvest = detect(harvest, client)
            return _look(harvest, mirror, client)
        except NotFetched as error:
            return Trial(harvest, reason=error.reason)


def detect(harvest: Harvest, client: PoliteClient) -> Harvest:
    """Return the harvest with the format of what its address answers, and the feed's address where a page names it.

    Raises NotFetched.
    """
    address = re.sub(r"\?verb=\w+.*", "", harvest.address)
    try:
        answer = client.get(harvest.address)
    except Later:
        raise
    except NotFetched as error:
        try:  # some repositories answer nothing but requests of their protocol
            answer = client.get(f"{address}?verb=Identify")
        except NotFetched:
            raise error from None
    root, content = _root_name(answer.content or b""), answer.content or b""
    if root in _ROOTS:
        return replace(harvest, format=_ROOTS[root], address=address if _ROOTS[root] == "oai" else harvest.address)
    if content[:2] == b"\x1f\x8b":  # of lists only sitemaps are sent as gzip
        return replace(harvest, format="sitemap")
    if named := _find_feed_in(content, answer.address):
        return replace(harvest, format="feed", address=named)
    raise NotFetched(Reason("not-a-list"))


def _root_name(content: bytes) -> str:
    """Return the name of the root of an XML document, "" if it is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    try:
        root = etree.fromstring(content, parser)
        return "" if root is None else str(etree.QName(root).localname)
    except (etree.XMLSyntaxError, ValueError):
        return ""


def _find_feed_in(content: bytes, base: str) -> str:
    """Return the address of the feed that a web page names in its head, "" without any."""
    try:
        page = html.fromstring(content)
        links = [link for link in page.iter("link") if link.get("type") in _FEED_TYPES and link.get("href")]
        return tidy(urljoin(base, links[0].get("href"))) if links else ""
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""


def _look(harvest: Harvest, mirror: Mirror, client: PoliteClient) -> Trial:
    """Return what the list holds, as far as a look goes. Raises NotFetched where it cannot be read at all."""
    limits = Limits(entries=MOST_ENTRIES, seconds=SECONDS)
    listing = read_list(harvest, client, UNKNOWN, "", limits)
    if listing is None:  # an answer without any content
        raise NotFetched(Reason("http-status", status=304))
    items: list[Item] = []
    faults: list[Fault] = []
    is_partial, entries = False, iter(listing.items)
    try:
        for entry in islice(entries, MOST_ENTRIES):
            faults.append(entry) if isinstance(entry, Fault) else items.append(entry)
        is_partial = next(entries, None) is not None
    except NotFetched as error:
        if not items:
            raise
        is_partial = True
        faults.append(Fault(harvest.address, error.reason))
    chosen = [item for item in items if not item.is_deleted and re.search(harvest.only, item.address)]
    new = [item for item in chosen if not _is_kept(item, mirror)]
    return Trial(
        harvest,
        tuple(chosen[:SHOWN]),
        tuple(faults[:SHOWN]),
        listed=len(items) + len(faults),
        chosen=len(chosen),
        to_fetch=min(len({item.address for item in new}), harvest.most),
        is_partial=is_partial,
    )


def _is_kept(item: Item, mirror: Mirror) -> bool:
    entry = mirror.entries.get(item.address)
    return entry is not None and (not item.changed or item.changed == entry.changed)

"""Read what a feed, a sitemap or an OAI-PMH repository lists: addresses of documents with what is stated about them."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

from lxml import etree
from sickle import Sickle
from sickle.models import Record
from sickle.oaiexceptions import NoRecordsMatch, OAIError

from ingest.harvest.fetching import LARGEST, UNKNOWN, Later, NotFetched, PoliteClient, Validators

DEEPEST: Final = 3  # sitemaps that list sitemaps
MOST_MAPS: Final = 200


@dataclass(frozen=True, slots=True)
class Item:
    """A listed document. `stated` has the names of a catalogue; `text` stands in for a file that cannot be fetched."""

    address: str
    stated: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    is_deleted: bool = False
    changed: str = ""  # when it last changed, according to the list; the same value as before: it need not be fetched


@dataclass(frozen=True, slots=True)
class Listing:
    """What was listed; `is_whole`: what is no longer listed is gone. The next harvest begins at `until`."""

    items: tuple[Item, ...]
    is_whole: bool = False
    validators: Validators = UNKNOWN
    until: str = ""


def read_feed(client: PoliteClient, address: str, known: Validators) -> Listing | None:
    """Return the entries of an RSS or Atom feed, None if it did not change. Raises NotFetched.

    A feed is a window on the newest entries: one that has left it is not gone.
    """
    import feedparser

    answer = client.get(address, known)
    if answer.content is None:
        return None
    feed = feedparser.parse(io.BytesIO(answer.content), response_headers={"content-location": answer.address})
    if not feed.version:
        raise NotFetched("this is neither RSS nor Atom.")
    items = []
    for entry in feed.entries:
        link = urljoin(answer.address, entry.get("link", ""))
        if link.startswith(("http://", "https://")):
            items.append(Item(link, _stated_in(entry), _text_in(entry), changed=str(_own(entry, "updated") or "")))
    return Listing(tuple(items), validators=answer.validators)


def _stated_in(entry: Any) -> dict[str, str]:
    day = _own(entry, "published_parsed") or _own(entry, "updated_parsed")
    stated = {
        "title": str(entry.get("title", "")),
        "author": str(entry.get("author", "")),
        "published": f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}" if day else "",
    }
    return {name: value for name, value in stated.items() if value.strip()}


def _own(entry: Any, name: str) -> Any:
    """Return the entry's own value: feedparser gives `published` for a missing `updated`, with a warning."""
    return dict.get(entry, name)


def _text_in(entry: Any) -> str:
    contents = [content.get("value", "") for content in entry.get("content", [])]
    return max([*map(str, contents), str(entry.get("summary", ""))], key=len)


def read_sitemap(client: PoliteClient, address: str) -> Listing:
    """Return the addresses of a sitemap and of the sitemaps it lists (sitemaps.org). Raises NotFetched."""
    items = []
    for root in _sitemaps(client, address):
        for url in root.iterfind("{*}url"):
            location = (url.findtext("{*}loc") or "").strip()
            if location.startswith(("http://", "https://")):
                items.append(Item(location, changed=(url.findtext("{*}lastmod") or "").strip()))
    return Listing(tuple({item.address: item for item in items}.values()), is_whole=True)


def _sitemaps(client: PoliteClient, address: str) -> Iterator[Any]:
    """Yield the root of the sitemap and of those below it."""
    queue, seen = [(address, 1)], {address}
    while queue:
        location, depth = queue.pop(0)
        content = client.get(location).content or b""
        try:
            root = etree.fromstring(_unpack(content), etree.XMLParser(resolve_entities=False, no_network=True))
        except (etree.XMLSyntaxError, OSError, EOFError, ValueError) as error:
            raise NotFetched(f"{location}: not a sitemap ({error}).") from error
        if etree.QName(root).localname not in ("urlset", "sitemapindex"):
            raise NotFetched(f"{location}: not a sitemap.")
        yield root
        for sitemap in root.iterfind("{*}sitemap"):
            below = (sitemap.findtext("{*}loc") or "").strip()
            if below.startswith(("http://", "https://")) and below not in seen:
                if depth >= DEEPEST or len(seen) >= MOST_MAPS:
                    raise NotFetched(f"{below}: sitemaps within sitemaps, deeper or more than a site needs.")
                seen.add(below)
                queue.append((below, depth + 1))


def _unpack(content: bytes) -> bytes:
    """Return the content, decompressed if it is gzip. Raises OSError, EOFError, ValueError."""
    if content[:2] != b"\x1f\x8b":
        return content
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        unpacked = packed.read(LARGEST + 1)
    if len(unpacked) > LARGEST:
        raise ValueError(f"larger than {LARGEST >> 20} MiB when unpacked")
    return unpacked


class _PoliteSickle(Sickle):  # type: ignore[misc]  # the library is untyped
    """Sickle over our client, whose delays, limits and robots.txt hold for OAI-PMH too."""

    def __init__(self, client: PoliteClient, address: str) -> None:
        super().__init__(address)
        self._client = client

    def harvest(self, **arguments: Any) -> Any:
        from httpx import URL, Response
        from sickle.response import OAIResponse

        given = {name: value for name, value in arguments.items() if value}
        answer = self._client.get(str(URL(self.endpoint).copy_merge_params(given)))
        return OAIResponse(Response(200, content=answer.content or b""), params=arguments)


def read_repository(client: PoliteClient, address: str, set: str, since: str) -> Listing:
    """Return the records of an OAI-PMH 2.0 repository in Dublin Core, those that changed since. Raises NotFetched."""
    repository = _PoliteSickle(client, address)
    items: list[Item] = []
    try:
        until = _response_date(repository)
        arguments = {"metadataPrefix": "oai_dc", "set": set, "from": since}
        items = [_item_of(record) for record in repository.ListRecords(**arguments)]
    except NoRecordsMatch:
        pass
    except Later:
        raise
    except (OAIError, etree.XMLSyntaxError, AttributeError) as error:
        raise NotFetched(f"not an answer of OAI-PMH 2.0 ({type(error).__name__}: {error}).") from error
    return Listing(tuple(item for item in items if item.address), is_whole=False, until=until)


def _response_date(repository: _PoliteSickle) -> str:
    """Return the repository's own time in its own granularity: where the next harvest begins."""
    identity = repository.harvest(verb="Identify").xml
    name = repository.oai_namespace
    granularity = identity.findtext(f".//{name}granularity") or ""
    now = identity.findtext(f".//{name}responseDate") or ""
    if not now:
        raise NotFetched("not an answer of OAI-PMH 2.0 (no responseDate).")
    return now if "hh" in granularity else now[:10]


def _item_of(record: Record) -> Item:
    key = f"oai:{record.header.identifier}"
    if record.deleted:
        return Item(key, is_deleted=True)
    values: dict[str, list[str]] = {name: list(filter(None, texts)) for name, texts in record.metadata.items()}
    links = [text for text in values.get("identifier", []) if text.startswith(("http://", "https://"))]
    stated = {
        "title": " ".join(values.get("title", [])[:1]),
        "author": " | ".join(values.get("creator", [])),
        "published": " ".join(values.get("date", [])[:1])[:10],
        "language": " ".join(values.get("language", [])[:1]),
        "rights": " ".join(values.get("rights", [])[:1]),
        "record": key,
    }
    text = "\n\n".join(values.get("description", []))
    stated = {name: value for name, value in stated.items() if value}
    return Item(links[0] if links else key, stated, text, changed=record.header.datestamp or "")

"""Read what a feed, a sitemap or an OAI-PMH repository lists: addresses of documents with what is stated about them."""

from __future__ import annotations

import gzip
import io
import re
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import urljoin

from lxml import etree
from sickle import Sickle
from sickle.iterator import OAIResponseIterator
from sickle.models import Record
from sickle.oaiexceptions import NoRecordsMatch

from index.errors import PasserelleError
from index.reasons import Reason, quote
from ingest.harvest.fetching import LARGEST, UNKNOWN, NotFetched, PoliteClient, Validators, parse_address

DEEPEST: Final = 3  # sitemaps that list sitemaps
MOST_MAPS: Final = 200
LONGEST_STATED: Final = 2_000  # characters of a title and the like
LONGEST_TEXT: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a list is read in one run, however much there is: an OAI-PMH list need never end."""

    entries: int = 100_000
    size: int = 512 << 20  # bytes of its pages
    seconds: float = 3_600.0  # spent on its pages, not on the documents fetched meanwhile
    clock: Callable[[], float] = time.monotonic


USUAL_LIMITS: Final = Limits()


class Fault(NamedTuple):
    """An entry of a list that cannot be used, and why."""

    entry: str
    reason: Reason


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
    """What is listed; `is_whole`: what is no longer listed is gone. The next harvest begins at `until`.

    The items of a repository come page by page while they are read: whoever stops reading stops the listing.
    """

    items: Iterable[Item | Fault]
    is_whole: bool = False
    validators: Validators = UNKNOWN
    until: str = ""


def tidy(text: object, most: int = LONGEST_STATED) -> str:
    """Return what a list states as text that every file can hold: cut to `most` characters, no lone surrogates."""
    return str(text or "")[:most].encode("utf-8", "replace").decode().replace("\x00", "")


def read_feed(client: PoliteClient, address: str, known: Validators) -> Listing | None:
    """Return the entries of an RSS or Atom feed, None if it did not change. Raises NotFetched.

    A feed is a window on the newest entries: one that has left it is not gone.
    """
    import feedparser

    answer = client.get(address, known)
    if answer.content is None:
        return None
    try:
        content = _without_impossible_references(answer.content)
        feed = feedparser.parse(io.BytesIO(content), response_headers={"content-location": answer.address})
    except Exception as error:  # foreign code reads a foreign file
        raise NotFetched(Reason("feed-unreadable", detail=quote(error))) from error
    if not feed.get("version"):
        raise NotFetched(Reason("not-a-feed"))
    items = tuple(_entry_of(entry, answer.address) for entry in feed.get("entries", ())[: USUAL_LIMITS.entries])
    return Listing(items, validators=answer.validators)


def _without_impossible_references(content: bytes) -> bytes:
    """Replace references such as `&#xD800;` by U+FFFD: feedparser makes lone surrogates of them, then cannot go on."""

    def replace(match: re.Match[bytes]) -> bytes:
        digits = match[1]
        number = int(digits[1:], 16) if digits[:1] in b"xX" else int(digits)
        is_character = number < 0xD800 or 0xDFFF < number <= 0x10FFFF
        return match[0] if is_character else b"&#xFFFD;"

    return re.sub(rb"&#([xX][0-9a-fA-F]{1,12}|[0-9]{1,12});?", replace, content)


def _entry_of(entry: Any, base: str) -> Item | Fault:
    """Return an entry of a feed as a document, or what is wrong with it."""
    link = tidy(dict.get(entry, "link"))
    try:
        address = tidy(urljoin(base, link)) if link else ""
        parse_address(address)
        return Item(address, _stated_in(entry), _text_in(entry), changed=tidy(_own(entry, "updated")))
    except NotFetched as error:
        return Fault(
            link or f"entry {tidy(dict.get(entry, 'title'))!r}",
            error.reason if link else Reason("entry-without-link"),
        )
    except Exception as error:  # foreign code: the reader of feeds gives what it finds, of any type
        return Fault(link or "an entry", Reason("cannot-be-read", detail=quote(error)))


def _stated_in(entry: Any) -> dict[str, str]:
    day = _own(entry, "published_parsed") or _own(entry, "updated_parsed")
    stated = {
        "title": tidy(entry.get("title", "")),
        "author": tidy(entry.get("author", "")),
        "published": f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}" if day else "",
    }
    return {name: value for name, value in stated.items() if value.strip()}


def _own(entry: Any, name: str) -> Any:
    """Return the entry's own value: feedparser gives `published` for a missing `updated`, with a warning."""
    return dict.get(entry, name)


def _text_in(entry: Any) -> str:
    contents = [content.get("value", "") for content in entry.get("content", [])]
    return tidy(max([*map(str, contents), str(entry.get("summary", ""))], key=len), LONGEST_TEXT)


def read_sitemap(client: PoliteClient, address: str, limits: Limits = USUAL_LIMITS) -> Listing:
    """Return the addresses of a sitemap and of the sitemaps it lists (sitemaps.org). Raises NotFetched.

    It is whole unless a sitemap below it cannot be read or it holds more than the limits.
    """
    entries: dict[str, Item | Fault] = {}
    missing: list[Fault] = []
    for root in _sitemaps(client, address, limits, missing):
        for url in root.iterfind("{*}url"):
            if len(entries) >= limits.entries:
                missing.append(Fault(address, Reason("too-many-entries", most=limits.entries)))
                return Listing((*entries.values(), *missing))
            location = _location_in(url)
            try:
                parse_address(location)
            except NotFetched as error:
                entries.setdefault(location, Fault(location or "an entry", error.reason))
            else:
                entries.setdefault(location, Item(location, changed=tidy(url.findtext("{*}lastmod")).strip()))
    return Listing((*entries.values(), *missing), is_whole=not missing)


def _location_in(element: Any) -> str:
    return tidy((element.findtext("{*}loc") or "").strip())


def _sitemaps(client: PoliteClient, address: str, limits: Limits, missing: list[Fault]) -> Iterator[Any]:
    """Yield the root of the sitemap and of those below it; those of them that cannot be read become `missing`."""
    queue, seen = [(address, 1)], {address}
    size, end = 0, limits.clock() + limits.seconds
    while queue:
        location, depth = queue.pop(0)
        try:
            if size > limits.size or limits.clock() > end:
                raise NotFetched(Reason("sitemap-skipped"))
            content = client.get(location).content or b""
            root = _parse_sitemap(content)
        except NotFetched as error:
            if location == address:
                raise
            missing.append(Fault(location, error.reason))
            continue
        size += len(content)
        yield root
        for sitemap in root.iterfind("{*}sitemap"):
            below = _location_in(sitemap)
            if below in seen:
                continue
            if depth >= DEEPEST or len(seen) >= MOST_MAPS:
                missing.append(Fault(below, Reason("sitemaps-too-deep")))
                break
            seen.add(below)
            queue.append((below, depth + 1))


def _parse_sitemap(content: bytes) -> Any:
    """Return the root of a sitemap. Raises NotFetched."""
    try:
        root = etree.fromstring(_unpack(content), etree.XMLParser(resolve_entities=False, no_network=True))
        name = etree.QName(root).localname
    except (etree.XMLSyntaxError, OSError, EOFError, ValueError, zlib.error) as error:
        raise NotFetched(Reason("sitemap-unreadable", detail=str(error))) from error
    if name not in ("urlset", "sitemapindex"):
        raise NotFetched(Reason("not-a-sitemap"))
    return root


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
    """Sickle over our client, whose delays, limits and robots.txt hold for OAI-PMH too.

    A list ends where the limits do, and where it repeats itself.
    """

    def __init__(self, client: PoliteClient, address: str, limits: Limits) -> None:
        super().__init__(address, iterator=OAIResponseIterator)
        self._client, self._limits = client, limits
        self._size, self._spent_s = 0, 0.0
        self._requested: set[str] = set()

    def harvest(self, **arguments: Any) -> Any:
        from httpx import URL, Response
        from sickle.response import OAIResponse

        given = {name: value for name, value in arguments.items() if value}
        address = str(URL(self.endpoint).copy_merge_params(given))
        if address in self._requested:
            raise NotFetched(Reason("list-repeats"))
        if self._size > self._limits.size or self._spent_s > self._limits.seconds:
            raise NotFetched(Reason("list-too-large"))
        self._requested.add(address)
        began = self._limits.clock()
        content = self._client.get(address).content or b""
        self._spent_s += self._limits.clock() - began
        self._size += len(content)
        return OAIResponse(Response(200, content=content), params=arguments)


def read_repository(client: PoliteClient, address: str, set: str, since: str, limits: Limits = USUAL_LIMITS) -> Listing:
    """Return the records of an OAI-PMH 2.0 repository in Dublin Core, those that changed since. Raises NotFetched.

    So does reading its items, where a page of the list cannot be read.
    """
    repository = _PoliteSickle(client, address, limits)
    try:
        until = _response_date(repository)
    except (etree.XMLSyntaxError, AttributeError, ValueError) as error:
        raise NotFetched(Reason("not-oai", detail=quote(error))) from error
    return Listing(_records(repository, set, since, limits), until=until)


def _records(repository: _PoliteSickle, set: str, since: str, limits: Limits) -> Iterator[Item | Fault]:
    """Yield the records of a list, page by page. Raises NotFetched."""
    count = 0
    for page in _pages(repository, metadataPrefix="oai_dc", set=set, **{"from": since}):
        for record in page.iterfind(f".//{repository.oai_namespace}record"):
            count += 1
            if count > limits.entries:
                raise NotFetched(Reason("too-many-records", most=limits.entries))
            try:
                yield _item_of(Record(record))
            except Exception as error:  # foreign code reads a foreign record
                name = record.findtext(f".//{repository.oai_namespace}identifier")
                yield Fault(f"oai:{tidy(name) or count}", Reason("record-unreadable", detail=quote(error)))


def _pages(repository: _PoliteSickle, **arguments: str) -> Iterator[Any]:
    """Yield the roots of the pages of a list. Raises NotFetched."""
    try:
        for response in repository.ListRecords(**arguments):
            yield response.xml
    except NoRecordsMatch:
        return
    except (NotFetched, PasserelleError):
        raise
    except Exception as error:  # foreign code reads a foreign list, and raises classes a server may name
        raise NotFetched(Reason("not-oai", detail=quote(error))) from error


def _response_date(repository: _PoliteSickle) -> str:
    """Return the repository's own time in its own granularity: where the next harvest begins."""
    identity = repository.harvest(verb="Identify").xml
    name = repository.oai_namespace
    granularity = identity.findtext(f".//{name}granularity") or ""
    now = tidy(identity.findtext(f".//{name}responseDate"))
    if not now or len(now) > 40:
        raise NotFetched(Reason("not-oai", detail="no responseDate"))
    return now if "hh" in granularity else now[:10]


def _item_of(record: Record) -> Item:
    key = f"oai:{tidy(record.header.identifier)}"
    if record.deleted:
        return Item(key, is_deleted=True)
    values: dict[str, list[str]] = {name: list(filter(None, texts)) for name, texts in record.metadata.items()}
    links = [text for text in values.get("identifier", []) if text.startswith(("http://", "https://"))]
    stated = {
        "title": tidy(" ".join(values.get("title", [])[:1])),
        "author": tidy(" | ".join(values.get("creator", []))),
        "published": tidy(" ".join(values.get("date", [])[:1])[:10]),
        "language": tidy(" ".join(values.get("language", [])[:1])),
        "rights": tidy(" ".join(values.get("rights", [])[:1])),
        "record": key,
    }
    text = tidy("\n\n".join(values.get("description", [])), LONGEST_TEXT)
    stated = {name: value for name, value in stated.items() if value}
    return Item(tidy(links[0]) if links else key, stated, text, changed=tidy(record.header.datestamp))

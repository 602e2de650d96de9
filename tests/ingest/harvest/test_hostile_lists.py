"""Whatever a feed, a sitemap or an OAI-PMH list holds costs that entry, is reported, and ends in bounded time."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.harvest.fetching import UNKNOWN, NotFetched, PoliteClient, guarded_client
from ingest.harvest.listing import Fault, Item, Limits, Listing, read_feed, read_repository, read_sitemap
from ingest.harvest.mirror import Mirror
from ingest.harvest.plan import Harvest
from ingest.harvest.run import Outcome, run_plan, update
from ingest.sources.catalogue import take_inventory
from tests.ingest.harvest.site import HERE, PAGE, Harvester, Site, rss, sitemap

BAD_LINKS = (
    "http://exa..mple/x",
    f"http://{'h' * 70}.example/x",
    "http://exemple.org:abc/x",
    "http://①②⑦.⓪.⓪.①/x",
    "http://[::1/x",
    "http://%5B@exemple.invalid/x",
    "http:///x",
    "https://xn--/x",
    "http://exemple.org:99999/x",
    f"http://exemple.org/{'x' * 70_000}",
    "javascript:alert(1)",
    "file:///etc/passwd",
)


@pytest.mark.parametrize("link", BAD_LINKS)
def test_a_malformed_link_costs_its_entry_alone(tmp_path: Path, site: Site, base: str, link: str) -> None:
    bad = f"<item><title>mal</title><link>{link}</link></item>"
    site.pages = {"/feed": rss(base, "tram", more=bad), "/tram": ("text/html", PAGE.format("tram"))}
    site.pages["/autre"] = rss(base, "tram")
    plan = [Harvest(name, "feed", f"{base}/{path}", delay_s=0) for name, path in (("actu", "feed"), ("b", "autre"))]
    first, second = run_plan(plan, tmp_path, allowed=HERE)
    assert (first.fetched, second.fetched) == (1, 1)
    (failure,) = first.failures
    assert failure.path.startswith((link[:5], "entry 'mal'"))  # the reader of feeds changes some links
    assert "What was harvested before stays" not in failure.reason


def test_a_malformed_link_in_a_sitemap_costs_its_entry_alone(tmp_path: Path, site: Site, base: str) -> None:
    media_type, text = sitemap(base, "tram")
    more = "".join(f"<url><loc>{link}</loc></url>" for link in BAD_LINKS)
    site.pages = {"/map": (media_type, text.replace("</urlset>", f"{more}</urlset>"))}
    site.pages["/tram"] = ("text/html", PAGE.format("tram"))
    run = Harvester(tmp_path, Harvest("site", "sitemap", f"{base}/map", delay_s=0))
    outcome = run()
    assert (outcome.fetched, len(outcome.failures)) == (1, len(BAD_LINKS))
    site.pages["/map"] = (media_type, text.replace(f"<url><loc>{base}/tram</loc></url>", more))
    assert run().dropped == 1  # the list is whole all the same


def test_a_sitemap_below_that_cannot_be_read_costs_its_own_pages_alone_and_removes_nothing(
    tmp_path: Path, site: Site, base: str
) -> None:
    below = "".join(f"<sitemap><loc>{loc}</loc></sitemap>" for loc in (f"{base}/a", f"{base}/b", "http://[x"))
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    site.pages = {"/map": ("application/xml", f'<sitemapindex xmlns="{space}">{below}</sitemapindex>')}
    site.pages |= {"/a": sitemap(base, "tram"), "/b": sitemap(base, "pont")}
    site.pages |= {f"/{name}": ("text/html", PAGE.format(name)) for name in ("tram", "pont")}
    run = Harvester(tmp_path, Harvest("site", "sitemap", f"{base}/map", delay_s=0))
    assert run().fetched == 2
    site.pages["/b"] = ("text/html", "<p>panne")
    outcome = run()
    assert {failure.path for failure in outcome.failures} == {f"{base}/b", "http://[x"}
    assert set(run.rows) == {f"{base}/tram", f"{base}/pont"}


def oai(verb: str, inside: str) -> tuple[str, str]:
    head = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-01T00:00:00Z</responseDate>'
    return "text/xml", f"{head}<{verb}>{inside}</{verb}></OAI-PMH>"


def record(address: str, name: str = "x:1", title: str = "Note") -> str:
    return (
        f"<record><header><identifier>{name}</identifier><datestamp>2026-02-01</datestamp></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title><dc:identifier>{address}</dc:identifier></oai_dc:dc></metadata></record>"
    )


def test_a_record_that_is_none_costs_itself_alone(tmp_path: Path, site: Site, base: str) -> None:
    broken = "<record><header><identifier>x:2</identifier></header></record><record/>"
    bad = "".join(record(link, f"bad:{number}") for number, link in enumerate(BAD_LINKS[:9]))
    site.pages = {"/oai": oai("ListRecords", broken + bad + record(f"{base}/note"))}
    site.pages["/note"] = ("text/html", PAGE.format("note"))
    outcome = Harvester(tmp_path, Harvest("depot", "oai", f"{base}/oai", delay_s=0))()
    assert outcome.fetched == 1
    assert len(outcome.failures) == 2 + 9
    assert any(failure.path == "oai:x:2" for failure in outcome.failures)


def test_what_a_list_states_never_makes_a_catalogue_that_cannot_be_read(tmp_path: Path, site: Site, base: str) -> None:
    title = "t&#xD800;" + "long " * 60_000 + '"\n;,\t'
    more = f"<item><title>{title}</title><link>{base}/{'𠀀' * 60}</link></item>"
    site.pages = {"/feed": rss(base, more=more), "/" + "𠀀" * 60: ("text/html", PAGE.format("x"))}
    outcome = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", delay_s=0))()
    assert (outcome.failures, outcome.fetched) == ([], 1)
    assert len(take_inventory(tmp_path / "actu").candidates[0].stated["title"]) <= 2_000


@pytest.mark.parametrize("rules", ["Disallow: //[x", "Crawl-delay: ²", f"Crawl-delay: {'9' * 5000}"])
def test_a_robots_txt_that_cannot_be_read_costs_its_host_alone(
    tmp_path: Path, site: Site, base: str, rules: str
) -> None:
    site.pages = {"/robots.txt": ("text/plain", f"User-agent: *\n{rules}"), "/feed": rss(base, "tram")}
    outcome = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", delay_s=0))()
    assert "robots.txt cannot be read" in outcome.failures[0].reason


def test_no_robots_txt_makes_a_run_wait_for_days(tmp_path: Path, site: Site, base: str) -> None:
    site.pages = {"/robots.txt": ("text/plain", "User-agent: *\nCrawl-delay: 8640000"), "/feed": rss(base)}
    run = Harvester(tmp_path, Harvest("actu", "feed", f"{base}/feed", delay_s=0))
    assert "asks to wait more than 120 s" in run().failures[0].reason
    assert max(run.pauses, default=0) <= 120


def client_over(answer: Callable[[str], bytes]) -> PoliteClient:
    """Return a client whose answers are made from the address, and that never waits."""

    def respond(request: httpx.Request) -> httpx.Response:
        is_robots = request.url.path == "/robots.txt"
        return httpx.Response(404) if is_robots else httpx.Response(200, content=answer(str(request.url)))

    return PoliteClient(httpx.Client(transport=httpx.MockTransport(respond)), 0, lambda _: None)


class EndlessRepository:
    """An OAI-PMH repository whose list has always one page more."""

    def __init__(self, *, is_repeating: bool = False) -> None:
        self.pages = 0
        self.is_repeating = is_repeating

    def __call__(self, address: str) -> bytes:
        if "Identify" in address:
            return oai("Identify", "<granularity>YYYY-MM-DD</granularity>")[1].encode()
        self.pages += 1
        token = "same" if self.is_repeating else self.pages
        records = record(f"http://exemple.org/{self.pages}", f"x:{self.pages}")
        return oai("ListRecords", f"{records}<resumptionToken>{token}</resumptionToken>")[1].encode()


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(entries=50), "more than 50 records"),
        (Limits(size=10_000), "too large or took too long"),
        (Limits(seconds=20, clock=itertools.count().__next__), "too large or took too long"),
    ],
)
def test_an_endless_list_ends_at_the_limits(limits: Limits, reason: str) -> None:
    repository = EndlessRepository()
    listing = read_repository(client_over(repository), "http://exemple.org/oai", "", "", limits)
    with pytest.raises(NotFetched, match=reason):
        list(listing.items)
    assert 5 < repository.pages < 100


def test_a_list_that_repeats_itself_ends() -> None:
    repository = EndlessRepository(is_repeating=True)
    listing = read_repository(client_over(repository), "http://exemple.org/oai", "", "")
    with pytest.raises(NotFetched, match="begins again"):
        list(listing.items)
    assert repository.pages == 2


def test_most_bounds_the_listing_too_and_the_next_run_goes_on(tmp_path: Path, site: Site, base: str) -> None:
    def page(*numbers: int, token: str = "") -> tuple[str, str]:
        records = "".join(record(f"{base}/p{number}", f"x:{number}", f"Note {number}") for number in numbers)
        return oai("ListRecords", f"{records}<resumptionToken>{token}</resumptionToken>")

    site.pages = {f"/p{number}": ("text/html", PAGE.format(number)) for number in range(6)}
    site.by_query = {"": page(0, 1, token="b"), "b": page(2, 3, token="c"), "c": page(4, 5)}
    run = Harvester(tmp_path, Harvest("depot", "oai", f"{base}/oai", most=2, delay_s=0))
    assert [(run().fetched, len(run.rows)) for _ in range(3)] == [(2, 2), (2, 4), (2, 6)]
    assert site.tokens == ["", "b", "", "b", "c", "", "b", "c"]  # the first run asked for no third page
    assert run().line() == "depot: 0 fetched, 6 unchanged, 0 gone"


def test_a_page_that_is_dripped_is_given_up(base: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                try:
                    for byte in itertools.chain(b"HTTP/1.1 200 OK\r\nX: ", itertools.repeat(ord("x"))):
                        connection.send(bytes([byte]))
                        time.sleep(0.02)
                except OSError:
                    return

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with guarded_client(HERE, timeout_s=5, answer_s=0.5) as http, pytest.raises(NotFetched, match="Timeout"):
            PoliteClient(http, delay_s=0).get(f"http://127.0.0.1:{listening.getsockname()[1]}/x")
        assert time.monotonic() - began < 4


ATOM = (
    b'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Actualit\xc3\xa9s</title>'
    b'<entry><title type="html">Un &lt;b&gt;pont&lt;/b&gt;</title><link href="/pont"/><id>urn:x:1</id><author><name>A'
    b"</name></author><updated>2026-02-01T10:00:00+01:00</updated><published>2026-01-31T08:00:00Z</published>"
    b'<content type="html">&lt;p&gt;Le pont &amp;amp; le tram&lt;/p&gt;</content></entry></feed>'
)
MIXED = (
    rss("http://exemple.org", "tram", "pont")[1].encode(),
    ATOM,
    sitemap("http://exemple.org", "tram", "pont")[1].encode(),
    b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>http://exemple.org/a</loc>'
    b"</sitemap></sitemapindex>",
    oai("ListRecords", record("http://exemple.org/note") + record("http://[x", "x:2"))[1].encode(),
    oai("Identify", "<granularity>YYYY-MM-DDThh:mm:ssZ</granularity>")[1].encode(),
    oai("error", "")[1].encode().replace(b"<error>", b'<error code="badArgument">'),
)
PIECES = (
    *(link.encode()[:100] for link in BAD_LINKS),
    *(
        b"<",
        b">",
        b"&#xD800;",
        b"&#0;",
        b"]]>",
        b"<![CDATA[",
        b"\x00",
        b"\xff\xfe",
        b'<!DOCTYPE x [<!ENTITY a "b">]>&a;',
    ),
    *(b"<link>", b"<loc>", b"<metadata>", b"<dc:date>99999999999</dc:date>", b"<pubDate>Tue, 99 Foo 99999</pubDate>"),
    *(b'<error code="">', b'<error code="_x"/>', b'<header status="deleted"/>', b"\x1f\x8b", b"<resumptionToken>x"),
)


@st.composite
def damaged_lists(draw: st.DrawFn) -> bytes:
    """Return a real list with some accidents, or anything at all."""
    content = bytearray(draw(st.sampled_from(MIXED)))
    for _ in range(draw(st.integers(0, 6))):
        at, size = draw(st.integers(0, len(content))), draw(st.integers(0, 40))
        kind = draw(st.sampled_from(("cut", "insert", "replace", "remove", "repeat")))
        if kind == "cut":
            del content[at:]
        elif kind == "remove":
            del content[at : at + size]
        elif kind == "repeat":
            content[at:at] = content[at : at + size] * 5
        else:
            piece = draw(st.one_of(st.sampled_from(PIECES), st.binary(max_size=20)))
            content[at : at + (size if kind == "replace" else 0)] = piece
    return bytes(content)


def read_all(content: bytes) -> None:
    """Read the content as each kind of list: every item is well formed, and nothing but NotFetched is raised."""
    client = client_over(lambda _: content)
    readers: tuple[Callable[[], Listing | None], ...] = (
        lambda: read_feed(client, "http://exemple.org/list", UNKNOWN),
        lambda: read_sitemap(client, "http://exemple.org/list"),
        lambda: read_repository(client, "http://exemple.org/list", "", ""),
    )
    for read in readers:
        try:
            listing = read()
            entries = list(listing.items) if listing else []
        except NotFetched:
            continue
        for entry in entries:
            assert isinstance(entry, Item | Fault)
            "".join(entry.stated.values() if isinstance(entry, Item) else entry).encode()


def harvest_all(folder: Path, content: bytes) -> None:
    """Read the content as each kind of list in a whole run."""
    for kind in ("feed", "sitemap", "oai"):
        mirror = Mirror(folder / kind)
        client = client_over(lambda _: content)
        update(Harvest("x", kind, "http://exemple.org/list"), mirror, client, Outcome("x", mirror.folder))
        mirror.save()
        take_inventory(mirror.folder)


UNHURRIED: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=200, **UNHURRIED)
@given(damaged_lists())
def test_a_damaged_list_is_read_or_refused(content: bytes) -> None:
    read_all(content)


@settings(max_examples=60, **UNHURRIED)
@given(damaged_lists())
def test_a_run_over_damaged_lists_ends_and_leaves_a_folder_that_can_be_read(tmp_path: Path, content: bytes) -> None:
    harvest_all(tmp_path, content)


@pytest.mark.soak
@settings(max_examples=5_000, **UNHURRIED)
@given(damaged_lists())
def test_many_damaged_lists_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    read_all(content)
    harvest_all(tmp_path, content)

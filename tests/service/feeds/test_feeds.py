"""Feeds over a real server: a harvester's own client for OAI-PMH, Atom, the sitemap; public documents and no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from sickle import Sickle
from sickle.oaiexceptions import BadArgument, CannotDisseminateFormat, IdDoesNotExist, NoRecordsMatch
from starlette.testclient import TestClient

from index.documents import Audience, Document, Metadata, SectionText
from service.app import Parts, create_app
from service.feeds.atom import ATOM
from service.feeds.oai import OAI, Provider
from service.feeds.sitemap import SITEMAP, write_sitemap
from service.feeds.store import Ledger
from service.forum.pages import SCRIPT
from tests.databases import Locate
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryStore
from tests.service.resource_centre import resource_centre
from tests.service.serving import served

BEGAN = datetime(2026, 11, 1, 8, 0, tzinfo=UTC)
PUBLIC = ["notes/ambulance", "notes/teletravail", "notes/teletravail-2020", "projekte/rettungsdienst"]


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Parts:
    return make_parts(tmp_path_factory.mktemp("feeds"))


@pytest.fixture(scope="module")
def site(parts: Parts) -> Iterator[str]:
    """Serve the small index on loopback; yield its address."""
    with served(create_app(parts)) as address:
        yield address


@pytest.fixture
def sickle(site: str) -> Sickle:
    return Sickle(f"{site}/oai")


def identifiers(sickle: Sickle, **arguments: Any) -> list[str]:
    headers = sickle.ListIdentifiers(metadataPrefix="oai_dc", **arguments)
    return sorted(header.identifier.removeprefix("oai:testserver:") for header in headers)


def test_a_harvester_learns_who_we_are(sickle: Sickle) -> None:
    identity = sickle.Identify()
    assert (identity.protocolVersion, identity.deletedRecord) == ("2.0", "no")
    assert identity.granularity == "YYYY-MM-DDThh:mm:ssZ"
    assert [each.metadataPrefix for each in sickle.ListMetadataFormats()] == ["oai_dc"]
    sets = {each.setSpec for each in sickle.ListSets()}
    assert {"kind:legal-note", "language:de", "theme:health"} <= sets
    assert "kind:news" not in sets  # only staff have one


def test_a_harvester_gets_the_public_documents_and_no_other(sickle: Sickle) -> None:
    assert identifiers(sickle) == PUBLIC
    records = {each.header.identifier: each.metadata for each in sickle.ListRecords(metadataPrefix="oai_dc")}
    record = records["oai:testserver:notes/teletravail"]
    assert record["title"] == ["Télétravail et sécurité sociale"]
    assert (record["date"], record["type"], record["language"]) == (["2023-07-01"], ["legal note"], ["fr"])
    assert record["identifier"] == ["http://testserver/documents/notes/teletravail"]
    assert record["coverage"] == ["DE", "FR", "DE-FR"]
    assert records["oai:testserver:notes/teletravail-2020"]["relation"] == [
        "http://testserver/documents/notes/teletravail"
    ]
    again = sickle.GetRecord(metadataPrefix="oai_dc", identifier="oai:testserver:notes/ambulance")
    assert again.metadata["creator"] == ["A. Tester"]


def test_a_set_holds_the_records_of_the_sets_below_it(sickle: Sickle) -> None:
    assert identifiers(sickle, set="language:de") == ["projekte/rettungsdienst"]
    assert identifiers(sickle, set="theme") == ["notes/ambulance", "notes/teletravail", "projekte/rettungsdienst"]
    with pytest.raises(NoRecordsMatch):
        identifiers(sickle, set="them")


def test_a_wrong_request_is_answered_with_the_protocol_s_own_error_code(sickle: Sickle, site: str) -> None:
    for reserved in ("membres/ambulance", "equipe/text", "nothing"):
        with pytest.raises(IdDoesNotExist):
            sickle.GetRecord(metadataPrefix="oai_dc", identifier=f"oai:testserver:{reserved}")
    with pytest.raises(CannotDisseminateFormat):
        sickle.ListRecords(metadataPrefix="marc21")
    with pytest.raises(BadArgument):
        sickle.ListRecords(metadataPrefix="oai_dc", **{"from": "yesterday"})
    for query, code in [
        ("", "badVerb"),
        ("verb=Steal", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&x=1", "badArgument"),
        ("verb=GetRecord&identifier=a", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-02&until=2026-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-01-02&until=2027-01-01T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-13-02", "badArgument"),
        ("verb=ListRecords&metadataPrefix=%00", "badArgument"),
        ("verb=ListRecords&resumptionToken=nonsense", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=W10", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=%C3%A9", "badResumptionToken"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
    ]:
        answer = httpx.get(f"{site}/oai?{query}")
        (error,) = etree.fromstring(answer.content).iter(f"{{{OAI}}}error")
        assert (answer.status_code, error.get("code")) == (200, code), query


def test_a_harvester_may_ask_by_form(site: str) -> None:
    answer = httpx.post(f"{site}/oai", data={"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "x"})
    assert b"idDoesNotExist" in answer.content


@pytest.mark.parametrize("page", [1, 2, 3, 4])
def test_a_long_list_comes_in_pages_and_nothing_is_lost_or_twice(tmp_path: Path, page: int) -> None:
    records = Ledger(tmp_path / "l.sqlite", lambda: BEGAN).records(MemoryStore(resource_centre(), Path()))
    provider, arguments, listed = Provider(records, "http://testserver", page), [("metadataPrefix", "oai_dc")], []
    while arguments:
        answer = etree.fromstring(provider.answer([("verb", "ListIdentifiers"), *arguments]))
        listed += [element.text for element in answer.iter(f"{{{OAI}}}identifier")]
        tokens = list(answer.iter(f"{{{OAI}}}resumptionToken"))
        assert all(token.get("completeListSize") == "4" for token in tokens)
        arguments = [("resumptionToken", tokens[0].text)] if tokens and tokens[0].text else []
    assert [identifier.removeprefix("oai:testserver:") for identifier in listed] == PUBLIC
    assert len(list(answer.iter(f"{{{OAI}}}resumptionToken"))) == (page < 4)


def test_a_change_gives_a_new_datestamp_and_a_removal_takes_the_record(locate: Locate) -> None:
    now = [BEGAN]
    store = MemoryStore(resource_centre(), Path())
    ledger = Ledger(locate("ledger.sqlite"), lambda: now[0])
    assert {record.changed for record in ledger.records(store)} == {BEGAN}
    now[0] += timedelta(days=1)
    note = store.documents["notes/ambulance"]
    store.documents["notes/ambulance"] = replace(note, metadata=replace(note.metadata, title="Other"))
    member = store.documents["notes/teletravail"]
    reserved = replace(member.metadata, audience=Audience.MEMBER)
    store.documents["notes/teletravail"] = replace(member, metadata=reserved)
    store.generation += 1
    records = Ledger(locate("ledger.sqlite"), lambda: now[0]).records(store)  # after a restart
    assert [(record.card.id, record.changed.day, record.first_seen.day) for record in records] == [
        ("notes/teletravail-2020", 1, 1),
        ("projekte/rettungsdienst", 1, 1),
        ("notes/ambulance", 2, 1),
    ]
    provider = Provider(records, "http://testserver")

    def count_headers(**dates: str) -> int:
        arguments = [("verb", "ListIdentifiers"), ("metadataPrefix", "oai_dc"), *dates.items()]
        return len(list(etree.fromstring(provider.answer(arguments)).iter(f"{{{OAI}}}header")))

    assert count_headers(**{"from": "2026-11-02"}) == 1
    assert count_headers(until="2026-11-01") == 2
    assert count_headers(**{"from": "2026-11-01T08:00:00Z", "until": "2026-11-02T08:00:00Z"}) == 3
    assert count_headers(**{"from": "2026-11-01T08:00:01Z", "until": "2026-11-02T07:59:59Z"}) == 0


def test_no_harvester_misses_a_change_because_the_clock_went_backwards(locate: Locate) -> None:
    now = [BEGAN]
    store = MemoryStore(resource_centre(), Path())
    ledger = Ledger(locate("ledger.sqlite"), lambda: now[0])
    harvested = max(record.changed for record in ledger.records(store))
    now[0] -= timedelta(days=1)
    note = store.documents["notes/ambulance"]
    store.documents["notes/ambulance"] = replace(note, metadata=replace(note.metadata, title="Other"))
    store.generation += 1
    assert "notes/ambulance" in {record.card.id for record in ledger.records(store) if record.changed >= harvested}


@pytest.mark.parametrize("damage", ["cut", "flipped", "none of ours"])
def test_a_damaged_ledger_begins_anew(tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture) -> None:
    path, store = tmp_path / "l.sqlite", MemoryStore(resource_centre(), Path())
    expected = Ledger(path, lambda: BEGAN).records(store)
    content = path.read_bytes()
    flipped = content.replace(b"2026-11", b"2026-1q")  # one bit
    path.write_bytes({"cut": content[:5000], "flipped": flipped, "none of ours": b"another file" * 400}[damage])
    assert Ledger(path, lambda: BEGAN).records(store) == expected
    assert "begins anew" in caplog.text


def test_the_feed_names_public_documents_newest_first_and_is_not_sent_twice(site: str) -> None:
    answer = httpx.get(f"{site}/feed.atom")
    feed = etree.fromstring(answer.content)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert feed.tag == f"{{{ATOM}}}feed"
    addresses = [entry.findtext(f"{{{ATOM}}}id") for entry in feed.iter(f"{{{ATOM}}}entry")]
    assert addresses == [
        f"http://testserver/documents/{name}"
        for name in ("notes/teletravail", "projekte/rettungsdienst", "notes/teletravail-2020", "notes/ambulance")
    ]
    again = httpx.get(f"{site}/feed.atom", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_search_engines_learn_which_pages_there_are(site: str) -> None:
    robots = httpx.get(f"{site}/robots.txt").text
    assert "Sitemap: http://testserver/sitemap.xml" in robots
    assert "Disallow: /api/" in robots
    sitemap = etree.fromstring(httpx.get(f"{site}/sitemap.xml").content)
    addresses = [element.text for element in sitemap.iter(f"{{{SITEMAP}}}loc")]
    assert addresses == ["http://testserver/", *(f"http://testserver/documents/{name}" for name in PUBLIC)]


def test_a_sitemap_that_is_too_long_comes_in_parts(tmp_path: Path) -> None:
    records = Ledger(tmp_path / "l.sqlite").records(MemoryStore(resource_centre(), Path()))
    whole = etree.fromstring(write_sitemap(records, base="b", most=3))
    addresses = [element.text for element in whole.iter(f"{{{SITEMAP}}}loc")]
    assert addresses == ["b/sitemap.xml?part=1", "b/sitemap.xml?part=2"]
    parts = [etree.fromstring(write_sitemap(records, base="b", part=number, most=3)) for number in (1, 2)]
    assert [len(list(part.iter(f"{{{SITEMAP}}}loc"))) for part in parts] == [4, 1]


def test_what_xml_cannot_hold_does_not_break_a_feed(tmp_path: Path) -> None:
    odd = Document.from_sections(
        "a b/<é>&", [SectionText("", "x")], Metadata("\x0b<T>\ud800&\ufffe", audience=Audience.PUBLIC)
    )
    records = Ledger(tmp_path / "l.sqlite").records(MemoryStore({odd.id: odd}, Path()))
    prefix = ("metadataPrefix", "oai_dc")
    provider = Provider(records, "https://h")
    answer = etree.fromstring(provider.answer([("verb", "ListRecords"), prefix]))
    (identifier,) = answer.iter(f"{{{OAI}}}identifier")
    assert "<T>&" in [element.text for element in answer.iter()]
    assert b"<error" not in provider.answer([prefix, ("verb", "GetRecord"), ("identifier", identifier.text)])


def test_without_an_index_a_harvester_gets_a_503(tmp_path: Path) -> None:
    from service.library.open_index import OpenIndex
    from service.library.reload import ReloadingLibrary

    def missing() -> OpenIndex:
        raise AssertionError("not opened in this test")

    parts = make_parts(tmp_path)
    vars(parts)["library"] = ReloadingLibrary(missing)
    answer = TestClient(create_app(parts)).get("/oai?verb=Identify")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


def test_the_script_may_be_loaded_from_anywhere(site: str) -> None:
    answer = httpx.get(f"{site}/forum-suggest.js")
    assert answer.text == SCRIPT.read_text(encoding="utf-8")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"

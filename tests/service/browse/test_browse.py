"""Browsing without words: what one may see, counted for oneself, the newest first."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.clock import utc_today
from index.documents import Access, Audience, Document, Kind
from index.types import ListedDocument
from service.app import create_app
from service.browse.listing import Listing, Order, SeenDocuments, list_works
from service.library.filters import Filters
from service.library.open_index import OpenIndex
from service.wiring import key_store
from tests.service.cases import case
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.signing_in import sign_in

MEMBER = Access(Audience.MEMBER)


class DatedStore(MemoryStore):
    """A store whose documents came in on given days; today where none is given."""

    arrivals: dict[str, date]

    def list_documents(self, access: Access) -> list[ListedDocument]:
        return [
            item._replace(
                since=datetime.combine(self.arrivals.get(item.card.id, utc_today()), datetime.min.time(), UTC)
            )
            for item in super().list_documents(access)
        ]


def store_of(*documents: Document, **arrivals: date) -> DatedStore:
    store = DatedStore({document.id: document for document in documents}, Path())
    store.arrivals = arrivals
    return store


DOCUMENTS = (
    case("fiche", "DE-FR", themes=("health",), published=date(2020, 1, 1)),
    case("fiche-de", "DE-FR", themes=("health",), language="de", translation_of="fiche"),
    case("note", "BE-FR", kind=Kind.LEGAL_NOTE, themes=("transport",), published=date(2022, 1, 1)),
    case("reserve", "BE-FR", kind=Kind.LEGAL_NOTE, audience=Audience.MEMBER, published=date(2024, 1, 1)),
    case("groupe", "BE-FR", kind=Kind.STUDY, audience=Audience.MEMBER, groups=("gt",)),
    case("finie", "BE-FR", valid_to=date(2000, 1, 1)),
)
OLD = date(2020, 5, 1)


def browse(access: Access = MEMBER, order: Order = Order.ARRIVAL, since: date | None = None, **filters: Any) -> Listing:
    store = store_of(*DOCUMENTS, note=OLD)
    return list_works(store, store.list_documents(access), Filters(**filters), access, "fr", order, since)


def ids(listing: Listing) -> list[str]:
    return [work.document.id for work in listing.works]


def test_what_came_in_last_is_first_and_translations_are_one_work() -> None:
    listing = browse()
    assert ids(listing) == ["reserve", "fiche", "note"]
    assert [card.id for card in listing.works[1].variants] == ["fiche-de"]
    assert listing.works[2].arrived == OLD
    assert ids(browse(order=Order.PUBLISHED)) == ["reserve", "note", "fiche"]
    assert ids(browse(order=Order.TITLE)) == ["fiche", "note", "reserve"]


def test_the_version_in_the_reader_s_language_is_shown() -> None:
    store = store_of(*DOCUMENTS)
    listing = list_works(store, store.list_documents(MEMBER), Filters(), MEMBER, "de", Order.TITLE)
    assert "fiche-de" in ids(listing)
    assert "fiche" not in ids(listing)


def test_counts_are_one_s_own() -> None:
    for access, border, kinds in (
        (Access(), {"DE-FR": 1, "BE-FR": 1}, {"project sheet": 1, "legal note": 1}),
        (MEMBER, {"DE-FR": 1, "BE-FR": 2}, {"project sheet": 1, "legal note": 2}),
        (
            Access(Audience.MEMBER, frozenset({"gt"})),
            {"DE-FR": 1, "BE-FR": 3},
            {"project sheet": 1, "legal note": 2, "study": 1},
        ),
    ):
        counts = browse(access).counts
        assert counts["border"] == border
        assert counts["kind"] == kinds


def test_another_value_of_a_chosen_facet_can_be_added() -> None:
    listing = browse(borders=["BE-FR"])
    assert ids(listing) == ["reserve", "note"]
    assert listing.counts["border"] == {"DE-FR": 1, "BE-FR": 2}
    assert listing.counts["kind"] == {"legal note": 2}
    assert set(ids(browse(borders=["BE-FR"], superseded=True))) == {"reserve", "note", "finie"}


def test_closed_calls_are_folded_away_and_counted_for_whoever_may_see_them() -> None:
    ended = date(2020, 1, 1)
    store = store_of(
        case("ouvert", "BE-FR", kind=Kind.FUNDING_CALL, deadline=utc_today()),
        case("clos", "BE-FR", kind=Kind.FUNDING_CALL, deadline=ended),
        case("clos-de", "BE-FR", kind=Kind.FUNDING_CALL, deadline=ended, language="de", translation_of="clos"),
        case("salon", "BE-FR", kind=Kind.EVENT, starts=ended, audience=Audience.MEMBER),
    )

    def listing(access: Access, **filters: Any) -> Listing:
        return list_works(store, store.list_documents(access), Filters(**filters), access, "fr", Order.TITLE)

    assert ids(listing(MEMBER)) == ["ouvert"]
    assert listing(MEMBER).superseded == {Kind.FUNDING_CALL: 1, Kind.EVENT: 1}
    assert listing(Access()).superseded == {Kind.FUNDING_CALL: 1}
    assert listing(Access(), borders=["DE-FR"]).superseded == {}
    shown = listing(Access(), superseded=True)
    assert (set(ids(shown)), shown.superseded) == ({"ouvert", "clos"}, {})


def test_since_leaves_out_what_came_in_before() -> None:
    assert ids(browse(since=OLD + timedelta(days=1))) == ["reserve", "fiche"]
    assert ids(browse(since=OLD)) == ["reserve", "fiche", "note"]


def test_what_is_remembered_is_of_one_access_one_generation_and_without_what_was_withdrawn(tmp_path: Path) -> None:
    store, seen = (
        MemoryStore({document.id: document for document in DOCUMENTS}, tmp_path / "originals"),
        SeenDocuments(),
    )

    def names(access: Access, store: MemoryStore = store) -> set[str]:
        return {item.card.id for item in seen.of(store, access)}

    for _ in range(2):
        assert "reserve" in names(MEMBER)
        assert "reserve" not in names(Access())
    store.withdraw("note", "Anne", "")
    assert "note" not in names(MEMBER) | names(Access())
    assert names(MEMBER, MemoryStore({}, tmp_path / "other")) == set()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestClient, str]]:
    before = utc_today() - timedelta(days=10)
    store = store_of(*DOCUMENTS, **{"note": OLD, "fiche": before, "fiche-de": before})
    library = OpenLibrary(OpenIndex(MemoryEngine(store, WordEmbedder()), store))
    parts = replace(make_parts(tmp_path), library=library)
    with TestClient(create_app(parts), raise_server_exceptions=False) as client:
        yield client, key_store(parts.settings).add("Marie", Audience.MEMBER)


def test_the_api_lists_a_page_and_says_where_the_next_is(served: tuple[TestClient, str]) -> None:
    client, key = served
    first = client.get("/api/v1/documents", params={"k": 1}).json()
    assert (first["total"], first["next_page"], len(first["documents"])) == (2, 2, 1)
    second = client.get("/api/v1/documents", params={"k": 1, "page": 2}).json()
    assert second["next_page"] is None
    listed_ids = {entry["document"]["id"] for entry in [*first["documents"], *second["documents"]]}
    assert listed_ids == {"fiche", "note"}
    everything = client.get("/api/v1/documents", headers={"Authorization": f"Bearer {key}"}).json()
    assert everything["total"] == 3
    assert client.get("/api/v1/documents", params={"border": "nowhere"}).status_code == 422
    assert client.get("/api/v1/documents", params={"since": "yesterday"}).status_code == 422


def test_the_page_narrows_and_keeps_its_filters_for_a_search(served: tuple[TestClient, str]) -> None:
    client, _ = served
    page = client.get("/browse", params={"border": "BE-FR", "lang": "en"}).text
    assert "Belgium – France" in page
    assert "/documents/note" in page
    assert "/documents/fiche" not in page
    assert "reserve" not in page
    assert '<input type="hidden" name="border" value="BE-FR">' in page
    assert "/browse?border=BE-FR&amp;kind=legal+note" in page
    for wrong in ({"border": "x"}, {"sort": "x"}, {"since": "x"}, {"page": "0"}):
        assert client.get("/browse", params=wrong).status_code == 422
    assert "No document meets" in client.get("/browse", params={"border": "AT-IT", "lang": "en"}).text


def test_filters_without_words_lead_to_the_list(served: tuple[TestClient, str]) -> None:
    answer = served[0].get("/", params={"q": "", "border": "BE-FR"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/browse?border=BE-FR")


def test_home_offers_what_there_is_for_the_reader_and_the_feed(served: tuple[TestClient, str]) -> None:
    client, key = served
    home = client.get("/", params={"lang": "en"}).text
    assert '<link rel="alternate" type="application/atom+xml" href="/feed.atom"' in home
    assert 'class="feed" href="/feed.atom"' in home
    assert 'href="/browse?border=BE-FR">Belgium – France</a> <span class="count">1</span>' in home
    assert "1 document in the last thirty days" in home
    sign_in(client, key)
    home = client.get("/", params={"lang": "en"}).text
    assert 'href="/browse?border=BE-FR">Belgium – France</a> <span class="count">2</span>' in home
    assert "2 documents in the last thirty days" in home


def test_a_member_is_told_what_is_new_since_their_last_visit(served: tuple[TestClient, str]) -> None:
    client, key = served
    sign_in(client, key)
    yesterday = utc_today() - timedelta(days=1)
    client.cookies.delete("passerelle_visits")
    client.cookies.set("passerelle_visits", f".{yesterday}", domain="testserver.local")
    for _ in range(2):  # it stays new for the day
        assert "1 document since your last visit" in client.get("/", params={"lang": "en"}).text
    assert client.cookies["passerelle_visits"] == f"{yesterday}.{utc_today()}"


@pytest.mark.parametrize("value", ["", "nonsense", "9999-01-01.9999-01-01", "2026-13-45.x", "." * 50])
def test_a_visit_that_cannot_be_is_no_visit(served: tuple[TestClient, str], value: str) -> None:
    client, key = served
    sign_in(client, key)
    client.cookies.delete("passerelle_visits")
    client.cookies.set("passerelle_visits", value, domain="testserver.local")
    assert "in the last thirty days" in client.get("/", params={"lang": "en"}).text


def test_nobody_unknown_gets_a_visit_cookie(served: tuple[TestClient, str]) -> None:
    assert "passerelle_visits" not in served[0].get("/").cookies


def test_the_page_folds_closed_calls_away_with_a_link_that_shows_them(tmp_path: Path) -> None:
    calls = store_of(
        case("ouvert", "BE-FR", kind=Kind.FUNDING_CALL, deadline=utc_today() + timedelta(days=2)),
        case("clos", "BE-FR", kind=Kind.FUNDING_CALL, deadline=date(2020, 1, 1)),
    )
    library = OpenLibrary(OpenIndex(MemoryEngine(calls, WordEmbedder()), calls))
    client = TestClient(create_app(replace(make_parts(tmp_path), library=library)))
    page = client.get("/browse?kind=funding+call&lang=fr").text
    assert "(dans 2 jours)" in page
    assert "1 appel clos n’est pas montré." in page
    address = next(a for a in map(html.unescape, re.findall(r'href="([^"]+)"', page)) if "superseded=1" in a)
    assert "kind=funding+call" in address
    everything = client.get(f"{address}&lang=fr").text
    assert "Clos depuis le 1 janvier 2020" in everything
    assert "Les masquer" in everything
    assert client.get("/browse?superseded=maybe").status_code == 422
    document = client.get("/documents/clos?lang=fr").text
    assert "Cet appel est clos depuis le 1 janvier 2020." in document

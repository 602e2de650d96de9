"""The search page as it is sent: its address says everything, its counts are true."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, Passage, SectionText
from index.types import DocumentCard, RankedDocument, RankedPassage
from service.app import Parts, create_app
from service.library.open_index import OpenIndex
from service.search.page_query import PageQuery
from service.search.sorting import Sort, sort_documents
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.signing_in import sign_in


def titles(page: str) -> list[str]:
    return [html.unescape(title) for title in re.findall(r"<h2[^>]*><a href=\"/documents/[^>]+>([^<]+)</a></h2>", page)]


def links(page: str, beginning: str) -> list[str]:
    addresses = map(html.unescape, re.findall(r'href="([^"]+)"', page))
    return [address for address in addresses if address.startswith(beginning)]


def query_of(address: str) -> PageQuery:
    return PageQuery.from_address(QueryParams(urlsplit(address).query))


@pytest.fixture
def many(parts: Parts) -> TestClient:
    """Return a client of a service with 25 documents on trams, two of them for members, one a year."""
    documents = [
        Document.from_sections(
            f"trams/{number}",
            [SectionText("p. 1", f"Le tram numéro {number} passe la frontière.", "", "fr")],
            Metadata(
                f"Tram {number}",
                Kind.STUDY if number % 2 else Kind.NEWS,
                Audience.MEMBER if number > 22 else Audience.PUBLIC,
                "fr",
                published=date(2000 + number, 1, 1) if number else None,
            ),
        )
        for number in range(25)
    ]
    store = MemoryStore({document.id: document for document in documents}, parts.settings.index.data)
    library = OpenLibrary(OpenIndex(MemoryEngine(store, WordEmbedder()), store))
    return TestClient(create_app(replace(parts, library=library)), raise_server_exceptions=False)


def test_pages_hold_every_result_once_in_a_stable_order(many: TestClient) -> None:
    pages = [many.get(f"/?q=tram&page={page}").text for page in (1, 2, 3)]
    shown = [title for page in pages for title in titles(page)]
    assert [len(titles(page)) for page in pages] == [10, 10, 3]
    assert len(set(shown)) == 23
    assert "23 documents" in pages[0]
    assert titles(many.get("/?q=tram&page=2").text) == titles(pages[1])


def test_a_page_past_the_last_says_so(many: TestClient) -> None:
    shown = many.get("/?q=tram&page=9")
    assert shown.status_code == 200
    assert titles(shown.text) == []
    assert "Revenir à la première" in shown.text


def test_the_newest_or_the_oldest_come_first_in_those_orders(many: TestClient) -> None:
    assert titles(many.get("/?q=tram&sort=newest").text)[:2] == ["Tram 22", "Tram 21"]
    assert titles(many.get("/?q=tram&sort=oldest").text)[:2] == ["Tram 1", "Tram 2"]
    assert titles(many.get("/?q=tram&sort=newest&page=3").text)[-1] == "Tram 0"  # without a date


def test_counts_are_those_of_what_the_reader_may_see(many: TestClient) -> None:
    shown = re.sub(r"<[^>]+>|\s+", " ", many.get("/?q=tram").text)
    assert re.search(r"Actualité +12 ", shown)
    assert re.search(r"Étude +11 ", shown)


def test_another_value_of_a_facet_can_be_added_to_the_one_chosen(many: TestClient) -> None:
    shown = many.get("/?q=tram&kind=study").text
    assert "11 documents" in shown
    both = next(link for link in links(shown, "/?q=tram") if "kind=news" in link)
    assert "kind=study" in both
    assert "23 documents" in many.get(both).text


def test_a_filter_s_link_leads_back_to_the_first_page_and_keeps_the_order(many: TestClient) -> None:
    shown = many.get("/?q=tram&page=2&sort=newest").text
    narrowed = next(link for link in links(shown, "/?q=tram") if "kind=study" in link)
    assert parse_qs(urlsplit(narrowed).query) == {"q": ["tram"], "kind": ["study"], "sort": ["newest"]}


def test_fields_a_form_leaves_empty_are_taken_out_of_the_address(client: TestClient) -> None:
    answer = client.get("/?q=tram+&from=&to=&valid_on=&kind=study&lang=de", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/?q=tram&kind=study&lang=de")
    assert client.get("/?q=", follow_redirects=False).status_code == 200


def test_a_query_stays_as_it_was_typed(client: TestClient) -> None:
    assert 'value="télétravial  &#34;frontaliers&#34;"' in client.get('/?q=télétravial  "frontaliers"').text


def test_what_the_query_names_is_suggested_as_a_filter_where_it_leaves_something(client: TestClient) -> None:
    shown = client.get("/?q=ambulance Belgique tram").text
    assert "Ajouter le filtre" in shown
    suggested = shown[shown.index('id="offered"') :]
    assert "border=BE-FR" in links(suggested, "/?q=")[0]
    assert "Ajouter le filtre" not in client.get("/?q=ambulance Belgique&border=BE-FR").text
    assert "Ajouter le filtre" not in client.get("/?q=Rettungswagen Belgique&language=de").text


def test_ended_texts_are_shown_on_demand_and_say_so(client: TestClient) -> None:
    assert "règle de 2020" not in client.get("/?q=télétravail frontaliers").text
    shown = client.get("/?q=télétravail frontaliers&superseded=1").text
    assert "Plus en vigueur" in shown
    assert "30 juin 2022" in shown


def test_a_day_finds_what_was_in_force_on_it(client: TestClient) -> None:
    assert "règle de 2020" in client.get("/?q=télétravail frontaliers&valid_on=2021-01-01").text
    assert "règle de 2020" not in client.get("/?q=télétravail frontaliers&valid_on=2023-01-01").text


def test_a_long_question_is_searched_whole_and_repeated_in_part(client: TestClient) -> None:
    query = "ambulance " * 190
    shown = client.get("/", params={"q": query}).text
    assert f'value="{query.strip()}"' in shown
    assert shown.count("ambulance ") < 3 * 190
    heading = re.search(r"<h1>(.*?)</h1>", shown, re.S)
    assert heading is not None
    assert len(heading[1]) < 300


def test_a_public_page_of_results_may_be_kept_by_the_browser_and_a_member_s_may_not(
    client: TestClient, member_key: str
) -> None:
    assert client.get("/?q=ambulance").headers["cache-control"] == "private, no-cache"
    sign_in(client, member_key)
    assert client.get("/?q=ambulance").headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/?q=a&page=0", "page"),
        ("/?q=a&page=99999999999999999999", "page"),
        ("/?q=a&sort=best", "sort"),
        ("/?q=a&valid_on=soon", "valid_on"),
        ("/?q=a&from=2024&to=2020", "filters"),
    ],
)
def test_an_address_that_is_not_understood_names_what_is_wrong(client: TestClient, address: str, field: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 422
    assert f"<code>{field}" in answer.text or f".{field}</code>" in answer.text


FILTERS = st.fixed_dictionaries(
    {
        "kind": st.lists(st.sampled_from(["study", "news", "legal note"]), max_size=3),
        "theme": st.lists(st.sampled_from(["health", "energy"]), max_size=3),
        "border": st.lists(st.sampled_from(["BE-FR", "FR-BE", "DE-FR"]), max_size=3),
        "country": st.lists(st.sampled_from(["FR", "BE"]), max_size=2),
        "language": st.lists(st.sampled_from(["fr", "nl"]), max_size=2),
        "from": st.lists(st.integers(1800, 1900).map(str), max_size=1),
        "to": st.lists(st.integers(1900, 2200).map(str), max_size=1),
        "valid_on": st.lists(st.dates(date(1800, 1, 1), date(2200, 1, 1)).map(str), max_size=1),
        "superseded": st.lists(st.sampled_from(["1", "0"]), max_size=1),
        "sort": st.lists(st.sampled_from([sort.value for sort in Sort]), max_size=1),
    }
)


@given(
    FILTERS,
    st.text(min_size=1, max_size=40).filter(lambda text: text.strip() and "\x00" not in text),
    st.integers(1, 10),
)
def test_an_address_holds_the_whole_search_in_one_form(filters: dict[str, list[str]], query: str, page: int) -> None:
    pairs = [("q", query), *((name, value) for name, values in filters.items() for value in values)]
    parsed = PageQuery.from_address(QueryParams([*pairs, ("page", str(page))]))
    again = query_of(parsed.address(page=page))
    assert again == parsed
    assert again.address(page=page) == parsed.address(page=page)


@given(FILTERS, st.sampled_from([("kind", "study"), ("border", "BE-FR"), ("superseded", "1")]))
def test_turning_a_filter_on_and_off_leads_back(filters: dict[str, list[str]], toggled: tuple[str, str]) -> None:
    query = PageQuery.from_address(
        QueryParams([("q", "a"), *((name, value) for name, values in filters.items() for value in values)])
    )
    once = query_of(query.address(toggled=toggled))
    assert once.has(*toggled) != query.has(*toggled)
    twice = query_of(once.address(toggled=toggled))
    assert {name: set(values) for name, values in twice.params.items()} == {
        name: set(values) for name, values in query.params.items()
    }


@given(st.lists(st.one_of(st.none(), st.dates()), max_size=8), st.sampled_from(Sort))
def test_an_order_neither_loses_nor_adds_and_keeps_the_undated_last(days: list[date | None], sort: Sort) -> None:
    documents = [
        RankedDocument(
            DocumentCard(str(number), Metadata(str(number), Kind.NEWS, Audience.PUBLIC, "fr", published=day)),
            (RankedPassage(Passage(str(number), 0, 1, "a", "", "fr"), 1.0),),
            1.0,
        )
        for number, day in enumerate(days)
    ]
    ordered = [ranked.document.metadata.published for ranked in sort_documents(documents, sort)]
    assert sorted(map(str, ordered)) == sorted(map(str, days))
    if sort is Sort.RELEVANCE:
        assert ordered == days
    else:
        dated = [day for day in ordered if day]
        assert dated == sorted(dated, reverse=sort is Sort.NEWEST)
        assert ordered == [*dated, *[None] * (len(ordered) - len(dated))]

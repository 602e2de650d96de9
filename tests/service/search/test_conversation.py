"""A conversation on the search page: turns in its address, what was taken over as chips, the box for the next one."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.answering.follow_ups import LONGEST_TURN, MOST_TURNS, Carried, ResolvedQuestion
from service.app import Parts, create_app
from service.library.open_index import OpenIndex
from service.search.page_query import PageQuery
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.thesaurus import THESAURUS

FIRST = "Qui demande le certificat A1 en Belgique pour un salarié ?"


@pytest.fixture
def client(parts: Parts) -> TestClient:
    return TestClient(create_app(replace(parts, thesaurus=THESAURUS)), raise_server_exceptions=False)


def address(*fields: tuple[str, str]) -> str:
    return "/?" + urlencode([*fields, ("lang", "fr")])


def section(page: str, beginning: str) -> str:
    """Return the section or form of this class, its no-break blanks as usual ones."""
    match = re.search(rf"<(section|form) class=\"{beginning}\".*?</\1>", page, re.DOTALL)
    return _plain(match[0]) if match else ""


def _plain(page: str) -> str:
    return re.sub("[\u00a0\u202f]", " ", html.unescape(page))


def fields_of(form: str) -> list[tuple[str, str]]:
    return re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)


def links(markup: str) -> dict[str, list[tuple[str, str]]]:
    """Return the links of some markup by their texts, each with the fields of its address."""
    links = re.findall(r'<a[^>]*href="([^"]+)"[^>]*>(.*?)</a>', markup, re.DOTALL)
    return {re.sub(r"<[^>]+>", "", text).strip(): parse_qsl(urlsplit(target).query) for target, text in links}


def test_the_question_really_asked_is_shown_with_the_turns_before(client: TestClient) -> None:
    page = client.get(address(("q", "Et pour la Suisse ?"), ("after", FIRST))).text
    shown = section(page, "conversation")
    assert "Qui demande le certificat A1 pour un salarié ? Et pour la Suisse ?" in shown
    assert links(shown)[FIRST] == [("q", FIRST)]


def test_each_thing_taken_over_is_a_link_without_it(client: TestClient) -> None:
    page = client.get(address(("q", "Et qui le paie ?"), ("after", FIRST), ("kind", "legal note"))).text
    (chip,) = [fields for text, fields in links(section(page, "conversation")).items() if text.endswith("Belgique")]
    assert chip == [("q", "Et qui le paie ?"), ("after", FIRST), ("drop", "Belgique"), ("kind", "legal note")]
    without = client.get("/?" + urlencode([*chip, ("lang", "fr")])).text
    assert "<q>qui le paie ? (certificat A1, salarié)</q>" in section(without, "conversation")


def test_a_new_subject_shows_no_conversation(client: TestClient) -> None:
    page = client.get(address(("q", "Un taxi luxembourgeois peut-il charger à Thionville ?"), ("after", FIRST))).text
    assert not section(page, "conversation")
    assert ("after", FIRST) not in fields_of(section(page, "follow-up"))


def test_the_box_for_the_next_question_takes_the_turns_and_filters_along(client: TestClient) -> None:
    page = client.get(address(("q", "Et qui le paie ?"), ("after", FIRST), ("kind", "legal note"))).text
    expected = [("after", FIRST), ("after", "Et qui le paie ?"), ("kind", "legal note"), ("continued", "1")]
    assert fields_of(section(page, "follow-up")) == expected


def test_turns_are_bounded_in_number_and_length() -> None:
    turns = [("after", f"{FIRST} {number} {'x' * 2 * LONGEST_TURN}") for number in range(3 * MOST_TURNS)]
    query = PageQuery.from_address(QueryParams([("q", "Et qui le paie ?"), *turns]))
    assert [len(turn) for turn in query.conversation] == [LONGEST_TURN] * MOST_TURNS
    resolved = ResolvedQuestion("Qui le paie ? (A1)", "Et qui le paie ?", (Carried("words", "A1"),), query.conversation)
    following = query.resolved(resolved).next_turns
    assert len(following) == MOST_TURNS
    assert following[-1] == ("after", "Et qui le paie ?")


def test_another_place_drops_the_filters_by_the_one_before(client: TestClient) -> None:
    fields = [("q", "Et en Suisse ?"), ("after", FIRST), ("border", "BE-FR"), ("kind", "legal note")]
    answer = client.get("/?" + urlencode([*fields, ("continued", "1")]), follow_redirects=False)
    assert answer.status_code == 303
    kept = parse_qsl(urlsplit(answer.headers["location"]).query)
    assert kept == [("q", "Et en Suisse ?"), ("after", FIRST), ("kind", "legal note")]
    chosen = client.get("/?" + urlencode(fields), follow_redirects=False)  # a filter chosen since then stays
    assert chosen.status_code == 200


def test_facets_pages_and_orders_keep_the_conversation(client: TestClient) -> None:
    page = client.get(address(("q", "Et pour la Suisse ?"), ("after", FIRST))).text
    order = re.search(r'<nav class="order".*?</nav>', page, re.DOTALL)
    assert order
    assert all(("after", FIRST) in fields for fields in links(html.unescape(order[0])).values())


def test_a_count_leads_to_the_list_which_is_whole(client: TestClient) -> None:
    question = "Combien de notes juridiques ?"
    page = client.get(address(("q", question))).text
    referral = section(page, "answer")
    (target,) = links(referral).values()
    assert target == [("q", question), ("kind", "legal note")]
    count = re.search(r"<strong>(\d+) document", referral)
    listed = client.get("/?" + urlencode([*target, ("lang", "fr")])).text
    assert count
    assert re.search(rf"<h1>{count[1]} document", listed)
    assert not section(listed, "answer")


def test_an_order_is_not_answered_nor_handed_on(client: TestClient) -> None:
    page = client.get(address(("q", "Compare les règles du télétravail des frontaliers"))).text
    assert "Une comparaison" in section(page, "answer")
    assert "/compare?q=" in section(page, "answer")
    assert "obstacle-offer" not in page


def test_borders_are_one_click_away_where_the_answer_depends_on_one(parts: Parts) -> None:
    def note(border: str) -> Document:
        text = f"À la frontière {border}, le frontalier paie son impôt là où il habite."
        metadata = Metadata(border, Kind.LEGAL_NOTE, Audience.PUBLIC, "fr", tuple(border.split("-")), (border,))
        return Document.from_sections(border, [SectionText("p. 1", text)], metadata)

    store = MemoryStore({border: note(border) for border in ("BE-FR", "CH-FR")}, parts.settings.index.data)
    library = OpenLibrary(OpenIndex(MemoryEngine(store, WordEmbedder()), store))
    client = TestClient(create_app(replace(parts, library=library, thesaurus=THESAURUS)))
    question = "Où un frontalier paie-t-il son impôt ?"
    page = client.get(address(("q", question))).text
    offered = links(section(page, "chips offers"))
    assert sorted(fields[-1] for fields in offered.values()) == [("border", "BE-FR"), ("border", "CH-FR")]
    answer = client.post("/api/v1/ask", json={"question": question}).json()
    assert sorted(answer["borders_to_choose"]) == ["BE-FR", "CH-FR"]
    chosen = client.get(address(("q", question), ("border", "CH-FR"))).text
    assert not section(chosen, "chips offers")


def test_a_commuters_question_is_answered_by_countries_not_by_its_towns(parts: Parts) -> None:
    texts = {
        "tax": "Le résident de Belgique qui travaille en France est imposé en France.",
        "towns": "Tournai et Lille ont un projet où chacun habite et travaille, imposé à tous.",
    }

    def document(name: str) -> Document:
        metadata = Metadata(name, Kind.LEGAL_NOTE, Audience.PUBLIC, "fr", ("BE", "FR"), ("BE-FR",))
        return Document.from_sections(name, [SectionText("p. 1", texts[name])], metadata)

    store = MemoryStore({name: document(name) for name in texts}, parts.settings.index.data)
    library = OpenLibrary(OpenIndex(MemoryEngine(store, WordEmbedder()), store))
    client = TestClient(create_app(replace(parts, library=library, thesaurus=THESAURUS)))
    question = "J'habite Tournai et je travaille à Lille : où suis-je imposé ?"
    answer = client.post("/api/v1/ask", json={"question": question}).json()
    assert answer["commute"] == {"homes": ["BE"], "works": ["FR"]}
    assert [*answer["sentences"], *answer["nearest"]][0]["text"] == texts["tax"]
    page = client.get(address(("q", question))).text
    assert "Réponse cherchée par pays : domicile Belgique, travail France." in _plain(page)
    plain = client.post("/api/v1/ask", json={"question": "Que font Tournai et Lille ?"}).json()
    assert plain["commute"] is None

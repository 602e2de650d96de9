"""Prior solutions for a post being written: solved threads and documents with why, or nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, Passage, SectionText
from index.types import Filter, Hit
from service.app import Parts, create_app
from service.forum.suggestions import Post, Suggestions, Threshold, accepted_solution, strongest_passages, suggest
from service.library.open_index import OpenIndex
from service.wiring import key_store
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.resource_centre import resource_centre

WORDS = Threshold(shared_weight=0.5, share_across=0.1, floor=0.45, window=0.5)  # for the fake embedder's cosines
POST = Post(
    "Dissoudre notre groupement franco-suisse",
    "Il reste un emprunt. Comment dissoudre le groupement avec un emprunt en cours, côté France et côté Suisse ?",
)


def thread(name: str, *, solved: bool = True, audience: Audience = Audience.PUBLIC) -> Document:
    sections = [SectionText("Question", "Comment dissoudre un groupement franco-suisse avec un emprunt en cours ?")]
    if solved:
        solution = "Transférez d'abord l'emprunt au repreneur. Votez ensuite la dissolution. " + "Puis classez. " * 40
        sections.append(SectionText("Solution acceptée", solution, "Solution acceptée"))
    metadata = Metadata(
        f"Groupement à dissoudre ({name})", Kind.FORUM_THREAD, audience, "fr", ("CH", "FR"), ("CH-FR",), solved=solved
    )
    return Document.from_sections(name, sections, metadata)


def note(name: str, audience: Audience = Audience.PUBLIC) -> Document:
    text = "Pour dissoudre un groupement franco-suisse qui a un emprunt, tous ses membres votent à l'unanimité."
    metadata = Metadata("Dissoudre un groupement", Kind.LEGAL_NOTE, audience, "fr", ("CH", "FR"))
    return Document.from_sections(name, [SectionText("art. 15", text)], metadata)


def index_of(*documents: Document) -> OpenIndex:
    store = MemoryStore(resource_centre() | {document.id: document for document in documents}, Path())
    return OpenIndex(MemoryEngine(store, WordEmbedder()), store)


def shown(suggestions: Suggestions) -> list[str]:
    return [suggestion.document.id for suggestion in (*suggestions.threads, *suggestions.documents)]


def test_solved_threads_and_documents_are_told_apart_each_with_why() -> None:
    suggestions = suggest(POST, index_of(thread("fil"), note("note")), Filter(), WORDS)
    assert [suggestion.document.id for suggestion in suggestions.threads] == ["fil"]
    assert [suggestion.document.id for suggestion in suggestions.documents] == ["note"]
    why = suggestions.documents[0]
    assert {"dissoudre", "groupement", "emprunt"} <= set(why.words)
    assert why.countries == ("CH", "FR")
    assert why.passage.text.startswith("Pour dissoudre")


@pytest.mark.parametrize("kind", [Kind.PROBLEM_SHEET, Kind.FUNDING_CALL, Kind.EVENT, Kind.CONTACT])
def test_what_solves_nothing_is_no_prior_solution(kind: Kind) -> None:
    problem = replace(note("fiche"), metadata=replace(note("fiche").metadata, kind=kind))
    assert shown(suggest(POST, index_of(problem, note("note")), Filter(), WORDS)) == ["note"]


def test_a_solved_thread_shows_how_its_solution_begins() -> None:
    suggestions = suggest(POST, index_of(thread("fil")), Filter(), WORDS)
    solution = suggestions.threads[0].solution
    assert solution is not None
    assert solution.text.startswith("Transférez d'abord l'emprunt au repreneur.")
    assert solution.text.endswith("classez.")
    assert len(solution.text) <= 320
    assert thread("fil").text[solution.start : solution.end] == solution.text
    assert accepted_solution(thread("fil", solved=False)) is None


def test_a_thread_that_nobody_solved_is_no_prior_solution() -> None:
    assert suggest(POST, index_of(thread("fil", solved=False)), Filter(), WORDS) == Suggestions()


@pytest.mark.parametrize(
    "post",
    [
        Post("Qui a oublié une clé en salle B ?", "Elle est grise et dort à l'accueil."),
        Post("Bonjour"),
        Post("", ""),
        Post("Dissoudre"),
    ],
)
def test_nothing_is_shown_rather_than_something_weak(post: Post) -> None:
    assert suggest(post, index_of(thread("fil"), note("note")), Filter(), WORDS) == Suggestions()


@given(st.lists(st.sampled_from(list(Audience)), min_size=1, max_size=6), st.sampled_from(list(Audience)))
def test_a_caller_is_shown_what_an_index_of_their_documents_alone_would_give(
    audiences: list[Audience], caller: Audience
) -> None:
    documents = [
        (thread if number % 2 else note)(f"d{number}", audience=audience) for number, audience in enumerate(audiences)
    ]
    own = [document for document in documents if caller.may_see(document.metadata.audience)]
    whole = suggest(POST, index_of(*documents), Filter(caller), WORDS)
    alone = suggest(POST, index_of(*own), Filter(caller), WORDS)
    assert shown(whole) == shown(alone)


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(create_app(forum_parts(tmp_path)), raise_server_exceptions=False)


def forum_parts(folder: Path) -> Parts:
    """Return the parts of a service that knows a solved thread, a public note and one for members."""
    parts = make_parts(folder)
    index = index_of(thread("fil"), note("note"), note("reservee", Audience.MEMBER))
    return replace(parts, library=OpenLibrary(index), threshold=WORDS)


def ask(client: TestClient, headers: dict[str, str] | None = None, **changes: Any) -> Any:
    body = {"title": POST.title, "body": POST.body} | changes
    return client.post("/api/v1/suggestions", json=body, headers=headers or {})


def test_the_api_says_why_word_for_word(client: TestClient) -> None:
    answer = ask(client).json()
    (suggestion,) = answer["documents"]
    quote = suggestion["why"]["quote"]
    text = client.get(f"/api/v1/documents/note/text?start={quote['start']}&end={quote['end']}").text
    assert quote["text"] == text
    assert quote["url"] == "http://testserver/documents/note?start=0&end=101#passage".replace("101", str(quote["end"]))
    marked = {text[start:end].lower() for start, end in suggestion["why"]["highlights"]}
    assert {"dissoudre", "emprunt"} <= marked
    assert answer["threads"][0]["solution"]["label"] == "Solution acceptée"


def test_the_api_shows_members_more_and_an_empty_post_nothing(tmp_path: Path) -> None:
    parts = forum_parts(tmp_path)
    client = TestClient(create_app(parts))
    key = key_store(parts.settings).add("Marie", Audience.MEMBER)
    assert "reservee" not in ask(client).text
    assert "reservee" in ask(client, {"Authorization": f"Bearer {key}"}).text
    empty = ask(client, title="", body="").json()
    assert (empty["threads"], empty["documents"]) == ([], [])


@pytest.mark.parametrize(
    "changes",
    [{"title": None}, {"title": "x" * 501}, {"body": "x" * 32_001}, {"title": "\x00"}, {"language": "xx"}, {"k": 1}],
)
def test_a_request_of_another_form_is_told_which_field(client: TestClient, changes: dict[str, Any]) -> None:
    answer = ask(client, **changes)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == next(iter(changes))


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.floats(0.5, 1.0),
            st.lists(st.sampled_from(["emprunt", "tramway", "douane"]), max_size=3),
            st.sampled_from(["fr", "de"]),
        ),
        max_size=12,
    )
)
def test_passages_that_cannot_be_strong_enough_are_passed_over_and_no_others(
    drawn: list[tuple[str, float, list[str], str]],
) -> None:
    query_terms, threshold = {"emprunt": "emprunt", "tramway": "tramway"}, Threshold()
    passages = {
        row: Passage(name, row, row + 9, " ".join(words) or "rien", "", language)
        for row, (name, _, words, language) in enumerate(drawn)
    }
    hits = [Hit(row, score) for row, (_, score, _, _) in enumerate(drawn)]
    expected: dict[str, float] = {}
    for name, score, words, language in drawn:
        share = len(query_terms.keys() & {*words}) / len(query_terms) if language == "fr" else threshold.share_across
        strength = score + threshold.shared_weight * share
        if strength >= threshold.floor:
            expected[name] = max(expected.get(name, 0.0), strength)
    got = strongest_passages(hits, passages, query_terms, "fr", threshold)
    assert {passage.document_id: strength for passage, strength in got} == pytest.approx(expected)

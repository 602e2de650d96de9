"""Whether it helped: on each result and on the answer, on the page without a script and over the API."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from service.app import Parts
from service.journal.schemas import SEARCH_ID
from tests.service.journal.test_service import rows
from tests.service.signing_in import token_of

QUESTION = "Who pays for the transport of the patient?"


def form_of(page: str, document: str) -> dict[str, str]:
    """Return the hidden fields of the vote about a document, "" for the answer."""
    forms = re.findall(r'<form class="vote".*?</form>', page, re.S)
    votes = [{n: html.unescape(v) for n, v in re.findall(r'name="(\w+)" value="([^"]*)">', form)} for form in forms]
    return next(fields for fields in votes if fields["document"] == document)


def test_a_reader_votes_on_a_result_and_adds_a_word(client: TestClient, parts: Parts) -> None:
    form = form_of(client.get("/?q=ambulance").text, "notes/ambulance")
    thanks = client.post("/feedback", data=form | {"helped": "no"})
    assert 'role="status"' in thanks.text
    client.post("/feedback", data=form | {"helped": "no", "word": "C'est périmé."})
    kept = [(row["document_id"], row["helped"], row["word"]) for row in rows(parts.journal, "votes")]
    assert kept == [("notes/ambulance", 0, "C'est périmé.")]


def test_a_reader_votes_on_an_answer(client: TestClient, parts: Parts) -> None:
    form = form_of(client.get("/", params={"q": QUESTION}).text, "")
    client.post("/feedback", data=form | {"helped": "yes"})
    assert [(row["document_id"], row["helped"]) for row in rows(parts.journal, "votes")] == [("", 1)]


def test_coming_back_from_the_thanks_is_not_another_search(client: TestClient, parts: Parts) -> None:
    form = form_of(client.get("/?q=ambulance").text, "notes/ambulance")
    back = re.search(r'<p><a href="([^"]+)">', client.post("/feedback", data=form | {"helped": "yes"}).text)
    assert back is not None
    again = client.get(html.unescape(back[1]))
    assert form_of(again.text, "notes/ambulance")["search"] == form["search"]
    client.get("/?q=ambulance&page=2")
    assert len(rows(parts.journal)) == 1


@pytest.mark.parametrize("change", [{"token": "forged"}, {"search": "nothing like it"}, {"search": ""}])
def test_a_vote_that_does_not_come_from_the_page_is_refused(
    client: TestClient, parts: Parts, change: dict[str, str]
) -> None:
    form = form_of(client.get("/?q=ambulance").text, "notes/ambulance")
    assert client.post("/feedback", data=form | {"helped": "yes"} | change).status_code == 403
    assert rows(parts.journal, "votes") == []


def test_after_a_vote_one_stays_on_this_site(client: TestClient) -> None:
    form = form_of(client.get("/?q=ambulance").text, "notes/ambulance")
    answer = client.post("/feedback", data=form | {"helped": "yes", "back": "https://evil.example"})
    assert "evil.example" not in answer.text


def test_opening_a_result_is_noted_and_leaves_a_clean_address(client: TestClient, parts: Parts) -> None:
    page = client.get("/?q=ambulance").text
    link = re.search(r'<h2 lang="en"><a href="(/documents/notes/ambulance[^"]+)">', page)
    assert link is not None
    answer = client.get(html.unescape(link[1]), follow_redirects=False)
    assert answer.status_code == 303
    assert re.fullmatch(r"/documents/notes/ambulance\?start=\d+&end=\d+&q=ambulance", answer.headers["location"])
    assert [row["document_id"] for row in rows(parts.journal, "shown") if row["opened"]] == ["notes/ambulance"]
    assert client.get("/documents/notes/ambulance?from=%0d%0aX", follow_redirects=False).headers["location"] == (
        "/documents/notes/ambulance"
    )


def test_a_client_of_the_api_says_whether_it_helped(client: TestClient, parts: Parts) -> None:
    answer = client.post("/api/v1/ask", json={"question": QUESTION})
    vote = {"search": answer.headers[SEARCH_ID], "helped": False, "word": "trop court"}
    assert client.post("/api/v1/feedback", json=vote).json() == {"received": True}
    assert [(row["helped"], row["word"]) for row in rows(parts.journal, "votes")] == [(0, "trop court")]


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"search": "x", "helped": True}, "search"),
        ({"search": "a" * 12, "helped": "yes"}, "helped"),
        ({"search": "a" * 12, "helped": True, "word": "x" * 501}, "word"),
        ({"search": "a" * 12, "helped": True, "word": "\x00"}, "word"),
    ],
)
def test_what_is_wrong_with_a_vote_is_named(client: TestClient, payload: dict[str, object], field: str) -> None:
    answer = client.post("/api/v1/feedback", json=payload)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_what_is_kept_is_said_and_a_choice_from_elsewhere_refused(client: TestClient) -> None:
    assert "90 jours" in client.get("/journal").text
    answer = client.post("/journal", data={"choice": "yes", "token": "forged"})
    assert answer.status_code == 403
    assert "passerelle_journal" not in client.cookies
    assert token_of(answer.text)

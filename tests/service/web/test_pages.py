"""The pages as they are sent: language, marks, access, forms that cannot be forged, nothing that runs."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.app import Parts
from service.web.excerpts import cut_excerpt, split_at_marks
from service.web.rendering import safe_return
from service.wiring import key_store
from tests.service.resource_centre import resource_centre
from tests.service.signing_in import sign_in, token_of


def test_the_page_speaks_french_unless_english_was_chosen(client: TestClient) -> None:
    assert '<html lang="fr">' in client.get("/").text
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert '<html lang="en">' in client.get("/").text
    assert '<html lang="fr">' in client.get("/?lang=fr").text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("pl, nl;q=0.4, it;q=0.7", "it"),
        ("ES", "es"),
        ("en;q=0, fr;q=0.1", "fr"),
        ("pl", "fr"),
        ("*;q=x,,;", "fr"),
        ("nl;q=0.1, en;q=much", "nl"),
    ],
)
def test_the_page_speaks_what_the_browser_prefers_until_one_chooses(
    client: TestClient, accepted: str, language: str
) -> None:
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in answer.text
    assert "Accept-Language" in answer.headers["vary"]
    assert '<html lang="nl">' in client.get("/?lang=nl", headers={"Accept-Language": accepted}).text
    assert '<html lang="nl">' in client.get("/", headers={"Accept-Language": accepted}).text


def test_passages_in_another_language_say_so(client: TestClient) -> None:
    assert '<blockquote lang="de">' in client.get("/?q=Rettungswagen Leitstellen").text


def test_a_passage_is_marked_in_its_document(client: TestClient) -> None:
    text = resource_centre()["notes/ambulance"].text
    start = text.index("The patient")
    shown = client.get(f"/documents/notes/ambulance?start={start}&end={len(text)}").text
    assert f'<mark id="passage">{html.escape(text[start:], quote=True)}</mark>' in shown.replace("&#39;", "&#x27;")


def test_a_superseded_document_says_so_and_links_to_its_successor(client: TestClient) -> None:
    shown = client.get("/documents/notes/teletravail-2020").text
    assert "30 juin 2022" in shown
    assert 'href="/documents/notes/teletravail"' in shown


def test_what_is_asked_is_shown_as_text(client: TestClient) -> None:
    shown = client.get("/", params={"q": '<script>alert(1)</script>"'}).text
    own = [f'<script src="/static/{name}.js" defer>' for name in ("autocomplete", "copy")]
    assert re.findall("<script[^>]*>", shown) == own
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize("path", ["/", "/?q=ambulance", "/documents/notes/ambulance", "/signin", "/nothing"])
def test_nothing_on_a_page_runs_or_styles_inline(client: TestClient, path: str) -> None:
    answer = client.get(path)
    own = r'<script src="/static/(?:autocomplete|copy)\.js" defer></script>'
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", re.sub(own, "", answer.text))
    assert "script-src 'self';" in answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/documents/membres/ambulance", "/files/membres/ambulance", "/documents/nothing"])
def test_a_reserved_document_is_a_page_not_found(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text
    assert "Guide interne" not in answer.text


def test_what_is_not_understood_is_named_on_a_page(client: TestClient) -> None:
    for path, field in (("/?q=a&theme=love", "filters.themes"), ("/?q=a&from=x", "published_from")):
        answer = client.get(path)
        assert answer.status_code == 422
        assert answer.headers["content-type"].startswith("text/html")
        assert field in answer.text


def test_a_member_signs_in_reads_and_signs_out(client: TestClient, member_key: str) -> None:
    assert sign_in(client, member_key) == 303
    shown = client.get("/documents/membres/ambulance")
    assert shown.status_code == 200
    assert "Réservé aux membres" in shown.text
    client.post("/signout", data={"token": token_of(shown.text)})
    assert client.get("/documents/membres/ambulance").status_code == 404


def test_a_revoked_key_ends_its_sessions(client: TestClient, parts: Parts, member_key: str) -> None:
    sign_in(client, member_key)
    key_store(parts.settings).revoke("Marie")
    assert client.get("/documents/membres/ambulance").status_code == 404


def test_a_wrong_key_opens_nothing(client: TestClient) -> None:
    assert sign_in(client, "passerelle_wrong") == 401
    assert "passerelle_session" not in client.cookies


def test_a_form_from_elsewhere_is_refused(client: TestClient, member_key: str) -> None:
    other = token_of(client.get("/signin").text)
    client.cookies.clear()
    client.get("/signin")
    for token in ("", "nonsense", other):
        answer = client.post("/signin", data={"key": member_key, "token": token}, follow_redirects=False)
        assert answer.status_code == 403


def test_the_session_cookie_is_kept_from_scripts(client: TestClient, member_key: str) -> None:
    token = token_of(client.get("/signin").text)
    answer = client.post("/signin", data={"key": member_key, "token": token}, follow_redirects=False)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert member_key.lower() not in cookie


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "evil", "/a\nb", ""])
def test_after_signing_in_one_stays_on_this_site(path: str) -> None:
    assert safe_return(path) == "/"
    assert safe_return("/documents/a?start=1") == "/documents/a?start=1"


def test_an_original_file_cannot_run_in_the_reader_s_session(client: TestClient) -> None:
    answer = client.get("/files/notes/teletravail")
    assert answer.content.startswith(b"%PDF")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"].startswith("inline")


MARKS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=5)


@given(st.text(max_size=60), MARKS)
def test_pieces_joined_are_the_text_again(text: str, marks: list[tuple[int, int]]) -> None:
    cut = split_at_marks(text, marks)
    assert "".join(piece.text for piece in cut) == text
    assert all(piece.text for piece in cut)


@given(st.text(alphabet="abcdef ", min_size=600, max_size=900), MARKS)
def test_an_excerpt_is_a_slice_between_its_dots(text: str, marks: list[tuple[int, int]]) -> None:
    text_shown = "".join(piece.text for piece in cut_excerpt(text, [(a, b) for a, b in marks if a < b], 200))
    assert text_shown.removeprefix("… ").removesuffix(" …") in text

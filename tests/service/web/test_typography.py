from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.web.typography import typeset_french, typeset_page


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Qui paie ?", "Qui paie\u202f?"),
        ("vrai ! ou non ; si : « mot »", "vrai\u202f! ou non\u202f; si\u00a0: «\u00a0mot\u00a0»"),
        ("https://example.org/?q=a;b", "https://example.org/?q=a;b"),
        ("12:30, déjà\u00a0: «\u00a0mot\u00a0»", "12:30, déjà\u00a0: «\u00a0mot\u00a0»"),
        ("", ""),
    ],
)
def test_a_mark_stays_with_its_word_and_nothing_is_added(typed: str, shown: str) -> None:
    assert typeset_french(typed) == shown


@given(st.text("a ;:!?«»\u00a0\u202f\n"))
def test_only_blanks_change(text: str) -> None:
    shown = typeset_french(text)
    assert len(shown) == len(text)
    assert shown.replace("\u202f", " ").replace("\u00a0", " ") == text.replace("\u202f", " ").replace("\u00a0", " ")
    assert typeset_french(shown) == shown


def test_only_french_is_typeset_and_never_what_programs_read() -> None:
    page = (
        '<html lang="fr"><title>a ?</title><p title="b ?">c <mark>d</mark> ?<br>e <img alt="f ?"> :</p>'
        '<p lang="de">g ? <q lang="fr">h ?</q> i ?</p><textarea>j ?</textarea><code>k ?</code> l ?</html>'
    )
    shown = typeset_page(page)
    kept = ("a ?", "b ?", "f ?", "g ?", "i ?", "j ?", "k ?")
    assert all(part in shown for part in kept)
    assert all(part in shown for part in ("</mark>\u202f?", '"f ?">\u00a0:', "h\u202f?", "l\u202f?"))


def test_a_page_shows_french_so_and_the_api_as_it_stands(client: TestClient) -> None:
    page = client.get("/?q=Qui+demande+le+certificat+A1+%3F&lang=fr").text
    texts = re.sub(r"<(title|textarea)\b.*?</\1>|<[^>]*>", "\n", page, flags=re.S)
    assert not re.search("[^\\s] [;!?»]|« ", html.unescape(texts))
    assert 'value="Qui demande le certificat A1 ?"' in page
    found = client.post("/api/v1/ask", json={"question": "Qui demande le certificat A1 ?"}).text
    assert "\u202f" not in found

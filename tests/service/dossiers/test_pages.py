"""The pages of dossiers, without a script: adding, ordering, sharing, exporting, and what each reader is shown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.dossiers.model import LONGEST_QUOTE
from service.web.citations import Place, keep_path
from service.web.translating import INTERFACE_LANGUAGES
from service.wiring import key_store
from tests.service.dossiers.people import PUBLIC, RESERVED, Person
from tests.service.signing_in import sign_in, token_of


@contextmanager
def reading(client: TestClient, name: str, audience: Audience = Audience.MEMBER, **of: object) -> Iterator[Person]:
    """Have the client's pages be those of a new person while the body runs."""
    key = key_store(client.app.state.parts.settings).add(name, audience, **of)  # type: ignore[attr-defined, arg-type]
    client.cookies.clear()
    assert sign_in(client, key) == 303
    yield Person(client, {"Authorization": f"Bearer {key}"})
    client.cookies.clear()


def page(client: TestClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return plain(answer.text)


def plain(text: str) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", html.unescape(text))


def send(client: TestClient, path: str, **fields: str | list[str]) -> int:
    token = token_of(client.get("/journal").text)
    return client.post(path, data={"token": token, **fields}, follow_redirects=False).status_code


def keep_links(text: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'class="keep" href="([^"]+)"', text)]


@pytest.mark.parametrize(
    "path",
    ["/?q=ambulance transport", "/documents/notes/ambulance?start=0&end=30", "/experiences?q=ambulance&border=ES-FR"],
)
def test_what_can_be_cited_can_be_copied_and_kept_with_and_without_a_script(client: TestClient, path: str) -> None:
    shown = client.get(path).text
    assert keep_links(shown)
    sources = re.findall(r'data-copies="([^"]+)"', shown)
    assert sources
    assert len(set(sources)) == len(sources)
    for name in sources:
        (citation,) = re.findall(rf'<p class="citation" id="{name}">([^<]+)</p>', shown)
        assert re.search(r"« .+ ».+http://testserver/documents/.+ \(consulté le .+\)\.$", plain(citation))


@pytest.mark.parametrize("language", INTERFACE_LANGUAGES)
def test_a_citation_is_in_the_language_of_the_page(client: TestClient, language: str) -> None:
    shown = plain(client.get(f"/documents/notes/ambulance?start=0&end=30&lang={language}").text)
    read = {"fr": "consulté", "en": "accessed", "de": "abgerufen", "es": "consultado", "it": "consultato"}
    assert f"({read.get(language, 'geraadpleegd')} " in shown
    assert "A. Tester, " in shown


def test_a_reader_keeps_a_result_and_comes_back_to_it(client: TestClient) -> None:
    with reading(client, "Marie"):
        search = client.get("/?q=ambulance transport")
        link = next(link for link in keep_links(search.text) if "notes%2Fambulance" in link)
        choice = page(client, link)
        assert "An ambulance may cross" in choice
        fields: dict[str, str | list[str]] = {
            name: html.unescape(value)
            for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', client.get(link).text)
        }
        token = str(fields.pop("token"))
        data = fields | {"token": token, "dossier": "new", "title": "Secours"}
        answer = client.post("/dossiers/add", data=data, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/?q=ambulance")
        back = client.get(answer.headers["location"])
        opened = re.search(r'role="status">.*?href="(/dossiers/[\w-]+)"', back.text)
        assert opened is not None
        assert 'role="status">Ajouté' not in client.get("/").text, "it is said once"
        shown = page(client, opened[1])
        assert "<h1>Secours</h1>" in shown
        assert "An ambulance may cross" in shown
        assert "Secours" in page(client, link), "the next one can go into the same dossier"


def test_who_is_not_signed_in_is_told_to_and_comes_back_to_what_they_wanted_to_keep(client: TestClient) -> None:
    link = keep_links(client.get("/?q=ambulance transport").text)[0]
    for path in ("/dossiers", link):
        shown = client.get(path).text
        assert "connectez-vous" in shown
        signin = html.unescape(re.findall(r'class="button" href="(/signin[^"]+)"', shown)[0])
        assert dict(parse_qsl(urlsplit(signin).query))["next"].startswith(path[:20])
    answer = client.get("/dossiers/absent", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=%2Fdossiers%2Fabsent")


def test_a_whole_answer_is_kept_with_its_question(client: TestClient) -> None:
    with reading(client, "Marie") as marie:
        shown = client.get("/?q=Who pays for the transport of the patient?").text
        link = keep_links(shown)[-1] if "question=" in keep_links(shown)[-1] else ""
        link = link or next(link for link in keep_links(shown) if "question=" in link)
        query = parse_qsl(urlsplit(link).query)
        fields: dict[str, str | list[str]] = {"question": dict(query)["question"]}
        fields["quote"] = [value for name, value in query if name == "quote"]
        assert send(client, "/dossiers/add", dossier="new", title="Transport", back="/", **fields) == 303
        (item,) = marie.items(marie.get("/dossiers")["own"][0]["id"])
        assert (item["kind"], item["question"]) == ("answer", "Who pays for the transport of the patient?")
        assert item["quotes"]


def test_a_comparison_is_kept_as_a_table(client: TestClient) -> None:
    places = [Place("notes/ambulance", 75, 146), Place("membres/ambulance", 0, 40), Place("notes/ambulance", 0, 73)]
    link = keep_path(places, "/experiences", "Ambulances", ["Qui paie", "Qui décide"], [0, 1, 1])
    with reading(client, "Marie") as marie:
        shown = page(client, link)
        assert re.findall(r'<th scope="col">([^<]+)</th>', shown) == ["Document", "Qui paie", "Qui décide"]
        query = parse_qsl(urlsplit(link).query)
        fields: dict[str, str | list[str]] = {
            name: [value for key, value in query if key == name] for name in ("quote", "cell", "column", "question")
        }
        assert send(client, "/dossiers/add", dossier="new", title="Ambulances", back="/", **fields) == 303
        (item,) = marie.items(marie.get("/dossiers")["own"][0]["id"])
        assert (item["kind"], item["columns"]) == ("comparison", ["Qui paie", "Qui décide"])
        assert [quote["column"] for quote in item["quotes"]] == [0, 1, 1]
    assert client.get(link).status_code == 404, "not for somebody who may not see one of them"
    for wrong in ("", "?quote=x", "?quote=0:9::a&cell=0", "?quote=0:9::notes/ambulance&column=a&cell=1&question=q"):
        assert client.get(f"/dossiers/add{wrong}").status_code == 422, wrong


def test_everything_is_done_with_buttons(client: TestClient) -> None:
    with reading(client, "Marie", organisation="Ville", groups=["gt-sante"]) as marie:
        dossier = marie.begin("Un")
        first, second = marie.note(dossier, "première"), marie.add(dossier, PUBLIC)
        path = f"/dossiers/{dossier}"
        assert send(client, path, action="down", item=first) == 303
        assert [item["id"] for item in marie.items(dossier)] == [second, first]
        assert send(client, path, action="up", item=first) == 303
        assert send(client, path, action="note", text="dernière") == 303
        assert [item["id"] for item in marie.items(dossier)][:2] == [first, second]
        assert send(client, path, action="edit", item=first, seen="1", text="première, changée") == 303
        assert send(client, path, action="tick", item=[second]) == 303
        assert [item["ticked"] for item in marie.items(dossier)] == [False, True, False]
        assert send(client, path, action="remove", item=first, seen="1") == 412, "it was changed since"
        assert send(client, path, action="remove", item=second, seen="1") == 303
        assert [item["text"] for item in marie.items(dossier)] == ["première, changée", "dernière"]
        etag = marie.etag(dossier)
        assert send(client, path, action="rename", title="Deux", seen=etag) == 303
        assert send(client, path, action="rename", title="Trois", seen=etag) == 412
        for fields in ({"with": "organisation", "may_edit": "yes"}, {"with": "group", "group": "gt-sante"}):
            assert send(client, path, action="share", **fields) == 303
        shares = marie.get(path)["shares"]
        assert [(share["with"], share["may_edit"]) for share in shares] == [("group", False), ("organisation", True)]
        for share in shares:
            assert send(client, path, action="unshare", share=share["id"]) == 303
        assert marie.get(path)["shares"] == []
        assert send(client, path, action="delete") == 303
        assert client.get(path).status_code == 404


def test_a_text_one_typed_is_kept_when_somebody_was_faster(client: TestClient) -> None:
    with reading(client, "Marie") as marie:
        dossier = marie.begin()
        note = marie.note(dossier, "un")
        marie.ask("PATCH", f"/dossiers/{dossier}/items/{note}", {"text": "autrement"}, **{"If-Match": "*"})
        token = token_of(client.get("/journal").text)
        fields = {"token": token, "action": "edit", "item": note, "seen": "1", "text": "mes mots"}
        answer = client.post(f"/dossiers/{dossier}", data=fields)
        assert answer.status_code == 412
        assert "mes mots</textarea>" in answer.text
        assert "autrement" in answer.text
        assert 'role="alert">Quelqu’un a modifié' in answer.text


def test_no_form_of_another_page_is_taken_and_nobody_s_dossier_changed(client: TestClient) -> None:
    with reading(client, "Marie") as marie:
        dossier = marie.begin()
        note = marie.note(dossier, "privé")
        forms = ("/dossiers", "/dossiers/add", f"/dossiers/{dossier}", f"/dossiers/{dossier}/export")
        for path in forms:
            for token in ("", "wrong"):
                data = {"token": token, "action": "delete", "title": "t", "format": "docx"}
                assert client.post(path, data=data, follow_redirects=False).status_code == 403, path
    with reading(client, "Luc", Audience.STAFF):
        quote = "0:9::notes/ambulance"
        for action in ("rename", "delete", "note", "edit", "remove", "up", "tick", "share", "unshare"):
            fields = {"action": action, "item": note, "text": "x", "title": "x", "with": "link", "seen": "1"}
            assert send(client, f"/dossiers/{dossier}", **fields) == 404, action
        assert send(client, "/dossiers/add", dossier=dossier, quote=quote, back="/") == 404
        assert send(client, f"/dossiers/{dossier}/export", format="docx") == 404
        assert client.get(f"/dossiers/{dossier}").status_code == 404
    assert [item["text"] for item in marie.items(dossier)] == ["privé"]
    for path in ("/dossiers", "/dossiers/add", f"/dossiers/{dossier}"):
        assert send(client, path, action="delete", title="t", quote="0:9::notes/ambulance") == 401


def test_a_link_is_shown_once_and_opens_read_only_what_is_public(client: TestClient) -> None:
    with reading(client, "Marie") as marie:
        dossier = marie.begin("Pour le conseil")
        for item in (PUBLIC, RESERVED):
            marie.add(dossier, item)
        token = token_of(client.get("/journal").text)
        fields = {"token": token, "action": "share", "with": "link", "days": "30"}
        answer = client.post(f"/dossiers/{dossier}", data=fields)
        link = re.findall(r'id="link" readonly value="([^"]+)"', answer.text)[0]
        assert "/shared?t=" not in client.get(f"/dossiers/{dossier}").text
        assert "Guide interne" in page(client, link), "its owner sees what members see"
    answer = client.get(link)
    shown = plain(answer.text)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "no-store" in answer.headers["cache-control"]
    assert "An ambulance may cross" in shown
    assert "Guide interne" not in shown
    assert "Marie" not in shown
    assert not re.search(r'<form[^>]+method="post"', shown.partition("<main")[2])
    export = client.get("/shared/export", params={"t": link.partition("t=")[2], "format": "docx", "item": []})
    assert export.status_code == 200
    assert client.get("/shared?t=wrong").status_code == 404


def test_what_is_typed_is_shown_as_text(client: TestClient) -> None:
    attack = "<script>alert(1)</script>\"'"
    with reading(client, "Marie") as marie:
        dossier = marie.begin(attack)
        marie.note(dossier, attack)
        marie.add(dossier, {"kind": "answer", "question": attack, "quotes": [{**PUBLIC_QUOTE}]})
        comparison = {"kind": "comparison", "question": attack, "columns": [attack]}
        marie.add(dossier, comparison | {"cells": [{**PUBLIC_QUOTE, "column": 0}]})
        for path in (
            "/dossiers",
            f"/dossiers/{dossier}",
            f"/dossiers/add?quote=0:9::notes/ambulance&question={attack}",
        ):
            assert "<script>alert" not in client.get(path).text, path


def test_back_leads_nowhere_else(client: TestClient) -> None:
    with reading(client, "Marie"):
        token = token_of(client.get("/journal").text)
        for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
            fields = {"token": token, "dossier": "new", "title": "t", "quote": "0:9::notes/ambulance", "back": back}
            answer = client.post("/dossiers/add", data=fields, follow_redirects=False)
            assert answer.headers["location"] == "/"
            path = f"/dossiers/add?quote=0:9::notes/ambulance&back={back}"
            assert "evil.example" not in re.findall(r'<p><a href="([^"]*)">', client.get(path).text)[-1]


def test_a_section_that_is_too_long_is_cut_at_the_end_of_a_sentence(client: TestClient) -> None:
    store = client.app.state.parts.library.borrow().store  # type: ignore[attr-defined]
    document = store.documents["notes/ambulance"]
    text = "Une phrase qui compte. " * 400
    store.documents["notes/ambulance"] = replace(document, text=text)
    with reading(client, "Marie") as marie:
        assert send(client, "/dossiers/add", dossier="new", title="t", quote=f"0:{len(text)}::notes/ambulance") == 303
        (item,) = marie.items(marie.get("/dossiers")["own"][0]["id"])
        (quote,) = item["quotes"]
        assert LONGEST_QUOTE - 30 < len(quote["quote"]) <= LONGEST_QUOTE
        assert quote["quote"].endswith("compte.")


PUBLIC_QUOTE = {name: value for name, value in PUBLIC.items() if name != "kind"}

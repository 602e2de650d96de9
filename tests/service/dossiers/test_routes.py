"""Dossiers through the API: collecting, ordering, changing together, sharing, and what each is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.app import Parts, create_app
from service.dossiers.model import LONGEST_NOTE, LONGEST_QUOTE, MOST_DOSSIERS, MOST_ITEMS, MOST_SHARES
from service.dossiers.service import DossierService
from service.dossiers.store import dossiers_of
from service.settings import RateLimitSettings
from tests.databases import BOTH, raw_content
from tests.service.conftest import make_parts
from tests.service.dossiers.people import PUBLIC, RESERVED, nobody, person
from tests.service.signing_in import sign_in

ANSWER = {
    "kind": "answer",
    "question": "Qui paie le transport ?",
    "quotes": [
        {"document_id": "notes/ambulance", "start": 75, "end": 146},
        {"document_id": "membres/ambulance", "start": 0, "end": 40},
    ],
}
COMPARISON = {
    "kind": "comparison",
    "question": "Ambulances",
    "columns": ["Qui paie", "Qui décide"],
    "cells": [
        {"column": 0, "document_id": "notes/ambulance", "start": 75, "end": 146},
        {"column": 1, "document_id": "notes/ambulance", "start": 0, "end": 73},
        {"column": 1, "document_id": "membres/ambulance", "start": 0, "end": 40},
    ],
}


@BOTH
def test_a_member_collects_quotes_word_for_word_with_their_citations(client: TestClient) -> None:
    marie = person(client, "Marie")
    dossier = marie.begin("Secours")
    for item in (PUBLIC, RESERVED, ANSWER, COMPARISON, {"kind": "note", "text": "À voir\n\navec le maire"}):
        marie.add(dossier, item)
    got = marie.get(f"/dossiers/{dossier}")
    assert (got["title"], got["owner"], got["role"]) == ("Secours", "Marie", "owner")
    passage, reserved, answer, comparison, note = got["items"]
    assert passage["quotes"][0]["quote"] == "An ambulance may cross the border when the two dispatch centres agree. Th"
    assert passage["quotes"][0]["citation"] == "Cross-border ambulance, p. 3 (A. Tester, 2019)"
    assert passage["quotes"][0]["url"].endswith("/documents/notes/ambulance?start=0&end=73#passage")
    assert reserved["quotes"][0]["title"] == "Guide interne : ambulance"
    assert (answer["question"], len(answer["quotes"])) == ("Qui paie le transport ?", 2)
    assert answer["asked"]
    assert [quote["column"] for quote in comparison["quotes"]] == [0, 1, 1]
    assert note["text"] == "À voir\n\navec le maire"
    assert all(item["ticked"] and item["yours"] and item["unavailable"] == 0 for item in got["items"])
    assert [head["id"] for head in marie.get("/dossiers")["own"]] == [dossier]


@BOTH
def test_nobody_has_a_dossier_and_is_told_to_sign_in(client: TestClient) -> None:
    anybody = nobody(client)
    for method, path, body in (
        ("GET", "/dossiers", None),
        ("POST", "/dossiers", {"title": "a"}),
        ("GET", "/dossiers/x", None),
        ("POST", "/dossiers/x/items", {"kind": "note", "text": "a"}),
        ("DELETE", "/dossiers/x", None),
    ):
        answer = anybody.ask(method, path, body)
        assert answer.status_code == 401, path
        assert "sign in" in answer.json()["detail"]


@BOTH
def test_of_somebody_else_s_dossier_nothing_is_told(client: TestClient) -> None:
    marie, luc = person(client, "Marie"), person(client, "Luc", Audience.STAFF)
    dossier = marie.begin()
    item = marie.note(dossier, "privé")
    changes: tuple[tuple[str, str, Any], ...] = (
        ("GET", "", None),
        ("PATCH", "", {"title": "b"}),
        ("DELETE", "", None),
        ("POST", "/items", {"kind": "note", "text": "a"}),
        ("PATCH", f"/items/{item}", {"text": "b"}),
        ("DELETE", f"/items/{item}", None),
        ("PATCH", "/order", {"items": [item]}),
        ("POST", "/shares", {"with": "link"}),
        ("DELETE", "/shares/x", None),
        ("GET", "/export?format=docx", None),
    )
    for method, path, body in changes:
        there = luc.ask(method, f"/dossiers/{dossier}{path}", body, **{"If-Match": "*"})
        absent = luc.ask(method, f"/dossiers/absent{path}", body, **{"If-Match": "*"})
        assert (there.status_code, there.json()) == (absent.status_code, absent.json()) == (404, absent.json()), path
    assert luc.get("/dossiers") == {"own": [], "shared": []}
    assert [shown["text"] for shown in marie.items(dossier)] == ["privé"]


@BOTH
def test_what_a_colleague_may_not_see_is_not_there_for_them_not_even_as_a_count(client: TestClient) -> None:
    marie = person(client, "Marie", organisation="Ville")
    guest = person(client, "Jean", Audience.PUBLIC, organisation="Ville")
    dossier = marie.begin()
    for item in (RESERVED, PUBLIC, ANSWER, COMPARISON):
        marie.add(dossier, item)
    marie.share(dossier, "organisation")
    shown = guest.items(dossier)
    assert [item["kind"] for item in shown] == ["passage", "answer", "comparison"]
    assert [len(item["quotes"]) for item in shown] == [1, 1, 2]
    assert all(item["unavailable"] == 0 for item in shown)
    assert "interne" not in guest.ask("GET", f"/dossiers/{dossier}").text
    before = guest.etag(dossier)
    marie.add(dossier, RESERVED)
    assert guest.etag(dossier) == before, "something changed that they may not see"
    assert guest.get("/dossiers")["shared"][0]["owner"] == "Marie"


@pytest.mark.parametrize("may_edit", [False, True])
@BOTH
def test_a_dossier_is_shared_with_an_organisation_or_a_group_and_nobody_else(
    client: TestClient, may_edit: bool
) -> None:
    marie = person(client, "Marie", groups=["gt-sante"], organisation="Ville")
    colleague = person(client, "Paul", organisation="Ville")
    peer = person(client, "Inès", groups=["gt-sante"])
    others = [person(client, "Max", organisation="Région"), person(client, "Zoé", Audience.STAFF), person(client, "Ed")]
    dossier = marie.begin()
    marie.note(dossier, "une note")
    shares = [marie.share(dossier, "organisation", may_edit=may_edit)]
    shares += [marie.share(dossier, "group", group="gt-sante", may_edit=may_edit)]
    for reader in (colleague, peer):
        assert reader.get(f"/dossiers/{dossier}")["role"] == ("editor" if may_edit else "reader")
        assert reader.get(f"/dossiers/{dossier}")["shares"] == []
        added = reader.ask("POST", f"/dossiers/{dossier}/items", {"kind": "note", "text": "la mienne"})
        assert added.status_code == (201 if may_edit else 403)
        assert reader.ask("DELETE", f"/dossiers/{dossier}").status_code == 403
        assert reader.ask("POST", f"/dossiers/{dossier}/shares", {"with": "link"}).status_code == 403
    assert all(other.ask("GET", f"/dossiers/{dossier}").status_code == 404 for other in others)
    for share in shares:
        assert marie.ask("DELETE", f"/dossiers/{dossier}/shares/{share['id']}").status_code == 204
    assert [reader.ask("GET", f"/dossiers/{dossier}").status_code for reader in (colleague, peer)] == [404, 404]


@BOTH
def test_one_shares_only_with_an_organisation_and_groups_of_one_s_own(client: TestClient) -> None:
    marie, anne = person(client, "Marie"), person(client, "Anne", Audience.STAFF)
    for somebody in (marie, anne):
        dossier = somebody.begin()
        for body, field in (({"with": "organisation"}, "with"), ({"with": "group", "group": "gt-sante"}, "group")):
            answer = somebody.ask("POST", f"/dossiers/{dossier}/shares", body)
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
        assert (
            somebody.ask("POST", f"/dossiers/{dossier}/shares", {"with": "link", "may_edit": True}).status_code == 422
        )


@BOTH
def test_a_link_opens_what_is_public_to_whoever_holds_it_until_it_is_ended(client: TestClient, parts: Parts) -> None:
    marie = person(client, "Marie")
    dossier = marie.begin("Pour le conseil")
    for item in (PUBLIC, RESERVED):
        marie.add(dossier, item)
    share = marie.share(dossier, "link")
    path = share["url"].removeprefix("http://testserver")
    answer = nobody(client).ask("GET", path)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "no-store" in answer.headers["cache-control"]
    got = answer.json()
    assert [item["quotes"][0]["document_id"] for item in got["items"]] == ["notes/ambulance"]
    assert (got["owner"], got["id"], got["role"]) == ("", "", "reader")
    assert len(person(client, "Luc").get(path)["items"]) == 2, "a member sees what members may"
    assert marie.get(f"/dossiers/{dossier}")["shares"][0]["url"] is None
    token = path.partition("t=")[2]
    assert token.encode() not in raw_content(dossiers_of(parts.settings.index).location)
    marie.ask("DELETE", f"/dossiers/{dossier}/shares/{share['id']}").raise_for_status()
    gone = nobody(client).ask("GET", path)
    assert (gone.status_code, gone.json()) == (404, nobody(client).ask("GET", "/shared?t=wrong").json())


def test_a_link_ends_with_its_last_day(tmp_path: Path) -> None:
    app = create_app(make_parts(tmp_path))
    service = app.state.components.get(DossierService)
    now = [datetime(2026, 11, 29, 12, tzinfo=UTC)]
    app.state.components.add(DossierService, replace(service, store=replace(service.store, now=lambda: now[0])))
    client = TestClient(app)
    marie = person(client, "Marie")
    url = marie.share(marie.begin(), "link", days=2)["url"].removeprefix("http://testserver")
    now[0] += timedelta(days=2)
    assert nobody(client).ask("GET", url).status_code == 200
    now[0] += timedelta(days=1)
    assert nobody(client).ask("GET", url).status_code == 404


@BOTH
def test_the_log_and_the_audit_log_never_hold_a_link_s_secret(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    marie = person(client, "Marie")
    url = marie.share(marie.begin(), "link")["url"].removeprefix("http://testserver")
    token = url.partition("t=")[2]
    with caplog.at_level("INFO"):
        marie.get(url)
    audit = client.app.state.parts.audit.latest("dossier", 100)  # type: ignore[attr-defined]
    assert "dossier share" in {line["action"] for line in audit}
    assert token not in str(audit)
    assert not any(token in str(record.__dict__) for record in caplog.records if record.name.startswith("passerelle"))


@BOTH
def test_an_owner_whose_access_was_narrowed_is_told_no_title_and_no_word(client: TestClient) -> None:
    parts = client.app.state.parts  # type: ignore[attr-defined]
    marie, luc = person(client, "Marie", organisation="Ville"), person(client, "Luc", organisation="Ville")
    dossier = marie.begin()
    for item in (RESERVED, ANSWER):
        marie.add(dossier, item)
    marie.share(dossier, "organisation")
    assert len(luc.items(dossier)) == 2
    documents = parts.library.borrow().store.documents
    guide = documents["membres/ambulance"]
    documents["membres/ambulance"] = replace(guide, metadata=replace(guide.metadata, audience=Audience.STAFF))
    own = marie.items(dossier)
    assert [(len(item["quotes"]), item["unavailable"]) for item in own] == [(0, 1), (1, 1)]
    assert "interne" not in marie.ask("GET", f"/dossiers/{dossier}").text
    assert [(len(item["quotes"]), item["unavailable"]) for item in luc.items(dossier)] == [(1, 0)]


@BOTH
def test_the_database_holds_no_word_of_a_document(client: TestClient, parts: Parts) -> None:
    marie = person(client, "Marie")
    dossier = marie.begin()
    for item in (PUBLIC, RESERVED, ANSWER, COMPARISON):
        marie.add(dossier, item)
    location = dossiers_of(parts.settings.index).location
    assert not isinstance(location, Path) or location.stat().st_mode & 0o777 == 0o600
    content = raw_content(location)
    assert all(words not in content for words in (b"An ambulance may", b"Le guide interne", b"Guide interne"))


@BOTH
def test_two_editors_lose_nothing(client: TestClient) -> None:
    marie = person(client, "Marie", organisation="Ville")
    paul = person(client, "Paul", organisation="Ville")
    dossier = marie.begin()
    first, second = marie.note(dossier, "un"), marie.note(dossier, "deux")
    marie.share(dossier, "organisation", may_edit=True)
    path, seen = f"/dossiers/{dossier}", marie.etag(dossier)
    assert paul.ask("PATCH", f"{path}/items/{first}", {"text": "un, de Paul"}, **{"If-Match": '"1"'}).status_code == 204
    stale = marie.ask("PATCH", f"{path}/items/{first}", {"text": "un, de Marie"}, **{"If-Match": '"1"'})
    assert (stale.status_code, "Nothing" in stale.text or "Somebody changed" in stale.text) == (412, True)
    assert marie.ask("DELETE", f"{path}/items/{first}", **{"If-Match": '"1"'}).status_code == 412
    assert marie.ask("PATCH", f"{path}/items/{first}", {"text": "x"}).status_code == 428
    for change in ((path, {"title": "Nouveau"}), (f"{path}/order", {"items": [second, first]})):
        assert marie.ask("PATCH", *change, **{"If-Match": seen}).status_code == 412
        assert marie.ask("PATCH", *change).status_code == 428
    assert marie.ask("PATCH", f"{path}/items/{second}", {"text": "deux bis"}, **{"If-Match": '"1"'}).status_code == 204
    assert [item["text"] for item in marie.items(dossier)] == ["un, de Paul", "deux bis"]
    now = marie.etag(dossier)
    assert marie.ask("PATCH", f"{path}/order", {"items": [second, first]}, **{"If-Match": now}).status_code == 204
    assert [item["text"] for item in paul.items(dossier)] == ["deux bis", "un, de Paul"]


@BOTH
def test_who_orders_what_they_see_leaves_the_rest_in_its_place(client: TestClient) -> None:
    marie = person(client, "Marie", organisation="Ville")
    guest = person(client, "Jean", Audience.PUBLIC, organisation="Ville")
    dossier = marie.begin()
    for item in (PUBLIC, RESERVED, {"kind": "note", "text": "b"}, {"kind": "note", "text": "c"}):
        marie.add(dossier, item)
    marie.share(dossier, "organisation", may_edit=True)
    order = [item["id"] for item in guest.items(dossier)]
    path = f"/dossiers/{dossier}/order"
    assert guest.ask("PATCH", path, {"items": order[::-1]}, **{"If-Match": "*"}).status_code == 204
    kinds = [item["text"] or item["quotes"][0]["document_id"] for item in marie.items(dossier)]
    assert kinds == ["c", "membres/ambulance", "b", "notes/ambulance"]
    for wrong in (order[1:], [*order, order[0]], [*order[1:], "absent"]):
        answer = guest.ask("PATCH", path, {"items": wrong}, **{"If-Match": "*"})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "items")


@BOTH
def test_a_tick_and_a_note_change_alone_and_quotes_never(client: TestClient) -> None:
    marie = person(client, "Marie")
    dossier = marie.begin()
    note, passage = marie.note(dossier, "un"), marie.add(dossier, PUBLIC)
    path = f"/dossiers/{dossier}/items"
    assert marie.ask("PATCH", f"{path}/{passage}", {"ticked": False}).status_code == 204
    assert marie.ask("PATCH", f"{path}/{note}", {"text": " deux "}, **{"If-Match": "*"}).status_code == 204
    assert [(item["text"], item["ticked"]) for item in marie.items(dossier)] == [("deux", True), ("", False)]
    answer = marie.ask("PATCH", f"{path}/{passage}", {"text": "mes mots"}, **{"If-Match": "*"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "text")
    assert marie.ask("DELETE", f"{path}/{note}").status_code == 204
    assert marie.ask("DELETE", f"{path}/{note}").status_code == 404
    assert len(marie.items(dossier)) == 1


@pytest.mark.parametrize(
    ("item", "status", "field"),
    [
        (PUBLIC | {"document_id": "equipe/suivi"}, 404, ""),
        (PUBLIC | {"document_id": "absent"}, 404, ""),
        (PUBLIC | {"end": 10**6}, 422, "end"),
        (PUBLIC | {"start": 9, "end": 9}, 422, "end"),
        (PUBLIC | {"version": "v0123456789abcdef"}, 404, ""),
        ({"kind": "note", "text": " \x00 "}, 422, "note.text"),
        ({"kind": "note", "text": "x" * (LONGEST_NOTE + 1)}, 422, "note.text"),
        ({"kind": "answer", "question": "q", "quotes": []}, 422, "answer.quotes"),
        (COMPARISON | {"columns": ["une"]}, 422, "comparison"),
        ({"kind": "poem", "text": "x"}, 422, "body"),
    ],
)
@BOTH
def test_what_cannot_be_kept_is_refused_with_its_reason(
    client: TestClient, item: dict[str, Any], status: int, field: str
) -> None:
    marie = person(client, "Marie")
    dossier = marie.begin()
    answer = marie.ask("POST", f"/dossiers/{dossier}/items", item)
    assert answer.status_code == status, answer.text
    if field:
        assert answer.json()["errors"][0]["field"] == field
    assert marie.items(dossier) == []


@BOTH
def test_there_is_room_for_much_and_no_more_and_nobody_takes_another_s(client: TestClient) -> None:
    parts = client.app.state.parts  # type: ignore[attr-defined]
    marie, paul = (person(client, name, organisation="Ville") for name in ("Marie", "Paul"))
    store = client.app.state.components.get(DossierService).store  # type: ignore[attr-defined]
    dossier = marie.begin()
    marie.share(dossier, "organisation", may_edit=True)
    with store.open() as tables:
        owner = parts.authenticator.caller(marie.headers["Authorization"].removeprefix("Bearer "))
        for _ in range(MOST_DOSSIERS - 1):
            tables.add_dossier(owner, "t")
        content = tables.dossier(dossier)
        assert content.items == ()
    for _ in range(2):
        marie.note(dossier, "x")
    with store.open() as tables:
        item = tables.dossier(dossier).items[0]
        for _ in range(MOST_ITEMS - 2):
            tables.add_item(dossier, item.content, owner.subject)
    answer = marie.ask("POST", f"/dossiers/{dossier}/items", {"kind": "note", "text": "x"})
    assert (answer.status_code, str(MOST_ITEMS) in answer.json()["detail"]) == (409, True)
    assert marie.ask("POST", "/dossiers", {"title": "t"}).status_code == 409
    paul.note(dossier, "il reste de la place pour moi")
    for _ in range(MOST_SHARES - 1):
        marie.share(dossier, "link")
    assert marie.ask("POST", f"/dossiers/{dossier}/shares", {"with": "link"}).status_code == 409


@BOTH
def test_a_quote_is_not_longer_than_one_reads(client: TestClient) -> None:
    store = client.app.state.parts.library.borrow().store  # type: ignore[attr-defined]
    document = store.documents["notes/ambulance"]
    long = document.text * (LONGEST_QUOTE // len(document.text) + 1)
    store.documents["notes/ambulance"] = replace(document, text=long)
    marie = person(client, "Marie")
    answer = marie.ask("POST", f"/dossiers/{marie.begin()}/items", PUBLIC | {"end": LONGEST_QUOTE + 1})
    assert (answer.status_code, str(LONGEST_QUOTE) in answer.text) == (422, True)


def test_writing_has_a_limit_of_its_own(tmp_path: Path) -> None:
    parts = make_parts(tmp_path, rate=RateLimitSettings(per_caller=0, per_address=0, failures=0, writes=3))
    client = TestClient(create_app(parts))
    marie, paul = person(client, "Marie"), person(client, "Paul")
    statuses = [marie.ask("POST", "/dossiers", {"title": "t"}).status_code for _ in range(5)]
    assert statuses == [201, 201, 201, 429, 429]
    assert marie.ask("GET", "/dossiers").status_code == 200
    assert paul.ask("POST", "/dossiers", {"title": "t"}).status_code == 201


@BOTH
def test_a_quote_that_no_text_has_any_more_is_told_to_whoever_added_it_alone(client: TestClient) -> None:
    documents = client.app.state.parts.library.borrow().store.documents  # type: ignore[attr-defined]
    marie, paul = (person(client, name, organisation="Ville") for name in ("Marie", "Paul"))
    dossier = marie.begin()
    marie.add(dossier, PUBLIC)
    marie.share(dossier, "organisation", may_edit=True)
    documents["notes/ambulance"] = replace(documents["notes/ambulance"], text="Something else altogether. " * 9)
    assert [(item["quotes"], item["unavailable"]) for item in marie.items(dossier)] == [([], 1)]
    assert paul.items(dossier) == []
    assert sign_in(client, marie.headers["Authorization"].removeprefix("Bearer ")) == 303
    page = client.get(f"/dossiers/{dossier}").text
    assert "plus disponible" in page
    assert '<a href="/documents/notes/ambulance" lang="en">Cross-border ambulance</a>' in page  # which she may see

"""Staff declare, name, fill and close groups without a terminal; nobody else learns of a group they are not in."""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.app import Parts, create_app
from service.auth.callers import Caller
from service.auth.groups import Group
from service.auth.people import People
from service.auth.scopes import Scope
from service.dossiers.model import ShareKind
from service.dossiers.store import dossiers_of
from service.groups.naming import GroupUses
from service.groups.service import GroupService
from service.settings import OpenIdSettings
from service.wiring import key_store
from tests.service.conftest import make_parts
from tests.service.signing_in import sign_in, token_of

PATH = "/api/v1/staff/groups"
PAGE = "/staff/groups"
PROTOCOL = "/api/v1/documents/gt/protocole"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def put(parts: Parts, document_id: str, *groups: str, audience: Audience = Audience.MEMBER) -> None:
    """Put a document of groups into the resource centre."""
    text = [SectionText("p. 1", f"Le protocole {document_id} règle le transport des patients.", "", "fr")]
    metadata = Metadata(f"Protocole {document_id}", Kind.STUDY, audience, "fr", groups=groups)
    document = Document.from_sections(document_id, text, metadata, path=f"{document_id}.pdf", original="a" * 64)
    parts.library.borrow().store.documents[document_id] = document  # type: ignore[attr-defined]


def form(page: str, action: str, **fields: Any) -> dict[str, Any]:
    revision = re.search(r'name="revision" value="(\d+)"', page)
    return {"token": token_of(page), "action": action, "revision": revision[1] if revision else "", **fields}


def listed(client: TestClient, staff_key: str, group: str) -> dict[str, Any]:
    groups = client.get(PATH, headers=bearer(staff_key)).json()["groups"]
    return next(each for each in groups if each["id"] == group)


def test_a_group_is_there_by_whatever_names_it_and_is_counted(staff: TestClient, staff_key: str, parts: Parts) -> None:
    put(parts, "gt/protocole", "gt-sante")
    put(parts, "gt/interne", "gt-sante", audience=Audience.STAFF)
    put(parts, "gt/deux", "gt-sante", "gt-travail")
    key_store(parts.settings).add("Marie", Audience.MEMBER, groups=["gt-cle"])
    with dossiers_of(parts.settings.index).open() as tables:
        dossier = tables.add_dossier(Caller("Marie", Audience.MEMBER, "key:2"), "Un dossier")
        tables.add_share(dossier, ShareKind.GROUP, name="gt-dossier")
    answer = staff.get(PATH, headers=bearer(staff_key)).json()
    assert [group["id"] for group in answer["groups"]] == ["gt-cle", "gt-dossier", "gt-sante", "gt-travail"]
    sante = listed(staff, staff_key, "gt-sante")
    assert (sante["documents"], sante["hidden_if_closed"]) == ({"member": 2, "staff": 1}, 1)
    assert (sante["revision"], sante["names"], sante["closed"]) == (0, {}, None)
    assert listed(staff, staff_key, "gt-cle")["keys"] == [{"id": 2, "name": "Marie"}]
    assert listed(staff, staff_key, "gt-dossier")["dossiers"] == 1
    page = staff.get(PAGE).text
    for group in ("gt-cle", "gt-dossier", "gt-sante", "gt-travail"):
        assert f'href="/staff/groups/{group}"' in page
    assert "non déclaré" in page


def test_a_group_is_declared_before_its_first_document_and_named_wherever_it_is_chosen(
    staff: TestClient, staff_key: str, parts: Parts
) -> None:
    names = {"name-fr": "GT Eau", "name-de": "AG Wasser"}
    page = staff.get(PAGE).text
    made = staff.post(PAGE, data=form(page, "", id="gt-eau", description="Les eaux.", **names))
    assert "Le groupe est déclaré." in made.text
    put(parts, "notes/eau", "gt-eau")
    marie = key_store(parts.settings).add("Marie", Audience.MEMBER, groups=["gt-eau"])
    for path in ("/staff/upload", "/staff/keys", "/staff/newsletters", "/staff/corrections/notes/eau"):
        assert "GT Eau" in staff.get(path).text, path
        assert "AG Wasser" in staff.get(f"{path}?lang=de").text, path
        staff.get("/?lang=fr")
    assert "GT Eau" in staff.get("/documents/notes/eau").text
    assert sign_in(staff, marie) == 303
    assert "GT Eau" in staff.get("/documents/notes/eau").text
    own = staff.post("/api/v1/dossiers", json={"title": "Eau"}, headers=bearer(marie)).json()["id"]
    assert '<option value="gt-eau">GT Eau</option>' in staff.get(f"/dossiers/{own}").text
    shared = staff.post(
        f"/api/v1/dossiers/{own}/shares", json={"with": "group", "group": "gt-eau"}, headers=bearer(marie)
    )
    assert shared.status_code == 201
    assert "Les eaux." not in staff.get(f"/dossiers/{own}").text
    assert "GT Eau" in staff.get(f"/dossiers/{own}").text
    assert listed(staff, staff_key, "gt-eau")["documents"] == {"member": 1}


def test_a_group_that_is_chosen_in_a_form_is_stated_and_another_can_be_typed(
    staff: TestClient, staff_key: str, parts: Parts
) -> None:
    parts.groups.write(Group("gt-eau", {"fr": "GT Eau"}))
    page = staff.get("/staff/upload").text
    fields = {"token": token_of(page), "audience": "member", "groups": ["gt-eau", "gt-neuf, gt-autre"]}
    kept = staff.post("/staff/upload", data=fields, files={"files": ("a.txt", b"Bonjour")})
    assert kept.status_code == 200
    (upload,) = staff.get("/api/v1/staff/uploads", headers=bearer(staff_key)).json()["uploads"]
    assert upload["groups"] == ["gt-eau", "gt-neuf", "gt-autre"]
    assert "GT Eau, gt-neuf, gt-autre" in staff.get("/staff/upload").text
    wrong = staff.post("/staff/upload", data=fields | {"groups": ["gt-eau", "Non !"]}, files={"files": ("a.txt", b"x")})
    assert wrong.status_code == 422
    assert re.search(r'value="gt-eau" checked', wrong.text)
    assert 'value="Non !"' in html.unescape(wrong.text).replace("\u202f", " ")


def test_a_correction_keeps_a_document_s_groups_closed_ones_too(
    staff: TestClient, staff_key: str, parts: Parts
) -> None:
    put(parts, "gt/protocole", "gt-sante")
    parts.groups.write(Group("gt-sante", {"fr": "GT Santé"}, closed="2026-11-30T09:00:00+00:00"))
    page = staff.get("/staff/corrections/gt/protocole").text
    assert re.search(r'value="gt-sante" checked', page)
    assert "(fermé)" in page
    values = dict(re.findall(r'<input[^>]* name="([a-z_]+)"[^>]* value="([^"]*)"', page))
    fields = {name: html.unescape(value) for name, value in values.items() if name not in ("themes", "groups")}
    sent = fields | {
        "groups": ["gt-sante"],
        "audience": "member",
        "kind": "study",
        "language": "fr",
        "title": "Nouveau",
    }
    assert staff.post("/staff/corrections/gt/protocole", data=sent).status_code == 200
    corrected = staff.get("/api/v1/staff/corrections/gt/protocole", headers=bearer(staff_key)).json()
    assert corrected["corrected"] == ["title"]
    assert corrected["metadata"]["groups"] == ["gt-sante"]


def test_members_are_added_and_taken_out_in_the_group_s_own_room(staff: TestClient, parts: Parts) -> None:
    put(parts, "gt/protocole", "gt-sante")
    marie = key_store(parts.settings).add("Marie", Audience.MEMBER)
    assert staff.get(PROTOCOL, headers=bearer(marie)).status_code == 404
    page = staff.get(f"{PAGE}/gt-sante").text
    assert re.search(r'<option value="2">Marie</option>', page)
    assert "La clé est dans le groupe." in staff.post(f"{PAGE}/gt-sante", data=form(page, "join", key="2")).text
    assert staff.get(PROTOCOL, headers=bearer(marie)).status_code == 200
    page = staff.get(f"{PAGE}/gt-sante").text
    assert staff.post(f"{PAGE}/gt-sante", data=form(page, "leave", key="2")).status_code == 200
    assert staff.get(PROTOCOL, headers=bearer(marie)).status_code == 404
    history = staff.get(f"{PAGE}/gt-sante").text
    history = history[history.index('id="history"') :]
    assert re.search(r"<td>Anne</td><td>clé retirée</td><td>gt-sante<br><small>Marie", history)
    assert re.search(r"<td>Anne</td><td>clé ajoutée</td>", history)
    assert "Marie" in staff.get("/staff/keys").text  # its history says so too


def test_a_group_that_only_a_key_named_is_gone_with_it(staff: TestClient, parts: Parts) -> None:
    key_store(parts.settings).add("Marie", Audience.MEMBER, groups=["gt-sante"])
    page = staff.get(f"{PAGE}/gt-sante").text
    left = staff.post(f"{PAGE}/gt-sante", data=form(page, "leave", key="2"))
    assert (left.status_code, left.url.path) == (200, PAGE)
    assert "La clé n’est plus dans le groupe." in left.text
    assert staff.get(f"{PAGE}/gt-sante").status_code == 404


def test_membership_follows_the_rules_of_keys(client: TestClient, parts: Parts) -> None:
    put(parts, "gt/protocole", "gt-sante")
    store = key_store(parts.settings)
    limited = bearer(store.add("x", Audience.STAFF, scopes=[Scope.STAFF, Scope.KEYS, Scope.SEARCH]))
    store.add("Marie", Audience.MEMBER)  # is for more than the key that asks
    store.add("robot", Audience.MEMBER, scopes=[Scope.SEARCH])
    store.add("Paul", Audience.STAFF)
    assert client.put(f"{PATH}/gt-sante/keys/2", headers=limited).status_code == 403
    assert client.put(f"{PATH}/gt-sante/keys/3", headers=limited).status_code == 200
    assert client.put(f"{PATH}/gt-sante/keys/4", headers=limited).status_code == 422  # staff see every group
    assert client.put(f"{PATH}/gt-sante/keys/1", headers=limited).status_code == 403  # one's own
    assert client.put(f"{PATH}/gt-sante/keys/9", headers=limited).status_code == 404
    assert client.put(f"{PATH}/gt-nulle-part/keys/3", headers=limited).status_code == 404
    assert client.delete(f"{PATH}/gt-sante/keys/3", headers=limited).status_code == 204
    assert [key.groups for key in store.all()] == [frozenset()] * 4


def close(client: TestClient, group: str) -> str:
    page = client.get(f"{PAGE}/{group}").text
    return client.post(f"{PAGE}/{group}", data=form(page, "close", sure="yes")).text


def test_closing_ends_every_membership_at_once_and_says_before_what_is_left_out_of_sight(
    staff: TestClient, parts: Parts
) -> None:
    put(parts, "gt/protocole", "gt-sante")
    put(parts, "gt/deux", "gt-sante", "gt-travail")
    store = key_store(parts.settings)
    marie, luc = (store.add(name, Audience.MEMBER, groups=["gt-sante"]) for name in ("Marie", "Luc"))
    ines = store.add("Inès", Audience.MEMBER, groups=["gt-travail"])
    page = staff.get(f"{PAGE}/gt-sante").text
    assert "2 clés en sortent." in page
    assert "1 document n’est plus visible que de l’équipe." in page
    assert "Protocole gt/protocole" in page[page.index('id="end"') :]
    unsure = staff.post(f"{PAGE}/gt-sante", data=form(page, "close"))
    assert unsure.status_code == 422
    assert staff.get(PROTOCOL, headers=bearer(marie)).status_code == 200
    assert "Le groupe est fermé." in close(staff, "gt-sante")
    for key in (marie, luc, ines):
        assert staff.get(PROTOCOL, headers=bearer(key)).status_code == 404
    for key, status in ((marie, 404), (ines, 200)):
        assert staff.get("/api/v1/documents/gt/deux", headers=bearer(key)).status_code == status
    assert [sorted(key.groups) for key in store.all()] == [[], [], [], ["gt-travail"]]


def test_nothing_new_names_a_closed_group(staff: TestClient, staff_key: str, parts: Parts) -> None:
    parts.groups.write(Group("gt-clos", {"fr": "GT Clos"}, closed="2026-11-30T09:00:00+00:00"))
    key_store(parts.settings).add("Marie", Audience.MEMBER)
    own = bearer(staff_key)
    tries = [
        staff.post("/api/v1/staff/keys", json={"name": "y", "audience": "member", "groups": ["gt-clos"]}, headers=own),
        staff.patch("/api/v1/staff/keys/2", json={"groups": ["gt-clos"]}, headers=own),
        staff.put(f"{PATH}/gt-clos/keys/2", headers=own),
        staff.post(
            "/api/v1/staff/uploads",
            data={"audience": "member", "groups": "gt-clos"},
            files={"files": ("a.txt", b"x")},
            headers=own,
        ),
        staff.patch(
            "/api/v1/staff/corrections/notes/teletravail",
            json={"groups": ["gt-clos"]},
            headers=own | {"If-Match": "0"},
        ),
        staff.post(
            "/api/v1/staff/newsletters",
            json={"since": "2026-11-01", "until": "2026-11-30", "readers": "group:gt-clos"},
            headers=own,
        ),
    ]
    for answer in tries:
        assert answer.status_code == 422, answer.request.url
        assert answer.json()["errors"][0]["field"] == "groups"
    for path in ("/staff/upload", "/staff/keys", "/staff/newsletters", "/staff/corrections/notes/teletravail"):
        assert "GT Clos" not in staff.get(path).text
    page = staff.get("/staff/keys").text
    fields = {"token": token_of(page), "choice": "usual", "name": "z", "audience": "member", "groups": "gt-clos"}
    assert "rien de nouveau ne peut le nommer" in staff.post("/staff/keys", data=fields).text


def test_a_group_that_is_opened_again_has_none_of_the_keys_that_were_in_it(staff: TestClient, parts: Parts) -> None:
    put(parts, "gt/protocole", "gt-sante")
    store = key_store(parts.settings)
    marie = store.add("Marie", Audience.MEMBER, groups=["gt-sante"])
    close(staff, "gt-sante")
    store.change_groups(2, lambda groups: groups | {"gt-sante"})  # by an older program, or a copy of the file
    assert staff.get(PROTOCOL, headers=bearer(marie)).status_code == 404
    page = staff.get(f"{PAGE}/gt-sante").text
    opened = staff.post(f"{PAGE}/gt-sante", data=form(page, "reopen", sure="yes")).text
    assert "Le groupe est rouvert." in opened
    assert staff.get(PROTOCOL, headers=bearer(marie)).status_code == 404
    assert [key.groups for key in store.all()] == [frozenset()] * 2
    staff.post(f"{PAGE}/gt-sante", data=form(opened, "join", key="2"))
    assert staff.get(PROTOCOL, headers=bearer(marie)).status_code == 200


def test_of_two_who_change_a_group_at_once_the_second_is_told_and_undoes_nothing(
    staff: TestClient, staff_key: str, parts: Parts
) -> None:
    put(parts, "gt/protocole", "gt-sante")
    page = staff.get(f"{PAGE}/gt-sante").text
    first = form(page, "describe", **{"name-fr": "GT Santé"})
    assert staff.post(f"{PAGE}/gt-sante", data=first, follow_redirects=False).status_code == 303
    for late in (form(page, "describe", **{"name-fr": "Autre"}), form(page, "close", sure="yes")):
        answer = staff.post(f"{PAGE}/gt-sante", data=late)
        assert answer.status_code == 412
        assert "entre-temps" in answer.text
    assert (listed(staff, staff_key, "gt-sante")["names"], listed(staff, staff_key, "gt-sante")["closed"]) == (
        {"fr": "GT Santé"},
        None,
    )
    wrong = staff.post(f"{PAGE}/gt-sante", data=form(page, "describe", description="x" * 1001, **{"name-fr": "Autre"}))
    assert wrong.status_code == 422
    again = re.findall(r'value="describe"><input type="hidden" name="revision" value="([0-9]+)"', wrong.text)
    assert again == ["0"]  # what is sent again was still made to the state before
    own = bearer(staff_key)
    stale = staff.patch(f"{PATH}/gt-sante", json={"names": {"fr": "Autre"}}, headers=own | {"If-Match": "0"})
    assert stale.status_code == 412
    assert staff.post(PATH, json={"id": "gt-sante", "names": {"fr": "x"}}, headers=own).status_code == 409


def test_through_the_api_a_group_is_named_closed_and_opened(staff: TestClient, staff_key: str) -> None:
    own = bearer(staff_key)
    made = staff.post(PATH, json={"id": "gt-eau", "names": {"fr": "GT Eau"}, "description": "Les eaux."}, headers=own)
    assert (made.status_code, made.json()["revision"]) == (201, 1)
    changed = staff.patch(
        f"{PATH}/gt-eau", json={"names": {"de": "AG Wasser"}, "closed": True}, headers=own | {"If-Match": "1"}
    ).json()
    assert (changed["names"], changed["description"], changed["revision"]) == ({"de": "AG Wasser"}, "Les eaux.", 3)
    assert changed["closed"]
    assert staff.delete(f"{PATH}/gt-eau", headers=own | {"If-Match": "3"}).status_code == 409  # closed stays closed
    opened = staff.patch(f"{PATH}/gt-eau", json={"closed": False}, headers=own | {"If-Match": "3"}).json()
    assert (opened["closed"], opened["revision"]) == (None, 4)
    details = staff.get(f"{PATH}/gt-eau", headers=own).json()
    assert [change["action"] for change in details["changes"]] == ["reopen", "close", "describe", "declare"]
    assert staff.delete(f"{PATH}/gt-eau", headers=own | {"If-Match": "4"}).status_code == 204
    assert staff.get(f"{PATH}/gt-eau", headers=own).status_code == 404


def test_a_group_that_something_names_is_not_forgotten(staff: TestClient, staff_key: str, parts: Parts) -> None:
    put(parts, "gt/protocole", "gt-sante")
    parts.groups.write(Group("gt-sante", {"fr": "GT Santé"}))
    own = bearer(staff_key) | {"If-Match": "1"}
    assert staff.delete(f"{PATH}/gt-sante", headers=own).status_code == 409
    assert "Retirer la déclaration" not in staff.get(f"{PAGE}/gt-sante").text
    parts.groups.write(Group("gt-faute", {"fr": "Faute"}))
    page = staff.get(f"{PAGE}/gt-faute").text
    assert "La déclaration est retirée." in staff.post(f"{PAGE}/gt-faute", data=form(page, "remove")).text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"id": "GT Eau", "names": {"fr": "x"}}, "id"),
        ({"id": "gt-eau", "names": {}}, "names"),
        ({"id": "gt-eau", "names": {"fr": "x" * 101}}, "names"),
        ({"id": "gt-eau", "names": {"fr": "x"}, "description": "x" * 1001}, "description"),
    ],
)
def test_a_group_that_makes_no_sense_is_refused_and_named(
    staff: TestClient, staff_key: str, parts: Parts, body: dict[str, Any], field: str
) -> None:
    answer = staff.post(PATH, json=body, headers=bearer(staff_key))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)
    fields = {"id": body["id"], "description": body.get("description", ""), "name-fr": body["names"].get("fr", "")}
    page = staff.post(PAGE, data=form(staff.get(PAGE).text, "", **fields))
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert "groups.fault" not in page.text
    assert parts.groups.all() == {}


def test_what_the_issuer_s_claim_and_a_forum_s_settings_name_is_shown(staff: TestClient, app: FastAPI) -> None:
    service: GroupService = app.state.components.get(GroupService)
    assert "Aucun fournisseur d’identité" in staff_page(staff, app, "gt-sante")
    people = People(app.state.parts.settings.index.data / "people.sqlite", 3600)
    people.remember(Caller("Léa", Audience.MEMBER, "oidc:i:lea", groups=frozenset({"gt-claim"})))
    people.remember(Caller("Max", Audience.STAFF, "oidc:i:max", groups=frozenset({"gt-claim"})))
    uses: GroupUses = replace(service.uses, people=people, forum_audiences="5=public, sante=group:gt-forum+gt-claim")
    app.state.components.add(GroupService, replace(service, uses=uses, claim="groupes"))
    page = staff.get(f"{PAGE}/gt-claim").text
    assert "« groupes » contient gt-claim" in page.replace("\xa0", " ")
    assert "1 personne connectée récemment" in page
    assert "catégories sante" in staff.get(f"{PAGE}/gt-forum").text


def staff_page(staff: TestClient, app: FastAPI, group: str) -> str:
    put(app.state.parts, "gt/protocole", group)
    return staff.get(f"{PAGE}/{group}").text


@pytest.mark.parametrize(
    ("audience", "scopes", "status"),
    [
        (Audience.PUBLIC, None, 403),
        (Audience.MEMBER, None, 403),
        (Audience.MEMBER, tuple(Scope), 403),
        (Audience.STAFF, (Scope.STAFF, Scope.SEARCH), 403),
        (Audience.STAFF, (Scope.STAFF, Scope.KEYS, Scope.SEARCH), 200),
    ],
)
def test_only_staff_who_manage_keys_see_or_change_groups(
    client: TestClient, parts: Parts, audience: Audience, scopes: tuple[Scope, ...] | None, status: int
) -> None:
    put(parts, "gt/protocole", "gt-sante")
    token = key_store(parts.settings).add("x", audience, scopes=scopes)
    body, match = {"names": {"fr": "y"}}, {"If-Match": "0"}
    requests = [
        ("GET", PATH, None),
        ("GET", f"{PATH}/gt-sante", None),
        ("POST", PATH, {"id": "gt-y"} | body),
        ("PATCH", f"{PATH}/gt-sante", body),
        ("DELETE", f"{PATH}/gt-sante", None),
        ("PUT", f"{PATH}/gt-sante/keys/1", None),
        ("DELETE", f"{PATH}/gt-sante/keys/1", None),
    ]
    if status == 403:
        for method, path, payload in requests:
            refused = client.request(method, path, json=payload, headers=bearer(token) | match)
            absent = client.request(method, path.replace("sante", "rien"), json=payload, headers=bearer(token) | match)
            assert (refused.status_code, refused.json()) == (403, absent.json()), path
            assert client.request(method, path, json=payload, headers=match).status_code == 401
        assert parts.groups.all() == {}
    assert client.get(PATH, headers=bearer(token)).status_code == status
    assert sign_in(client, token) == 303
    assert client.get(PAGE).status_code == (200 if status == 200 else 404)
    if status == 403:
        own = token_of(client.get("/signin").text)
        for path in (PAGE, f"{PAGE}/gt-sante"):
            fields = {"token": own, "action": "close", "sure": "yes", "revision": "0", "id": "gt-y", "name-fr": "y"}
            assert client.post(path, data=fields).status_code == 404
        assert parts.groups.all() == {}


def test_forms_of_another_page_change_nothing(staff: TestClient, parts: Parts) -> None:
    put(parts, "gt/protocole", "gt-sante")
    fields = {"token": "forged", "action": "close", "sure": "yes", "revision": "0", "id": "gt-y", "name-fr": "y"}
    for path in (PAGE, f"{PAGE}/gt-sante"):
        assert staff.post(path, data=fields).status_code == 403
    assert parts.groups.all() == {}


examples = itertools.count()
some = st.frozensets(st.sampled_from(range(3)))


@given(own=some, closed=some, declared=some, shared=some)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_member_never_learns_of_a_group_they_are_not_in(
    client: TestClient,
    parts: Parts,
    own: frozenset[int],
    closed: frozenset[int],
    declared: frozenset[int],
    shared: frozenset[int],
) -> None:
    drawn = next(examples)
    groups = [f"zq{drawn}-{number}-zq" for number in range(3)]  # told apart from those of the examples before
    at = datetime(2026, 11, 30, tzinfo=UTC).isoformat()
    for number, group in enumerate(groups):
        put(parts, f"d/{number}", group)
        if number in declared | closed:
            names, closed_at = {"fr": f"Nom {group.upper()}"}, at if number in closed else ""
            parts.groups.write(Group(group, names, f"Dit {group}", closed_at))
    put(parts, "d/tous", *groups)
    with dossiers_of(parts.settings.index).open() as tables:
        other = tables.add_dossier(Caller("Luc", Audience.MEMBER, f"key:9{drawn}"), "Un dossier de Luc")
        for number in shared:
            tables.add_share(other, ShareKind.GROUP, name=groups[number])
    marie = key_store(parts.settings).add(f"Marie {drawn}", Audience.MEMBER, groups=[groups[each] for each in own])
    client.cookies.clear()
    assert sign_in(client, marie) == 303
    mine = client.post("/api/v1/dossiers", json={"title": "x"}, headers=bearer(marie)).json()["id"]
    pages = ["/", "/?q=protocole", "/browse", "/dossiers", f"/dossiers/{mine}", f"/dossiers/{other}", "/newsletter"]
    pages += ["/obstacles", "/staff/upload", "/staff/keys", PAGE, "/documents/d/tous"]
    pages += [f"/documents/d/{number}" for number in range(3)]
    api = ["/api/v1/documents", "/api/v1/documents/d/tous", "/api/v1/dossiers", f"/api/v1/dossiers/{other}", PATH]
    texts = [client.get(path).text for path in pages]
    texts += [client.get(path, headers=bearer(marie)).text for path in api]
    assert {client.get(f"{PAGE}/{group}").status_code for group in (*groups, "no-such-group")} == {404}
    for number, group in enumerate(groups):
        naming = [text for text in texts if group in text.lower()]
        assert bool(naming) is (number in own - closed)


def test_the_list_of_groups_speaks_each_language(staff: TestClient, parts: Parts) -> None:
    parts.groups.write(Group("gt-eau", {"fr": "GT Eau"}))
    for language, words in {"en": "Declare a group", "de": "Gruppe anlegen", "nl": "Groep aanmaken"}.items():
        assert words in staff.get(f"{PAGE}?lang={language}").text


def test_the_issuer_s_claim_is_told_where_one_is_set(tmp_path_factory: pytest.TempPathFactory) -> None:
    oidc = OpenIdSettings(issuer="https://issuer.example.org", client_id="x", client_secret="y", groups_claim="equipes")
    app = create_app(make_parts(tmp_path_factory.mktemp("data"), public_url="https://centre.example.org", oidc=oidc))
    service: GroupService = app.state.components.get(GroupService)
    assert (service.claim, service.uses.people is not None) == ("equipes", True)

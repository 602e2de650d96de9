"""Staff make, change and revoke keys without a terminal: with the same effect, and never more than they may."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.clock import utc_today
from index.documents import Audience
from service.__main__ import command
from service.app import Parts, create_app
from service.auth.keys import Key, KeyStore, LastManagingKey
from service.auth.scopes import ForumBinding, Scope, usual_scopes
from service.wiring import key_store
from tests.databases import Locate
from tests.service.conftest import make_parts
from tests.service.signing_in import sign_in, token_of

PATH = "/api/v1/staff/keys"
REFUSED = {"Authorization": "Bearer passerelle_nobody"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def form(page: str, **fields: Any) -> dict[str, Any]:
    shown = re.search(r'name="shown" value="([^"]*)"', page)
    return {"token": token_of(page), "choice": "usual", "shown": html.unescape(shown[1]) if shown else "", **fields}


def secret_in(page: str) -> str:
    (secret,) = re.findall(r'id="secret" value="([^"]+)"', page)
    return html.unescape(secret)


def test_a_key_made_on_the_page_is_shown_once_and_opens(staff: TestClient, parts: Parts) -> None:
    page = staff.get("/staff/keys").text
    made = staff.post("/staff/keys", data=form(page, name="Luc", audience="member", groups="gt-sante, gt-travail"))
    assert made.status_code == 201
    assert made.headers["cache-control"] == "private, no-store"
    secret = secret_in(made.text)
    (key,) = [key for key in key_store(parts.settings).all() if key.name == "Luc"]
    assert (key.audience, sorted(key.groups), key.expires) == (Audience.MEMBER, ["gt-sante", "gt-travail"], None)
    shown = staff.get("/api/v1/documents/membres/ambulance", headers=bearer(secret))
    assert shown.status_code == 200
    assert secret not in staff.get("/staff/keys").text
    assert secret not in staff.get(f"/staff/keys/{key.id}").text
    again = staff.post("/staff/keys", data=form(page, name="Luc", audience="member"))
    assert again.status_code == 409  # reloading the page makes no second one
    assert secret not in again.text


def test_what_a_page_changes_counts_at_the_next_request(staff: TestClient, parts: Parts) -> None:
    token = key_store(parts.settings).add("robot", Audience.MEMBER)
    assert staff.get("/api/v1/documents", headers=bearer(token)).status_code == 200
    page = staff.get("/staff/keys/2").text
    fields = form(page, action="change", choice="these", scopes=["ask"], expires="2199-01-01", groups="gt-sante")
    assert staff.post("/staff/keys/2", data=fields, follow_redirects=False).status_code == 303
    assert staff.get("/api/v1/documents", headers=bearer(token)).status_code == 403
    key = key_store(parts.settings).by_id(2)
    assert key is not None
    assert (*key.scopes, *key.groups, key.expires) == (Scope.ASK, "gt-sante", date(2199, 1, 1))
    unsure = staff.post("/staff/keys/2", data=form(page, action="revoke"))
    assert unsure.status_code == 422
    assert 'role="alert"' in unsure.text
    assert staff.post("/api/v1/ask", json={"question": "Qui paie ?"}, headers=bearer(token)).status_code == 200
    listed = staff.post("/staff/keys/2", data=form(page, action="revoke", sure="yes"))
    assert 'role="status"' in listed.text
    assert staff.post("/api/v1/ask", json={"question": "Qui paie ?"}, headers=bearer(token)).status_code == 401
    assert staff.get("/staff/keys/2").status_code == 404


def test_of_two_who_change_a_key_at_once_the_second_is_told_and_undoes_nothing(staff: TestClient, parts: Parts) -> None:
    key_store(parts.settings).add("Marie", Audience.MEMBER, groups=["gt-sante"])
    page = staff.get("/staff/keys/2").text
    first = form(page, action="change", groups="")
    assert staff.post("/staff/keys/2", data=first, follow_redirects=False).status_code == 303
    late = staff.post("/staff/keys/2", data=form(page, action="change", groups="gt-sante", expires="2199-01-01"))
    assert late.status_code == 409
    assert "entre-temps" in late.text
    key = key_store(parts.settings).by_id(2)
    assert key is not None
    assert (key.groups, key.expires) == (frozenset(), None)


def test_the_page_shows_who_did_what_and_on_which_day_a_key_was_used(staff: TestClient, parts: Parts) -> None:
    assert "jamais" not in staff.get("/staff/keys").text  # Anne's key signed in just now
    page = staff.get("/staff/keys").text
    staff.post("/staff/keys", data=form(page, name="Luc", audience="public"))
    listed = staff.get("/staff/keys").text
    assert "jamais" in listed
    history = listed[listed.index('id="history"') :]
    assert re.search(r"<td>Anne</td><td>créée</td><td>Luc<br><small>public; ", history)
    answer = staff.get(PATH, headers=bearer(key_store(parts.settings).add("B", Audience.STAFF))).json()
    assert answer["changes"][0] | {"at": ""} == {
        **{"at": "", "by": "Anne", "action": "add", "what": "Luc"},
        "details": "public; ask,dossiers,report,search,suggest; expires never",
    }


@pytest.mark.parametrize(
    ("audience", "scopes", "status"),
    [
        (Audience.PUBLIC, None, 403),
        (Audience.MEMBER, None, 403),
        (Audience.MEMBER, tuple(Scope), 403),
        (Audience.STAFF, (Scope.STAFF,), 403),
        (Audience.STAFF, (Scope.KEYS,), 403),
        (Audience.STAFF, tuple(scope for scope in Scope if scope is not Scope.KEYS), 403),
        (Audience.STAFF, (Scope.STAFF, Scope.KEYS, Scope.SEARCH), 200),
        (Audience.STAFF, None, 200),
    ],
)
def test_no_key_of_a_lesser_audience_or_scope_manages_keys(
    client: TestClient, parts: Parts, audience: Audience, scopes: tuple[Scope, ...] | None, status: int
) -> None:
    store = key_store(parts.settings)
    store.add("Marie", Audience.MEMBER)
    token = store.add("x", audience, scopes=scopes)
    before = store.all()
    assert client.get(PATH, headers=bearer(token)).status_code == status
    if status == 403:
        for method, path, body in (
            ("POST", PATH, {"name": "y", "audience": "public"}),
            ("PATCH", f"{PATH}/1", {"groups": []}),
            ("DELETE", f"{PATH}/1", None),
        ):
            assert client.request(method, path, json=body, headers=bearer(token)).status_code == 403
            assert client.request(method, path, json=body).status_code == 401
    if sign_in(client, token) == 303:
        page = client.get("/staff/keys")
        assert page.status_code == (200 if status == 200 else 404)
        assert ('href="/staff/keys"' in client.get("/staff").text) is (status == 200)
        if status == 403:
            own = token_of(client.get("/signin").text)
            for path in ("/staff/keys", "/staff/keys/1", "/staff/keys/9"):
                fields = {"token": own, "name": "y", "audience": "public", "action": "revoke", "sure": "yes"}
                assert client.post(path, data=fields).status_code == 404
    assert [replace(key, used=None) for key in store.all()] == [replace(key, used=None) for key in before]


def test_forms_of_another_page_change_nothing(staff: TestClient, parts: Parts) -> None:
    key_store(parts.settings).add("Marie", Audience.MEMBER)
    before = key_store(parts.settings).all()
    for path in ("/staff/keys", "/staff/keys/2"):
        fields = {"token": "forged", "name": "y", "audience": "staff", "action": "revoke", "sure": "yes"}
        assert staff.post(path, data=fields).status_code == 403
    assert key_store(parts.settings).all() == before


def test_nobody_gives_what_they_do_not_have(client: TestClient, parts: Parts) -> None:
    store = key_store(parts.settings)
    limited = bearer(store.add("x", Audience.STAFF, scopes=[Scope.STAFF, Scope.KEYS, Scope.SEARCH]))
    store.add("robot", Audience.MEMBER, scopes=[Scope.SEARCH])
    for body in ({"audience": "staff"}, {"audience": "member"}, {"audience": "public", "scopes": ["ask"]}):
        assert client.post(PATH, json={"name": "y"} | body, headers=limited).status_code == 403
    assert client.post(PATH, json={"name": "z", "audience": "member", "scopes": ["search"]}, headers=limited).is_success
    assert client.patch(f"{PATH}/2", json={"scopes": None}, headers=limited).status_code == 403
    assert client.patch(f"{PATH}/1", json={"expires": None}, headers=limited).status_code == 403  # its own
    assert store.all()[1].scopes == {Scope.SEARCH}


def test_a_staff_key_lasts_no_longer_than_the_key_that_made_it(client: TestClient, parts: Parts) -> None:
    last = utc_today() + timedelta(days=30)
    own = bearer(key_store(parts.settings).add("x", Audience.STAFF, expires=last))

    def add(name: str, audience: str, expires: date | None) -> int:
        body = {"name": name, "audience": audience, "expires": expires and expires.isoformat()}
        return client.post(PATH, json=body, headers=own).status_code

    assert add("a", "staff", None) == 403
    assert add("b", "staff", last + timedelta(days=1)) == 403
    assert add("c", "staff", last) == 201
    assert add("d", "member", None) == 201
    assert client.patch(f"{PATH}/2", json={"expires": None}, headers=own).status_code == 403


def test_the_last_key_that_manages_keys_ends_only_when_its_name_is_typed(staff: TestClient, parts: Parts) -> None:
    store = key_store(parts.settings)
    page = staff.get("/staff/keys/1").text
    assert "C’est la dernière clé" in page
    held = staff.post("/staff/keys/1", data=form(page, action="revoke", sure="yes"))
    assert held.status_code == 409
    assert store.all()[0].revoked is None
    other = store.add("Paul", Audience.STAFF)
    assert staff.delete(f"{PATH}/1", headers=bearer(other)).status_code == 204
    assert staff.get("/staff/keys").status_code == 404  # signed out with it
    assert staff.delete(f"{PATH}/2?confirmed=paul", headers=bearer(other)).status_code == 409
    assert staff.delete(f"{PATH}/2?confirmed=Paul", headers=bearer(other)).status_code == 204
    assert staff.get(PATH, headers=bearer(other)).status_code == 401


def test_one_s_own_key_ends_only_when_its_name_is_typed(staff: TestClient, parts: Parts) -> None:
    key_store(parts.settings).add("Paul", Audience.STAFF)
    page = staff.get("/staff/keys/1").text
    assert "vous serez déconnecté" in page
    assert staff.post("/staff/keys/1", data=form(page, action="revoke", sure="yes")).status_code == 409
    gone = staff.post("/staff/keys/1", data=form(page, action="revoke", sure="yes", confirmed="Anne"))
    assert gone.status_code == 404  # the list is no longer theirs to see


def test_of_two_that_end_each_other_s_key_the_second_is_held_up(locate: Locate) -> None:
    store = KeyStore(locate("keys.sqlite"))
    for name in ("a", "b"):
        store.add(name, Audience.STAFF)
    store.end(1)
    with pytest.raises(LastManagingKey):
        store.end(2)
    with pytest.raises(LastManagingKey):
        store.change(2, scopes=[Scope.STAFF], groups=(), expires=None)
    assert store.all()[1].scopes == usual_scopes(Audience.STAFF)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"audience": "public", "groups": ["gt-sante"]}, "groups"),
        ({"audience": "staff", "groups": ["gt-sante"]}, "groups"),
        ({"audience": "member", "forum": "forum.example.org"}, "forum"),
        ({"audience": "member", "scopes": ["ingest-threads"]}, "scopes"),
        ({"audience": "member", "scopes": []}, "scopes"),
        ({"audience": "member", "expires": "2020-01-01"}, "expires"),
        ({"audience": "member", "name": " "}, "name"),
        ({"audience": "all"}, "audience"),
    ],
)
def test_a_key_that_makes_no_sense_is_refused_and_named(
    staff: TestClient, staff_key: str, parts: Parts, body: dict[str, Any], field: str
) -> None:
    answer = staff.post(PATH, json={"name": "x"} | body, headers=bearer(staff_key))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    sent = {name: ",".join(value) if isinstance(value, list) else value for name, value in body.items()}
    fields = (
        {"name": "x"} | sent | {"choice": "these" if "scopes" in body else "usual", "scopes": body.get("scopes", [])}
    )
    page = staff.post("/staff/keys", data=form(staff.get("/staff/keys").text) | fields)
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    assert "keys.fault" not in page.text
    assert len(key_store(parts.settings).all()) == 1


AUDIENCES = st.sampled_from(Audience)
SCOPES = st.none() | st.sets(
    st.sampled_from([scope for scope in Scope if scope is not Scope.INGEST_THREADS]), min_size=1
)
GROUPS = st.sets(st.sampled_from(["gt-sante", "gt-travail", "eurodistrict-x"]))
DAYS = st.none() | st.dates(date(2190, 1, 1), date(2199, 12, 31))
DRAFTS = st.fixed_dictionaries({"audience": AUDIENCES, "scopes": SCOPES, "groups": GROUPS, "expires": DAYS})


def living(store: KeyStore) -> list[Key]:
    """Return the keys but for what no two ways of making them can have alike."""
    return [replace(key, id=0, used=None) for key in store.all() if key.name != "Anne"]


def run(folder: Path, *arguments: str) -> int:
    return command(["keys", *arguments], {"PASSERELLE_DATA": str(folder)}, io.StringIO(), io.StringIO())


def add_by_command(folder: Path, name: str, draft: Mapping[str, Any]) -> bool:
    options = ["--audience", draft["audience"].value, "--name", name]
    for option in ("scopes", "groups"):
        options += [f"--{option}", ",".join(sorted(draft[option]))] if draft[option] else []
    options += ["--expires", draft["expires"].isoformat()] if draft["expires"] else []
    return run(folder, "add", *options) == 0


def add_by_page(client: TestClient, name: str, draft: Mapping[str, Any]) -> bool:
    fields = {"name": name, "audience": draft["audience"].value, "groups": ", ".join(sorted(draft["groups"]))}
    fields |= {"choice": "these" if draft["scopes"] else "usual", "scopes": sorted(draft["scopes"] or ())}
    fields |= {"expires": draft["expires"].isoformat() if draft["expires"] else ""}
    return client.post("/staff/keys", data=form(client.get("/staff/keys").text) | fields).status_code == 201


def add_by_api(client: TestClient, token: str, name: str, draft: Mapping[str, Any]) -> bool:
    body = {"name": name, "audience": draft["audience"].value, "groups": sorted(draft["groups"])}
    body |= {"scopes": sorted(draft["scopes"]) if draft["scopes"] else None}
    body |= {"expires": draft["expires"].isoformat() if draft["expires"] else None}
    return client.post(PATH, json=body, headers=bearer(token)).status_code == 201


@given(drafts=st.lists(DRAFTS, min_size=1, max_size=4), revoked=st.sets(st.integers(0, 3)))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pages_api_and_command_make_and_end_the_same_keys(
    tmp_path_factory: pytest.TempPathFactory, drafts: list[dict[str, Any]], revoked: set[int]
) -> None:
    folders = [tmp_path_factory.mktemp(name) for name in ("command", "page", "api")]
    clients, tokens = [], []
    for folder in folders:
        parts = make_parts(folder)
        tokens.append(parts.keys.add("Anne", Audience.STAFF))
        clients.append(TestClient(create_app(parts)))
    _, page, api = clients
    assert sign_in(page, tokens[1]) == 303
    for number, draft in enumerate(drafts):
        made = {
            add_by_command(folders[0], f"k{number}", draft),
            add_by_page(page, f"k{number}", draft),
            add_by_api(api, tokens[2], f"k{number}", draft),
        }
        assert len(made) == 1, draft
    stores = [KeyStore(folder / "keys.sqlite") for folder in folders]
    assert living(stores[0]) == living(stores[1]) == living(stores[2])
    for number in revoked & {*range(len(drafts))}:
        (key_id, *_) = [key.id for key in stores[1].all() if key.name == f"k{number}"] or [0]
        if not key_id:
            continue
        assert run(folders[0], "revoke", f"k{number}") == 0
        own = form(page.get("/staff/keys").text, action="revoke", sure="yes")
        assert page.post(f"/staff/keys/{key_id}", data=own, follow_redirects=False).status_code == 303
        assert api.delete(f"{PATH}/{key_id}", headers=bearer(tokens[2])).status_code == 204
    assert living(stores[0]) == living(stores[1]) == living(stores[2])


def test_keys_kept_before_days_of_use_were_are_still_known(parts: Parts, app: FastAPI) -> None:
    import sqlite3
    from contextlib import closing

    token = parts.keys.add("Marie", Audience.MEMBER)
    with closing(sqlite3.connect(parts.settings.index.data / "keys.sqlite")) as db, db:
        db.execute("ALTER TABLE keys DROP COLUMN used")
        db.execute("PRAGMA user_version = 0")
    assert TestClient(app).get("/api/v1/documents", headers=bearer(token)).status_code == 200
    assert parts.keys.all()[0].used == utc_today()


def test_a_key_of_one_forum_makes_no_key_for_the_threads_of_others(client: TestClient, parts: Parts) -> None:
    scopes = [Scope.STAFF, Scope.KEYS, Scope.INGEST_THREADS]
    own = ForumBinding("a.example.org", frozenset({"sante"}))
    token = key_store(parts.settings).add("A", Audience.STAFF, scopes=scopes, binding=own)
    made = {"audience": "staff", "scopes": [scope.value for scope in scopes]}
    for forum, categories, status in (
        ("", [], 403),
        ("b.example.org", ["sante"], 403),
        ("a.example.org", [], 403),
        ("a.example.org", ["sante"], 201),
    ):
        body = made | {"name": f"{forum} {categories}", "forum": forum, "categories": categories}
        assert client.post(PATH, json=body, headers=bearer(token)).status_code == status, body

"""What keys are for, what is noted of their use, and forms that only one's own pages can send."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from index.documents import Audience
from service.app import Parts
from service.auth.audit import AuditFolder, AuditLog
from service.auth.callers import NOBODY, Caller
from service.auth.dependencies import page_reader
from service.auth.keys import KeyStore
from service.auth.people import People
from service.auth.scopes import Scope, required_scope, usual_scopes
from service.signin import pages as signin
from service.wiring import key_store
from tests.databases import Locate
from tests.service.signing_in import sign_in, token_of

SEARCH = {"query": "ambulance secret words"}


def bearer(parts: Parts, name: str, audience: Audience, *scopes: Scope) -> dict[str, str]:
    token = key_store(parts.settings).add(name, audience, scopes=scopes or None)
    return {"Authorization": f"Bearer {token}"}


def test_a_key_opens_what_it_is_for_and_nothing_else(client: TestClient, parts: Parts) -> None:
    asks = bearer(parts, "forum", Audience.MEMBER, Scope.ASK)
    assert client.post("/api/v1/ask", json={"question": "Qui paie ?"}, headers=asks).status_code == 200
    refused = client.post("/api/v1/search", json=SEARCH, headers=asks)
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert 'error="insufficient_scope", scope="search"' in refused.headers["www-authenticate"]
    assert client.get("/api/v1/documents/notes/ambulance", headers=asks).status_code == 403


def test_a_key_that_is_not_for_reading_opens_no_session(client: TestClient, parts: Parts) -> None:
    token = key_store(parts.settings).add("robot", Audience.MEMBER, scopes=[Scope.INGEST_THREADS])
    assert sign_in(client, token) == 401


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/api/v1/search", Scope.SEARCH),
        ("/api/v1/documents/a/text", Scope.SEARCH),
        ("/api/v1/ask", Scope.ASK),
        ("/v1/chat/completions", Scope.ASK),
        ("/api/v1/suggestions", Scope.SUGGEST),
        ("/api/v1/threads", Scope.INGEST_THREADS),
        ("/api/v1/obstacles/a", Scope.REPORT),
        ("/api/v1/staff/uploads", Scope.STAFF),
        ("/api/v1/staff/keys", Scope.KEYS),
        ("/api/v1/staff/keys/3", Scope.KEYS),
        ("/api/v1/staff/keyset", Scope.STAFF),
        ("/staff/keys", Scope.KEYS),
        ("/staff/groups", Scope.KEYS),
        ("/api/v1/staff/groups/gt-sante/keys/3", Scope.KEYS),
        ("/staff/groups-of-others", Scope.STAFF),
        ("/mcp", Scope.SEARCH),
        ("/", Scope.SEARCH),
        ("/documents/a/b", Scope.SEARCH),
        ("/obstacles", Scope.REPORT),
        ("/obstacles/report", Scope.REPORT),
        ("/staff/upload", Scope.STAFF),
        ("/signin/openid", None),
        ("/signout/everywhere", None),
        ("/elsewhere", Scope.STAFF),
        ("/obstacles-elsewhere", Scope.STAFF),
        ("/api/v1/asks", Scope.SEARCH),
    ],
)
def test_each_path_asks_for_one_scope(path: str, scope: Scope | None) -> None:
    assert required_scope(path) is scope


@pytest.mark.parametrize("path", ["/obstacles", "/obstacles/report", "/obstacles/mine"])
def test_a_session_opens_what_its_key_is_for_and_nothing_else(client: TestClient, parts: Parts, path: str) -> None:
    sign_in(client, key_store(parts.settings).add("cherche", Audience.MEMBER, scopes=[Scope.SEARCH]))
    assert client.get("/documents/membres/ambulance").status_code == 200
    refused = client.get(path)
    assert refused.status_code == 403
    assert client.get("/signin").status_code == 200  # the way out stays open


def test_a_session_for_searching_gets_documents_and_no_answer(client: TestClient, parts: Parts) -> None:
    question = "/?q=Qui+paie+le+transport+du+patient+%3F&lang=fr"
    assert 'class="answer' in client.get(question).text
    sign_in(client, key_store(parts.settings).add("cherche", Audience.MEMBER, scopes=[Scope.SEARCH]))
    page = client.get(question).text
    assert 'class="results' in page
    assert 'class="answer' not in page


def test_a_session_for_searching_reports_no_obstacle(client: TestClient, parts: Parts) -> None:
    token = token_of(client.get("/obstacles/report").text)
    sign_in(client, key_store(parts.settings).add("cherche", Audience.MEMBER, scopes=[Scope.SEARCH]))
    form = {"text": "Le tram s'arrête à la frontière.", "consent": "yes", "token": token}
    assert client.post("/obstacles/report", data=form, follow_redirects=False).status_code == 403
    assert parts.register.reports() == []


def test_the_host_header_does_not_decide_which_scope_is_asked_for(client: TestClient, parts: Parts) -> None:
    suggests = bearer(parts, "forum", Audience.MEMBER, Scope.SUGGEST)
    for host in ("testserver/api/v1/suggestions?", "testserver/api/v1/suggestions#"):
        refused = client.post("/api/v1/search", json=SEARCH, headers={**suggests, "Host": host})
        assert refused.status_code == 403


def page_routes(router: Any) -> Iterator[str]:
    """Yield the paths of the routes that ask who is reading."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            if any(part.call is page_reader for part in dependencies_of(route.dependant)):
                yield route.path
        elif hasattr(route, "original_router"):
            yield from page_routes(route.original_router)


def dependencies_of(dependant: Any) -> Iterator[Any]:
    for part in dependant.dependencies:
        yield part
        yield from dependencies_of(part)


def test_every_page_is_in_the_table_of_scopes(app: FastAPI) -> None:
    paths = set(page_routes(app))
    assert {"/", "/obstacles/report", "/staff"} <= paths
    for path in paths:  # what is not in the table is for staff
        assert path.startswith("/staff") == (required_scope(path) in {Scope.STAFF, Scope.KEYS}), path


def test_without_scopes_a_key_is_for_what_is_usual(locate: Locate) -> None:
    store = KeyStore(locate("keys.sqlite"))
    store.add("a", Audience.MEMBER)
    assert store.all()[0].scopes == usual_scopes(Audience.MEMBER)
    assert Scope.STAFF not in usual_scopes(Audience.MEMBER)
    assert Caller("a", Audience.STAFF).may(Scope.STAFF)
    assert not NOBODY.may(Scope.INGEST_THREADS)


def test_keys_made_before_there_were_scopes_go_on(tmp_path: Path) -> None:
    path = tmp_path / "keys.sqlite"
    token = KeyStore(path).add("a", Audience.STAFF)
    db = sqlite3.connect(path)
    db.execute("ALTER TABLE keys DROP COLUMN scopes")
    db.execute("PRAGMA user_version = 0")
    db.close()
    key = KeyStore(path).by_token(token)
    assert key is not None
    assert key.scopes == usual_scopes(Audience.STAFF)


def lines(parts: Parts) -> list[dict[str, Any]]:
    files = sorted((parts.settings.index.data / "audit").glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_each_use_of_a_key_is_noted_without_what_was_asked(client: TestClient, parts: Parts) -> None:
    headers = bearer(parts, "Marie", Audience.MEMBER)
    client.post("/api/v1/search", json=SEARCH, headers=headers)
    client.get("/api/v1/documents/notes/ambulance/text?start=3", headers=headers)
    noted = lines(parts)
    assert [(line["action"], line["name"], line["method"], line["path"], line["status"]) for line in noted] == [
        ("key", "Marie", "POST", "/api/v1/search", 200),
        ("key", "Marie", "GET", "/api/v1/documents/notes/ambulance/text", 200),
    ]
    assert "secret" not in json.dumps(noted)
    assert "start=" not in json.dumps(noted)
    assert all(datetime.fromisoformat(line["at"]).tzinfo for line in noted)


def test_what_readers_read_is_not_noted_and_what_staff_do_is(client: TestClient, parts: Parts) -> None:
    client.get("/?q=ambulance")
    sign_in(client, key_store(parts.settings).add("Marie", Audience.MEMBER))
    client.get("/?q=ambulance")
    assert [line["action"] for line in lines(parts)] == ["sign in"]
    client.cookies.clear()
    sign_in(client, key_store(parts.settings).add("Anne", Audience.STAFF))
    client.post("/signout", data={"token": token_of(client.get("/signin").text)})
    assert [(line["action"], line["name"], line.get("path")) for line in lines(parts)[1:]] == [
        ("sign in", "Anne", None),
        ("staff", "Anne", "/signout"),
    ]


def test_the_audit_turns_a_page_each_day_and_forgets_after_its_time(tmp_path: Path) -> None:
    now = [datetime(2026, 1, 1, 23, 59, tzinfo=UTC)]
    audit = AuditLog(AuditFolder(tmp_path / "audit"), 30, now=lambda: now[0])
    audit.write("one", NOBODY)
    now[0] += timedelta(minutes=2)
    audit.write("two", NOBODY, count=3)
    assert [file.name for file in sorted((tmp_path / "audit").iterdir())] == ["2026-01-01.jsonl", "2026-01-02.jsonl"]
    assert json.loads((tmp_path / "audit" / "2026-01-02.jsonl").read_text())["count"] == 3
    assert (tmp_path / "audit" / "2026-01-02.jsonl").stat().st_mode & 0o077 == 0
    now[0] += timedelta(days=30)
    audit.write("three", NOBODY)
    assert [file.name for file in sorted((tmp_path / "audit").iterdir())] == ["2026-01-02.jsonl", "2026-02-01.jsonl"]


# OAI-PMH reads by POST too; an issuer's call carries a signed token (`test_logout.py`); links of mails carry a secret
# of their own, and mail programs follow them without cookies (`alerts/test_pages.py`).
NO_FORMS = {
    *("/oai", "/signin/openid/logout", "/alerts/confirm", "/alerts/unsubscribe"),
    *("/newsletter/confirm", "/newsletter/unsubscribe"),
}


def form_routes(router: Any) -> Iterator[str]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            if (route.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}:
                yield re.sub(r"\{\w+(:\w+)?\}", "1", route.path)
        elif hasattr(route, "original_router"):
            yield from form_routes(route.original_router)


def test_no_form_is_taken_that_one_s_own_pages_did_not_make(app: FastAPI, client: TestClient, parts: Parts) -> None:
    sign_in(client, key_store(parts.settings).add("Anne", Audience.STAFF))
    machine = set(app.openapi()["paths"])
    paths = {path for path in form_routes(app) if not path.startswith("/v1") and f"/api/v1{path}" not in machine}
    paths = {path for path in paths - NO_FORMS if client.options(path).status_code == 405}  # those mounted at the root
    assert {route for route in form_routes(signin.router)} - NO_FORMS <= paths
    for path in paths:
        for sent in ({}, {"token": "nonsense"}):
            answer = client.post(path, data=sent, follow_redirects=False)
            assert answer.status_code in {403, 405}, path


def test_a_stranger_s_form_signs_nobody_out(client: TestClient, parts: Parts, member_key: str) -> None:
    sign_in(client, member_key)
    for path in ("/signout", "/signout/everywhere"):
        assert client.post(path, data={"token": "x"}, follow_redirects=False).status_code == 403
    assert client.get("/documents/membres/ambulance").status_code == 200


def test_a_session_ends_everywhere_and_a_new_one_is_good(client: TestClient, parts: Parts, member_key: str) -> None:
    sign_in(client, member_key)
    old = client.cookies["passerelle_session"]
    client.post("/signout/everywhere", data={"token": token_of(client.get("/signin").text)})
    client.cookies.set("passerelle_session", old)
    assert client.get("/documents/membres/ambulance").status_code == 404
    client.cookies.delete("passerelle_session")
    sign_in(client, member_key)
    assert client.get("/documents/membres/ambulance").status_code == 200


def test_people_are_forgotten_when_their_sessions_are_too_old(locate: Locate) -> None:
    now, location = [1000.0], locate("people.sqlite")
    people = People(location, 60, clock=lambda: now[0])
    marie, anne = (Caller(name, Audience.MEMBER, f"oidc:x:{name}") for name in ("marie", "anne"))
    people.remember(marie)
    assert people.find(marie.subject) == marie
    now[0] += 61
    assert people.find(marie.subject) is None
    people.remember(anne)
    if isinstance(location, Path):
        assert marie.name.encode() not in location.read_bytes()
        assert location.stat().st_mode & 0o077 == 0
    assert people.forget(anne.subject)
    assert not people.forget(anne.subject)
    assert people.find(anne.subject) is None


def test_a_state_is_used_once(locate: Locate) -> None:
    now = [0.0]
    people = People(locate("people.sqlite"), 60, clock=lambda: now[0])
    assert [people.use("a", 10), people.use("a", 10), people.use("b", 10)] == [True, False, True]

"""The page of one's sessions: each reader sees their own, and ends one or all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from index.documents import Audience
from service.app import Parts
from service.wiring import key_store
from tests.service.signing_in import sign_in, token_of

RESERVED = "/documents/membres/ambulance"
FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
IPHONE = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"}


@pytest.fixture
def computer(app: FastAPI, member_key: str) -> Iterator[TestClient]:
    with TestClient(app, headers=FIREFOX) as client:
        assert sign_in(client, member_key) == 303
        yield client


@pytest.fixture
def phone(app: FastAPI, member_key: str) -> Iterator[TestClient]:
    with TestClient(app, headers=IPHONE) as client:
        assert sign_in(client, member_key) == 303
        yield client


def named_sessions(page: str) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{64})"', page)


def end(client: TestClient, session: str) -> int:
    form = {"token": token_of(client.get("/signin").text), "session": session}
    return client.post("/signout/session", data=form, follow_redirects=False).status_code


def test_one_s_sessions_are_listed_with_where_and_when(computer: TestClient, phone: TestClient) -> None:
    page = computer.get("/signin").text
    assert "Firefox, Linux" in page
    assert "Safari, iOS" in page
    assert page.count("(cet appareil)") == 1
    assert page.count("testclient") == 2
    assert len(re.findall(r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d\+00:00">', page)) == 4
    assert len(named_sessions(page)) == 1  # this device has its own way out


def test_one_session_is_ended_from_another(computer: TestClient, phone: TestClient) -> None:
    (session,) = named_sessions(computer.get("/signin").text)
    assert end(computer, session) == 303
    assert phone.get(RESERVED).status_code == 404
    assert computer.get(RESERVED).status_code == 200


def test_nobody_lists_or_ends_another_s_session(app: FastAPI, parts: Parts, computer: TestClient) -> None:
    session = parts.sessions.of("key:1")[0]
    assert session.browser == "Firefox, Linux"
    with TestClient(app) as stranger:
        page = stranger.get("/signin").text
        assert "Firefox, Linux" not in page
        assert end(stranger, session.id) == 303
        assert sign_in(stranger, key_store(parts.settings).add("Anne", Audience.STAFF)) == 303
        assert "Firefox, Linux" not in stranger.get("/signin").text
        assert end(stranger, session.id) == 303
    assert computer.get(RESERVED).status_code == 200


def test_a_form_from_elsewhere_ends_no_session(computer: TestClient, phone: TestClient) -> None:
    (session,) = named_sessions(computer.get("/signin").text)
    answer = computer.post("/signout/session", data={"token": "x", "session": session}, follow_redirects=False)
    assert answer.status_code == 403
    assert phone.get(RESERVED).status_code == 200


def test_all_sessions_are_ended_at_once(computer: TestClient, phone: TestClient, parts: Parts) -> None:
    computer.post("/signout/everywhere", data={"token": token_of(computer.get("/signin").text)})
    assert phone.get(RESERVED).status_code == computer.get(RESERVED).status_code == 404
    assert parts.sessions.of("key:1") == []

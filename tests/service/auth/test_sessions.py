"""Sessions: what ends them, what is stored of them, and that workers share them."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from index.maintenance.backup import _LEFT_OUT
from index.store.private_database import Location
from service.app import Parts, create_app
from service.auth.authenticators import SessionAuthenticator
from service.auth.callers import NOBODY, Caller
from service.auth.session_store import SessionStore
from service.auth.sessions import Sessions, Visit, cookie_name, describe_browser, session_id
from service.errors import Unauthenticated
from service.wiring import build_parts, key_store
from tests.databases import Locate
from tests.service.conftest import make_parts
from tests.service.signing_in import sign_in, token_of

HOUR = 3600.0
RESERVED = "/documents/membres/ambulance"
MARIE = Caller("Marie", Audience.MEMBER, "key:1")
ANNE = Caller("Anne", Audience.STAFF, "key:2")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def sessions_in(location: Location, clock: Clock | None = None) -> Sessions:
    return Sessions(SessionStore(location), 12 * HOUR, 2 * HOUR, clock or Clock())


class Known:
    """An authenticator with a list of who may still come in."""

    def __init__(self, *callers: Caller) -> None:
        self.callers = {caller.subject: caller for caller in callers}

    def caller(self, token: str) -> Caller:
        raise Unauthenticated(token)

    def resume(self, subject: str) -> Caller:
        if subject not in self.callers:
            raise Unauthenticated(subject)
        return self.callers[subject]


def test_a_copied_cookie_is_dead_after_signing_out(client: TestClient, member_key: str) -> None:
    sign_in(client, member_key)
    copied = client.cookies["passerelle_session"]
    client.post("/signout", data={"token": token_of(client.get("/signin").text)})
    client.cookies.set("passerelle_session", copied)
    assert client.get(RESERVED).status_code == 404


def test_signing_out_everywhere_cannot_be_undone_by_a_copied_cookie(locate: Locate) -> None:
    clock = Clock()
    sessions = sessions_in(locate("sessions.sqlite"), clock)
    copied = [sessions.open(MARIE) for _ in range(3)]
    assert sessions.store.end_all(MARIE.subject) == 3
    for _ in range(30):  # days on which others, and Marie, sign in again
        clock.now += 24 * HOUR
        sessions.open(MARIE)
        sessions.open(ANNE)
        assert [sessions.find(cookie) for cookie in copied] == [None] * 3


def test_signing_in_again_ends_the_session_this_browser_had(client: TestClient, parts: Parts, member_key: str) -> None:
    sign_in(client, member_key)
    former = client.cookies["passerelle_session"]
    sign_in(client, key_store(parts.settings).add("Anne", Audience.STAFF))
    assert client.cookies["passerelle_session"] != former
    assert parts.sessions.find(former) is None


def test_a_session_is_over_when_it_was_not_used_for_long(locate: Locate) -> None:
    clock = Clock()
    sessions = sessions_in(locate("sessions.sqlite"), clock)
    cookie = sessions.open(MARIE)
    for _ in range(5):
        clock.now += 2 * HOUR - 1
        assert sessions.find(cookie)
    clock.now += 2 * HOUR
    assert sessions.find(cookie) is None
    clock.now -= HOUR
    assert sessions.find(cookie) is None  # not even when the clock is set back


def test_a_session_is_over_after_its_time_however_often_it_is_used(locate: Locate) -> None:
    clock = Clock()
    sessions = sessions_in(locate("sessions.sqlite"), clock)
    cookie = sessions.open(MARIE)
    for _ in range(11):
        clock.now += HOUR
        assert sessions.find(cookie)
    clock.now += HOUR
    assert sessions.find(cookie) is None


def test_sessions_that_are_over_are_forgotten_when_the_next_one_begins(locate: Locate) -> None:
    clock = Clock()
    sessions = sessions_in(locate("sessions.sqlite"), clock)
    sessions.open(MARIE, Visit("192.0.2.7", "Firefox, Linux"))
    clock.now += 2 * HOUR + 1
    sessions.open(ANNE)
    assert sessions.store.of(MARIE.subject) == []
    if isinstance(sessions.store.location, Path):
        assert b"192.0.2.7" not in sessions.store.location.read_bytes()


@pytest.mark.parametrize("cookie", ["", "nonsense", "é", "a" * 5000, "' OR 1=1 --"])
def test_a_cookie_that_was_not_given_out_opens_nothing(locate: Locate, cookie: str) -> None:
    sessions = sessions_in(locate("sessions.sqlite"))
    sessions.open(MARIE)
    assert sessions.find(cookie) is None


def test_a_cookie_cannot_be_read_from_the_file_nor_made_from_it(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    sessions = sessions_in(path)
    cookie = sessions.open(MARIE, refresh_token="a refresh token")
    content = path.read_bytes()
    assert cookie.encode() not in content
    assert b"a refresh token" not in content
    with sqlite3.connect(path) as db:
        stored = db.execute("SELECT id FROM sessions").fetchone()[0]
    assert re.fullmatch(r"[0-9a-f]{64}", stored)
    assert sessions.find(stored) is None
    assert len(cookie) == 43  # 256 bits in base64
    assert path.stat().st_mode & 0o077 == 0


def test_a_refresh_token_is_read_with_its_own_cookie_only(locate: Locate) -> None:
    from cryptography.exceptions import InvalidTag

    sessions = sessions_in(locate("sessions.sqlite"))
    cookie = sessions.open(MARIE, refresh_token="a refresh token")
    session = sessions.find(cookie)
    assert session is not None
    assert sessions.refresh_token(session, cookie) == "a refresh token"
    with pytest.raises(InvalidTag):
        sessions.refresh_token(session, sessions.open(MARIE))


def test_a_session_falls_at_once_when_its_key_is_gone(locate: Locate) -> None:
    sessions, known = sessions_in(locate("sessions.sqlite")), Known(MARIE)
    cookie, authenticator = sessions.open(MARIE), SessionAuthenticator(sessions, known)
    assert authenticator.caller(cookie, Visit()) == MARIE
    known.callers.clear()
    assert authenticator.caller(cookie, Visit()) == NOBODY
    known.callers[MARIE.subject] = MARIE
    assert authenticator.caller(cookie, Visit()) == NOBODY  # gone, not only hidden


@pytest.mark.parametrize("now", [Audience.MEMBER, Audience.PUBLIC])
def test_a_session_falls_when_its_owner_may_see_less_than_before(locate: Locate, now: Audience) -> None:
    sessions, known = sessions_in(locate("sessions.sqlite")), Known(ANNE)
    cookie, authenticator = sessions.open(ANNE), SessionAuthenticator(sessions, known)
    assert authenticator.caller(cookie, Visit()) == ANNE
    known.callers[ANNE.subject] = replace(ANNE, audience=now)
    assert authenticator.caller(cookie, Visit()) == NOBODY
    assert sessions.of(ANNE.subject) == []


def test_behind_https_the_cookies_are_this_host_s_alone(tmp_path: Path) -> None:
    parts = make_parts(tmp_path, public_url="https://testserver")
    key = key_store(parts.settings).add("Marie", Audience.MEMBER)
    with TestClient(create_app(parts), base_url="https://testserver") as client:
        form = client.get("/signin")
        fields = {"key": key, "token": token_of(form.text)}
        answer = client.post("/signin", data=fields, follow_redirects=False)
        assert client.get(RESERVED).status_code == 200
    for cookie in (form.headers["set-cookie"], answer.headers["set-cookie"]):
        assert re.match(r"__Host-passerelle_(form|session)=", cookie)
        assert {"secure", "path=/", "httponly"} <= {part.strip().lower() for part in cookie.split(";")}
        assert "domain=" not in cookie.lower()
    assert cookie_name("a", is_secure=False) == "a"  # a browser takes no such cookie over http


FINDER = """
import sys
from pathlib import Path
from index.settings import IndexSettings
from index.store.private_database import private_location
from service.auth.session_store import SessionStore
from service.auth.sessions import session_id

settings = IndexSettings(data=Path(sys.argv[1]), database=sys.argv[2])
store = SessionStore(private_location(settings, "sessions.sqlite"))
print(store.find(session_id(sys.argv[3])) is not None)
"""


def found_elsewhere(sessions: Sessions, cookie: str) -> bool:
    """Say whether another process finds the session."""
    location = sessions.store.location
    folder, database = (str(location.parent), "") if isinstance(location, Path) else ("", location.address)
    command = [sys.executable, "-c", FINDER, folder, database, cookie]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout == "True\n"


def test_all_workers_know_a_session_and_that_it_ended(locate: Locate) -> None:
    sessions = sessions_in(locate("sessions.sqlite"))
    cookie = sessions.open(MARIE)
    assert found_elsewhere(sessions, cookie)
    sessions.end(cookie)
    assert not found_elsewhere(sessions, cookie)


def test_a_session_outlives_a_restart(client: TestClient, parts: Parts, member_key: str) -> None:
    sign_in(client, member_key)
    again = replace(build_parts(parts.settings, parts.library), answerer=parts.answerer)
    with TestClient(create_app(again), cookies=client.cookies) as restarted:
        assert restarted.get(RESERVED).status_code == 200


def test_sessions_are_in_no_backup() -> None:
    assert "sessions.sqlite" in _LEFT_OUT


def test_one_caller_checks_a_session_for_all(locate: Locate) -> None:
    clock = Clock()
    sessions = sessions_in(locate("sessions.sqlite"), clock)
    session = sessions.find(sessions.open(MARIE))
    assert session is not None
    assert not sessions.claim_check(session, 60)
    clock.now += 60
    assert [sessions.claim_check(session, 60) for _ in range(3)] == [True, False, False]


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 10; K) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iOS"),
        ("curl/8", ""),
        ("<script>", ""),
    ],
)
def test_of_a_browser_two_words_are_kept(user_agent: str, name: str) -> None:
    assert describe_browser(user_agent) == name


def test_the_name_of_a_session_does_not_depend_on_where_it_is_made() -> None:
    assert session_id("a") == session_id("a") != session_id("b")

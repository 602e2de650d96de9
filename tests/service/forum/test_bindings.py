"""A key for threads is for one forum and some of its categories; what it may not hand in leaves no trace."""

from __future__ import annotations

import io
import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.__main__ import command
from service.app import Parts, create_app
from service.auth.keys import KeyStore
from service.auth.scopes import ForumBinding, Scope
from service.forum.inbox import Delivery
from service.wiring import key_store
from tests.service.conftest import make_parts

THREAD = {
    "forum": "forum.example.org",
    "id": "4711",
    "title": "Dissoudre notre GLCT",
    "category": "juridique",
    "updated": "2026-11-20T10:00:00Z",
    "question": {"text": "Comment fermer le groupement ?"},
}
BOUND = ForumBinding("forum.example.org", frozenset({"juridique", "5"}))


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    return make_parts(tmp_path)


def hand_in(parts: Parts, binding: ForumBinding | None, **changes: str) -> int:
    keys = key_store(parts.settings)
    token = keys.add("forum", Audience.MEMBER, scopes=[Scope.INGEST_THREADS], binding=binding)
    with TestClient(create_app(parts)) as client:
        headers = {"Authorization": f"Bearer {token}"}
        return client.post("/api/v1/threads", json=THREAD | changes, headers=headers).status_code


def received(parts: Parts) -> int:
    return len(list((parts.settings.index.data / "inbox").glob("*.json")))


@pytest.mark.parametrize("changes", [{}, {"category": "5"}])
def test_a_key_hands_in_threads_of_its_forum_and_categories(parts: Parts, changes: dict[str, str]) -> None:
    assert hand_in(parts, BOUND, **changes) == 202
    assert received(parts) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"forum": "other.example.org"},
        {"forum": "forum.example.org.evil.example"},
        {"category": "public"},
        {"category": ""},
        {"category": "Juridique"},
    ],
)
def test_threads_of_another_forum_or_category_are_refused(parts: Parts, changes: dict[str, str]) -> None:
    assert hand_in(parts, BOUND, **changes) == 403
    assert received(parts) == 0


def test_what_a_key_is_bound_to_goes_with_what_it_hands_in(parts: Parts) -> None:
    assert hand_in(parts, BOUND) == 202
    (file,) = (parts.settings.index.data / "inbox").glob("*.json")
    assert json.loads(file.read_text())["bound_to"] == ["5", "juridique"]


def test_a_bound_sender_cannot_stand_in_for_another_one() -> None:
    free = Delivery("f", "1", 7, [])
    assert len({free.name, replace(free, bound_to=["5"]).name, replace(free, bound_to=["6"]).name}) == 3


def test_a_key_without_categories_is_for_all_of_its_forum(parts: Parts) -> None:
    assert hand_in(parts, ForumBinding("forum.example.org"), category="anything") == 202
    key_store(parts.settings).revoke("forum")
    assert hand_in(parts, ForumBinding("forum.example.org"), forum="other.example.org") == 403


def test_a_key_for_no_forum_hands_in_nothing_unless_it_is_staff_s(parts: Parts) -> None:
    assert hand_in(parts, None) == 403
    token = key_store(parts.settings).add("Anne", Audience.STAFF)
    with TestClient(create_app(parts)) as client:
        headers = {"Authorization": f"Bearer {token}"}
        assert client.post("/api/v1/threads", json=THREAD, headers=headers).status_code == 202


def test_a_key_is_bound_on_the_command_line_and_its_forum_is_listed(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        out, err = io.StringIO(), io.StringIO()
        code = command(["keys", *arguments], {"PASSERELLE_DATA": str(tmp_path)}, out, err)
        return code, out.getvalue() + err.getvalue()

    add = ("add", "--audience", "public", "--name", "forum")
    scope = ("--scopes", "ingest-threads")
    assert run(*add, *scope)[0] == 1
    assert run(*add, "--forum", "forum.example.org")[0] == 1
    assert run(*add, *scope, "--categories", "5")[0] == 1
    assert run(*add, *scope, "--forum", "Forum.Example.org", "--categories", "juridique, 5")[0] == 0
    assert "ingest-threads\tforum.example.org/5,juridique" in run("list")[1]
    (key,) = KeyStore(tmp_path / "keys.sqlite").all()
    assert key.binding == BOUND


def test_keys_made_before_there_were_bindings_are_still_known(tmp_path: Path) -> None:
    store = KeyStore(tmp_path / "keys.sqlite")
    token = store.add("Marie", Audience.MEMBER)
    with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as db, db:
        db.execute("ALTER TABLE keys DROP COLUMN binding")
        db.execute("PRAGMA user_version = 0")
    key = store.by_token(token)
    assert key is not None
    assert (key.name, key.binding) == ("Marie", None)

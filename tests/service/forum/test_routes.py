"""Threads in: signed webhooks and handed-in threads lie in the inbox, whole, once; nothing else is written."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from index.errors import SettingsError
from service.app import Parts, create_app
from service.forum.discourse import is_signed
from service.settings import Settings
from service.wiring import key_store
from tests.service.conftest import make_parts

SECRET = "a secret of the forum's own"
POST = {
    "id": 88,
    "topic_id": 12,
    "post_number": 2,
    "post_type": 1,
    "raw": "Transférez l'emprunt.",
    "cooked": "<p>Transférez l'emprunt.</p>",
    "username": "marianne",
    "topic_title": "Dissoudre un GLCT",
    "topic_slug": "dissoudre-un-glct",
    "topic_archetype": "regular",
    "category_id": 5,
    "category_slug": "juridique",
    "deleted_at": None,
    "hidden": False,
}
TOPIC = {"id": 12, "title": "Dissoudre un GLCT", "slug": "d", "category_id": 5, "archetype": "regular", "visible": True}


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    made = make_parts(tmp_path)
    forum = {"forum": "forum.test", "discourse_secret": SECRET}
    return replace(made, settings=made.settings.model_copy(update=forum))


@pytest.fixture
def client(parts: Parts) -> TestClient:
    return TestClient(create_app(parts), raise_server_exceptions=False)


def send(client: TestClient, event: str, payload: Any, *, event_id: str = "31", secret: str = SECRET) -> Any:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Discourse-Event": event, "X-Discourse-Event-Id": event_id, "X-Discourse-Event-Signature": signature}
    return client.post("/api/v1/webhooks/discourse", content=body, headers=headers)


def inbox(parts: Parts) -> list[dict[str, Any]]:
    files = sorted((parts.settings.index.data / "inbox").glob("*"))
    assert all(file.suffix == ".json" and file.stat().st_mode & 0o077 == 0 for file in files)
    return [json.loads(file.read_bytes()) for file in files]


def only(parts: Parts) -> dict[str, dict[str, Any]]:
    (delivery,) = inbox(parts)
    return {message["what"]: message for message in delivery["messages"]}


def test_an_accepted_solution_lies_in_the_inbox_without_any_name(client: TestClient, parts: Parts) -> None:
    answer = send(client, "accepted_solution", {"solved": POST})
    (delivery,) = inbox(parts)
    assert (answer.status_code, answer.json()) == (202, {"received": delivery["delivery"]})
    assert (delivery["format"], delivery["forum"], delivery["thread"], delivery["seq"]) == (1, "forum.test", "12", 31)
    messages = only(parts)
    assert messages["solution"] == {"what": "solution", "post": "88", "accepted": True}
    assert (messages["post"]["text"], messages["post"]["markup"]) == ("Transférez l'emprunt.", "markdown")
    assert messages["topic"]["categories"] == ["5", "juridique"]
    assert messages["topic"]["url"] == "https://forum.test/t/dissoudre-un-glct/12"
    assert "marianne" not in json.dumps(delivery)


def test_the_same_event_sent_again_is_one_file(client: TestClient, parts: Parts) -> None:
    first = send(client, "post_created", {"post": POST})
    assert send(client, "post_created", {"post": POST}).json() == first.json()
    assert len(inbox(parts)) == 1


@pytest.mark.parametrize("secret", ["", "another secret altogether"])
def test_a_wrong_signature_is_refused_and_nothing_is_written(client: TestClient, parts: Parts, secret: str) -> None:
    assert send(client, "post_created", {"post": POST}, secret=secret).status_code == 401
    assert client.post("/api/v1/webhooks/discourse", json={"post": POST}).status_code == 401
    assert inbox(parts) == []


def test_a_signature_holds_for_its_body_alone() -> None:
    good = "sha256=" + hmac.new(b"k", b"body", hashlib.sha256).hexdigest()
    assert is_signed(b"body", good, "k")
    assert not any(
        is_signed(*odd, "k") for odd in [(b"bodY", good), (b"body", good[7:]), (b"body", ""), (b"body", "é")]
    )


@pytest.mark.parametrize(
    ("event", "change", "is_gone"),
    [
        ("post_created", {}, False),
        ("post_edited", {}, False),
        ("post_destroyed", {}, True),
        ("post_edited", {"deleted_at": "2026-11-20T00:00:00Z"}, True),
        ("post_recovered", {"deleted_at": None}, False),
        ("post_created", {"post_type": 4}, True),  # a whisper among staff
        ("post_edited", {"hidden": True}, True),
        ("post_edited", {"user_deleted": True}, True),
    ],
)
def test_only_what_everybody_may_read_is_handed_on(
    client: TestClient, parts: Parts, event: str, change: dict[str, Any], is_gone: bool
) -> None:
    send(client, event, {"post": POST | change})
    post = only(parts)["post"]
    assert (post["gone"], bool(post["text"])) == (is_gone, not is_gone)


@pytest.mark.parametrize(
    ("event", "change", "gone", "private"),
    [
        ("topic_created", {}, False, False),
        ("topic_destroyed", {}, True, False),
        ("topic_recovered", {"deleted_at": "2026-11-20T00:00:00Z"}, False, False),
        ("topic_edited", {"archetype": "private_message"}, False, True),
        ("topic_edited", {"visible": False}, False, True),
    ],
)
def test_a_topic_is_told_gone_or_private(
    client: TestClient, parts: Parts, event: str, change: dict[str, Any], gone: bool, private: bool
) -> None:
    send(client, event, {"topic": TOPIC | change})
    topic = only(parts)["topic"]
    assert (topic["gone"], topic["private"]) == (gone, private)


def test_a_post_of_a_private_message_says_so(client: TestClient, parts: Parts) -> None:
    send(client, "post_created", {"post": POST | {"topic_archetype": "private_message"}})
    assert only(parts)["topic"]["private"] is True


def test_a_ping_and_other_events_are_welcome_and_leave_nothing(client: TestClient, parts: Parts) -> None:
    for event, payload in (("ping", {"ping": "OK"}), ("user_created", {"user": {"id": 1}}), ("post_liked", {})):
        answer = send(client, event, payload)
        assert (answer.status_code, answer.json()) == (202, {"received": ""})
    assert inbox(parts) == []


@pytest.mark.parametrize(
    ("payload", "event_id"),
    [
        (b"{", "1"),
        (b"[]", "1"),
        ({"post": POST}, "x"),
        ({"post": POST}, ""),
        ({"post": {"id": "88"}}, "1"),
        (b"\xff", "1"),
    ],
)
def test_a_signed_message_of_another_form_is_told(
    client: TestClient, parts: Parts, payload: Any, event_id: str
) -> None:
    assert send(client, "post_created", payload, event_id=event_id).status_code == 422
    assert inbox(parts) == []


def test_without_a_forum_there_is_no_webhook(tmp_path: Path) -> None:
    client = TestClient(create_app(make_parts(tmp_path)))
    assert send(client, "post_created", {"post": POST}).status_code == 404


def test_an_event_without_its_headers_is_told_which(client: TestClient, parts: Parts) -> None:
    path, signed = "/api/v1/webhooks/discourse", {"X-Discourse-Event-Signature": "sha256=0"}
    assert client.post(path, json={}).status_code == 401
    answer = client.post(path, json={}, headers=signed)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "X-Discourse-Event")
    assert inbox(parts) == []


def test_the_forum_s_settings_go_together() -> None:
    with pytest.raises(SettingsError, match="PASSERELLE_FORUM is missing"):
        Settings.from_environ({"PASSERELLE_DISCOURSE_SECRET": SECRET})
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ({"PASSERELLE_FORUM": "https://x", "PASSERELLE_DISCOURSE_SECRET": "short"})
    assert "short" not in str(raised.value)
    settings = Settings.from_environ({"PASSERELLE_FORUM": "Forum.Test", "PASSERELLE_DISCOURSE_SECRET": SECRET})
    assert (settings.forum, settings.discourse_secret) == ("forum.test", SECRET)


THREAD = {
    "forum": "other.test",
    "id": "t-1",
    "updated": "2026-11-20T10:00:00Z",
    "title": "Dissoudre",
    "question": {"text": "Comment ?"},
}


def hand_in(client: TestClient, key: str, **changes: Any) -> Any:
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.post("/api/v1/threads", json=THREAD | changes, headers=headers)


def test_a_thread_is_handed_in_with_a_key_that_is_for_it(client: TestClient, parts: Parts) -> None:
    keys = key_store(parts.settings)
    member, staff = (keys.add(audience.value, audience) for audience in (Audience.MEMBER, Audience.STAFF))
    assert hand_in(client, "").status_code == 401
    assert hand_in(client, member).status_code == 403
    assert inbox(parts) == []
    assert hand_in(client, staff, solution={"text": "Ainsi."}).status_code == 202
    (delivery,) = inbox(parts)
    assert (delivery["forum"], delivery["thread"], delivery["seq"]) == ("other.test", "t-1", 1_795_168_800_000_000)
    assert [message.get("text") for message in delivery["messages"]] == [None, "Comment ?", "Ainsi.", None]
    assert delivery["messages"][-1]["accepted"] is True


@pytest.mark.parametrize(
    "changes",
    [
        {"forum": "../x"},
        {"id": "a/b"},
        {"updated": "2026-11-20T10:00:00"},
        {"title": " "},
        {"url": "javascript:alert(1)"},
        {"question": {"text": ""}},
        {"solution": {"text": "x", "author": "Anne"}},
    ],
)
def test_a_thread_of_another_form_is_told_which_field(
    client: TestClient, parts: Parts, changes: dict[str, Any]
) -> None:
    answer = hand_in(client, key_store(parts.settings).add("a", Audience.STAFF), **changes)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(next(iter(changes)))

"""What is held about a person: told completely, erased where it may be, and never somebody else's."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from index.types import Filter
from service.__main__ import command
from service.app import Parts
from service.auth.callers import Caller
from service.auth.sessions import Visit
from service.journal.service import Consent, SearchEvent
from service.judging.judgements import Judgement, append_judgements
from service.newsletter.database import newsletter_of
from service.newsletter.subscribers import Subscribers
from service.privacy import KEPT, personal_data
from service.wiring import key_store, sessions
from tests.service.signing_in import sign_in, token_of

WORDS = "ambulance wonderfully private"
LEA = Caller("Lea Example", Audience.MEMBER, "oidc:0123456789ab:lea", groups=frozenset({"gt-sante"}))


@pytest.fixture
def used(client: TestClient, parts: Parts) -> Parts:
    """A service in which Marie (key:1) and Anne (key:2, staff) did everything that leaves something behind."""
    keys = key_store(parts.settings)
    marie, anne = keys.add("Marie Example", Audience.MEMBER), keys.add("Anne Example", Audience.STAFF)
    for number, (name, key) in enumerate((("Marie", marie), ("Anne", anne)), 1):
        client.cookies.clear()
        sign_in(client, key)
        client.post("/journal", data={"choice": "yes", "token": token_of(client.get("/journal").text)})
        client.get("/", params={"q": f"{WORDS} of {name}"})
        headers = {"Authorization": f"Bearer {key}"}
        report = {"text": f"Le tram de {name} s'arrête à la frontière.", "consent": True}
        assert client.post("/api/v1/obstacles", json=report, headers=headers).status_code == 201
        title = {"title": f"Dossier de {name} Example"}
        dossier = client.post("/api/v1/dossiers", json=title, headers=headers).json()["id"]
        note = {"kind": "note", "text": f"Une note de {name} Example"}
        assert client.post(f"/api/v1/dossiers/{dossier}/items", json=note, headers=headers).status_code == 201
        assert client.post("/api/v1/alerts", json={"query": f"{WORDS} of {name}"}, headers=headers).status_code == 201
        Subscribers(newsletter_of(parts.settings.index)).add(f"key:{number}", f"{name}@example.org", "fr")
        judgement = Judgement("t1", "a", 2, f"{name} Example", "2026-11-01T12:00:00+00:00")
        append_judgements([judgement], parts.settings.index.data / "eval" / "judgements" / "demo.jsonl", 0o600)
    parts.journal.flush()
    return parts


def run(parts: Parts, words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    environ = {"PASSERELLE_DATA": str(parts.settings.index.data)}
    return command(words.split(), environ, out, err), out.getvalue(), err.getvalue()


def exported(parts: Parts, subject: str) -> dict[str, Any]:
    code, out, _ = run(parts, f"privacy export {subject}")
    assert code == 0
    held: dict[str, Any] = json.loads(out)
    return held


def test_all_that_is_held_about_a_key_is_told_and_nothing_of_anybody_else(used: Parts) -> None:
    held = exported(used, "key:1")
    assert [key["name"] for key in held["key"]] == ["Marie Example"]
    assert [words["text"] for words in held["journal"]] == [f"{WORDS} of Marie"]
    assert [report["text"] for report in held["obstacle reports"]] == ["Le tram de Marie s'arrête à la frontière."]
    assert [kept.get("title") or kept["text"] for kept in held["dossiers"]] == [
        "Dossier de Marie Example",
        "Une note de Marie Example",
    ]
    assert [alert["query"] for alert in held["alerts"]] == [f"{WORDS} of Marie"]
    assert [subscription["mail address"] for subscription in held["newsletter"]] == ["Marie@example.org"]
    assert [judgement["judge"] for judgement in held["judgements"]] == ["Marie Example"]
    assert [session["address"] for session in held["sessions"]] == ["testclient"]
    assert {line["subject"] for line in held["audit log"]} == {"key:1"}
    assert [place for place in held if not held[place]] == ["person", "register's history", "uploads"]
    assert "Anne" not in json.dumps(held)


def test_what_a_command_noted_of_a_key_is_told_too(parts: Parts) -> None:
    assert run(parts, "keys add --audience member --name Marie")[0] == 0
    assert run(parts, "keys add --audience member --name Luc")[0] == 0
    assert [(line["action"], line["key"]) for line in exported(parts, "key:1")["audit log"]] == [("keys add", "Marie")]


def test_an_export_holds_nothing_that_opens_anything(used: Parts) -> None:
    held = exported(used, "key:2")
    assert "passerelle_" not in json.dumps(held)
    assert set(held["sessions"][0]) == {"opened", "last used", "address", "browser"}
    assert set(held["key"][0]) == {"id", "name", "audience", "created", "scopes", "groups", "used"}


def test_what_may_be_erased_is_gone_and_the_rest_is_named_with_its_reason(used: Parts, client: TestClient) -> None:
    code, out, _ = run(used, "privacy erase key:1")
    assert code == 0
    assert all(f"{place}: kept ({reason})" in out for place, reason in KEPT)
    held = exported(used, "key:1")
    assert [place for place in held if held[place]] == ["subject", "key", "audit log"]
    assert held["key"][0]["name"] == "erased 1"
    assert held["key"][0]["revoked"]
    other = exported(used, "key:2")
    assert all(
        other[place]
        for place in (
            "key",
            "journal",
            "obstacle reports",
            "dossiers",
            "alerts",
            "newsletter",
            "judgements",
            "sessions",
        )
    )
    left = [path.name for path in files_with(used.settings.index.data, b"Marie Example")]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d\.jsonl", name) for name in left), left  # the audit log
    assert files_with(used.settings.index.data, f"{WORDS} of Marie".encode()) == []


def files_with(folder: Path, content: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and content in path.read_bytes()]


def test_a_person_of_the_issuer_is_told_and_erased_too(parts: Parts) -> None:
    data = personal_data(parts.settings)
    data.people.remember(LEA)
    cookie = sessions(parts.settings).open(LEA, Visit("192.0.2.7", "Firefox, Linux"))
    parts.journal.record_search(
        SearchEvent("page", "search", WORDS, Filter(audience=Audience.MEMBER)), Consent(True, LEA.subject)
    )
    parts.journal.flush()
    held = exported(parts, LEA.subject)
    assert held["person"] == [{"name": "Lea Example", "audience": "member", "groups": ["gt-sante"]}]
    assert held["sessions"][0]["address"] == "192.0.2.7"
    assert [words["text"] for words in held["journal"]] == [WORDS]
    assert run(parts, f"privacy erase {LEA.subject}")[0] == 0
    assert sessions(parts.settings).find(cookie) is None
    assert files_with(parts.settings.index.data, b"Lea Example") == []
    assert files_with(parts.settings.index.data, b"192.0.2.7") == []


def test_judgements_keep_their_grades_without_their_judge(used: Parts) -> None:
    run(used, "privacy erase key:1")
    path = used.settings.index.data / "eval" / "judgements" / "demo.jsonl"
    judgements = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(made["judge"], made["grade"]) for made in judgements] == [("erased", 2), ("Anne Example", 2)]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("subject", ["", "Marie", "key:", "key:x", "oidc:lea", "command"])
def test_what_is_no_subject_is_refused(parts: Parts, subject: str) -> None:
    for action in ("export", "erase"):
        out, err = io.StringIO(), io.StringIO()
        environ = {"PASSERELLE_DATA": str(parts.settings.index.data)}
        assert command(["privacy", action, subject], environ, out, err) == 1
        assert out.getvalue() == ""
        assert "no subject" in err.getvalue()


def test_the_audit_log_notes_that_it_was_done_and_never_whose_it_was(used: Parts) -> None:
    before = (next((used.settings.index.data / "audit").iterdir())).read_text()
    run(used, "privacy export key:1")
    run(used, "privacy erase key:1")
    after = (next((used.settings.index.data / "audit").iterdir())).read_text()
    added = [json.loads(line) for line in after[len(before) :].splitlines()]
    assert [line["action"] for line in added] == ["privacy export", "privacy erase"]
    assert all("key:1" not in json.dumps(line) for line in added)


def test_every_file_that_holds_personal_data_is_in_the_record_of_processing() -> None:
    record = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()
    names = ("alerts", "newsletter", "keys", "people", "sessions", "journal", "obstacles", "threads")
    for name in (*(f"{name}.sqlite" for name in names), "audit/", "uploads/", "eval/judgements/", "inbox/"):
        assert f"`{name}`" in record, name

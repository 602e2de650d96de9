"""The journal: what is kept, what is not without consent, for how long, and that it never holds a request up."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.documents import Audience
from index.settings import IndexSettings
from index.types import Filter
from service import wiring
from service.__main__ import command
from service.app import Parts
from service.journal.consent import HEADER
from service.journal.service import GRACE_PERIOD, Consent, Journal, SearchEvent
from service.journal.store import JournalStore, daily_digest
from service.settings import Settings
from tests.conftest import ROOT
from tests.databases import Locate
from tests.service.signing_in import sign_in, token_of

EVENT = SearchEvent(
    "page",
    "question",
    "une ambulance ?",
    Filter(Audience.MEMBER, themes=frozenset({"health"})),
    ("a", "b"),
    answered=False,
)
WORDS = "certificat A1 institution"


class Clock:
    def __init__(self, day: str = "2026-03-10") -> None:
        self.at = datetime.fromisoformat(f"{day}T12:00:00+00:00")

    def __call__(self) -> datetime:
        return self.at


def rows(journal: Journal, table: str = "searches") -> list[dict[str, Any]]:
    journal.flush()
    with journal.store.open_shared() as db:
        return [dict(row) for row in db.execute(f"SELECT * FROM {table}")]


@pytest.fixture
def journal(locate: Locate) -> Iterator[Journal]:
    journal = Journal(locate("journal.sqlite"), secret="s", now=Clock())
    yield journal
    journal.stop()


def content(journal: Journal) -> bytes:
    """Return everything the journal holds, as far as bytes show it."""
    if isinstance(journal.location, Path):
        return journal.location.read_bytes()
    return repr([rows(journal, table) for table in ("searches", "shown", "votes")]).encode()


def test_what_was_searched_is_kept_without_its_words_or_who_it_was(journal: Journal) -> None:
    journal.record_search(EVENT, Consent(False, "key:3"), "t")
    (kept,) = rows(journal)
    assert (kept["found"], kept["answered"], kept["audience"], kept["day"]) == (2, 0, "member", "2026-03-10")
    assert kept["query"] is None
    assert kept["who"] == ""
    assert [(row["document_id"], row["place"]) for row in rows(journal, "shown")] == [("a", 1), ("b", 2)]
    assert b"ambulance" not in content(journal)


def test_with_consent_the_words_are_kept_under_a_digest_that_changes_each_day(journal: Journal) -> None:
    journal.record_search(EVENT, Consent(True, "key:3"), "t")
    (kept,) = rows(journal)
    assert kept["query"] == "une ambulance ?"
    assert kept["who"] == daily_digest("s", "key:3", date(2026, 3, 10)) != daily_digest("s", "key:3", date(2026, 3, 11))
    assert "key:3" not in content(journal).decode("latin-1")


def test_opening_counts_for_what_was_shown_and_nothing_else(journal: Journal) -> None:
    journal.record_search(EVENT, Consent(), "t")
    for token, document_id in (("t", "b"), ("t", "elsewhere"), ("other", "a")):
        journal.record_opening(token, document_id)
    assert {row["document_id"]: bool(row["opened"]) for row in rows(journal, "shown")} == {"a": False, "b": True}


def test_what_comes_before_its_search_waits_for_it_and_not_for_ever(journal: Journal) -> None:
    other = Journal(journal.location, secret="s", now=journal.now)  # another worker's, which writes the search
    journal.record_vote("t", "a", helped=True, word="", audience="member", consent=Consent())
    journal.record_opening("t", "b")
    assert rows(journal, "votes") == []
    other.record_search(EVENT, Consent(), "t")
    assert len(rows(other)) == 1
    journal.record_vote("u", "", helped=True, word="", audience="member", consent=Consent())
    assert [row["document_id"] for row in rows(journal, "votes")] == ["a"]
    assert [row["document_id"] for row in rows(journal, "shown") if row["opened"]] == ["b"]
    assert isinstance(journal.now, Clock)
    journal.now.at += GRACE_PERIOD
    journal.flush()  # the vote on "u" is given up
    other.record_search(EVENT, Consent(), "u")
    other.flush()
    journal.flush()
    assert [row["document_id"] for row in rows(journal, "votes")] == ["a"]
    journal.stop()
    other.stop()


def test_a_vote_is_about_something_shown_and_the_last_one_counts(journal: Journal) -> None:
    journal.record_search(EVENT, Consent(), "t")
    for token, document_id, helped, word in (("t", "a", True, ""), ("t", "a", False, "périmé"), ("t", "x", True, "")):
        journal.record_vote(
            token, document_id, helped=helped, word=word, audience="member", consent=Consent(True, "key:3")
        )
    journal.record_vote("other", "", helped=True, word="", audience="member", consent=Consent())
    assert [(row["document_id"], row["helped"], row["word"]) for row in rows(journal, "votes")] == [("a", 0, "périmé")]


def test_the_journal_forgets_by_itself(locate: Locate) -> None:
    clock = Clock("2026-03-01")
    old = Journal(locate("journal.sqlite"), days=90, now=clock)
    old.record_search(EVENT, Consent(True), "old")
    clock.at += timedelta(days=90)
    old.record_search(EVENT, Consent(True), "kept")
    old.stop()
    clock.at += timedelta(days=1)
    later = Journal(old.location, days=90, now=clock)
    later.record_search(EVENT, Consent(), "new")
    assert [row["token"] for row in rows(later)] == ["kept", "new"]
    later.stop()


def test_nothing_is_kept_where_no_days_are_set(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", days=0)
    assert journal.new_token() == ""
    journal.record_search(EVENT, Consent(True), "")
    journal.flush()
    assert not (tmp_path / "journal.sqlite").exists()


def test_one_person_s_words_are_erased_and_nobody_else_s(journal: Journal) -> None:
    journal.record_search(EVENT, Consent(True, "key:3"), "mine")
    journal.record_search(EVENT, Consent(True, "key:4"), "other")
    journal.record_vote("other", "a", helped=False, word="mon avis", audience="member", consent=Consent(True, "key:3"))
    assert journal.erase_subject("key:3") == 2
    assert [row["token"] for row in rows(journal)] == ["other"]
    assert rows(journal, "votes") == []
    assert {row["token"] for row in rows(journal, "shown")} == {"other"}


def test_words_from_before_the_secret_was_rotated_are_erased_too(journal: Journal) -> None:
    journal.record_search(EVENT, Consent(True, "key:3"), "mine")
    journal.flush()
    rotated = Journal(journal.location, secret="new", former_secrets=("s",), now=journal.now)
    assert Journal(journal.location, secret="new", now=journal.now).erase_subject("key:3") == 0
    assert rotated.erase_subject("key:3") == 1


def test_erased_words_are_not_left_in_the_file(journal: Journal) -> None:
    journal.record_search(EVENT, Consent(True, "key:3"), "t")
    journal.flush()
    assert b"une ambulance" in content(journal)
    assert journal.store.erase_words() == 1
    assert b"une ambulance" not in content(journal)
    assert [row["found"] for row in rows(journal)] == [2]


@given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=12), st.integers(1, 120))
def test_purging_keeps_exactly_what_is_young_enough(entries: list[tuple[int, bool]], days: int) -> None:
    today = date(2026, 6, 30)
    with sqlite3.connect(":memory:") as db:
        store = MemoryJournal(Path("unused"), db=db)
        for number, (age, _) in enumerate(entries):
            row = (str(number), str(today - timedelta(days=age)))
            db.execute("INSERT INTO searches VALUES (?,?,'','','','','','','',0,NULL,0,NULL,'')", row)
        store.purge(today, days)
        left = {token for (token,) in db.execute("SELECT token FROM searches")}
    assert left == {str(number) for number, (age, _) in enumerate(entries) if age <= days}


def test_a_journal_that_cannot_be_written_stops_no_search(parts: Parts, app: FastAPI) -> None:
    (parts.settings.index.data / "journal.sqlite").mkdir(parents=True)  # where the file should be: every write fails
    with TestClient(app, raise_server_exceptions=False) as client:
        for _ in range(3):
            assert client.post("/api/v1/search", json={"query": "ambulance"}).status_code == 200
            assert client.get("/?q=ambulance").status_code == 200
        parts.journal.flush()


def test_records_are_lost_rather_than_waited_for(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    with journal.store.open():  # the writer waits; the requests do not
        for number in range(3000):
            journal.record_search(EVENT, Consent(), str(number))
    assert "records lost" in caplog.text
    journal.flush()
    assert 0 < len(rows(journal)) < 3000


def test_pages_and_api_keep_words_only_of_those_who_agreed(client: TestClient, parts: Parts) -> None:
    client.get("/", params={"q": WORDS})
    client.post("/api/v1/search", json={"query": WORDS})
    client.post("/api/v1/ask", json={"question": f"{WORDS} ?"})
    assert [row["query"] for row in rows(parts.journal)] == [None] * 3
    client.post("/api/v1/search", json={"query": WORDS}, headers={HEADER: "yes"})
    client.post("/journal", data={"choice": "yes", "token": token_of(client.get("/journal").text)})
    client.get("/", params={"q": WORDS})
    assert sorted(row["channel"] for row in rows(parts.journal) if row["query"] == WORDS) == ["api", "page"]
    client.post("/journal", data={"choice": "no", "token": token_of(client.get("/journal").text)})
    client.get("/", params={"q": WORDS})
    assert len([row for row in rows(parts.journal) if row["query"]]) == 2


def test_each_way_in_says_which_it_was(client: TestClient, parts: Parts) -> None:
    client.get("/?q=ambulance+patient+transport+insurance+%3F")
    client.get("/experiences?q=ambulance")
    client.post("/api/v1/experiences", json={"situation": "ambulance"})
    client.post("/api/v1/ask", json={"question": "ambulance ?"}, headers={"Accept": "text/event-stream"})
    client.post("/v1/chat/completions", json={"model": "x", "messages": [{"role": "user", "content": "ambulance"}]})
    kept = {(row["channel"], row["what"]) for row in rows(parts.journal)}
    assert kept == {
        *(("page", "question"), ("page", "experiences"), ("api", "experiences")),
        *(("api", "question"), ("chat", "question")),
    }


def test_concepts_are_recognised_whatever_the_words_language_is_taken_for(tmp_path: Path) -> None:
    settings = Settings(index=IndexSettings(data=tmp_path, thesaurus=ROOT / "corpus" / "thesaurus.ttl"))
    understand = wiring.journal(settings).understand
    assert understand("télétravail frontalier") == ("fr", ("theme/frontier-worker", "theme/telework"))
    assert understand("Qui paie l'ambulance qui passe la frontière ?") == ("fr", ("theme/emergency-care",))
    assert understand("Rettungsdienst").language == "de"
    assert understand("zzzz").concepts == ()


def test_signed_in_readers_erase_their_own_words(client: TestClient, parts: Parts, member_key: str) -> None:
    sign_in(client, member_key)
    client.post("/journal", data={"choice": "yes", "token": token_of(client.get("/journal").text)})
    client.get("/", params={"q": WORDS})
    assert [row["query"] for row in rows(parts.journal)] == [WORDS]
    answer = client.post("/journal", data={"choice": "erase", "token": token_of(client.get("/journal").text)})
    assert "Vos mots ont été effacés" in answer.text
    assert rows(parts.journal) == []


def test_the_command_line_erases_and_says_how_much(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite", secret="s")
    journal.record_search(EVENT, Consent(True, "key:3"), "t")
    journal.stop()
    for words, expected in (("--subject key:9", "0 records"), ("--words", "1 records"), ("--all", "1 records")):
        out = io.StringIO()
        environ = {"PASSERELLE_DATA": str(tmp_path)}
        assert command(["journal", "erase", *words.split()], environ, out, io.StringIO()) == 0
        assert out.getvalue().startswith(expected)
    today = datetime.now(UTC).date().isoformat()
    assert "journal erase" in (tmp_path / "audit" / f"{today}.jsonl").read_text()


class MemoryJournal(JournalStore):
    """The journal's store on a connection that is already open."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        super().__init__(path)
        for step in self.steps:
            step(db)
        object.__setattr__(self, "_db", db)

    def open(self) -> Any:
        return self._db  # type: ignore[attr-defined]

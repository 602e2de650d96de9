"""A data folder's keys, people, journal and audit log go on in the database that machines share."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.documents import Audience
from index.settings import IndexSettings
from index.store.small_files import small_files
from index.types import Filter
from service.__main__ import command
from service.alerts.outbox import Outbox
from service.alerts.store import Alerts, NewAlert, alerts_of
from service.auth.callers import NOBODY, Caller
from service.auth.secret_sources import SecretTable, secret_in
from service.dossiers.store import dossiers_of
from service.journal.service import Consent, SearchEvent
from service.library.filters import Filters
from service.newsletter.database import newsletter_of
from service.newsletter.subscribers import Subscribers
from service.obstacles.store import register_of
from service.settings import Settings
from service.sharing import warn_of_unused_files
from service.wiring import audit_log, journal, key_store, people
from tests.databases import Postgresql
from tests.postgresql import Server
from tests.service.obstacles.reports import new_report

LEA = Caller("Léa", Audience.MEMBER, "oidc:i:lea")


@pytest.fixture
def database(postgresql: Server, tmp_path: Path) -> Iterator[str]:
    databases = Postgresql(postgresql)
    yield databases.settings(tmp_path).database
    databases.drop_databases()


def run(folder: Path, words: str, **environ: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = command(words.split(), {"PASSERELLE_DATA": str(folder)} | environ, out, err)
    return code, out.getvalue(), err.getvalue()


def test_what_was_kept_in_files_goes_on_in_the_database(database: str, tmp_path: Path) -> None:
    own = Settings(index=IndexSettings(data=tmp_path))
    token = key_store(own).add("Marie", Audience.MEMBER)
    people(own).remember(LEA)
    kept = journal(own)
    kept.record_search(SearchEvent("page", "search", "tram", Filter(Audience.MEMBER)), Consent(True, LEA.subject))
    kept.stop()
    for number in range(3):
        audit_log(own).write("act", NOBODY, number=number)
    head = audit_log(own).verify().head

    code, out, err = run(tmp_path, "share", PASSERELLE_DATABASE=database)
    assert (code, err) == (0, "")
    assert "keys.sqlite: 1 copied" in out
    shared = Settings(index=IndexSettings(data=tmp_path / "another machine", database=database))
    key = key_store(shared).by_token(token)
    assert key is not None
    assert key.name == "Marie"
    key_store(shared).add("Luc", Audience.MEMBER)
    assert [key.id for key in key_store(shared).all()] == [1, 2]
    assert people(shared).find(LEA.subject) == LEA
    audit_log(shared).write("act", NOBODY, number=3)
    verdict = audit_log(shared).verify(head)
    assert (verdict.lines, verdict.fault, verdict.knows) == (4, "", True)
    assert [words["text"] for words in journal(shared).words_of(LEA.subject)] == ["tram"]

    code, _, err = run(tmp_path, "share", PASSERELLE_DATABASE=database)
    assert code == 1
    assert "already" in err
    assert len(key_store(shared).all()) == 2


def test_what_readers_and_forums_left_goes_there_and_back(database: str, tmp_path: Path) -> None:
    here, shared = (IndexSettings(data=tmp_path / "here", database=address) for address in ("", database))
    register_of(here).add(new_report("Le tramway s’arrête."))
    with dossiers_of(here).open() as tables:
        tables.add_dossier(LEA, "Conseil")
    alerts, filters = Alerts(alerts_of(here)), Filters()
    for query in ("tram", "gare"):
        alerts.add(NewAlert(LEA.subject, query, filters, "fr", "lea@example.org"), 9)
    Subscribers(newsletter_of(here)).add(LEA.subject, "lea@example.org", "fr")
    files = small_files(here)
    for name in ("inbox/a.json", "unsolved.jsonl", "thesaurus-additions.ttl"):
        files.write(name, name.encode())
    assert run(here.data, "share", PASSERELLE_DATABASE=database)[0] == 0

    def kept(settings: IndexSettings) -> list[object]:
        with dossiers_of(settings).open() as tables:
            dossiers = tables.owned_by(LEA.subject)
        files = small_files(settings)
        return [
            register_of(settings).obstacles(),
            [(report.text, report.handle) for report in register_of(settings).reports()],
            dossiers,
            Alerts(alerts_of(settings)).of(LEA.subject),
            [(mail.id, mail.message_id) for mail in Outbox(alerts_of(settings)).due()],
            Subscribers(newsletter_of(settings)).of(LEA.subject),
            [
                files.read(name)
                for name in (*files.names("inbox", ".json"), "unsolved.jsonl", "thesaurus-additions.ttl")
            ],
        ]

    before = kept(here)
    assert kept(shared) == before
    assert len(Outbox(alerts_of(shared)).due()) == 2
    code, _, err = run(here.data, "share --back", PASSERELLE_DATABASE=database)
    assert (code, "already" in err) == (1, True)
    back = IndexSettings(data=tmp_path / "back")
    assert run(back.data, "share --back", PASSERELLE_DATABASE=database)[0] == 0
    assert kept(back) == before
    assert (back.data / "journal-secret").read_text() == secret_text(shared)
    assert (back.data / "journal-secret").stat().st_mode & 0o077 == 0


def test_a_service_says_which_files_it_does_not_use(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "alerts.sqlite").touch()
    for database, is_told in (("", False), ("postgresql://db/centre", True)):
        warn_of_unused_files(Settings(index=IndexSettings(data=tmp_path, database=database)))
        assert ("alerts.sqlite" in caplog.text) is is_told


def secret_text(settings: IndexSettings) -> str:
    source = secret_in(settings, "journal-secret")
    assert not isinstance(source, Path)
    with SecretTable(source.location).open() as db:
        return str(db.execute("SELECT entry FROM secrets WHERE name = ?", (source.name,)).fetchone()[0])


def test_without_a_database_nothing_is_shared(tmp_path: Path) -> None:
    code, _, err = run(tmp_path, "share")
    assert code == 1
    assert "PASSERELLE_DATABASE" in err


def test_a_command_says_that_the_database_does_not_answer(tmp_path: Path) -> None:
    code, _, err = run(tmp_path, "keys list", PASSERELLE_DATABASE="postgresql://marie:geheim@127.0.0.1:1/centre")
    assert code == 2
    assert "does not answer" in err
    assert "geheim" not in err

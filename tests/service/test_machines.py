"""Machines that share a PostgreSQL database: what is left on one is there on the others, and nothing is done twice."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.documents import Audience
from index.settings import IndexSettings
from index.store.small_files import small_files
from service.auth.callers import Caller
from service.dossiers.store import dossiers_of
from service.mailing.outbox import MailState
from service.newsletter.database import newsletter_of
from service.newsletter.subscribers import Subscribers
from service.obstacles.store import register_of
from service.uploads.store import NotStored, UploadedFile, UploadFolder
from tests.service.alerts.site import AlertSite, Mailbox, mail_server, settings_of
from tests.service.obstacles.reports import new_report

ON_SERVER = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
READERS = 8


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as mailbox:
        yield mailbox


def machines(tmp_path: Path, database: str, port: int) -> list[AlertSite]:
    """Return two services with a folder each and one database, and readers who are to be told of a document."""
    sites = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        sites.append(AlertSite(tmp_path / name, settings_of(port), database=database))
    for number in range(READERS):
        sites[number % 2].add(address=f"reader{number}@example.org")
    for site in sites:
        site.put("n/tram")
        site.job.look()
        site.clock.wait(days=1)
    return sites


def send_at_once(sites: list[AlertSite]) -> None:
    def send(site: AlertSite) -> None:
        for _ in range(20):
            site.job.send()

    with ThreadPoolExecutor(len(sites)) as pool:
        list(pool.map(send, sites))


@ON_SERVER
@pytest.mark.parametrize("is_locked", [True, False])
def test_two_machines_send_each_mail_once(tmp_path: Path, mailbox: Mailbox, database: str, is_locked: bool) -> None:
    """Also where the server has ended the connection that held the lock: the claim of each mail is enough."""
    sites = machines(tmp_path, database, mailbox.port)
    if not is_locked:
        for site in sites:
            site.job.delivery.lock = nullcontext
    send_at_once(sites)
    received = Counter(address for address, _ in mailbox.taken)
    assert received == {f"reader{number}@example.org": 1 for number in range(READERS)}
    assert sites[0].outbox.state().counts[MailState.WAITING] == 0


@ON_SERVER
def test_what_is_left_on_one_machine_is_there_on_the_other(tmp_path: Path, database: str) -> None:
    here, there = (IndexSettings(tmp_path / name, database=database) for name in ("a", "b"))
    marie = Caller("Marie", Audience.MEMBER, "key:1")
    register_of(here).add(new_report("Le tramway s’arrête à la frontière."))
    with dossiers_of(here).open() as tables:
        tables.add_dossier(marie, "Conseil")
    Subscribers(newsletter_of(here)).add(marie.subject, "marie@example.org", "fr")
    assert [report.text for report in register_of(there).reports()] == ["Le tramway s’arrête à la frontière."]
    with dossiers_of(there).open() as tables:
        assert [head.title for head in tables.owned_by(marie.subject)] == ["Conseil"]
    (subscriber,) = Subscribers(newsletter_of(there)).of(marie.subject)
    assert subscriber.address == "marie@example.org"
    assert not (tmp_path / "a").exists()


@ON_SERVER
def test_uploads_are_refused_where_the_other_machines_have_another_folder(tmp_path: Path, database: str) -> None:
    def upload(name: str) -> list[str]:
        settings = IndexSettings(tmp_path / name, database=database)
        folder = UploadFolder(settings.data, shared=small_files(settings))
        return folder.put([UploadedFile("a.md", io.BytesIO(b"x"))], {}, "Anne", datetime(2026, 1, 1, tzinfo=UTC))

    assert len(upload("first")) == 1
    with pytest.raises(NotStored, match="not the folder that the other machines use"):
        upload("second")
    assert not list((tmp_path / "second").rglob("*.md"))
    (tmp_path / "third").mkdir()
    (tmp_path / "third/uploads").symlink_to(tmp_path / "first/uploads")
    assert len(upload("third")) == 1

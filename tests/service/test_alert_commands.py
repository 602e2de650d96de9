"""The commands of operators: send, status, erase."""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.__main__ import command
from service.mail_commands import send_alerts
from tests.service.alerts.site import MARIE, AlertSite, Mailbox, mail_server, settings_of


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server(Mailbox()) as mailbox:
        yield mailbox


@pytest.fixture
def site(tmp_path: Path, mailbox: Mailbox) -> AlertSite:
    site = AlertSite(tmp_path, settings_of(mailbox.port))
    site.add()
    site.put("n/tram")
    return site


def run(site: AlertSite, words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = command(words.split(), {"PASSERELLE_DATA": str(site.folder)}, out, err)
    return code, out.getvalue(), err.getvalue()


def sent(site: AlertSite, *, now: bool = False, dry_run: bool = False) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = send_alerts(site.job, argparse.Namespace(now=now, dry_run=dry_run), out, err)
    return code, out.getvalue(), err.getvalue()


def test_what_would_be_sent_is_said_without_an_address_and_nothing_is_sent(site: AlertSite, mailbox: Mailbox) -> None:
    code, out, _ = sent(site, now=True, dry_run=True)
    assert code == 0
    assert "would send 1 new documents to m…@example.org" in out
    assert MARIE not in out
    assert mailbox.taken == []


def test_what_is_not_due_is_sent_only_when_asked_for(site: AlertSite, mailbox: Mailbox) -> None:
    assert "0 mails sent" in sent(site)[1]
    assert "1 mails sent" in sent(site, now=True)[1]
    site.clock.wait(minutes=1)
    assert "0 mails sent" in sent(site, now=True)[1]
    assert len(mailbox.taken) == 1


def test_mails_that_wait_are_told(site: AlertSite, mailbox: Mailbox) -> None:
    mailbox.answer = lambda moment: "451 later" if moment == "RCPT" else None
    code, _, err = sent(site, now=True)
    assert code == 1
    assert "1 mails wait" in err
    code, out, _ = run(site, "alerts status")
    assert code == 0
    assert "waiting\t1" in out
    assert "451 later" in out


def test_every_alert_of_an_address_is_erased(site: AlertSite) -> None:
    site.add(address="paul@example.org")
    assert run(site, "alerts erase Marie@Example.org") == (0, "1 alerts erased.\n", "")
    assert [alert.address for alert in site.alerts.all()] == ["paul@example.org"]
    assert b"marie@" not in (site.folder / "alerts.sqlite").read_bytes()


def test_without_a_mail_server_the_missing_setting_is_named(site: AlertSite) -> None:
    code, _, err = run(site, "alerts send")
    assert code == 1
    assert "PASSERELLE_SMTP_HOST" in err

"""What operators do with the newsletter: the outbox's state, and the erasure of an address."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from service.__main__ import command
from service.mailing.outbox import MailState
from tests.service.newsletter.site import LetterSite


@pytest.fixture
def site(tmp_path: Path) -> LetterSite:
    return LetterSite(tmp_path)


def run(site: LetterSite, words: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = command(words.split(), {"PASSERELLE_DATA": str(site.folder)}, out, err)
    return code, out.getvalue(), err.getvalue()


def test_the_state_of_the_outbox_tells_no_address(site: LetterSite) -> None:
    site.put("n/a")
    site.subscribe("marie@example.org")
    site.send(site.draft())
    (mail,) = site.outbox.due()
    site.outbox.end(mail, MailState.FAILED, "554 looks like spam")
    code, out, _ = run(site, "newsletter status")
    assert code == 0
    assert "failed\t1" in out
    assert "554 looks like spam" in out
    assert "marie" not in out


def test_an_address_is_erased_however_it_is_written_and_the_audit_log_does_not_say_whose(site: LetterSite) -> None:
    site.subscribe("marie@example.org")
    site.subscribe("paul@example.org")
    assert run(site, "newsletter erase Marie@Example.org") == (0, "1 subscriptions erased.\n", "")
    assert [subscriber.address for subscriber in site.subscribers.confirmed()] == ["paul@example.org"]
    assert b"marie@" not in (site.folder / "newsletter.sqlite").read_bytes()
    audit = "".join(path.read_text() for path in (site.folder / "audit").iterdir())
    assert "newsletter erase" in audit
    assert "arie@" not in audit


def test_without_a_mail_server_it_says_which_settings_are_missing(site: LetterSite) -> None:
    code, _, err = run(site, "newsletter send")
    assert code == 1
    assert "PASSERELLE_SMTP_HOST" in err

"""Whom a letter goes to, and what becomes of its mails."""

from __future__ import annotations

import sqlite3

import pytest

from index.documents import Audience
from index.errors import StoreError
from service.auth.callers import Caller
from service.mailing.outbox import MailState
from service.newsletter.job import KEPT_MAILS, STOPPED, UNCONFIRMED
from service.newsletter.model import Readership
from service.wiring import key_store, people
from tests.databases import BOTH, raw_content
from tests.service.alerts.site import Mailbox, text_of
from tests.service.newsletter.site import LetterSite

MEMBERS = Readership(Audience.MEMBER)
GROUP = Readership(Audience.MEMBER, "gt-sante")


def recipients(mailbox: Mailbox) -> list[str]:
    return sorted(address for address, _ in mailbox.taken)


@BOTH
def test_a_letter_goes_to_those_alone_whom_it_is_for(site: LetterSite, mailbox: Mailbox) -> None:
    site.put("n/all")
    site.put("n/members", audience=Audience.MEMBER)
    site.put("n/group", groups=("gt-sante",))
    site.key(name="Marie")
    site.key(name="Luc", groups=frozenset({"gt-sante"}))
    site.key(Audience.STAFF, "Anne")
    site.subscribe("public@example.org")
    for number, name in enumerate(("marie", "luc", "anne"), 1):
        site.subscribe(f"{name}@example.org", f"key:{number}")
    for readership, expected in (
        (Readership(), ["anne", "luc", "marie", "public"]),
        (MEMBERS, ["anne", "luc", "marie"]),
        (GROUP, ["anne", "luc"]),
    ):
        mailbox.taken.clear()
        letter = site.draft(readership)
        site.send(letter)
        assert site.job.send() == len(expected)
        assert recipients(mailbox) == [f"{name}@example.org" for name in expected]
        assert site.letters.get(letter.id).delivered == len(expected)


@BOTH
def test_what_staff_s_own_access_shows_is_never_in_a_letter(site: LetterSite, mailbox: Mailbox) -> None:
    site.put("n/all")
    site.put("n/hidden", audience=Audience.STAFF)
    site.put("n/group", groups=("gt-sante",))
    site.key(Audience.STAFF, "Anne")
    site.subscribe("anne@example.org", "key:1")
    site.send(site.draft(MEMBERS))
    assert site.job.send() == 1
    text = text_of(mailbox.messages[0]) + text_of(mailbox.messages[0], "html")
    assert "n/all" in text
    assert "n/hidden" not in text
    assert "n/group" not in text


@BOTH
def test_what_is_withdrawn_or_narrowed_after_it_was_sent_off_is_left_out_of_mails_not_gone_yet(
    site: LetterSite, mailbox: Mailbox
) -> None:
    for name in ("n/a", "n/b", "n/c"):
        site.put(name)
    site.subscribe("public@example.org")
    site.send(site.draft())
    site.store.withdraw("n/a", "Anne", "")
    site.put("n/b", audience=Audience.MEMBER)
    assert site.job.send() == 1
    text = text_of(mailbox.messages[0]) + text_of(mailbox.messages[0], "html")
    assert [name for name in ("n/a", "n/b", "n/c") if name in text] == ["n/c"]


@BOTH
def test_whose_key_is_revoked_gets_nothing_and_is_forgotten(site: LetterSite, mailbox: Mailbox) -> None:
    site.put("n/all")
    site.key(name="Marie")
    subscriber = site.subscribe("marie@example.org", "key:1")
    site.send(site.draft())
    key_store(site.parts.settings).revoke("Marie")
    assert site.job.send() == 0
    assert site.subscribers.get(subscriber.id).stopped == "access"
    site.clock.wait(days=31)
    assert site.subscribers.purge(unconfirmed=UNCONFIRMED, stopped=STOPPED, mails=KEPT_MAILS) == 1


@BOTH
def test_somebody_of_the_issuer_gets_a_letter_for_members_once_they_have_signed_in_again(
    site: LetterSite, mailbox: Mailbox
) -> None:
    class Rights:
        access: Caller | None = None

        def resume(self, subject: str) -> Caller:
            from service.errors import Unauthenticated

            if self.access is None:
                raise Unauthenticated("away")
            return self.access

    rights = Rights()
    site.job.authenticator = rights  # type: ignore[assignment]
    site.put("n/members", audience=Audience.MEMBER)
    site.subscribe("lea@example.org", "oidc:0123456789ab:lea")
    site.send(site.draft(MEMBERS))
    assert site.job.send() == 0
    assert site.outbox.state().counts[MailState.WAITING] == 1
    rights.access = Caller("Lea", Audience.MEMBER, "oidc:0123456789ab:lea")
    site.clock.wait(hours=1)
    assert site.job.send() == 1
    assert people(site.parts.settings).find("oidc:0123456789ab:lea") is None  # not by another way


@BOTH
def test_a_letter_can_be_unsubscribed_with_one_click_and_a_test_has_no_such_link(
    site: LetterSite, mailbox: Mailbox
) -> None:
    site.put("n/all")
    site.subscribe("public@example.org")
    letter = site.draft()
    site.letters.test(letter.id, letter.version, "anne@example.org")
    assert site.job.send() == 1
    assert "List-Unsubscribe" not in mailbox.messages[0]
    assert mailbox.messages[0]["Subject"].startswith("[Essai]")
    assert b"anne@example.org" not in raw_content(site.job.file.location)
    site.send(site.letters.get(letter.id))
    site.job.send()
    message = mailbox.messages[1]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"/newsletter/unsubscribe?t={mailbox.link('/newsletter/unsubscribe')}>" in message["List-Unsubscribe"]


@BOTH
def test_a_letter_that_was_sent_cannot_be_changed_even_in_its_table(site: LetterSite) -> None:
    site.put("n/all")
    letter = site.draft()
    site.send(letter)
    for statement in ("UPDATE letters SET title = 'x'", "UPDATE letters SET items = '[]'", "DELETE FROM letters"):
        with pytest.raises((sqlite3.IntegrityError, StoreError)), site.job.file.open() as db:
            db.execute(statement)
    assert site.letters.get(letter.id).title == "Lettre de mars"


@BOTH
def test_how_many_it_went_to_stays_when_mails_are_forgotten_and_subscribers_leave(
    site: LetterSite, mailbox: Mailbox
) -> None:
    site.put("n/all")
    subscriber = site.subscribe("public@example.org")
    letter = site.draft()
    site.send(letter)
    assert site.job.send() == 1
    site.clock.wait(days=401)
    site.subscribers.purge(unconfirmed=UNCONFIRMED, stopped=STOPPED, mails=KEPT_MAILS)
    site.subscribers.delete(subscriber.id)
    assert site.letters.get(letter.id).delivered == 1
    assert b"public@" not in raw_content(site.job.file.location)


@BOTH
def test_an_address_that_is_refused_for_good_gets_no_further_letter(site: LetterSite, mailbox: Mailbox) -> None:
    site.put("n/all")
    subscriber = site.subscribe("public@example.org")
    mailbox.answer = lambda now: "550 unknown here" if now == "RCPT" else None
    site.send(site.draft())
    assert site.job.send() == 0
    assert site.subscribers.get(subscriber.id).stopped == "refused"
    assert site.outbox.state().counts[MailState.FAILED] == 1


@BOTH
def test_who_unsubscribes_while_it_is_sent_gets_nothing(site: LetterSite, mailbox: Mailbox) -> None:
    site.put("n/all")
    subscriber = site.subscribe("public@example.org")
    site.send(site.draft())
    site.subscribers.delete(subscriber.id)
    site.clock.wait(minutes=1)
    assert site.job.send() == 0

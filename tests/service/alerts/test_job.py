"""Who is told of a new document, when, and how often: once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from index.documents import Access, Audience
from index.store.withdrawals import Withdrawal
from service.alerts.model import Frequency, Stop
from service.auth.callers import Caller
from service.library.open_index import OpenIndex
from service.mailing.outbox import MailState
from service.wiring import key_store
from tests.databases import BOTH, raw_content
from tests.service.alerts.site import MARIE, TRAM, AlertSite, Mailbox, text_of
from tests.service.fakes import MemoryStore, OlderEngine, OpenLibrary, WordEmbedder

WELL = "Le puits commun de la vallée fournit l'eau aux deux villages."


@BOTH
def test_a_document_that_comes_in_is_told_by_mail_with_the_passage_that_matched(
    site: AlertSite, mailbox: Mailbox
) -> None:
    site.add()
    site.put("n/tram", f"{WELL}\n\n{TRAM}", title="Le tramway", borders=("DE-FR",))
    assert site.run() == 1
    (message,) = mailbox.messages
    assert message["To"] == MARIE
    assert message["Subject"] == "1 nouveau document\u00a0: «\u00a0tramway\u00a0»"
    for kind in ("plain", "html"):
        assert "Le tramway" in text_of(message, kind)
        assert "/documents/n/tram?start=" in text_of(message, kind)
        assert "Allemagne" in text_of(message, kind)
    assert TRAM in " ".join(text_of(message).split())
    assert WELL not in text_of(message)


@BOTH
def test_what_was_there_is_not_told_and_what_is_new_is_told_once(site: AlertSite, mailbox: Mailbox) -> None:
    site.put("n/ancien")
    alert = site.add()
    assert site.run() == 0
    site.put("n/neuf")
    assert site.run() == 1
    site.put("n/neuf", f"{TRAM} Il est gratuit.")  # changed
    site.store.withdraw("n/ancien", "x", "y")
    site.job.look()
    site.store.reinstate("n/ancien")
    assert [site.run(), site.run()] == [0, 0]
    assert site.told(alert) == ["n/neuf"]
    assert len(mailbox.taken) == 1


@BOTH
def test_what_was_gone_when_an_alert_looked_is_told_once_it_is_back(site: AlertSite) -> None:
    alert, away = site.add(), site.add("", filters={"borders": ["BE-FR"]})
    site.alerts.pause(away.id, is_paused=True)
    site.put("n/neuf", borders=("BE-FR",))
    site.job.look()  # the alert that is paused looks at nothing
    site.remove("n/neuf")
    site.alerts.pause(away.id, is_paused=False)
    site.job.look()  # it looks while the document is gone
    assert site.told(away) == []
    site.put("n/neuf", borders=("BE-FR",))
    site.job.look()
    assert site.told(away) == ["n/neuf"]
    assert site.told(alert) == ["n/neuf"]


@BOTH
def test_a_process_with_an_older_index_that_makes_an_alert_hides_nothing_from_another(site: AlertSite) -> None:
    alert = site.add()
    site.alerts.pause(alert.id, is_paused=True)
    older = [document.card for document in site.store.list_documents(Access(Audience.STAFF))]
    site.put("n/neuf")
    site.job.look()
    site.job.sightings.add(older)
    site.alerts.pause(alert.id, is_paused=False)
    site.job.look()
    assert site.told(alert) == ["n/neuf"]


@BOTH
def test_what_does_not_match_the_query_or_the_filters_is_not_told(site: AlertSite) -> None:
    searched = site.add()
    filtered = site.add("", filters={"borders": ["BE-FR"]})
    both = site.add("tramway", filters={"borders": ["BE-FR"]})
    site.put("n/puits", WELL, borders=("BE-FR",))
    site.put("n/tram", TRAM, borders=("DE-FR",))
    site.put("n/kusttram", "Le tramway de la côte.", borders=("BE-FR",))
    site.run()
    assert site.told(searched) == ["n/kusttram", "n/tram"]
    assert site.told(filtered) == ["n/kusttram", "n/puits"]
    assert site.told(both) == ["n/kusttram"]


@BOTH
def test_a_digest_waits_for_its_hour_and_a_weekly_one_for_monday(site: AlertSite, mailbox: Mailbox) -> None:
    site.add("tramway", frequency=Frequency.DAILY)
    site.add("tramway", frequency=Frequency.WEEKLY, address="paul@example.org")
    site.put("n/tram")  # on a Wednesday at noon; the hour is five
    assert site.run(hours=1) == 0
    site.clock.wait(hours=17)
    assert site.job.send() == 1
    site.clock.wait(days=3)
    assert site.job.send() == 0
    site.clock.wait(days=1)
    assert site.job.send() == 1
    assert [address for address, _ in mailbox.taken] == [MARIE, "paul@example.org"]


@BOTH
def test_nothing_is_told_beyond_what_the_owner_may_see_when_it_is_sent(site: AlertSite, mailbox: Mailbox) -> None:
    site.key(Audience.MEMBER)
    alert = site.add(owner="key:1")
    for audience in Audience:
        site.put(f"n/{audience.value}", audience=audience)
    site.put("n/groupe", groups=("gt-sante",))
    site.job.look()
    site.put("n/member", audience=Audience.STAFF)  # taken back before the mail is sent
    site.clock.wait(days=1)
    assert site.job.send() == 1
    assert "n/public" in text_of(mailbox.messages[0])
    assert all(f"n/{other}" not in text_of(mailbox.messages[0]) for other in ("member", "staff", "groupe"))
    assert mailbox.messages[0]["Subject"].startswith("1 nouveau document")
    site.put("n/member", audience=Audience.MEMBER)
    assert site.run() == 1
    assert "n/member" in text_of(mailbox.messages[1])
    assert site.told(alert) == ["n/member", "n/public"]


@BOTH
def test_a_revoked_key_is_told_nothing_and_its_alert_is_erased_in_time(site: AlertSite, mailbox: Mailbox) -> None:
    site.key()
    alert = site.add(owner="key:1")
    site.put("n/tram")
    site.job.look()
    key_store(site.parts.settings).revoke("Marie")
    site.clock.wait(days=1)
    assert site.job.send() == 0
    assert site.alerts.get(alert.id).stopped is Stop.ACCESS
    site.clock.wait(days=31)
    site.job._purge()
    assert site.alerts.all() == []
    assert mailbox.taken == []


class Visitors:
    """An authenticator of people who come and go."""

    def __init__(self) -> None:
        self.here: dict[str, Access] = {}

    def caller(self, token: str) -> Caller:
        raise NotImplementedError

    def resume(self, subject: str) -> Caller:
        from service.errors import Unauthenticated

        if subject not in self.here:
            raise Unauthenticated("gone")
        access = self.here[subject]
        return Caller("x", access.audience, subject, groups=access.groups)


@BOTH
def test_who_has_not_signed_in_for_long_is_told_what_is_public_and_the_rest_on_coming_back(
    site: AlertSite, mailbox: Mailbox
) -> None:
    people = Visitors()
    site.job.authenticator = people
    lea = "oidc:0123456789ab:lea"
    alert = site.add(owner=lea)
    site.put("n/public")
    site.put("n/membre", audience=Audience.MEMBER)
    site.put("n/groupe", groups=("gt-sante",))
    assert site.run() == 1
    assert site.told(alert) == ["n/public"]
    people.here[lea] = Access(Audience.MEMBER, frozenset({"gt-sante"}))
    assert site.run() == 1
    assert site.told(alert) == ["n/groupe", "n/membre", "n/public"]
    assert "n/public" not in text_of(mailbox.messages[1])


@BOTH
def test_a_paused_alert_tells_nothing_and_on_going_on_what_came_meanwhile(site: AlertSite) -> None:
    alert = site.add()
    site.alerts.pause(alert.id, is_paused=True)
    site.put("n/tram")
    assert site.run() == 0
    site.alerts.pause(alert.id, is_paused=False)
    assert site.run() == 1


@BOTH
def test_nothing_is_sent_to_an_address_that_was_not_confirmed(site: AlertSite, mailbox: Mailbox) -> None:
    site.add(confirmed=False)
    site.put("n/tram")
    assert site.run() == 1
    assert mailbox.messages[0]["Subject"] == "Confirmez votre alerte"
    assert "tramway" not in text_of(mailbox.messages[0]) + text_of(mailbox.messages[0], "html")
    site.clock.wait(days=8)
    site.job._purge()
    assert site.alerts.all() == []
    assert b"marie@" not in raw_content(site.job.file.location)


@BOTH
def test_a_mail_tells_of_fifty_documents_and_the_next_one_of_the_others(site: AlertSite, mailbox: Mailbox) -> None:
    site.add("", filters={"borders": ["BE-FR"]})
    for number in range(60):
        site.put(f"n/{number:02}", WELL, borders=("BE-FR",))
    assert site.run() == 1
    assert "10 autres documents suivront" in text_of(mailbox.messages[0])
    site.clock.wait(days=1)
    assert site.job.send() == 1
    counts = [sum(f"n/{number:02}?" in text_of(message) for message in mailbox.messages) for number in range(60)]
    assert counts == [1] * 60


@BOTH
def test_a_document_opened_to_all_members_is_not_new_to_the_group_that_had_it(site: AlertSite) -> None:
    site.key(groups=("gt-sante",))
    site.put("n/groupe", groups=("gt-sante",))
    alert = site.add(owner="key:1")
    site.put("n/groupe", audience=Audience.MEMBER)
    site.run()
    assert site.told(alert) == []


def test_the_files_of_alerts_are_private(site: AlertSite) -> None:
    site.add()
    assert (site.folder / "alerts.sqlite").stat().st_mode & 0o777 == 0o600


def test_without_a_mail_server_nothing_is_sent_and_feeds_go_on(tmp_path: Path) -> None:
    site = AlertSite(tmp_path)
    alert = site.add()
    site.put("n/tram")
    assert site.run() == 0
    assert site.told(alert) == ["n/tram"]


@BOTH
def test_of_two_jobs_one_sends(site: AlertSite, mailbox: Mailbox) -> None:
    other = AlertSite(site.folder, site.smtp, site.clock)
    site.add()
    site.put("n/tram")
    other.put("n/tram")
    site.job.look()
    other.job.look()
    site.clock.wait(days=1)
    assert site.job.send() + other.job.send() == 1
    assert len(mailbox.taken) == 1
    assert site.outbox.state().counts[MailState.SENT] == 1


@pytest.mark.parametrize("language", ["fr", "en", "de", "es", "it", "nl"])
@BOTH
def test_mails_are_in_the_reader_s_language(site: AlertSite, mailbox: Mailbox, language: str) -> None:
    site.add(language=language)
    site.put("n/tram")
    site.put("n/tram2")
    assert site.run() == 1
    message = mailbox.messages[0]
    assert message["Content-Language"] == language
    assert "alerts." not in str(message["Subject"]) + text_of(message).replace("alerts/unsubscribe", "")
    assert f'<html lang="{language}">' in text_of(message, "html")


@BOTH
def test_a_document_the_engine_does_not_know_yet_is_not_passed_over(site: AlertSite) -> None:
    """The store is written while an older engine is searched; it is opened anew a moment later."""

    alert, library = site.add(), site.job.teller.library
    older = OpenIndex(OlderEngine(MemoryStore({}, site.folder / "originals"), WordEmbedder()), site.store)
    site.put("n/tram")
    site.job.teller = replace(site.job.teller, library=OpenLibrary(older))
    assert site.job.look() == 0
    site.job.teller = replace(site.job.teller, library=library)
    assert site.job.look() == 1
    assert site.told(alert) == ["n/tram"]


@BOTH
def test_withdrawn_documents_are_not_told(site: AlertSite) -> None:
    site.add()
    site.put("n/tram")
    site.job.look()
    site.store.withdrawals.add(Withdrawal("n/tram", "t", "2026-01-01T00:00:00+00:00", "x", "y"))
    site.clock.wait(days=1)
    assert site.job.send() == 0

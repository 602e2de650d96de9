"""Alerts in a browser: made of a search, confirmed by a button, ended with one click, looked after by their owner."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.mailing.outbox import MailState
from tests.databases import raw_content
from tests.service.alerts.site import MARIE, AlertSite, Mailbox, text_of
from tests.service.signing_in import sign_in, token_of

SEARCH = "q=tramway&border=DE-FR"


def ask(client: TestClient, search: str = SEARCH, **fields: str) -> str:
    """Fill in the form for an alert of a search, and return the page that follows."""
    form = client.get(f"/alerts/new?{search}").text
    hidden = re.search(r'name="search" value="([^"]*)"', form)
    assert hidden is not None
    answer = client.post("/alerts/new", data={"token": token_of(form), "search": html.unescape(hidden[1])} | fields)
    return answer.text


def test_an_alert_is_not_made_at_a_frequency_that_is_not_offered(client: TestClient, site: AlertSite) -> None:
    assert "Choisissez la fréquence" in ask(client, address=MARIE, frequency="hourly")
    assert site.alerts.all() == []


def test_the_search_page_offers_an_alert_of_this_search_with_its_filters(client: TestClient, site: AlertSite) -> None:
    address = re.search(r'class="alert-me" href="([^"]+)"', client.get("/?q=ambulance&border=BE-FR").text)
    assert address is not None
    shown = client.get(html.unescape(address[1])).text
    assert "<q>ambulance</q>" in shown
    assert "Belgique" in shown


def test_a_reader_who_is_not_signed_in_confirms_by_mail_and_is_told_what_is_public(
    client: TestClient, site: AlertSite, mailbox: Mailbox
) -> None:
    assert "Consultez votre messagerie" in ask(client, "q=tramway", address=MARIE, frequency="daily")
    assert mailbox.taken == []  # a request sends nothing
    assert site.job.send() == 1
    token = mailbox.link("/alerts/confirm")
    assert "tramway" in client.get(f"/alerts/confirm?t={token}").text
    assert "Alerte confirmée" in client.post(f"/alerts/confirm?t={token}").text
    site.put("n/tram")
    site.put("n/membre", audience=Audience.MEMBER)
    assert site.run() == 1
    assert "n/tram" in text_of(mailbox.messages[-1])
    assert "n/membre" not in text_of(mailbox.messages[-1])


def test_links_of_mails_change_nothing_when_a_program_looks_at_them(
    client: TestClient, site: AlertSite, mailbox: Mailbox
) -> None:
    ask(client, address=MARIE)
    site.job.send()
    token = mailbox.link("/alerts/confirm")
    for path in ("confirm", "unsubscribe"):
        assert client.get(f"/alerts/{path}?t={token}").status_code == 200
        assert client.head(f"/alerts/{path}?t={token}").status_code == 200
    (alert,) = site.alerts.all()
    assert not alert.is_confirmed
    for token in ("", "x", alert.id):
        assert client.post(f"/alerts/confirm?t={token}").status_code == 404
        assert client.post(f"/alerts/unsubscribe?t={token}").status_code == 200
    assert site.alerts.all() == [alert]


def test_a_mail_program_unsubscribes_with_one_click_without_cookies(site: AlertSite, mailbox: Mailbox) -> None:
    site.add()
    site.put("n/tram")
    site.run()
    message = mailbox.messages[0]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = str(message["List-Unsubscribe"]).strip("<>")
    assert address.startswith("http://testserver/alerts/unsubscribe?t=")
    fresh = TestClient(site.app())
    for _ in range(2):  # again is no error
        answer = fresh.post(address.removeprefix("http://testserver"), data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
    assert site.alerts.all() == []
    assert b"marie@" not in raw_content(site.job.file.location)
    site.put("n/tram2")
    assert site.run() == 0


def test_unsubscribing_leaves_the_feed_of_whoever_has_one(
    client: TestClient, site: AlertSite, mailbox: Mailbox
) -> None:
    sign_in(client, site.key())
    ask(client, mail="1", feed="1", address=MARIE, frequency="daily")
    site.job.send()
    client.post(f"/alerts/confirm?t={mailbox.link('/alerts/confirm')}")
    site.put("n/tram", borders=("DE-FR",))
    assert site.run() == 1
    client.post(f"/alerts/unsubscribe?t={mailbox.link('/alerts/unsubscribe')}")
    (alert,) = site.alerts.all()
    assert (alert.address, alert.has_feed) == ("", True)


def test_whoever_never_asked_erases_their_address_with_the_confirmation(
    client: TestClient, site: AlertSite, mailbox: Mailbox
) -> None:
    ask(client, address=MARIE)
    site.job.send()
    client.post(f"/alerts/unsubscribe?t={mailbox.link('/alerts/confirm')}")
    assert site.alerts.all() == []


def test_an_owner_pauses_changes_and_deletes_an_alert(client: TestClient, site: AlertSite) -> None:
    sign_in(client, site.key())
    shown = ask(client, feed="1")
    assert "Copiez-la maintenant" in shown
    (alert,) = site.alerts.all()

    def press(action: str, **fields: str) -> str:
        token = token_of(client.get("/alerts").text)
        return client.post(f"/alerts/{alert.id}", data={"token": token, "action": action} | fields).text

    assert "Reprendre" in press("pause")
    assert site.alerts.get(alert.id).is_paused
    assert "Suspendre" in press("resume")
    assert "En attente de confirmation" in press("change", frequency="daily", language="de", address=MARIE)
    changed = site.alerts.get(alert.id)
    assert (changed.frequency, changed.language, changed.address) == ("daily", "de", MARIE)
    assert "Indiquez une adresse" in press("change", address="nobody")
    assert "Choisissez la fréquence" in press("change", frequency="hourly", address=MARIE)
    assert site.alerts.get(alert.id) == changed
    assert "Vous n’avez pas encore d’alerte" in press("delete")


def test_nobody_changes_somebody_else_s_alert(client: TestClient, site: AlertSite) -> None:
    site.key()
    alert = site.add(owner="key:1")
    sign_in(client, site.key(name="Paul"))
    assert "tramway" not in client.get("/alerts").text
    token = token_of(client.get("/alerts/new?q=a").text)
    for action in ("pause", "delete", "feed", "nofeed", "change"):
        answer = client.post(f"/alerts/{alert.id}", data={"token": token, "action": action})
        assert answer.status_code == 404
    client.cookies.clear()
    assert client.post(f"/alerts/{alert.id}", data={"action": "delete"}).status_code == 403
    assert site.alerts.get(alert.id) == alert


def test_a_form_from_elsewhere_makes_no_alert(client: TestClient, site: AlertSite) -> None:
    sign_in(client, site.key())
    answer = client.post("/alerts/new", data={"search": SEARCH, "feed": "1", "token": "x"})
    assert answer.status_code == 403
    assert site.alerts.all() == []


@pytest.mark.parametrize(
    "address", ["", "marie", "marie@", "a@b", "a@b.org, c@d.org", "a@b.org\r\nBcc: c@d.org", "é@b.org", "<a@b.org>"]
)
def test_what_is_no_address_gets_no_mail(client: TestClient, site: AlertSite, address: str) -> None:
    assert "Indiquez une adresse" in ask(client, address=address)
    assert site.alerts.all() == []


def test_confirmations_to_one_address_and_from_one_network_are_few_a_day(client: TestClient, site: AlertSite) -> None:
    most = site.parts.settings.rate.alerts
    for number in range(most):
        ask(client, f"q=tramway+{number}", address=MARIE)
    form = client.get(f"/alerts/new?{SEARCH}").text
    refused = client.post("/alerts/new", data={"token": token_of(form), "search": SEARCH, "address": MARIE})
    assert refused.status_code == 429
    assert len(site.alerts.all()) == most
    ask(client, address="paul@example.org")  # the network has had its share too
    assert len(site.alerts.all()) == most
    assert MARIE.encode() not in str(site.job.file).encode()


def test_a_feed_holds_what_was_told_and_its_owner_may_see_now(client: TestClient, site: AlertSite) -> None:
    sign_in(client, site.key())
    shown = ask(client, "q=tramway", feed="1", language="de")
    address = re.search(r'id="feed" readonly value="http://testserver([^"]+)"', shown)
    assert address is not None
    site.put("n/tram", audience=Audience.MEMBER, title="Tram & <b>Bus</b>")
    site.job.look()
    stranger = TestClient(site.app())
    answer = stranger.get(html.unescape(address[1]))
    assert answer.headers["content-type"] == "application/atom+xml"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "Tram &amp; &lt;b&gt;Bus&lt;/b&gt;" in answer.text
    assert 'xml:lang="de"' in answer.text
    assert "Le tramway de Strasbourg" in answer.text
    again = stranger.get(html.unescape(address[1]), headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    site.put("n/tram", audience=Audience.STAFF)
    assert "n/tram" not in stranger.get(html.unescape(address[1])).text
    from service.wiring import key_store

    key_store(site.parts.settings).revoke("Marie")
    assert stranger.get(html.unescape(address[1])).status_code == 404
    assert stranger.get("/alerts/feed.atom?t=x").status_code == 404


def test_the_secrets_of_links_and_feeds_are_not_stored(client: TestClient, site: AlertSite, mailbox: Mailbox) -> None:
    sign_in(client, site.key())
    shown = ask(client, feed="1", mail="1", address=MARIE)
    feed = re.search(r"feed\.atom\?t=([\w-]+)", shown)
    assert feed is not None
    site.job.send()
    stored = raw_content(site.job.file.location)
    assert feed[1].encode() not in stored
    assert mailbox.link("/alerts/confirm").encode() not in stored


def test_staff_see_how_the_mails_go(client: TestClient, site: AlertSite, mailbox: Mailbox) -> None:
    site.add()
    site.put("n/tram")
    mailbox.answer = lambda now: "554 no" if now == "DATA" else None
    site.run()
    sign_in(client, site.key(Audience.STAFF, "Anne"))
    shown = client.get("/staff").text
    assert "Courriels des alertes" in shown
    assert "554 no" in shown
    assert site.outbox.state().counts[MailState.FAILED] == 1

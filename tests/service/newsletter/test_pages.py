"""The pages: staff make and send a letter, readers subscribe and leave; forms from elsewhere do nothing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.mailing.outbox import MailState
from service.newsletter.model import Stop
from tests.databases import raw_content
from tests.service.alerts.site import Mailbox, text_of
from tests.service.newsletter.site import LetterSite
from tests.service.signing_in import sign_in, token_of

LIST = "/staff/newsletters"
NEW = {"since": "2026-03-01", "until": "2026-03-31", "readers": "public", "arrangement": "border", "language": "fr"}


def post(client: TestClient, path: str, data: dict[str, Any], page: str = "") -> Any:
    token = token_of(client.get(page or path).text)
    return client.post(path, data={"token": token} | data, follow_redirects=False)


def begin(client: TestClient) -> str:
    """Draft a letter on the page and return its address."""
    response = post(client, LIST, NEW)
    assert response.status_code == 303
    return str(response.headers["location"])


def form_of(text: str) -> dict[str, Any]:
    """Return what the form of a letter holds, as a browser would send it."""
    return {
        "seen": re.findall(r'name="seen" value="(\d+)"', text)[0],
        "title": re.findall(r'name="title"[^>]* value="([^"]*)"', text)[0],
        "opening": "",
        "closing": "",
        "language": "fr",
        "item": re.findall(r'name="item" value="([^"]*)"', text),
        "ticked": re.findall(r'name="ticked" value="([^"]*)" checked', text),
        "chosen": ["0"] * len(re.findall(r'name="item"', text)),
        "word": [""] * len(re.findall(r'name="item"', text)),
    }


def test_a_letter_is_drafted_edited_tested_and_sent(site: LetterSite, staff: TestClient, mailbox: Mailbox) -> None:
    site.put("n/a", borders=("DE-FR",))
    site.put("n/b", borders=("DE-FR",))
    site.subscribe("public@example.org")
    address = begin(staff)
    form = form_of(staff.get(address).text)
    form |= {"title": "Notre lettre", "opening": "Bonjour", "word": ["Un mot", ""], "ticked": ["n/a"]}
    assert post(staff, address, form | {"action": "test", "address": "x"}, address).status_code == 422
    form["seen"] = "2"
    tested = post(staff, address, form | {"action": "test", "address": "anne@example.org"}, address)
    assert tested.headers["location"] == f"{address}?tested=1#test"
    assert site.job.send() == 1
    assert "Un mot" in text_of(mailbox.messages[0])
    assert "n/b" not in text_of(mailbox.messages[0], "html")
    confirmation = staff.get(f"{address}/send").text
    assert "1 abonné qui a choisi" in confirmation
    state = re.findall(r'name="state" value="(\w+)"', confirmation)[0]
    assert post(staff, f"{address}/send", {"state": state, "to": "language"}).status_code == 303
    assert site.job.send() == 1
    assert mailbox.messages[1]["Subject"] == "Notre lettre"
    page = staff.get(address).text
    assert "1 destinataire" in page
    assert 'name="seen"' not in page
    assert post(staff, address, form | {"action": "save"}, LIST).status_code == 403
    audit = "".join(path.read_text() for path in (site.folder / "audit").iterdir())
    assert '"newsletter send"' in audit
    assert "anne@example.org" not in audit


def test_a_form_of_a_stale_page_is_refused_and_what_was_typed_is_shown_again(
    site: LetterSite, staff: TestClient
) -> None:
    site.put("n/a")
    address = begin(staff)
    form = form_of(staff.get(address).text)
    assert post(staff, address, form | {"title": "Premier", "action": "save"}, address).status_code == 303
    second = post(staff, address, form | {"title": "Second", "word": ["Mon mot"], "action": "save"}, address)
    assert second.status_code == 412
    for expected in ("Anne a modifié cette lettre", 'value="Second"', "Mon mot", "Enregistré entre-temps : Premier"):
        assert expected in second.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "Premier" in staff.get(address).text


def test_a_button_moves_a_document_and_saves_what_was_typed(site: LetterSite, staff: TestClient) -> None:
    site.put("n/a", borders=("DE-FR",))
    site.put("n/b", borders=("DE-FR",))
    address = begin(staff)
    form = form_of(staff.get(address).text)
    response = post(staff, address, form | {"opening": "Bonjour", "move": f"down 3 {form['item'][0]}"}, address)
    assert response.status_code == 303
    text = staff.get(address).text
    assert re.findall(r'name="item" value="([^"]*)"', text) == form["item"][::-1]
    assert "Bonjour" in text


def test_what_changed_since_the_page_was_looked_at_is_not_sent(site: LetterSite, staff: TestClient) -> None:
    site.put("n/a")
    site.put("n/b")
    site.subscribe("public@example.org")
    address = begin(staff)
    state = re.findall(r'name="state" value="(\w+)"', staff.get(f"{address}/send").text)[0]
    site.put("n/a", audience=Audience.MEMBER)
    response = post(staff, f"{address}/send", {"state": state, "to": "all"})
    assert response.status_code == 412
    assert "1 document est laissé de côté" in response.text
    assert site.job.send() == 0


@pytest.mark.parametrize("form", ["html", "txt", "docx", "odt", "pdf"])
def test_a_letter_can_be_taken_away(site: LetterSite, staff: TestClient, form: str) -> None:
    site.put("n/a")
    response = staff.get(f"{begin(staff)}/letter.{form}")
    assert response.status_code == 200
    assert f'passerelle-2026-03-31.{form}"' in response.headers["content-disposition"]
    assert len(response.content) > 300


def test_others_are_shown_no_such_page_and_no_form_from_elsewhere_is_taken(
    site: LetterSite, client: TestClient
) -> None:
    site.put("n/a")
    letter = site.draft()
    address = f"{LIST}/{letter.id}"
    for key in ("", site.key()):
        client.cookies.clear()
        if key:
            sign_in(client, key)
        for path in (LIST, address, f"{address}/send", f"{address}/letter.html"):
            assert client.get(path).status_code == 404
        for path in (LIST, address, f"{address}/send"):
            assert client.post(path, data=NEW).status_code == 404
    client.cookies.clear()
    sign_in(client, site.key(Audience.STAFF, "Paul"))
    for path in (LIST, address, f"{address}/send"):
        assert client.post(path, data=NEW | {"token": "x", "action": "delete", "seen": "1"}).status_code == 403
    assert site.letters.get(letter.id).version == 1
    assert len(site.letters.all()) == 1


def test_a_reader_subscribes_confirms_and_leaves_by_links_that_reading_alone_does_not_act_on(
    site: LetterSite, client: TestClient, mailbox: Mailbox
) -> None:
    response = post(client, "/newsletter", {"address": "lea@example.org", "language": "de"})
    assert "messagerie" in response.text
    assert site.subscribers.confirmed() == []
    assert site.job.send() == 1
    assert mailbox.messages[0]["Content-Language"] == "de"
    link = mailbox.link("/newsletter/confirm")
    assert client.get(f"/newsletter/confirm?t={link}").status_code == 200
    assert site.subscribers.confirmed() == []
    assert client.post(f"/newsletter/confirm?t={link}").status_code == 200
    assert [subscriber.address for subscriber in site.subscribers.confirmed()] == ["lea@example.org"]
    client.get(f"/newsletter/unsubscribe?t={link}")
    assert site.subscribers.confirmed()
    assert client.post(f"/newsletter/unsubscribe?t={link}").status_code == 200
    assert client.post(f"/newsletter/unsubscribe?t={link}").status_code == 200
    assert b"lea@" not in raw_content(site.job.file.location)


def test_an_address_has_one_subscription_and_nobody_takes_a_member_s_away(
    site: LetterSite, client: TestClient, mailbox: Mailbox
) -> None:
    member = site.subscribe("marie@example.org", "key:1")
    post(client, "/newsletter", {"address": "Marie@example.org", "language": "en"})
    site.job.send()
    client.post(f"/newsletter/confirm?t={mailbox.link('/newsletter/confirm')}")
    (kept,) = site.subscribers.confirmed()
    assert (kept.id, kept.owner, kept.language) == (member.id, "key:1", "en")


def test_who_was_a_member_may_subscribe_anew_as_anybody(site: LetterSite, client: TestClient, mailbox: Mailbox) -> None:
    member = site.subscribe("marie@example.org", "key:1")
    site.subscribers.stop(member.id, Stop.ACCESS)
    post(client, "/newsletter", {"address": "marie@example.org", "language": "en"})
    site.job.send()
    client.post(f"/newsletter/confirm?t={mailbox.link('/newsletter/confirm')}")
    assert [(subscriber.owner, subscriber.language) for subscriber in site.subscribers.confirmed()] == [("", "en")]


def test_a_letter_that_waits_for_an_address_is_sent_though_it_subscribes_anew(
    site: LetterSite, client: TestClient, mailbox: Mailbox
) -> None:
    site.put("n/all")
    site.subscribe("lea@example.org")
    post(client, "/newsletter", {"address": "lea@example.org", "language": "de"})
    assert site.job.send() == 1
    site.send(site.draft())
    client.post(f"/newsletter/confirm?t={mailbox.link('/newsletter/confirm')}")
    mailbox.taken.clear()
    assert site.job.send() == 1
    assert "Lettre de mars" in str(mailbox.messages[0]["Subject"])


def test_a_member_ends_their_own_subscription_and_nobody_else_s(site: LetterSite, client: TestClient) -> None:
    sign_in(client, site.key(name="Marie"))
    own, other = site.subscribe("marie@example.org", "key:1"), site.subscribe("luc@example.org", "key:2")
    text = client.get("/newsletter").text
    assert "marie@example.org" in text
    assert "luc@example.org" not in text
    assert post(client, "/newsletter/mine", {"subscription": other.id}, "/newsletter").status_code == 404
    assert client.post("/newsletter/mine", data={"subscription": own.id}).status_code == 403
    assert post(client, "/newsletter/mine", {"subscription": own.id}, "/newsletter").status_code == 303
    assert [subscriber.id for subscriber in site.subscribers.confirmed()] == [other.id]
    assert site.outbox.state().counts[MailState.WAITING] == 0

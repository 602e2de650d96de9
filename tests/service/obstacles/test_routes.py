"""The register over HTTP: reports, lists, what staff see and take along, pages and their forms."""

from __future__ import annotations

import json
from typing import Any

import httpx

from index.documents import Audience
from service.auth.scopes import Scope
from service.obstacles.model import Level
from tests.service.obstacles.site import SALT, TRAM, Site, confirm, path_of, post_report


def test_a_report_gives_its_writer_two_private_addresses_and_nothing_else(client: httpx.Client, site: Site) -> None:
    answer = post_report(client, border="ES-FR")
    assert answer.status_code == 201
    addresses = answer.json()
    assert addresses.keys() == {"follow_url", "feed_url"}
    page = client.get(path_of(addresses["follow_url"]))
    assert SALT in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert client.get(path_of(addresses["feed_url"])).headers["content-type"].startswith("application/atom+xml")
    assert site.only().id not in answer.text


def test_the_same_told_by_two_is_one_obstacle_with_a_count(client: httpx.Client, site: Site) -> None:
    post_report(client, border="ES-FR")
    post_report(client, f"{SALT} ", border="ES-FR", headers=site.bearer(Audience.MEMBER))
    post_report(client, TRAM, border="DE-FR")
    assert sorted(obstacle.reports(Audience.STAFF) for obstacle in site.register.obstacles()) == [1, 2]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"consent": False}, "consent"),
    ({"consent": 1}, "consent"),
    ({"text": "  "}, "text"),
    ({"text": "x" * 2001}, "text"),
    ({"border": "FR-FR"}, "border"),
    ({"kind": "thread"}, "kind"),
    ({"who": "me"}, "who"),
]


def test_a_report_that_is_not_understood_is_refused_and_names_the_field(client: httpx.Client, site: Site) -> None:
    for changes, field in REFUSED:
        answer = post_report(client, **changes)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert site.register.reports() == []


def test_a_question_without_an_answer_is_handed_on_when_its_asker_agrees(client: httpx.Client, site: Site) -> None:
    def ask(question: str, **fields: Any) -> httpx.Response:
        return client.post("/api/v1/ask", json={"question": question} | fields)

    unknown = "Wo quakt der Wombat Xylophon?"
    assert ask(unknown).json()["follow_url"] is None
    assert ask("Who pays for the transport of the patient?", hand_on_if_unanswered=True).json()["follow_url"] is None
    assert site.register.reports() == []
    followed = ask(unknown, hand_on_if_unanswered=True).json()["follow_url"]
    assert unknown in client.get(path_of(followed)).text
    assert [(report.source, report.consent) for report in site.register.reports()] == [("question", "api")]
    events = {"Accept": "text/event-stream"}
    streamed = client.post("/api/v1/ask", json={"question": unknown, "hand_on_if_unanswered": True}, headers=events)
    assert [error["field"] for error in streamed.json()["errors"]] == ["hand_on_if_unanswered"]


def test_a_key_is_for_reports_or_it_is_not(client: httpx.Client, site: Site) -> None:
    reports = site.bearer(Audience.MEMBER, "r", scopes=[Scope.REPORT])
    searches = site.bearer(Audience.MEMBER, "s", scopes=[Scope.SEARCH])
    assert post_report(client, headers=reports).status_code == 201
    assert (
        post_report(client, headers=searches).status_code
        == client.get("/api/v1/obstacles", headers=searches).status_code
    )
    assert post_report(client, headers=searches).status_code == 403


def test_each_audience_reads_what_is_for_it(client: httpx.Client, site: Site) -> None:
    post_report(client, TRAM)
    name = confirm(site, "Deux abonnements sont nécessaires.", level=Level.LOCAL, themes=("transport",))
    post_report(client, SALT)
    member, staff = site.bearer(Audience.MEMBER), site.bearer(Audience.STAFF)
    totals = [
        client.get("/api/v1/obstacles", headers=headers or {}).json()["total"] for headers in (None, member, staff)
    ]
    assert totals == [0, 1, 2]
    assert client.get(f"/api/v1/obstacles/{name}").status_code == 404
    shown = client.get(f"/api/v1/obstacles/{name}", headers=member).json()
    assert (shown["statement"], shown["level"], shown["reports"]) == ("Deux abonnements sont nécessaires.", "local", 1)
    assert shown["staff"] is None
    assert "tramway" not in json.dumps(shown)
    view = client.get(f"/api/v1/obstacles/{name}", headers=staff).json()["staff"]
    assert view["reports"][0]["text"] == TRAM
    assert view["reports"][0]["reasons"]
    assert [event["what"] for event in view["history"]] == ["confirmed"]
    hidden, absent = (client.get(f"/api/v1/obstacles/{other}", headers=member) for other in (unstated(site), "none"))
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content) == (404, absent.content)


def unstated(site: Site) -> str:
    return next(obstacle.id for obstacle in site.register.obstacles() if not obstacle.statement)


COUNTS = {
    "": 2,
    "?state=confirmed": 2,
    "?state=solved": 0,
    "?level=local": 1,
    "?border=FR-DE": 1,
    "?theme=health": 1,
    "?theme=health&level=local": 0,
    "?k=1": 1,
    "?offset=2": 0,
}


def test_a_list_is_filtered_and_cut(client: httpx.Client, site: Site) -> None:
    post_report(client, TRAM)
    confirm(site, "Un.", level=Level.LOCAL, borders=("DE-FR",), themes=("transport",))
    post_report(client, SALT)
    confirm(site, "Deux.", level=Level.NATIONAL, borders=("ES-FR",), themes=("health",))
    member = site.bearer(Audience.MEMBER)
    answers = {query: client.get(f"/api/v1/obstacles{query}", headers=member).json() for query in COUNTS}
    assert {query: len(answer["obstacles"]) for query, answer in answers.items()} == COUNTS


def test_a_filter_that_is_not_understood_is_refused(client: httpx.Client) -> None:
    for query in ("?state=open", "?level=x", "?border=FR", "?theme=x", "?k=0", "?offset=-1"):
        assert client.get(f"/api/v1/obstacles{query}").status_code == 422, query


def test_a_path_says_every_method_it_takes(client: httpx.Client) -> None:
    allowed = {path: client.options(path).headers["allow"] for path in ("/api/v1/obstacles", "/api/v1/obstacles/a")}
    assert allowed == {"/api/v1/obstacles": "GET, POST", "/api/v1/obstacles/a": "GET"}

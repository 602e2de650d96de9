"""The register over HTTP: reports, lists, what staff see and take along, pages and their forms."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Audience
from service.auth import Caller
from service.obstacles.editing import Editor, Wording
from service.obstacles.export import safe_cell
from service.obstacles.register import Classification, Level
from service.scopes import Scope
from tests.service.registering import SALT, THESAURUS, TRAM, Site
from tests.service.serving import served
from tests.service.signing_in import sign_in, token_of

ANNE = Caller("Anne", Audience.STAFF, "key:1")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, THESAURUS)


@pytest.fixture
def client(site: Site) -> Iterator[httpx.Client]:
    with served(site.app()) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def tell(client: httpx.Client, text: str = SALT, headers: dict[str, str] | None = None, **said: Any) -> httpx.Response:
    body = {"text": text, "consent": True} | said
    return client.post("/api/v1/obstacles", json=body, headers=headers or {})


def confirm(site: Site, statement: str = "Formulé.", *, is_public: bool = False, **about: Any) -> str:
    one = site.desk.obstacles.obstacles()[-1]
    said = Wording(Classification(**about) if about else one.about, statement, "fr", is_public)
    Editor(site.desk.obstacles, ANNE).correct(one.id, said, confirm=True)
    return one.id


def path_of(url: str) -> str:
    return url.removeprefix("http://testserver")


def test_a_report_gives_its_writer_two_private_addresses_and_nothing_else(client: httpx.Client, site: Site) -> None:
    answer = tell(client, border="ES-FR")
    assert answer.status_code == 201
    said = answer.json()
    assert said.keys() == {"follow_url", "feed_url"}
    page = client.get(path_of(said["follow_url"]))
    assert SALT in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert client.get(path_of(said["feed_url"])).headers["content-type"].startswith("application/atom+xml")
    assert site.only().id not in answer.text


def test_the_same_told_twice_is_one_obstacle_with_a_count(client: httpx.Client, site: Site) -> None:
    tell(client, border="ES-FR")
    tell(client, f"{SALT} ", border="ES-FR")
    tell(client, TRAM, border="DE-FR")
    assert sorted(one.reports(Audience.STAFF) for one in site.desk.obstacles.obstacles()) == [1, 2]


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
    for said, field in REFUSED:
        answer = tell(client, **said)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert site.desk.obstacles.reports() == []


def test_a_question_without_an_answer_is_handed_on_when_its_asker_agrees(client: httpx.Client, site: Site) -> None:
    def ask(question: str, **said: Any) -> httpx.Response:
        return client.post("/api/v1/ask", json={"question": question} | said)

    unknown = "Wo quakt der Wombat Xylophon?"
    assert ask(unknown).json()["follow_url"] is None
    assert ask("Who pays for the transport of the patient?", hand_on_if_unanswered=True).json()["follow_url"] is None
    assert site.desk.obstacles.reports() == []
    followed = ask(unknown, hand_on_if_unanswered=True).json()["follow_url"]
    assert unknown in client.get(path_of(followed)).text
    assert [(one.source, one.consent) for one in site.desk.obstacles.reports()] == [("question", "api")]
    events = {"Accept": "text/event-stream"}
    streamed = client.post("/api/v1/ask", json={"question": unknown, "hand_on_if_unanswered": True}, headers=events)
    assert [one["field"] for one in streamed.json()["errors"]] == ["hand_on_if_unanswered"]


def test_a_key_is_for_reports_or_it_is_not(client: httpx.Client, site: Site) -> None:
    reports = site.bearer(Audience.MEMBER, "r", scopes=[Scope.REPORT])
    searches = site.bearer(Audience.MEMBER, "s", scopes=[Scope.SEARCH])
    assert tell(client, headers=reports).status_code == 201
    assert tell(client, headers=searches).status_code == client.get("/api/v1/obstacles", headers=searches).status_code
    assert tell(client, headers=searches).status_code == 403


def test_each_audience_reads_what_is_for_it(client: httpx.Client, site: Site) -> None:
    tell(client, TRAM)
    name = confirm(site, "Deux abonnements sont nécessaires.", level=Level.LOCAL, themes=("transport",))
    tell(client, SALT)
    member, staff = site.bearer(Audience.MEMBER), site.bearer(Audience.STAFF)
    totals = [client.get("/api/v1/obstacles", headers=one or {}).json()["total"] for one in (None, member, staff)]
    assert totals == [0, 1, 2]
    assert client.get(f"/api/v1/obstacles/{name}").status_code == 404
    shown = client.get(f"/api/v1/obstacles/{name}", headers=member).json()
    assert (shown["statement"], shown["level"], shown["reports"]) == ("Deux abonnements sont nécessaires.", "local", 1)
    assert shown["staff"] is None
    assert "tramway" not in json.dumps(shown)
    told = client.get(f"/api/v1/obstacles/{name}", headers=staff).json()["staff"]
    assert told["reports"][0]["text"] == TRAM
    assert told["reports"][0]["reasons"]
    assert [one["what"] for one in told["history"]] == ["confirmed"]
    hidden, absent = (client.get(f"/api/v1/obstacles/{one}", headers=member) for one in (site_new(site), "none"))
    assert (hidden.status_code, hidden.content) == (absent.status_code, absent.content) == (404, absent.content)


def site_new(site: Site) -> str:
    return next(one.id for one in site.desk.obstacles.obstacles() if not one.statement)


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
    tell(client, TRAM)
    confirm(site, "Un.", level=Level.LOCAL, borders=("DE-FR",), themes=("transport",))
    tell(client, SALT)
    confirm(site, "Deux.", level=Level.NATIONAL, borders=("ES-FR",), themes=("health",))
    member = site.bearer(Audience.MEMBER)
    answers = {query: client.get(f"/api/v1/obstacles{query}", headers=member).json() for query in COUNTS}
    assert {query: len(answer["obstacles"]) for query, answer in answers.items()} == COUNTS


def test_a_filter_that_is_not_understood_is_refused(client: httpx.Client) -> None:
    for query in ("?state=open", "?level=x", "?border=FR", "?theme=x", "?k=0", "?offset=-1"):
        assert client.get(f"/api/v1/obstacles{query}").status_code == 422, query


def test_a_path_says_every_method_it_takes(client: httpx.Client) -> None:
    said = {path: client.options(path).headers["allow"] for path in ("/api/v1/obstacles", "/api/v1/obstacles/a")}
    assert said == {"/api/v1/obstacles": "GET, POST", "/api/v1/obstacles/a": "GET"}


# taking the list along


def test_the_export_holds_what_staff_have_put_and_nobody_s_words(client: httpx.Client, site: Site) -> None:
    tell(client, TRAM)
    confirm(site, '=HYPERLINK("http://evil.example")', level=Level.LOCAL, borders=("DE-FR", "CH-FR"))
    tell(client, SALT)  # nobody has put it yet
    staff = site.bearer(Audience.STAFF)
    answer = client.get("/api/v1/staff/obstacles/export", headers=staff)
    assert answer.headers["content-disposition"] == 'attachment; filename="obstacles.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["statement"] == '\'=HYPERLINK("http://evil.example")'
    assert (row["borders"], row["level"], row["reports"], row["state"]) == ("DE-FR | CH-FR", "local", "1", "confirmed")
    (told,) = client.get("/api/v1/staff/obstacles/export?format=json", headers=staff).json()["obstacles"]
    assert told["borders"] == ["DE-FR", "CH-FR"]
    for said in (answer.text, json.dumps(told, ensure_ascii=False)):
        assert "abonnements" not in said
        assert "saleuse" not in said


def test_the_export_is_for_staff(client: httpx.Client, site: Site) -> None:
    path = "/api/v1/staff/obstacles/export"
    reading_only = site.bearer(Audience.STAFF, "r", scopes=[Scope.REPORT])
    for headers in ({}, site.bearer(Audience.MEMBER), reading_only):
        assert client.get(path, headers=headers).status_code == 403


@given(st.text())
def test_no_cell_is_a_formula(said: str) -> None:
    cell = safe_cell(said)
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == said.removeprefix("'")


# the pages


def test_staff_s_pages_are_not_there_for_others(client: httpx.Client, site: Site) -> None:
    tell(client)
    paths = ["/staff/obstacles", f"/staff/obstacles/{site.only().id}", "/staff/obstacles/export.csv"]
    assert {client.get(path).status_code for path in paths} == {404}
    assert sign_in(client, site.key(Audience.STAFF, "searching", scopes=[Scope.SEARCH, Scope.REPORT])) == 303
    assert {client.get(path).status_code for path in paths} == {404}
    assert client.post(paths[1], data={"action": "confirm"}).status_code == 404


def test_a_report_form_wants_consent_and_a_page_of_one_s_own(client: httpx.Client, site: Site) -> None:
    token = token_of(client.get("/obstacles/report").text)
    for said, status in (
        ({"text": SALT, "token": token}, 422),
        ({"text": SALT, "consent": "yes"}, 403),
        ({"text": " ", "consent": "yes", "token": token}, 422),
        ({"text": SALT, "consent": "yes", "token": token, "border": "XX-YY"}, 422),
    ):
        answer = client.post("/obstacles/report", data=said)
        assert answer.status_code == status
        assert 'role="alert"' in answer.text
    assert site.desk.obstacles.reports() == []
    done = client.post("/obstacles/report", data={"text": SALT, "consent": "yes", "token": token, "border": "ES-FR"})
    assert done.status_code == 303
    assert SALT in client.get(done.headers["location"]).text
    assert site.only().about.borders == ("ES-FR",)


def test_what_staff_do_on_a_page_is_done_and_noted(client: httpx.Client, site: Site) -> None:
    tell(client, TRAM)
    tell(client, SALT)
    one, other = site.desk.obstacles.obstacles()
    assert sign_in(client, site.key(Audience.STAFF)) == 303
    path = f"/staff/obstacles/{one.id}"
    token = token_of(client.get(path).text)

    def act(action: str, **said: Any) -> int:
        return client.post(path, data={"token": token, "action": action} | said).status_code

    about = {
        "statement": "Neutre.",
        "language": "de",
        "level": "local",
        "themes": ["transport", "x"],
        "borders": "FR-DE",
    }
    assert act("confirm", **about, countries="de;fr", types=["pricing-mismatch", "x"], public="yes") == 303
    told = site.desk.obstacles.obstacle(one.id)
    expected = Classification(("transport",), ("DE-FR",), ("DE", "FR"), ("pricing-mismatch",), Level.LOCAL)
    assert (told.about, told.language, told.is_public) == (expected, "de", True)
    assert act("correct", **about | {"borders": "France"}) == 422
    assert act("pass on", to="Le Land", on="demain") == 422
    assert act("pass on", to="Le Land", on="2026-05-01") == 303
    assert act("solve", document="none") == 422
    assert act("solve", document="equipe/text") == 303
    assert act("reopen") == 303
    assert act("split", reports=["1"]) == 422
    assert act("merge", into="none") == 422
    assert act("dance") == 422
    assert act("merge", into=other.id) == 303
    assert client.get(path).status_code == act("reopen") == 404
    log = "".join(file.read_text() for file in (site.folder / "audit").glob("*.jsonl"))
    assert '"obstacle pass on"' in log
    assert "abonnements" not in log
    assert client.get("/staff/obstacles/export.json").json()["obstacles"]


def test_a_member_sees_their_own_reports_and_can_erase_them(client: httpx.Client, site: Site) -> None:
    key = site.key(Audience.MEMBER)
    tell(client, SALT, headers={"Authorization": f"Bearer {key}"})
    tell(client, TRAM)
    assert client.get("/obstacles/mine").status_code == 303
    assert sign_in(client, key) == 303
    shown = client.get("/obstacles/mine").text
    assert SALT in shown
    assert TRAM not in shown
    other = next(one for one in site.desk.obstacles.reports() if one.text == TRAM)
    client.post("/obstacles/withdraw", data={"token": token_of(shown), "report": str(other.id)})
    assert len(site.desk.obstacles.reports()) == 2
    own = next(one for one in site.desk.obstacles.reports() if one.text == SALT)
    client.post("/obstacles/withdraw", data={"token": token_of(shown), "report": str(own.id)})
    assert [one.text for one in site.desk.obstacles.reports()] == [TRAM]


def test_whoever_holds_the_link_can_erase_the_report_and_then_the_link_is_void(
    client: httpx.Client, site: Site
) -> None:
    follow = path_of(tell(client).json()["follow_url"])
    token = token_of(client.get(follow).text)
    assert client.post("/obstacles/withdraw", data={"t": follow.partition("t=")[2]}).status_code == 403
    assert client.post("/obstacles/withdraw", data={"token": token, "t": follow.partition("t=")[2]}).status_code == 200
    assert site.desk.obstacles.obstacles() == []
    assert client.get(follow).status_code == client.get("/obstacles/follow?t=none").status_code == 404
    assert client.get("/obstacles/feed.atom?t=none").headers["content-type"] == "application/problem+json"


def test_nothing_in_a_report_is_markup(client: httpx.Client, site: Site) -> None:
    follow = path_of(tell(client, "<script>alert(1)</script> & l'impôt").json()["follow_url"])
    assert "<script>alert" not in client.get(follow).text
    assert sign_in(client, site.key(Audience.STAFF)) == 303
    for path in ("/staff/obstacles", f"/staff/obstacles/{site.only().id}"):
        assert "<script>alert" not in client.get(path).text

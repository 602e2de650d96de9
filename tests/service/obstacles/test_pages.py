"""The register's pages and their forms: whose they are, what they want, what they do."""

from __future__ import annotations

from typing import Any

import httpx

from index.documents import Audience
from service.auth.scopes import Scope
from service.obstacles.model import Classification, Level
from tests.service.obstacles.site import SALT, TRAM, Site, path_of, post_report
from tests.service.signing_in import sign_in, token_of


def test_staff_s_pages_are_not_there_for_others(client: httpx.Client, site: Site) -> None:
    post_report(client)
    paths = ["/staff/obstacles", f"/staff/obstacles/{site.only().id}", "/staff/obstacles/export.csv"]
    assert {client.get(path).status_code for path in paths} == {404}
    assert sign_in(client, site.key(Audience.STAFF, "searching", scopes=[Scope.SEARCH, Scope.REPORT])) == 303
    assert {client.get(path).status_code for path in paths} == {404}
    assert client.post(paths[1], data={"action": "confirm"}).status_code == 404


def test_a_report_form_wants_consent_and_a_page_of_one_s_own(client: httpx.Client, site: Site) -> None:
    token = token_of(client.get("/obstacles/report").text)
    for fields, status in (
        ({"text": SALT, "token": token}, 422),
        ({"text": SALT, "consent": "yes"}, 403),
        ({"text": " ", "consent": "yes", "token": token}, 422),
        ({"text": SALT, "consent": "yes", "token": token, "border": "XX-YY"}, 422),
    ):
        answer = client.post("/obstacles/report", data=fields)
        assert answer.status_code == status
        assert 'role="alert"' in answer.text
    assert site.register.reports() == []
    done = client.post("/obstacles/report", data={"text": SALT, "consent": "yes", "token": token, "border": "ES-FR"})
    assert done.status_code == 303
    assert SALT in client.get(done.headers["location"]).text
    assert site.only().about.borders == ("ES-FR",)


def test_what_staff_do_on_a_page_is_done_and_noted(client: httpx.Client, site: Site) -> None:
    post_report(client, TRAM)
    post_report(client, SALT)
    first, other = site.register.obstacles()
    assert sign_in(client, site.key(Audience.STAFF)) == 303
    path = f"/staff/obstacles/{first.id}"
    token = token_of(client.get(path).text)

    def act(action: str, **fields: Any) -> int:
        return client.post(path, data={"token": token, "action": action} | fields).status_code

    about = {
        "statement": "Neutre.",
        "language": "de",
        "level": "local",
        "themes": ["transport", "x"],
        "borders": "FR-DE",
    }
    assert act("confirm", **about, countries="de;fr", types=["pricing-mismatch", "x"], public="yes") == 303
    obstacle = site.register.obstacle(first.id)
    expected = Classification(("transport",), ("DE-FR",), ("DE", "FR"), ("pricing-mismatch",), Level.LOCAL)
    assert (obstacle.about, obstacle.language, obstacle.is_public) == (expected, "de", True)
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
    post_report(client, SALT, headers={"Authorization": f"Bearer {key}"})
    post_report(client, TRAM)
    assert client.get("/obstacles/mine").status_code == 303
    assert sign_in(client, key) == 303
    shown = client.get("/obstacles/mine").text
    assert SALT in shown
    assert TRAM not in shown
    other = next(report for report in site.register.reports() if report.text == TRAM)
    client.post("/obstacles/withdraw", data={"token": token_of(shown), "report": other.handle})
    assert len(site.register.reports()) == 2
    own = next(report for report in site.register.reports() if report.text == SALT)
    client.post("/obstacles/withdraw", data={"token": token_of(shown), "report": own.handle})
    assert [report.text for report in site.register.reports()] == [TRAM]


def test_whoever_holds_the_link_can_erase_the_report_and_then_the_link_is_void(
    client: httpx.Client, site: Site
) -> None:
    follow = path_of(post_report(client).json()["follow_url"])
    token = token_of(client.get(follow).text)
    assert client.post("/obstacles/withdraw", data={"t": follow.partition("t=")[2]}).status_code == 403
    assert client.post("/obstacles/withdraw", data={"token": token, "t": follow.partition("t=")[2]}).status_code == 200
    assert site.register.obstacles() == []
    assert client.get(follow).status_code == client.get("/obstacles/follow?t=none").status_code == 404
    assert client.get("/obstacles/feed.atom?t=none").headers["content-type"] == "application/problem+json"


def test_nothing_in_a_report_is_markup(client: httpx.Client, site: Site) -> None:
    follow = path_of(post_report(client, "<script>alert(1)</script> & l'impôt").json()["follow_url"])
    assert "<script>alert" not in client.get(follow).text
    assert sign_in(client, site.key(Audience.STAFF)) == 303
    for path in ("/staff/obstacles", f"/staff/obstacles/{site.only().id}"):
        assert "<script>alert" not in client.get(path).text

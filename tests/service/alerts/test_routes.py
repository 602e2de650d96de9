"""Alerts through the API."""

from __future__ import annotations

from pathlib import Path

from starlette.testclient import TestClient

from index.documents import Audience
from tests.service.alerts.site import MARIE, AlertSite, Mailbox


def headers(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_an_alert_is_made_listed_changed_and_deleted(client: TestClient, site: AlertSite, mailbox: Mailbox) -> None:
    marie = headers(site.key())
    body = {"query": "tramway", "filters": {"borders": ["FR-DE"]}, "mail": {"address": MARIE, "frequency": "daily"}}
    made = client.post("/api/v1/alerts", json=body, headers=marie)
    assert made.status_code == 201
    assert made.json()["feed_url"].startswith("http://testserver/alerts/feed.atom?t=")
    assert made.json()["filters"]["borders"] == ["DE-FR"]
    path = f"/api/v1/alerts/{made.json()['id']}"
    site.put("n/tram", borders=("DE-FR",))
    site.job.look()
    (listed,) = client.get("/api/v1/alerts", headers=marie).json()["alerts"]
    assert [told["id"] for told in listed["told"]] == ["n/tram"]
    assert "tramway de Strasbourg" in listed["told"][0]["quote"]
    assert listed["feed_url"] is None
    assert client.patch(path, json={"is_paused": True}, headers=marie).json()["is_paused"] is True
    assert client.patch(path, json={"address": ""}, headers=marie).json()["address"] == ""
    renewed = client.post(f"{path}/feed", headers=marie).json()["feed_url"]
    assert client.get(made.json()["feed_url"].removeprefix("http://testserver")).status_code == 404
    assert client.get(renewed.removeprefix("http://testserver")).status_code == 200
    assert client.delete(f"{path}/feed", headers=marie).status_code == 204
    assert client.get(renewed.removeprefix("http://testserver")).status_code == 404
    assert client.delete(path, headers=marie).status_code == 204
    assert client.get("/api/v1/alerts", headers=marie).json() == {"alerts": []}


def test_alerts_are_their_owner_s_and_nobody_else_s(client: TestClient, site: AlertSite) -> None:
    site.key()
    alert, paul = site.add(owner="key:1"), headers(site.key(Audience.STAFF, "Paul"))
    assert client.get("/api/v1/alerts", headers=paul).json() == {"alerts": []}
    path = f"/api/v1/alerts/{alert.id}"
    for method, where in (("patch", path), ("delete", path), ("post", f"{path}/feed"), ("delete", f"{path}/feed")):
        body = {"is_paused": True} if method == "patch" else None
        assert client.request(method, where, json=body, headers=paul).status_code == 404
        assert client.request(method, where, json=body).status_code == 401
    assert client.get("/api/v1/alerts").status_code == 401
    assert client.post("/api/v1/alerts", json={"query": "a"}).status_code == 401
    assert site.alerts.all() == [alert]


def test_what_is_wrong_is_named(client: TestClient, site: AlertSite) -> None:
    marie = headers(site.key())

    def fault(body: dict[str, object]) -> str:
        answer = client.post("/api/v1/alerts", json=body, headers=marie)
        assert answer.status_code == 422
        field: str = answer.json()["errors"][0]["field"]
        return field

    assert fault({}) == "query"
    assert fault({"query": "a", "has_feed": False}) == "address"
    assert fault({"query": "a", "mail": {"address": "nobody"}}) == "mail.address"
    assert fault({"query": "a", "language": "xx"}) == "language"
    for _ in range(site.parts.settings.alerts_most):
        assert client.post("/api/v1/alerts", json={"query": "a"}, headers=marie).status_code == 201
    refused = client.post("/api/v1/alerts", json={"query": "a"}, headers=marie)
    assert refused.status_code == 409
    assert "as many as there may be" in refused.json()["detail"]


def test_without_a_mail_server_mail_is_refused_and_a_feed_is_not(tmp_path: Path) -> None:
    site = AlertSite(tmp_path)
    with TestClient(site.app()) as client:
        marie = headers(site.key())
        body = {"query": "tramway", "mail": {"address": MARIE}}
        assert client.post("/api/v1/alerts", json=body, headers=marie).status_code == 409
        assert client.post("/api/v1/alerts", json={"query": "tramway"}, headers=marie).status_code == 201
        assert "Ce service n’envoie pas de courriel" in client.get("/alerts/new?q=tramway").text

"""Letters through the API: for staff alone, against the version that was read."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from tests.service.newsletter.site import LetterSite

PATH = "/api/v1/staff/newsletters"
NEW = {"since": "2026-03-01", "until": "2026-03-31"}


@pytest.fixture
def headers(site: LetterSite) -> dict[str, str]:
    return {"Authorization": f"Bearer {site.key(Audience.STAFF, 'Anne')}"}


def test_a_letter_is_made_changed_and_sent_through_the_api(
    site: LetterSite, client: TestClient, headers: dict[str, str]
) -> None:
    site.put("n/a")
    site.put("n/b")
    site.subscribe("public@example.org")
    made = client.post(PATH, json=NEW, headers=headers).json()
    assert [item["document_id"] for item in made["items"]] == ["n/a", "n/b"]
    path = f"{PATH}/{made['id']}"
    items = [{"document_id": "n/b", "chosen": 0, "word": "Un mot"}, {"document_id": "n/a", "ticked": False}]
    assert client.patch(path, json={"items": items}, headers=headers).status_code == 422
    tag = client.get(path, headers=headers).headers["etag"]
    changed = client.patch(path, json={"items": items}, headers=headers | {"If-Match": tag}).json()
    assert [(item["document_id"], item["ticked"]) for item in changed["items"]] == [("n/b", True), ("n/a", False)]
    assert client.patch(path, json={"title": "x"}, headers=headers | {"If-Match": tag}).status_code == 412
    wrong = client.patch(path, json={"items": items[:1]}, headers=headers | {"If-Match": "*"})
    assert wrong.status_code == 422
    assert "n/a" not in client.get(f"{path}/export?format=txt", headers=headers).text
    assert client.post(f"{path}/send", json={"state": made["state"]}, headers=headers).status_code == 412
    sent = client.post(f"{path}/send", json={"state": changed["state"]}, headers=headers)
    assert (sent.status_code, sent.json()) == (202, {"recipients": 1})
    assert client.post(f"{path}/send", json={"state": changed["state"]}, headers=headers).status_code == 403
    assert client.delete(path, headers=headers | {"If-Match": "*"}).status_code == 403
    assert site.job.send() == 1
    assert [letter["delivered"] for letter in client.get(PATH, headers=headers).json()["letters"]] == [1]


def test_what_came_since_is_taken_in(site: LetterSite, client: TestClient, headers: dict[str, str]) -> None:
    site.put("n/a")
    path = f"{PATH}/{client.post(PATH, json=NEW, headers=headers).json()['id']}"
    site.put("n/b")
    site.put("n/a", "Un tout autre texte remplace celui qui était là avant ce jour de mars.")
    refreshed = client.post(f"{path}/refresh", headers=headers | {"If-Match": "*"}).json()
    assert [item["document_id"] for item in refreshed["items"]] == ["n/a", "n/b"]
    assert "tout autre texte" in refreshed["items"][0]["candidates"][0]["quote"]


def test_letters_are_for_staff_alone(site: LetterSite, client: TestClient) -> None:
    site.put("n/a")
    letter = site.draft()
    member = {"Authorization": f"Bearer {site.key()}"}
    own_path = f"{PATH}/{letter.id}"
    for method, path in (
        ("GET", PATH),
        ("POST", PATH),
        ("GET", own_path),
        ("PATCH", own_path),
        ("DELETE", own_path),
        ("POST", f"{own_path}/refresh"),
        ("GET", f"{own_path}/export?format=html"),
        ("POST", f"{own_path}/test"),
        ("POST", f"{own_path}/send"),
    ):
        assert client.request(method, path).status_code == 401, path
        assert client.request(method, path, headers=member | {"If-Match": "*"}).status_code == 403, path
    assert site.letters.get(letter.id) == letter

"""A document of groups: who is shown it, and which of its groups they are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.wiring import key_store
from tests.service.marked import Item, made, mark, service_over
from tests.service.signing_in import sign_in

ITEM = Item(["tram"], Audience.PUBLIC, (5, 6, 7), ("gt-sante", "gt-secret"))
PAGE = f"/documents/d/{mark(0)}"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    originals: dict[str, bytes] = {}
    documents = [made(0, ITEM, originals), made(1, Item(["tram"], Audience.PUBLIC, (5, 6, 8)), originals)]
    with service_over(tmp_path, documents, originals) as client:
        yield client


def sign_in_as(client: TestClient, audience: Audience, *groups: str) -> None:
    token = key_store(client.app.state.parts.settings).add("x", audience, groups=groups)  # type: ignore[attr-defined]
    client.headers["Authorization"] = f"Bearer {token}"
    assert sign_in(client, token) == 303


def found(client: TestClient) -> int:
    return len(client.post("/api/v1/search", json={"query": "tram"}).json()["results"])


@pytest.mark.parametrize("groups", [None, (), ("gt-autre",)])
def test_it_does_not_exist_for_others(client: TestClient, groups: tuple[str, ...] | None) -> None:
    if groups is not None:
        sign_in_as(client, Audience.MEMBER, *groups)
    assert client.get(PAGE).status_code == client.get(f"/api/v1{PAGE}").status_code == 404
    assert client.get(f"/api/v1{PAGE}").content == client.get("/api/v1/documents/d/absent").content
    assert found(client) == 1


def test_its_members_are_told_their_own_groups_and_no_other(client: TestClient) -> None:
    sign_in_as(client, Audience.MEMBER, "gt-sante")
    page = client.get(PAGE, headers={"Accept-Language": "fr"}).text
    assert "<dt>Groupe de travail</dt><dd>gt-sante</dd>" in page
    answer = client.get(f"/api/v1{PAGE}").json()
    assert (answer["audience"], answer["groups"]) == ("member", ["gt-sante"])
    assert "gt-secret" not in page + str(answer)
    assert found(client) == 2


def test_staff_are_told_all_of_them(client: TestClient) -> None:
    sign_in_as(client, Audience.STAFF)
    assert client.get(f"/api/v1{PAGE}").json()["groups"] == ["gt-sante", "gt-secret"]

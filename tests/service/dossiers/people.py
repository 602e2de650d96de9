"""People who keep dossiers, through the API: each with a key of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from index.documents import Audience
from service.wiring import key_store

PUBLIC = {"kind": "passage", "document_id": "notes/ambulance", "start": 0, "end": 73}
RESERVED = {"kind": "passage", "document_id": "membres/ambulance", "start": 0, "end": 30}


@dataclass(frozen=True)
class Person:
    """Somebody at the API; paths begin after /api/v1."""

    client: TestClient
    headers: dict[str, str]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return self.client.request(method, f"/api/v1{path}", json=body, headers=self.headers | headers)

    def get(self, path: str) -> Any:
        return self.ask("GET", path).raise_for_status().json()

    def begin(self, title: str = "Conseil") -> str:
        return str(self.ask("POST", "/dossiers", {"title": title}).raise_for_status().json()["id"])

    def add(self, dossier: str, item: dict[str, Any]) -> str:
        return str(self.ask("POST", f"/dossiers/{dossier}/items", item).raise_for_status().json()["id"])

    def note(self, dossier: str, text: str) -> str:
        return self.add(dossier, {"kind": "note", "text": text})

    def share(self, dossier: str, kind: str, **more: Any) -> dict[str, Any]:
        answer = self.ask("POST", f"/dossiers/{dossier}/shares", {"with": kind, **more})
        shared: dict[str, Any] = answer.raise_for_status().json()
        return shared

    def items(self, dossier: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.get(f"/dossiers/{dossier}")["items"]
        return items

    def etag(self, dossier: str) -> str:
        return str(self.ask("GET", f"/dossiers/{dossier}").headers["etag"])


def person(
    client: TestClient,
    name: str,
    audience: Audience = Audience.MEMBER,
    *,
    groups: Iterable[str] = (),
    organisation: str = "",
) -> Person:
    keys = key_store(client.app.state.parts.settings)  # type: ignore[attr-defined]
    return Person(
        client, {"Authorization": f"Bearer {keys.add(name, audience, groups=groups, organisation=organisation)}"}
    )


def nobody(client: TestClient) -> Person:
    return Person(client, {})

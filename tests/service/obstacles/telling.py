"""Telling the register of obstacles over HTTP, and putting what was told as staff do."""

from __future__ import annotations

from typing import Any

import httpx

from service.obstacles.editing import Editor, Wording
from service.obstacles.model import Classification
from tests.service.obstacles.registering import SALT, Site
from tests.service.obstacles.reports import ANNE


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

"""Signing in on the pages as a reader does: with a key and the form's own token."""

from __future__ import annotations

import html
import re

import httpx
from starlette.testclient import TestClient


def token_of(page: str) -> str:
    token = re.search(r'name="token" value="([^"]+)"', page)
    assert token is not None
    return html.unescape(token[1])


def sign_in(client: httpx.Client | TestClient, key: str, back: str = "/") -> int:
    """Return the status of the answer: 303 when the key opens."""
    token = token_of(client.get("/signin").text)
    answer = client.post("/signin", data={"key": key, "token": token, "next": back}, follow_redirects=False)
    return answer.status_code

"""Whose pages may call, what every answer carries, and which settings of access are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from index.errors import SettingsError
from service.settings import Settings
from tests.service.conftest import make_parts
from tests.service.limited_services import SEARCH, client_of


def test_only_pages_of_the_named_origins_may_call_the_api(tmp_path: Path) -> None:
    with client_of(make_parts(tmp_path, cors_origins=("https://forum.example",))) as client:
        asks = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
        good = client.options("/api/v1/search", headers={"Origin": "https://forum.example", **asks})
        assert good.status_code == 200
        assert good.headers["access-control-allow-origin"] == "https://forum.example"
        assert "access-control-allow-credentials" not in good.headers
        wrong = client.options("/api/v1/search", headers={"Origin": "https://evil.example", **asks})
        assert "access-control-allow-origin" not in wrong.headers
        called = client.post("/api/v1/search", json=SEARCH, headers={"Origin": "https://forum.example"})
        assert called.headers["access-control-allow-origin"] == "https://forum.example"
        assert "access-control-allow-origin" not in client.get("/", headers={"Origin": "https://forum.example"}).headers


def test_without_named_origins_no_page_elsewhere_may_call(client: TestClient) -> None:
    answer = client.post("/api/v1/search", json=SEARCH, headers={"Origin": "https://forum.example"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_every_answer_carries_the_security_headers(app: FastAPI, client: TestClient) -> None:
    for path in ("/", "/signin", "/nothing", "/api/v1/nothing", "/static/passerelle.css", "/api/v1/openapi.json"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
    secure = make_parts(Path(app.state.parts.settings.index.data), public_url="https://passerelle.example")
    with client_of(secure) as browser:
        assert "max-age" in browser.get("/").headers["strict-transport-security"]
        assert "secure" in browser.get("/signin").headers["set-cookie"].lower()


def test_wrong_settings_of_access_are_told_together() -> None:
    wrong = {
        "PASSERELLE_OIDC_ISSUER": "http://sso.example.org",
        "PASSERELLE_OIDC_SCOPE": "profile",
        "PASSERELLE_OIDC_STAFF_VALUES": "*",
        "PASSERELLE_CORS_ORIGINS": "forum.example",
        "PASSERELLE_RATE_EXEMPT": "10.0.0.0/99",
        "PASSERELLE_DEADLINE": "0",
    }
    with pytest.raises(SettingsError) as raised:
        Settings.from_environ(wrong)
    for name in wrong:
        assert name in str(raised.value)
    same = {"PASSERELLE_OIDC_AUDIENCE": "a", "PASSERELLE_OIDC_CLIENT_ID": "a"}
    with pytest.raises(SettingsError, match="the API's own name"):
        Settings.from_environ(same)
    with pytest.raises(SettingsError, match="CLIENT_ID is missing"):
        Settings.from_environ({"PASSERELLE_OIDC_ISSUER": "https://sso.example.org/realm"})
    assert "secret" not in repr(Settings.from_environ({"PASSERELLE_OIDC_CLIENT_SECRET": "secret"}))

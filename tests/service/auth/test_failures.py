"""Sign-ins that fail are in the audit log, without what was typed, and refused to an address that fails too often."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.app import Parts, create_app
from service.errors import TooManyRequests
from service.http.rate_limits import MemoryBuckets, RateLimits, SharedBuckets, TokenBuckets
from service.mcp.server import http_app
from service.settings import RateLimitSettings
from service.wiring import key_store
from tests.service.limited_services import SEARCH, client_of, limited
from tests.service.serving import served
from tests.service.signing_in import sign_in, token_of


def failures(parts: Parts) -> list[dict[str, Any]]:
    files = sorted((parts.settings.index.data / "audit").glob("*.jsonl"))
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if line["action"] == "sign in failed"]


def test_a_failed_sign_in_is_noted_without_the_key_that_was_typed(client: TestClient, parts: Parts) -> None:
    assert sign_in(client, "passerelle_geheim") == 401
    wrong = {"Authorization": "Bearer passerelle_geheim"}
    assert client.post("/api/v1/search", json=SEARCH, headers=wrong).status_code == 401
    page, bearer = failures(parts)
    assert (page["way"], bearer["way"]) == ("key", "bearer")
    assert page["address"] == "testclient"
    assert "geheim" not in json.dumps([page, bearer])


def test_an_answer_of_an_issuer_that_was_not_asked_is_noted(oidc_client: TestClient, oidc_parts: Parts) -> None:
    assert oidc_client.get("/signin/openid/callback?state=x&code=y").status_code == 401
    (line,) = failures(oidc_parts)
    assert (line["way"], line["reason"]) == ("openid", "no attempt of this browser")


@pytest.fixture
def oidc_parts(tmp_path: Path) -> Parts:
    from service.settings import OpenIdSettings
    from tests.service.conftest import make_parts

    return make_parts(tmp_path, oidc=OpenIdSettings(issuer="https://issuer.invalid", client_id="x"))


@pytest.fixture
def oidc_client(oidc_parts: Parts) -> TestClient:
    return client_of(oidc_parts)


def test_an_address_that_fails_too_often_is_refused_even_with_a_good_key(tmp_path: Path) -> None:
    parts = limited(tmp_path, failures=3)
    good = key_store(parts.settings).add("Marie", Audience.MEMBER)
    with client_of(parts) as client:
        assert [sign_in(client, "wrong") for _ in range(4)] == [401, 401, 401, 429]
        assert sign_in(client, good) == 429
    assert len(failures(parts)) == 3  # the log cannot be filled this way


def test_other_addresses_and_those_who_are_signed_in_go_on(tmp_path: Path) -> None:
    parts = limited(tmp_path, failures=2)
    good = key_store(parts.settings).add("Marie", Audience.MEMBER)
    with served(create_app(parts)) as url:

        def try_key(key: str, address: str) -> int:
            headers = {"X-Forwarded-For": address}
            with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
                form = {"key": key, "token": token_of(client.get("/signin").text)}
                return client.post("/signin", data=form).status_code

        assert [try_key("wrong", "192.0.2.1") for _ in range(3)] == [401, 401, 429]
        assert try_key(good, "192.0.2.2") == 303
        headers = {"X-Forwarded-For": "192.0.2.1", "Authorization": f"Bearer {good}"}
        assert httpx.post(f"{url}/api/v1/search", json=SEARCH, headers=headers, timeout=60).status_code == 200


def test_wrong_keys_on_the_api_are_limited_too(tmp_path: Path) -> None:
    parts = limited(tmp_path, failures=2)
    wrong = {"Authorization": "Bearer wrong"}
    with client_of(parts) as client:
        statuses = [client.post("/api/v1/search", json=SEARCH, headers=wrong).status_code for _ in range(4)]
    assert statuses == [401, 401, 429, 429]
    assert len(failures(parts)) == 2


def test_wrong_keys_of_assistants_are_noted_and_limited_too(tmp_path: Path) -> None:
    parts = limited(tmp_path, failures=2)
    with served(http_app(create_app(parts).state.components)) as url:
        headers = {"X-Forwarded-For": "192.0.2.1", "Authorization": "Bearer wrong"}
        statuses = [httpx.post(f"{url}/mcp", json={}, headers=headers, timeout=60).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]
    assert [line["way"] for line in failures(parts)] == ["bearer", "bearer"]


@pytest.mark.parametrize("kind", ["memory", "shared"])
def test_a_look_at_a_bucket_takes_nothing_from_it(tmp_path: Path, kind: str) -> None:
    buckets: TokenBuckets = (
        MemoryBuckets(1, 1, lambda: 0.0)
        if kind == "memory"
        else SharedBuckets(tmp_path / "b", 1, 1, "00" * 16, lambda: 0.0)
    )
    for _ in range(3):
        buckets.check("a")
    buckets.take("a")
    with pytest.raises(TooManyRequests):
        buckets.check("a")
    buckets.check("b")


def test_without_a_limit_failures_are_not_counted() -> None:
    limits = RateLimits(RateLimitSettings(failures=0))
    for _ in range(100):
        limits.take_failure("192.0.2.1")
        limits.check_failures("192.0.2.1")

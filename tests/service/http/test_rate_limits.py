"""How often one may ask: a bucket for each caller and address, and when to come back."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.documents import Audience
from service.app import create_app
from service.errors import TooManyRequests
from service.http.rate_limits import MOST_BUCKETS, MemoryBuckets, RateLimits
from service.settings import RateLimitSettings, Settings
from service.wiring import key_store
from tests.service.limited_services import SEARCH, limited
from tests.service.serving import served


def seconds_to_wait(buckets: MemoryBuckets) -> int:
    try:
        buckets.take("a")
    except TooManyRequests as error:
        return error.retry_after_s
    return 0


@given(st.lists(st.floats(0, 20), max_size=60), st.integers(1, 120), st.integers(1, 20))
@example(steps=[4.187761060489981, 0.0], per_minute=1, burst=1)
def test_no_more_pass_than_the_bucket_holds_and_time_brings(steps: list[float], per_minute: int, burst: int) -> None:
    now = [0.0]
    buckets = MemoryBuckets(per_minute, burst, lambda: now[0])
    passed = 0
    for step in steps:
        now[0] += step
        wait_s = seconds_to_wait(buckets)
        if wait_s:
            now[0] += wait_s
            assert not seconds_to_wait(buckets)  # whoever waits so long is let through
        passed += 1
    assert passed <= min(burst, per_minute) + now[0] * per_minute / 60 + 1e-6


def test_each_has_a_bucket_of_their_own_and_memory_is_bounded() -> None:
    buckets = MemoryBuckets(1, 1, lambda: 0.0)
    buckets.take("a")
    with pytest.raises(TooManyRequests):
        buckets.take("a")
    for number in range(MOST_BUCKETS + 10):
        buckets.take(f"b{number}")
    assert len(buckets._buckets) == MOST_BUCKETS


def test_addresses_of_one_subscriber_share_a_bucket_and_this_machine_has_none() -> None:
    limits = RateLimits(RateLimitSettings(per_address=1, burst=1), lambda: 0.0)
    limits.take_address("2001:db8::1")
    with pytest.raises(TooManyRequests):
        limits.take_address("2001:db8::ffff")
    limits.take_address("2001:db8:0:1::1")
    limits.take_address("192.0.2.1")
    with pytest.raises(TooManyRequests):
        limits.take_address("::ffff:192.0.2.1")
    for _ in range(3):
        limits.take_address("127.0.0.1")
        limits.take_address("::1")


UNREADABLE = ("", "unknown", "_hidden", "127.0.0.1.evil", "127.0.0.1;", "999.1.1.1", "::g", "testclient", "é")


def test_clients_without_an_address_that_can_be_read_count_as_one_and_are_limited() -> None:
    limits = RateLimits(RateLimitSettings(per_address=1, burst=1), lambda: 0.0)
    limits.take_address("nonsense")
    for address in UNREADABLE:
        with pytest.raises(TooManyRequests):
            limits.take_address(address)
        assert not limits.is_exempt(address)


def test_a_forwarded_address_that_cannot_be_read_exempts_nobody(tmp_path: Path) -> None:
    with served(create_app(limited(tmp_path, per_address=3, burst=3))) as url:
        statuses = [
            httpx.get(
                f"{url}/api/v1/nothing", headers={"X-Forwarded-For": f"nonsense-{number}"}, timeout=60
            ).status_code
            for number in range(5)
        ]
    assert statuses == [404, 404, 404, 429, 429]


def test_a_proxy_that_sends_no_address_exempts_nobody(tmp_path: Path) -> None:
    with served(create_app(limited(tmp_path, per_address=3, burst=3))) as url:  # published as http://testserver
        statuses = [httpx.get(f"{url}/api/v1/nothing", timeout=60).status_code for _ in range(5)]
    assert statuses == [404, 404, 404, 429, 429]


@pytest.mark.parametrize(
    ("public_url", "proxies", "exempt"),
    [
        ("", "127.0.0.1", ["127.0.0.1", "127.0.0.2", "::1"]),  # this machine alone reaches it: no proxy to tell apart
        ("https://exemple.org", "127.0.0.1", ["127.0.0.2", "::1"]),
        ("https://exemple.org", "127.0.0.0/8, ::1", []),
        ("https://exemple.org", "10.0.0.1", ["127.0.0.1", "127.0.0.2", "::1"]),
        ("https://exemple.org", "*", []),
    ],
)
def test_the_proxies_of_a_published_service_are_not_exempt(public_url: str, proxies: str, exempt: list[str]) -> None:
    limits = RateLimits(Settings(public_url=public_url, proxies=proxies).rate)
    assert [address for address in ("127.0.0.1", "127.0.0.2", "::1") if limits.is_exempt(address)] == exempt


def test_an_address_that_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    parts = limited(tmp_path, per_address=3, burst=3)
    with served(create_app(parts)) as url:

        def ask(path: str, address: str, **request: Any) -> httpx.Response:
            return httpx.request("GET", url + path, headers={"X-Forwarded-For": address}, timeout=60, **request)

        assert [ask("/api/v1/openapi.json", "192.0.2.1").status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = ask("/api/v1/openapi.json", "192.0.2.1")
        assert refused.headers["content-type"] == "application/problem+json"
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert refused.headers["x-content-type-options"] == "nosniff"
        page = ask("/", "192.0.2.1")
        assert page.status_code == 429
        assert "patience" in page.text
        assert ask("/health", "192.0.2.1").status_code == 200
        assert ask("/", "192.0.2.2").status_code == 200


def test_a_caller_has_one_bucket_wherever_they_call_from(tmp_path: Path) -> None:
    parts = limited(tmp_path, per_caller=2, burst=2, exempt=(ip_network("10.0.0.0/8"),))
    keys = [key_store(parts.settings).add(name, Audience.MEMBER) for name in ("a", "b")]
    with served(create_app(parts)) as url:

        def ask(key: str, address: str) -> int:
            headers = {"X-Forwarded-For": address, "Authorization": f"Bearer {key}"}
            return httpx.post(f"{url}/api/v1/search", json=SEARCH, headers=headers).status_code

        assert [ask(keys[0], f"192.0.2.{number}") for number in range(3)] == [200, 200, 429]
        assert ask(keys[1], "192.0.2.1") == 200
        assert [ask(keys[0], "10.0.0.1") for _ in range(3)] == [200, 200, 200]

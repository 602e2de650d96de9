"""One reporter counts once, and one address reports only so often a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from service.errors import TooManyRequests
from service.http.rate_limits import RateLimits
from service.obstacles.reporters import Reporters
from service.obstacles.store import Register
from service.settings import RateLimitSettings
from tests.databases import BOTH, raw_content
from tests.service.obstacles.reports import new_report
from tests.service.obstacles.site import SALT, Clock, Site

EVENING = datetime(2026, 3, 1, 23, 59, tzinfo=UTC)
MORNING = datetime(2026, 3, 2, 0, 1, tzinfo=UTC)


def reporters(register: Register, reports: int = 0) -> Reporters:
    return Reporters(register, RateLimits(RateLimitSettings(reports=reports, exempt=(ip_network("10.0.0.0/8"),))))


def test_one_caller_counts_once_however_often_they_report(tmp_path: Path) -> None:
    site = Site(tmp_path)
    with TestClient(site.app()) as client:
        for headers in ({}, site.bearer(Audience.PUBLIC, "a"), site.bearer(Audience.MEMBER, "b")):
            for _ in range(5):
                sent = client.post("/api/v1/obstacles", json={"text": SALT, "consent": True}, headers=headers)
                assert sent.status_code == 201
    assert len(site.register.reports()) == 15
    assert site.only().reports(Audience.STAFF) == 3


@BOTH
def test_nobody_signed_in_counts_once_by_address_and_day(register: Register) -> None:
    clock = Clock(EVENING)
    register = replace(register, now=clock)
    one, same, other, in_v6, same_v6 = (
        reporters(register).admit("", address)
        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
    )
    assert one == same
    assert in_v6 == same_v6
    assert len({one, other, in_v6}) == 3
    clock.at = MORNING
    assert reporters(register).admit("", "192.0.2.1") != one
    register.add(replace(new_report("a"), reporter=one))
    (obstacle,) = register.obstacles()
    for reporter in (one, one, other):
        register.add(replace(new_report("b"), reporter=reporter), obstacle.id)
    assert register.obstacle(obstacle.id).reports(Audience.PUBLIC) == 2


@BOTH
def test_somebody_known_counts_once_from_wherever_they_report(register: Register) -> None:
    admitted = {reporters(register).admit("key:1", address) for address in ("192.0.2.1", "192.0.2.2")}
    assert len(admitted) == 1
    assert reporters(register).admit("key:2", "192.0.2.1") not in admitted


@BOTH
def test_an_address_reports_so_often_a_day_whoever_it_says_it_is(register: Register) -> None:
    clock = Clock(EVENING)
    limited = reporters(replace(register, now=clock), reports=2)
    for subject in ("", "key:1"):
        limited.admit(subject, "192.0.2.1")
    with pytest.raises(TooManyRequests) as refused:
        limited.admit("key:2", "192.0.2.1")
    assert 0 < refused.value.retry_after_s <= 60
    limited.admit("", "192.0.2.2")
    for _ in range(3):
        limited.admit("", "10.1.2.3")
    clock.at = MORNING
    limited.admit("", "192.0.2.1")


@BOTH
def test_an_address_is_not_kept_and_the_key_of_its_hash_is_gone_the_next_day(register: Register) -> None:
    clock = Clock(EVENING)
    register = replace(register, now=clock)
    first = reporters(register).admit("", "192.0.2.77")
    assert b"192.0.2.77" not in raw_content(register.location)
    clock.at = MORNING
    reporters(register).admit("", "198.51.100.1")
    assert first.encode() not in raw_content(register.location)
    clock.at = EVENING  # even the same day again, by a clock set back, has another key
    assert reporters(register).admit("", "192.0.2.77") != first


def test_a_report_past_the_day_s_limit_is_refused_with_when_to_come_again(tmp_path: Path) -> None:
    site = Site(tmp_path)
    limits = RateLimits(RateLimitSettings(reports=1, exempt=()))
    site.parts = replace(site.parts, rate_limits=limits)
    with TestClient(site.app()) as client:
        body = {"text": SALT, "consent": True}
        answers = [client.post("/api/v1/obstacles", json=body) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]
    assert int(answers[1].headers["retry-after"]) > 0
    assert len(site.register.reports()) == 1

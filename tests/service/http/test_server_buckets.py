"""Token buckets that several machines share: the rules of one process, kept by all, whatever the server does."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.store.private_database import ServerSchema
from service.errors import TooManyRequests
from service.http.rate_limits import MemoryBuckets, TokenBuckets
from service.http.server_buckets import ServerBuckets
from tests.databases import Postgresql
from tests.postgresql import Server

SECRET = "00" * 32


@pytest.fixture(scope="module")
def location(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerSchema]:
    databases = Postgresql(postgresql)
    yield ServerSchema(databases.settings(tmp_path_factory.mktemp("data")).database, "passerelle_limits")
    databases.drop_databases()


def wait_s(buckets: TokenBuckets, name: str) -> int:
    try:
        buckets.take(name)
    except TooManyRequests as error:
        return error.retry_after_s
    return 0


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20_000)), max_size=40),
    st.integers(0, 120),
    st.integers(1, 9),
)
def test_they_do_as_the_buckets_of_one_process_do(
    location: ServerSchema, steps: list[tuple[str, int]], per_minute: int, burst: int
) -> None:
    now, kind = [1_800_000_000.0], uuid4().hex  # as far from zero as the server's clock
    own = MemoryBuckets(per_minute, burst, lambda: now[0])
    shared = [ServerBuckets(location, kind, per_minute, burst, SECRET, lambda: now[0]) for _ in range(2)]
    for number, (name, step_ms) in enumerate(steps):
        now[0] += step_ms / 1000
        assert wait_s(shared[number % 2], name) == wait_s(own, name)


def test_who_takes_at_once_takes_no_token_twice(location: ServerSchema) -> None:
    machines = [ServerBuckets(location, "at once", 200, 50, SECRET, lambda: 0.0) for _ in range(4)]

    def take_all(buckets: ServerBuckets) -> int:
        return sum(wait_s(buckets, "a") == 0 for _ in range(30))

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take_all, machines)) == 50


def test_a_wait_of_as_many_seconds_is_enough_and_fewer_are_not(location: ServerSchema) -> None:
    now = [1_800_000_000.0]
    buckets = ServerBuckets(location, "waits", 7, 3, SECRET, lambda: now[0])
    assert [wait_s(buckets, "a") for _ in range(4)] == [0, 0, 0, 9]  # 60 / 7 = 8.6 s a token
    now[0] += 8
    assert wait_s(buckets, "a") == 1
    now[0] += 1
    assert wait_s(buckets, "a") == 0


def test_a_look_takes_nothing_and_the_server_s_clock_counts(location: ServerSchema) -> None:
    buckets = ServerBuckets(location, "looks", 1, 1, SECRET)
    for _ in range(3):
        buckets.check("a")
    buckets.take("a")
    with pytest.raises(TooManyRequests) as refused:
        buckets.check("a")
    assert 55 < refused.value.retry_after_s <= 60
    buckets.check("b")


def test_full_buckets_are_forgotten_and_no_name_is_written_down(location: ServerSchema) -> None:
    now = [100.0]
    for number in range(3):
        ServerBuckets(location, "forgotten", 60, 5, SECRET, lambda: now[0]).take(f"192.0.2.{number}")
    now[0] += 3600
    ServerBuckets(location, "forgotten", 60, 5, SECRET, lambda: now[0]).take("192.0.2.9")
    with psycopg.connect(location.address) as connection:
        names = connection.execute(
            "SELECT name FROM passerelle_limits.buckets WHERE full_at BETWEEN 100 AND 10000"
        ).fetchall()
        kind = connection.execute("SELECT relpersistence FROM pg_class WHERE relname = 'buckets'").fetchone()
    assert len(names) == 1
    assert b"192.0.2" not in bytes(names[0][0])
    assert kind in {("u",), (b"u",)}


def test_while_the_server_is_away_each_process_counts_for_itself(tmp_path: Path) -> None:
    nowhere = ServerSchema("postgresql://127.0.0.1:1/centre", "passerelle_limits")
    buckets = ServerBuckets(nowhere, "away", 1, 1, SECRET)
    assert wait_s(buckets, "a") == 0
    assert wait_s(buckets, "a") > 0
    with pytest.raises(TooManyRequests):
        buckets.check("a")


def test_without_a_limit_nobody_is_asked() -> None:
    buckets = ServerBuckets(ServerSchema("nonsense", "x"), "none", 0, 1, SECRET)
    buckets.take("a")
    buckets.check("a")

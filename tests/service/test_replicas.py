"""Two replicas over one PostgreSQL, with a crowd at both doors: no error, nothing stale, nothing lost when they die."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from index.documents import Audience
from index.settings import IndexSettings
from index.store.opening import open_store
from index.types import Filter
from tests.postgresql import Server, running_server
from tests.service.replicas import PAUSE, Replica, Writing, caddy_before, crowd, replicas, wait_for

STATED_S = 30.0  # docs/operations.md: a change is found everywhere within half a minute, as a rule within three seconds
CLIENTS = 16  # of each replica
WRITING_S = 4.0


class Site(NamedTuple):
    """What several machines would be: a server, its database, and two services."""

    server: Server
    database: str
    both: tuple[Replica, Replica]


@pytest.fixture(scope="module")
def site(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_server() as server:
        database = server.make_database()
        with replicas(tmp_path_factory.mktemp("site"), database) as both:
            yield Site(server, database, both)


def test_a_crowd_gets_answers_and_none_is_stale_while_documents_come_in(site: Site) -> None:
    with crowd([replica.url for replica in site.both], CLIENTS) as statuses:
        with Writing(site.database, "c", pause_s=0.1) as writing:
            PAUSE.wait(WRITING_S)
        removed, withdrawn = writing.acknowledged[0], writing.acknowledged[-1]
        with closing(open_store(IndexSettings(database=site.database))) as store:
            store.remove(removed)
            store.withdraw(withdrawn, "Anne", "an error")
        changed_at, newest = time.monotonic(), writing.acknowledged[-2]
        for replica in site.both:
            assert not any(replica.finds(gone) for gone in (removed, withdrawn))  # at once
            replica.until_found(newest)
        assert time.monotonic() - changed_at < STATED_S
        for document_id in (*writing.acknowledged[1:-1:7], newest):
            assert all(replica.finds(document_id) for replica in site.both), document_id
    assert {url: set(each) for url, each in statuses.items()} == {replica.url: {200} for replica in site.both}
    assert writing.interrupted == 0


def kill_replica(killed: Replica, living: Replica, writing: Writing) -> None:
    """Kill a replica and start it anew: the other one answers all along, and nobody who writes notices."""
    with crowd((killed.url, living.url), clients=2) as statuses:
        killed.kill()
        killed.start()
        killed.until_ready()
    assert set(statuses[living.url]) == {200}
    assert set(statuses[killed.url]) <= {0, 200, 503}
    assert writing.interrupted == 0


def kill_server(server: Server, both: tuple[Replica, Replica], away_s: float) -> None:
    """Kill the server and start it anew: meanwhile nobody gets an error other than the one that says to come back."""
    with crowd([replica.url for replica in both], clients=2) as statuses:
        server.kill()
        PAUSE.wait(away_s)
        server.start()
        for replica in both:
            replica.until_ready()
    assert {status for each in statuses.values() for status in each} <= {200, 503}


def kill_at_random(site: Site, moments: int) -> None:
    """Kill the server or a replica while two write, and hold both replicas to all that was acknowledged."""
    draw, acknowledged = random.Random(moments), set[str]()
    with closing(open_store(IndexSettings(database=site.database))) as store:
        before = store.count()[1]
        for moment in range(moments):
            with Writing(site.database, f"m{moments}n{moment}", pause_s=0.05) as writing:
                PAUSE.wait(draw.uniform(0.1, 0.5))
                if moment % 2:
                    killed, living = draw.sample(site.both, 2)
                    kill_replica(killed, living, writing)
                else:
                    kill_server(site.server, site.both, draw.uniform(0, 0.3))
            acknowledged.update(writing.acknowledged)
            present = set(store.select_ids(Filter(Audience.STAFF)))
            assert acknowledged <= present
            assert store.count()[1] - before >= len(acknowledged)
            for replica in site.both:
                replica.until_found(writing.acknowledged[-1])


def test_a_killed_server_and_a_killed_replica_lose_nothing(site: Site) -> None:
    kill_at_random(site, 2)


def read(client: httpx.Client, url: str, number: int) -> httpx.Response:
    return client.get(f"{url}/api/v1/documents/first0")


def test_who_reads_by_way_of_caddy_does_not_notice_a_killed_replica(site: Site, tmp_path: Path) -> None:
    killed = site.both[0]
    with caddy_before(site.both, tmp_path) as url:
        wait_for(url)
        with crowd([url], clients=4, ask_once=read) as statuses:
            PAUSE.wait(0.5)
            killed.kill()
            PAUSE.wait(1.0)
            killed.start()
            killed.until_ready()
    assert set(statuses[url]) == {200}
    assert statuses[url][200] > 20


@pytest.mark.soak
def test_servers_and_replicas_killed_two_hundred_times_lose_nothing(site: Site) -> None:
    kill_at_random(site, 200)

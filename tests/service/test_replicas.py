"""Two replicas over one PostgreSQL, a crowd at both and workers that read: no error, nothing stale, nothing lost."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from index.documents import Audience
from index.settings import IndexSettings
from index.store.opening import open_store
from index.types import Filter
from service.settings import Settings
from service.wiring import key_store
from tests.ingest.workers import command
from tests.ingest.workers.sources import write
from tests.ingest.workers.teams import another_machine
from tests.postgresql import Server, running_server
from tests.service.asking_everything import STAFF_ONLY, SentRequest, requests
from tests.service.replicas import PAUSE, Replica, Writing, caddy_before, crowd, replicas, search, wait_for
from tests.service.signing_in import sign_in, token_of

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


def write_edition(folder: Path, edition: int, numbers: Iterable[int]) -> set[str]:
    """Write documents of an edition, which say "commun" and its name, and return their ids."""
    for number in numbers:
        own = " ".join(f"note{number}mot{word}" for word in range(12))
        text = f"---\naudience: public\nlanguage: fr\n---\ncommun edition{edition} note{number} {own}\n"
        write(folder / f"note{number}.md", text, 100 * edition + number)
    return {f"note{number}" for number in numbers}


def read_or_search(client: httpx.Client, url: str, number: int) -> httpx.Response:
    """Read or search as people do, on the pages and by the API, two seconds each."""
    PAUSE.wait(2.0)
    match number % 4:
        case 0:
            return client.get(f"{url}/documents/first0")
        case 1:
            return client.get(url, params={"q": f"commun {number}"})
        case 2:
            return client.get(f"{url}/api/v1/documents")
    return search(client, url, number)


def test_a_crowd_gets_answers_and_none_is_stale_while_workers_read_what_comes_in_changes_and_goes(
    site: Site, tmp_path: Path
) -> None:
    folder, settings = tmp_path / "sources", IndexSettings(data=tmp_path / "ingestion", database=site.database)
    for path in (folder, settings.data):
        path.mkdir()
    with crowd([replica.url for replica in site.both], CLIENTS, read_or_search) as statuses:
        first = write_edition(folder, 1, range(16))
        assert command.report_of(command.start(settings, folder, 2)).new == 16
        read_at = time.monotonic()
        for replica in site.both:
            replica.until_shows("commun edition1", first)
        assert time.monotonic() - read_at < STATED_S
        changed, added = write_edition(folder, 2, range(4)), write_edition(folder, 2, range(16, 24))
        removed = {f"note{number}" for number in range(4, 8)}
        for document_id in removed:
            (folder / f"{document_id}.md").unlink()
        commands = [command.start(machine, folder, 1) for machine in (settings, another_machine(settings))]
        for report in map(command.report_of, commands):
            assert (report.new, report.changed, report.removed, report.unchanged) == (8, 4, 4, 8)
        read_at = time.monotonic()
        assert not any(removed & set(replica.search("commun edition1", k=50)) for replica in site.both)  # at once
        for replica in site.both:
            replica.until_shows("commun edition2", changed | added)
            replica.until_shows("commun edition1", first - changed - removed)
        assert time.monotonic() - read_at < STATED_S
    assert {url: set(each) for url, each in statuses.items()} == {replica.url: {200} for replica in site.both}


def test_sessions_keys_and_limits_are_those_of_both_replicas(site: Site) -> None:
    first, second = site.both
    keys = key_store(Settings(index=IndexSettings(data=first.data, database=site.database)))
    key = keys.add("Marie", Audience.MEMBER)
    with httpx.Client(base_url=first.url, timeout=60) as reader:  # its cookies are for this host, whatever the port
        assert sign_in(reader, key) == 303
        for replica in site.both:
            page = reader.get(f"{replica.url}/signin").text
            assert "Marie" in page
        token = token_of(page)
        assert reader.post(f"{second.url}/signout", data={"token": token}).status_code == 303
        assert "Marie" not in reader.get(f"{first.url}/signin").text
    bearer = {"Authorization": f"Bearer {key}"}
    assert [search_once(replica, bearer) for replica in site.both] == [200, 200]
    keys.revoke("Marie")
    assert [search_once(replica, bearer) for replica in site.both] == [401, 401]
    by_proxy = {"X-Forwarded-For": "203.0.113.7"}
    started = time.monotonic()
    statuses = [search_once(replica, by_proxy) for _ in range(20) for replica in site.both]
    again = int((time.monotonic() - started) / 3)  # a token each three seconds
    assert 20 <= statuses.count(200) <= 20 + again
    assert set(statuses) == {200, 429}
    assert {*statuses[-2:]} == {429}


def search_once(replica: Replica, headers: dict[str, str]) -> int:
    return replica.client.post("/api/v1/search", json={"query": "commun"}, headers=headers).status_code


def test_staff_are_asked_for_patience_while_the_server_is_away_and_go_on_afterwards(site: Site) -> None:
    replica = site.both[0]
    keys = key_store(Settings(index=IndexSettings(data=replica.data, database=site.database)))
    schema = replica.client.get("/api/v1/openapi.json").json()
    sent = [request for request in requests(schema, "commun", ["first0"]) if request.method != "delete"]
    sent += [SentRequest("get", path) for path in STAFF_ONLY]
    with httpx.Client(base_url=replica.url, timeout=60) as staff:
        key = keys.add("Anne", Audience.STAFF)
        assert sign_in(staff, key) == 303
        staff.headers["Authorization"] = f"Bearer {key}"
        before = [staff.request(request.method, request.path, json=request.body) for request in sent]
        site.server.stop()
        replica.until_not_ready()
        meanwhile = [staff.request(request.method, request.path, json=request.body) for request in sent]
        site.server.start()
        replica.until_ready()
        afterwards = [staff.request(request.method, request.path, json=request.body) for request in sent]
    for request, answers in zip(sent, zip(before, meanwhile, afterwards, strict=True), strict=True):
        assert answers[0].status_code == answers[2].status_code < 500, request
        assert answers[1].status_code in (503, answers[0].status_code), request
        assert str(site.server.folder) not in answers[1].text, request
    (page,) = (answer for request, answer in zip(sent, meanwhile, strict=True) if request.path == "/")
    assert "La recherche n’est pas disponible pour le moment" in page.text


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
            assert httpx.get(f"{url}/staff/harvests", timeout=60).status_code in (502, 503)  # the other knows of none
            killed.start()
            killed.until_ready()
    assert set(statuses[url]) == {200}
    assert statuses[url][200] > 20


@pytest.mark.soak
def test_servers_and_replicas_killed_two_hundred_times_lose_nothing(site: Site) -> None:
    kill_at_random(site, 200)

"""Two services with a data folder each and a database in common: who may come in is known to both at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.documents import Audience
from index.types import Filter
from service.app import Parts, create_app
from service.auth.callers import NOBODY
from service.auth.groups import Group
from service.journal.service import Consent, SearchEvent
from service.settings import RateLimitSettings
from service.wiring import alert_job, key_store, newsletter_job, obstacle_watch
from tests.databases import Postgresql
from tests.postgresql import Server, running_server
from tests.service.conftest import make_parts
from tests.service.signing_in import sign_in, token_of

RESERVED = "/documents/membres/ambulance"


@dataclass
class Machine:
    parts: Parts
    client: TestClient

    def search(self, key: str = "", **headers: str) -> int:
        bearer = {"Authorization": f"Bearer {key}"} if key else {}
        return self.client.post("/api/v1/search", json={"query": "ambulance"}, headers=bearer | headers).status_code


@pytest.fixture(scope="module")
def databases(postgresql: Server) -> Iterator[Postgresql]:
    databases = Postgresql(postgresql)
    yield databases
    databases.drop_databases()


@pytest.fixture
def machines(databases: Postgresql, tmp_path: Path) -> Iterator[list[Machine]]:
    yield from running(databases, tmp_path)


def running(databases: Postgresql, folder: Path, **settings: Any) -> Iterator[list[Machine]]:
    address = databases.settings(folder).database
    parts = [make_parts(folder / name, database=address, **settings) for name in ("first", "second")]
    with (
        TestClient(create_app(parts[0]), raise_server_exceptions=False) as first,
        TestClient(create_app(parts[1]), raise_server_exceptions=False) as second,
    ):
        yield [Machine(parts[0], first), Machine(parts[1], second)]


def test_a_session_opened_on_one_machine_is_one_on_the_other_until_it_ends(machines: list[Machine]) -> None:
    first, second = machines
    assert sign_in(first.client, key_store(first.parts.settings).add("Marie", Audience.MEMBER)) == 303
    second.client.cookies = first.client.cookies
    assert second.client.get(RESERVED).status_code == 200
    token = token_of(second.client.get("/signin").text)
    copied = dict(first.client.cookies)
    assert second.client.post("/signout", data={"token": token}, follow_redirects=False).status_code == 303
    first.client.cookies.update(copied)
    assert first.client.get(RESERVED).status_code == 404


def test_a_form_of_one_machine_is_taken_by_the_other(machines: list[Machine]) -> None:
    first, second = machines
    key = key_store(first.parts.settings).add("Marie", Audience.MEMBER)
    token = token_of(first.client.get("/signin").text)
    second.client.cookies = first.client.cookies
    answer = second.client.post("/signin", data={"key": key, "token": token}, follow_redirects=False)
    assert answer.status_code == 303


def test_a_key_is_known_and_refused_by_all_at_once(machines: list[Machine]) -> None:
    first, second = machines
    key = key_store(first.parts.settings).add("Marie", Audience.MEMBER)
    assert [machine.search(key) for machine in machines] == [200, 200]
    key_store(second.parts.settings).revoke("Marie")
    assert [machine.search(key) for machine in machines] == [401, 401]
    assert not (first.parts.settings.index.data / "keys.sqlite").exists()


def test_a_group_closed_on_one_machine_has_no_members_on_the_other(machines: list[Machine]) -> None:
    first, second = (machine.parts for machine in machines)
    key = key_store(first.settings).add("Marie", Audience.MEMBER, groups=["gt-sante"])
    assert second.authenticator.caller(key).groups == {"gt-sante"}
    first.groups.write(Group("gt-sante", closed="2026-11-30T09:00:00+00:00"))
    assert second.authenticator.caller(key).groups == frozenset()


def test_a_limit_holds_for_all_machines_together(databases: Postgresql, tmp_path: Path) -> None:
    limits = RateLimitSettings(per_caller=0, per_address=4, burst=4, failures=0)
    for machines in running(databases, tmp_path, rate=limits):
        statuses = [machine.search() for _ in range(4) for machine in machines]
        assert statuses == [200] * 4 + [429] * 4


def test_what_staff_do_on_each_machine_is_one_log(machines: list[Machine]) -> None:
    for machine in machines:
        key = key_store(machine.parts.settings).add(f"Anne {id(machine)}", Audience.STAFF)
        assert machine.search(key) == 200
    verdicts = [machine.parts.audit.verify() for machine in machines]
    assert verdicts[0] == verdicts[1]
    assert (verdicts[0].fault, verdicts[0].lines >= 2) == ("", True)
    assert not (machines[0].parts.settings.index.data / "audit").exists()


def test_words_that_were_kept_on_one_machine_are_erased_from_the_other(machines: list[Machine]) -> None:
    first, second = (machine.parts.journal for machine in machines)
    event = SearchEvent("page", "search", "une ambulance ?", Filter(Audience.MEMBER))
    first.record_search(event, Consent(True, "key:3"), "t")
    first.flush()
    assert [words["text"] for words in second.words_of("key:3")] == ["une ambulance ?"]
    assert second.erase_subject("key:3") == 1
    assert first.words_of("key:3") == []


def test_each_job_has_one_leader(machines: list[Machine]) -> None:
    for job in (obstacle_watch, alert_job, newsletter_job):
        leaders = [job(machine.parts).loop.leader for machine in machines]
        assert [leader.is_leader() for leader in leaders] == [True, False]
        for leader in leaders:
            leader.release()


def test_requests_are_answered_with_503_while_the_server_is_away_and_as_before_afterwards(
    postgresql: Server, tmp_path: Path
) -> None:
    with running_server() as server:
        for machine, _ in running(Postgresql(server), tmp_path):
            key = key_store(machine.parts.settings).add("Marie", Audience.MEMBER)
            assert machine.search(key) == 200
            server.stop()
            answer = machine.client.post(
                "/api/v1/search", json={"query": "ambulance"}, headers={"Authorization": f"Bearer {key}"}
            )
            assert answer.status_code == 503
            assert str(server.folder) not in answer.text
            assert machine.search() == 200  # nobody has to be known
            machine.parts.audit.write("act", NOBODY)
            server.start()
            assert machine.search(key) == 200

"""The leader among several machines: one at a time, and another as soon as its connection is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from index.errors import StoreError
from index.settings import IndexSettings
from service.library.leader_lock import leadership
from tests.databases import Postgresql
from tests.postgresql import Server


@pytest.fixture
def machines(postgresql: Server, tmp_path: Path) -> Iterator[list[IndexSettings]]:
    databases = Postgresql(postgresql)
    address = databases.settings(tmp_path).database
    yield [IndexSettings(data=tmp_path / name, database=address) for name in ("first", "second")]
    databases.drop_databases()


def test_a_job_is_one_machine_s_until_it_lets_go(machines: list[IndexSettings]) -> None:
    first, second = (leadership(settings, "job") for settings in machines)
    other_job = leadership(machines[1], "another")
    assert [first.is_leader(), second.is_leader(), first.is_leader(), other_job.is_leader()] == [
        True,
        False,
        True,
        True,
    ]
    first.release()
    assert second.is_leader()
    for lock in (second, other_job):
        lock.release()


def test_a_leader_whose_connection_is_lost_leads_no_more_once_another_does(machines: list[IndexSettings]) -> None:
    first, second = (leadership(settings, "job") for settings in machines)
    assert first.is_leader()
    with psycopg.connect(machines[0].database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE application_name = 'passerelle' AND datname = current_database()"
        )
    assert second.is_leader()
    assert not first.is_leader()
    second.release()
    assert first.is_leader()
    first.release()


def test_where_the_server_does_not_answer_nobody_leads(tmp_path: Path) -> None:
    leader = leadership(IndexSettings(data=tmp_path, database="postgresql://127.0.0.1:1/centre"), "job")
    with pytest.raises(StoreError, match="does not answer"):
        leader.is_leader()
    leader.release()


def test_without_a_server_the_leader_is_chosen_in_the_data_folder(tmp_path: Path) -> None:
    leader = leadership(IndexSettings(data=tmp_path), "job")
    assert leader.is_leader()
    assert (tmp_path / "job.lock").exists()
    leader.release()

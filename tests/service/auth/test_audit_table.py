"""The audit log of several machines: one chain in the database, which shows changes as the files do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from index.store.private_database import ServerSchema
from service.auth.audit import AuditLog
from service.auth.audit_chain import BEGINNING, SWEEP
from service.auth.audit_table import AuditTable
from service.auth.callers import NOBODY
from service.errors import AuditUnavailable
from tests.databases import Postgresql
from tests.postgresql import Server

DAYS = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 2, 3)]


@pytest.fixture
def location(postgresql: Server, tmp_path: Path) -> Iterator[ServerSchema]:
    databases = Postgresql(postgresql)
    yield ServerSchema(databases.settings(tmp_path).database, "passerelle_audit")
    databases.drop_databases()


def written(location: ServerSchema, days: int = 365) -> AuditLog:
    """Return a log with three lines on each of three days."""
    now = [DAYS[0]]
    audit = AuditLog(AuditTable(location), days, now=lambda: now[0])
    for now[0] in DAYS:
        for number in range(3):
            audit.write("act now", NOBODY, number=number)
    return audit


def change(location: ServerSchema, statement: str) -> None:
    with psycopg.connect(location.address, autocommit=True) as connection:
        connection.execute(statement)


def test_the_lines_of_all_machines_are_one_chain_in_order(location: ServerSchema) -> None:
    written(location)
    elsewhere = AuditLog(AuditTable(location), now=lambda: DAYS[2])
    elsewhere.write("act later", NOBODY, number=9)
    verdict = elsewhere.verify()
    assert (verdict.lines, verdict.unchained, verdict.fault) == (10, 0, "")
    lines = elsewhere.lines_of("")
    assert [line["number"] for line in lines] == [0, 1, 2, 0, 1, 2, 0, 1, 2, 9]
    assert lines[0]["previous"] == BEGINNING
    assert [line["number"] for line in elsewhere.latest("act", 4)] == [9, 2, 1, 0]
    assert elsewhere.verify(verdict.head).knows
    assert not elsewhere.verify("f" * 64).knows


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        (
            "UPDATE passerelle_audit.lines SET line = overlay(line PLACING 'X' FROM 3) WHERE number = 5",
            6,
        ),
        ("DELETE FROM passerelle_audit.lines WHERE number = 5", 6),
        ("DELETE FROM passerelle_audit.lines WHERE number = 1", 2),
        ("UPDATE passerelle_audit.lines SET line = 'nonsense' WHERE number = 4", 4),
    ],
)
def test_the_first_line_that_does_not_fit_is_named(location: ServerSchema, statement: str, place: int) -> None:
    audit = written(location)
    change(location, statement)
    assert audit.verify().fault.startswith(f"line {place} (2026-11-0{(place + 2) // 3}):")


def test_the_chain_goes_on_when_old_lines_are_removed(location: ServerSchema) -> None:
    written(location)
    later = AuditLog(AuditTable(location), 2, now=lambda: DAYS[2] + timedelta(days=1))
    later.write("act", NOBODY)
    verdict = later.verify()
    assert (verdict.lines, verdict.fault) == (8, "")  # six of nine, what was removed, and the new one
    assert [line["action"] for line in later.latest(SWEEP.split()[0], 1)] == [SWEEP]
    change(location, "DELETE FROM passerelle_audit.lines WHERE day = '2026-11-02'")
    assert later.verify().fault.startswith("line 7 (2026-11-03)")


def test_many_writers_at_once_write_one_chain(location: ServerSchema) -> None:
    def write(machine: int) -> None:
        audit = AuditLog(AuditTable(location), now=lambda: DAYS[0])
        for number in range(20):
            audit.write("act", NOBODY, machine=machine, number=number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    verdict = AuditLog(AuditTable(location)).verify()
    assert (verdict.lines, verdict.fault) == (80, "")


def test_a_trial_leaves_no_line(location: ServerSchema) -> None:
    audit = written(location)
    before = audit.verify()
    audit.check()
    assert audit.verify() == before


def test_what_has_to_be_in_the_log_is_refused_while_the_server_is_away(caplog: pytest.LogCaptureFixture) -> None:
    audit = AuditLog(AuditTable(ServerSchema("postgresql://marie:geheim@127.0.0.1:1/centre", "passerelle_audit")))
    with pytest.raises(AuditUnavailable, match="cannot be written") as refused:
        audit.check()
    assert "geheim" not in str(refused.value)
    audit.write("act", NOBODY)  # readers are not held up
    assert "could not be noted" in caplog.text
    assert "geheim" not in caplog.text

"""What staff withdrew and corrected, in PostgreSQL: never a shorter list than was written, whoever reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from index.documents import Access, Audience
from index.errors import StoreError
from index.postgresql.connections import connected
from index.postgresql.schema import MAIN_MIGRATIONS, make_main
from index.settings import IndexSettings
from index.store.opening import open_store
from index.store.withdrawals import Withdrawal
from tests.databases import Postgresql
from tests.index.maintenance.commands import open_indexer_for, put
from tests.postgresql import Server

STAFF = Access(Audience.STAFF)


@pytest.fixture
def settings(postgresql: Server, tmp_path: Path) -> Iterator[IndexSettings]:
    databases = Postgresql(postgresql)
    yield databases.settings(tmp_path)
    databases.drop_databases()


def change(settings: IndexSettings, statement: str) -> None:
    with psycopg.connect(settings.database, autocommit=True) as connection:
        connection.execute(f"SET search_path = passerelle; SET passerelle.audience = 'all'; {statement}")


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM document_list_entries WHERE list = 'corrections'",
        "UPDATE document_list_entries SET entry = replace(entry, 'staff', 'public')",
        "DELETE FROM document_list_entries; DELETE FROM document_lists",
        "DROP TABLE document_list_entries",
    ],
)
def test_rows_that_are_not_what_was_written_hide_rather_than_show(settings: IndexSettings, statement: str) -> None:
    put(open_indexer_for(settings), "a", "le tram")
    with closing(open_store(settings)) as store:
        store.correct("a", {"audience": Audience.STAFF}, "Anne", 0)
    change(settings, statement)
    with closing(open_store(settings)) as store:
        for access in (Access(Audience.PUBLIC), STAFF):
            with pytest.raises(StoreError):
                store.document("a", access)
        with pytest.raises(StoreError):
            store.list_corrections()


def test_what_was_withdrawn_before_there_were_lists_stays_withdrawn(settings: IndexSettings) -> None:
    put(open_indexer_for(settings), "a", "le tram")
    *steps, _ = MAIN_MIGRATIONS
    change(settings, "DROP TABLE document_list_entries, document_lists; DROP FUNCTION digest_entries")
    change(settings, "DROP TABLE current_index; UPDATE schema_version SET version = 2")
    with connected(settings.database) as session:
        for step in steps:
            step(session)
    entry = '{"document_id": "a", "title": "a", "at": "", "by": "Anne", "reason": "", "files": []}'
    change(settings, f"INSERT INTO withdrawals VALUES ('a', '{entry}')")
    with closing(open_store(settings)) as store:  # a service's, which makes no index
        assert store.list_withdrawals() == [Withdrawal("a", "a", "", "Anne", "")]
        assert store.list_documents(STAFF) == []
        store.reinstate("a")
        assert [listed.card.id for listed in store.list_documents(STAFF)] == ["a"]
    with connected(settings.database) as session:
        make_main(session)  # again: nothing is left to do

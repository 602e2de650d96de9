"""The second wall: whatever a statement forgets, the server shows a session what its access may see, and no more."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from contextlib import closing
from itertools import combinations
from pathlib import Path
from typing import Final, cast

import numpy as np
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience
from index.errors import StoreError, UnknownDocument
from index.maintenance.verify import check_store
from index.postgresql.connections import PostgresConnections
from index.postgresql.row_security import READERS
from index.settings import IndexSettings
from index.store.opening import open_store
from index.store.store import EmbeddedPassage, FileRecord, Store
from index.types import Filter
from tests.accesses import GROUPS, some_groups
from tests.conftest import HashEmbedder, prepared
from tests.databases import Postgresql
from tests.postgresql import Server

OF_A_DOCUMENT: Final = {  # tables and the column that names the document
    "documents": "id",
    "versions": "document_id",
    "sections": "document_id",
    "passages": "document_id",
    "document_values": "document_id",
}
LISTS: Final = ("document_lists", "document_list_entries")  # withdrawals and corrections
ALL_TABLES: Final = (*READERS, *LISTS)
EVERY_ACCESS: Final = (
    *map(Access, Audience),
    *(Access(Audience.MEMBER, frozenset(some)) for size in (1, 2, 3) for some in combinations(GROUPS, size)),
)
audiences = st.sampled_from(Audience)
documents = st.lists(st.tuples(audiences, some_groups, audiences, some_groups), min_size=1, max_size=5)


@pytest.fixture(scope="module")
def databases(postgresql: Server) -> Iterator[Postgresql]:
    databases = Postgresql(postgresql)
    yield databases
    databases.drop_databases()


@pytest.fixture(scope="module")
def store(databases: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(open_store(databases.settings(tmp_path_factory.mktemp("data")), create=True)) as store:
        yield store


def put(store: Store, name: str, text: str, audience: Audience, groups: tuple[str, ...]) -> None:
    document, passages = prepared(name, text, audience=audience, groups=groups, themes=("health",))[:2]
    key = f"{name} {text}".encode()
    embedded = [EmbeddedPassage(passages[0], 0, key)]
    file = FileRecord("/s", f"{name}.md", 1, 1, "0" * 64, name)
    store.put(document, embedded, {key: HashEmbedder().embed_query(text)}, file, {key: np.zeros((1, 4), np.uint8)})


def seen(store: Store, access: Access, table: str) -> set[str]:
    """Return the documents of which a statement without any filter shows something."""
    rows = store.database.as_reader(access).execute(f"SELECT {OF_A_DOCUMENT[table]} FROM {table}")
    return {document_id for (document_id,) in rows}


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=documents)
def test_any_statement_reads_of_documents_what_the_access_may_see(
    store: Store, drawn: list[tuple[Audience, tuple[str, ...], Audience, tuple[str, ...]]]
) -> None:
    for name in store.select_ids(Filter(Audience.STAFF)):
        store.remove(name)
    for number, (former, former_groups, audience, groups) in enumerate(drawn):
        put(store, f"d{number}", "avant", former, former_groups)
        put(store, f"d{number}", "après", audience, groups)
    listed = {card.card.id: card.card.metadata for card in store.list_documents(Access(Audience.STAFF))}
    assert len(listed) == len(drawn)
    for access in EVERY_ACCESS:
        visible = {name for name, metadata in listed.items() if access.may_see(metadata)}
        for table in set(OF_A_DOCUMENT) - {"versions"}:
            assert seen(store, access, table) == visible, (access, table)
        # A former text is for those who may see both it and the present one: what the store lists of versions.
        with_former = {name for name in visible if len(store.versions(name, access)) == 2}
        assert seen(store, access, "versions") == with_former, access
        session = store.database.as_reader(access)
        expected = len(drawn) if access.audience is Audience.STAFF else 0
        assert len(session.execute("SELECT * FROM files").fetchall()) == expected
        for table in ("vectors", "token_codes", "passage_vectors", "removed_rows", *LISTS):
            assert session.execute(f"SELECT * FROM {table}").fetchall() == [], (access, table)


@pytest.fixture(scope="module")
def filled(databases: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with closing(fill(databases.settings(tmp_path_factory.mktemp("filled")))) as store:
        yield store


def fill(settings: IndexSettings) -> Store:
    """Make an index that has something in every table."""
    store = open_store(settings, create=True)
    put(store, "public", "avant", Audience.PUBLIC, ())
    put(store, "public", "un texte public", Audience.PUBLIC, ())
    put(store, "reserve", "un texte réservé", Audience.MEMBER, ("gt-sante",))
    put(store, "gone", "un texte retiré", Audience.PUBLIC, ())
    store.withdraw("gone", "Anne", "")
    return store


@pytest.mark.parametrize("table", ALL_TABLES)
def test_a_session_that_does_not_say_for_whom_it_reads_sees_nothing(filled: Store, table: str) -> None:
    assert filled.database.as_index.execute(f"SELECT count(*) FROM {table}").fetchone() > (0,)
    assert filled.database.connection.execute(f"SELECT * FROM {table}").fetchall() == []
    address = cast(PostgresConnections, filled.database.connections).address
    with psycopg.connect(address, options="-c search_path=passerelle_index,passerelle") as own:
        for audience in ("", "nobody", "3", "public'"):  # never set, and set wrongly
            if audience:
                own.execute("SELECT set_config('passerelle.audience', %s, false)", (audience,))
            assert own.execute(f"SELECT * FROM {table}").fetchall() == []


@pytest.mark.parametrize("access", [Access(), Access(Audience.MEMBER), Access(Audience.STAFF)])
@pytest.mark.parametrize("table", ALL_TABLES)
def test_no_reader_writes(filled: Store, access: Access, table: str) -> None:
    session = filled.database.as_reader(access)
    assert session.execute(f"DELETE FROM {table}").rowcount == 0
    assert session.execute(f'UPDATE {table} SET "{column_of(filled, table)}" = DEFAULT').rowcount == 0
    with pytest.raises(StoreError):
        session.execute(f"INSERT INTO {table} DEFAULT VALUES")


def column_of(store: Store, table: str) -> str:
    return str(store.database.as_index.execute(f"SELECT * FROM {table} LIMIT 0").description[0][0])


def test_who_reads_changes_with_each_statement_in_a_snapshot_or_not_and_after_a_failure(filled: Store) -> None:
    def ids(access: Access) -> list[str]:
        return sorted(filled.select_ids(Filter.seen_by(access)))

    member = Access(Audience.MEMBER, frozenset({"gt-sante"}))

    def look() -> None:
        assert [ids(access) for access in (Access(), member, Access())] == [
            ["public"],
            ["public", "reserve"],
            ["public"],
        ]
        assert seen(filled, Access(), "documents") == {"public", "gone"}
        assert filled.count()[0] == 3
        assert seen(filled, member, "documents") == {"public", "gone", "reserve"}

    look()
    with filled.snapshot():
        look()
    with pytest.raises(StoreError):
        filled.database.as_reader(member).execute("SELECT 1 / 0")
    assert seen(filled, Access(), "documents") == {"public", "gone"}
    with pytest.raises(ZeroDivisionError), filled.database.transaction():
        raise ZeroDivisionError
    look()


def test_rows_that_are_not_for_the_reader_give_no_passage(filled: Store) -> None:
    """Should a filter be wrong: what it chose is not read."""
    rows = filled.rows(Filter(Audience.STAFF)).tolist()
    assert {passage.document_id for passage in filled.passages(rows, Access()).values()} == {"public"}
    with pytest.raises(UnknownDocument):
        filled.document("reserve", Access(Audience.MEMBER))


def test_verify_finds_tables_that_the_policies_no_longer_bind(databases: Postgresql, tmp_path: Path) -> None:
    own = databases.settings(tmp_path)
    changes = ("NO FORCE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY")
    with (
        closing(open_store(own, create=True)) as store,
        psycopg.connect(own.database, autocommit=True, options="-c search_path=passerelle_index") as owner,
    ):
        assert check_store(store) == []
        for number, table in enumerate(READERS, start=1):
            owner.execute(f"ALTER TABLE {table} {changes[number % 2]}")
            (finding,) = check_store(store)
            assert f" {number} tables are not bound by the policies" in finding.wrong
            assert finding.is_grave


@pytest.mark.parametrize("right", ["SUPERUSER", "BYPASSRLS"])
def test_a_role_that_no_policy_binds_is_refused_with_the_remedy(
    right: str, databases: Postgresql, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = databases.settings(tmp_path)
    open_store(own, create=True).close()
    name = f"unbound_{right.lower()}"
    with psycopg.connect(databases.server.address(), autocommit=True) as administrator:
        administrator.execute(f"CREATE ROLE {name} LOGIN {right}")
    unbound = IndexSettings(data=tmp_path, database=own.database.replace("passerelle@", f"{name}@"))
    with caplog.at_level(logging.WARNING), pytest.raises(StoreError, match=r"BYPASSRLS.*ordinary role"):
        open_store(unbound)
    with psycopg.connect(databases.server.address(), autocommit=True) as administrator:
        administrator.execute(f"DROP ROLE {name}")


def test_an_index_of_the_version_before_gets_its_policies_when_it_is_opened(
    databases: Postgresql, tmp_path: Path
) -> None:
    before = databases.settings(tmp_path)
    fill(before).close()
    with psycopg.connect(before.database, options="-c search_path=passerelle_index,passerelle", autocommit=True) as own:
        for table in ALL_TABLES:
            own.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
            own.execute(f"DROP POLICY index_itself ON {table}")
            own.execute(f"DROP POLICY IF EXISTS readers ON {table}")
        own.execute("CREATE TABLE passerelle.withdrawals (document_id text PRIMARY KEY, entry text NOT NULL)")
        own.execute("INSERT INTO withdrawals SELECT document_id, entry FROM document_list_entries")
        own.execute("DROP TABLE document_list_entries, document_lists")
        own.execute("DROP FUNCTION digest_entries")
        own.execute("DROP TABLE reading_queue, reading_run")
        own.execute("DROP SEQUENCE reading_sessions")
        own.execute("UPDATE passerelle_index.schema_version SET version = 1")
        own.execute("UPDATE passerelle.schema_version SET version = 1")
        assert len(own.execute("SELECT * FROM documents").fetchall()) == 3
    with closing(open_store(before)) as store:
        assert store.database.connection.execute("SELECT * FROM documents").fetchall() == []
        assert store.database.connection.execute("SELECT * FROM document_list_entries").fetchall() == []
        assert [withdrawal.document_id for withdrawal in store.list_withdrawals()] == ["gone"]
        assert store.select_ids(Filter()) == ["public"]


def test_a_dump_that_policies_would_thin_out_is_refused_and_an_administrators_holds_everything(
    databases: Postgresql, tmp_path: Path
) -> None:
    own, copied = databases.settings(tmp_path / "own"), databases.settings(tmp_path / "copied")
    fill(own).close()
    server = databases.server

    def run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([server.programs / program, *options], capture_output=True, text=True, check=False)

    archive = str(tmp_path / "dump")
    refused = run("pg_dump", "-Fc", "-f", archive, own.database)
    assert (refused.returncode, "row-level security" in refused.stderr) == (1, True)
    as_administrator = [server.as_administrator(settings.database) for settings in (own, copied)]
    assert run("pg_dump", "-Fc", "-f", archive, as_administrator[0]).returncode == 0
    assert run("pg_restore", "-d", as_administrator[1], archive).returncode == 0
    with closing(open_store(copied)) as store:
        assert store.count() == (3, 3)
        assert store.select_ids(Filter()) == ["public"]
        assert seen(store, Access(), "documents") == {"public", "gone"}


def test_every_table_of_an_index_has_policies_or_holds_nothing_of_documents(filled: Store) -> None:
    tables = filled.database.as_index.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
        " WHERE relkind = 'r' AND relnamespace IN ('passerelle'::regnamespace, 'passerelle_index'::regnamespace)"
    )
    unbound = {name for name, is_bound in tables if not is_bound}
    assert unbound == {"facts", "schema_version", "current_index", "reading_run"}

"""What the index relies on: rows and generations in order, snapshots, nothing acknowledged lost, readers woken."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from index.__main__ import main
from index.documents import Access, Audience
from index.errors import ServerUnavailable, StoreError
from index.maintenance.verify import check_store
from index.postgresql.connections import advisory_lock, describe, watch_changes
from index.settings import IndexSettings
from index.store.locks import AnotherJob
from index.store.opening import open_store, writing_lock
from index.store.store import EmbeddedPassage, Store
from index.types import Filter
from tests.conftest import ROOT, HashEmbedder, prepared
from tests.databases import Postgresql
from tests.postgresql import Server, running_server

STAFF = Filter(Audience.STAFF)


@pytest.fixture
def settings(postgresql: Server, tmp_path: Path) -> Iterator[IndexSettings]:
    databases = Postgresql(postgresql)
    yield databases.settings(tmp_path)
    databases.drop_databases()


def put(store: Store, name: str) -> None:
    """Put a document of one passage without a model's help."""
    document, passages, *_ = prepared(name, f"texte {name}")
    key = name.encode()
    vector = HashEmbedder().embed_query(name)
    store.put(document, [EmbeddedPassage(passages[0], 0, key)], {key: vector})


def test_commits_at_once_never_skip_a_row_and_the_generation_counts_each(settings: IndexSettings) -> None:
    """A reader that follows the generation takes the rows above its last one: none may come below it later."""
    open_store(settings, create=True).close()
    is_over = threading.Event()
    seen_out_of_order: list[int] = []

    def follow() -> int:
        with closing(open_store(settings)) as store:
            last, known = 0, set[int]()
            while True:
                is_last_look = is_over.is_set()
                with store.snapshot():
                    generation, rows = store.generation, [row for row, _, _ in store.passage_table.iterate_rows()]
                seen_out_of_order.extend(row for row in rows if row <= last and row not in known)
                assert generation == len(rows)
                known.update(rows)
                last = max([last, *rows])
                if is_last_look:
                    return len(known)

    def write(writer: int) -> None:
        with closing(open_store(settings)) as store:
            for number in range(25):
                put(store, f"w{writer}-{number}")

    with ThreadPoolExecutor(5) as pool:
        follower = pool.submit(follow)
        for writer in [pool.submit(write, number) for number in range(4)]:
            writer.result()
        is_over.set()
        assert follower.result() == 100
    assert seen_out_of_order == []


WRITER = """
import sys
from index.settings import IndexSettings
from index.store.opening import open_store
from tests.index.postgresql.test_connections import put
store = open_store(IndexSettings(database=sys.argv[1]))
for number in range(100_000):
    put(store, f"{sys.argv[2]}-{number}")
    print(f"{sys.argv[2]}-{number}", flush=True)
"""


def kill_while_writing(server: Server, settings: IndexSettings, moment: int) -> set[str]:
    """Kill the server while a process writes; start it again and return the names of what was acknowledged."""
    command = [sys.executable, "-c", WRITER, settings.database, f"m{moment}"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        acknowledged = {process.stdout.readline().strip()}
        timer = threading.Timer(0.01 * (moment % 37), server.kill)
        timer.start()
        acknowledged |= {line.strip() for line in process.stdout}
    assert process.returncode != 0  # its connection was lost
    timer.join()
    server.start()
    return acknowledged


def assert_nothing_lost(moments: int, tmp_path: Path) -> None:
    with running_server() as server:
        settings = IndexSettings(data=tmp_path, database=server.make_database())
        with closing(open_store(settings, create=True)) as store:
            acknowledged: set[str] = set()
            for moment in range(moments):
                acknowledged |= kill_while_writing(server, settings, moment)
                assert store.document(max(acknowledged), Access(Audience.STAFF))  # its own connection was lost as well
            present = set(store.select_ids(STAFF))
            assert acknowledged <= present
            assert len(present - acknowledged) <= moments  # what was committed when the answer was cut off
            assert store.generation == len(present) == len(store.passage_table.vectors()[0])


def test_a_killed_server_loses_nothing_it_acknowledged(postgresql: Server, tmp_path: Path) -> None:
    assert_nothing_lost(3, tmp_path)


@pytest.mark.soak
def test_a_server_killed_two_hundred_times_loses_nothing(postgresql: Server, tmp_path: Path) -> None:
    assert_nothing_lost(200, tmp_path)


def test_a_connection_that_the_server_ended_is_made_anew_but_not_within_a_transaction(settings: IndexSettings) -> None:
    store = open_store(settings, create=True)
    put(store, "a")

    def end_connections() -> None:
        with psycopg.connect(settings.database, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE application_name = 'passerelle' AND datname = current_database()"
            )

    end_connections()
    assert store.count() == (1, 1)
    end_connections()
    put(store, "b")

    def read_twice() -> None:
        with store.snapshot():
            assert store.count() == (2, 2)
            end_connections()
            store.count()

    with pytest.raises(StoreError, match="does not answer"):
        read_twice()
    assert store.count() == (2, 2)
    store.close()


def test_a_change_wakes_whoever_watches(settings: IndexSettings) -> None:
    with closing(open_store(settings, create=True)) as store:
        woken, ended = threading.Event(), threading.Event()
        thread = threading.Thread(target=watch_changes, args=(settings.database, woken.set, ended))
        thread.start()
        assert woken.wait(10)  # it looks once when it begins to listen
        woken.clear()
        began = time.monotonic()
        put(store, "a")
        assert woken.wait(10)
        assert time.monotonic() - began < 10
        ended.set()
        thread.join()


def test_only_one_job_writes_wherever_the_others_run(settings: IndexSettings, tmp_path: Path) -> None:
    open_store(settings, create=True).close()
    elsewhere = IndexSettings(data=tmp_path / "other machine", database=settings.database)
    with writing_lock(settings):
        with pytest.raises(AnotherJob, match="another machine"), writing_lock(elsewhere):
            pass
        with advisory_lock(settings.database, "another", wait=False) as is_held:
            assert is_held
    with writing_lock(elsewhere):
        pass


def test_no_message_names_the_password_or_the_host(tmp_path: Path) -> None:
    address = "postgresql://marie:geheim@127.0.0.1:1/centre?connect_timeout=2"
    settings = IndexSettings(data=tmp_path, database=address)
    assert describe(address) == "PostgreSQL database centre"
    assert "geheim" not in repr(settings)
    with pytest.raises(StoreError, match="does not answer") as refused:
        open_store(settings)
    assert not {"geheim", "127.0.0.1", "marie"} & set(str(refused.value).replace(":", " ").split())
    with pytest.raises(StoreError, match="PASSERELLE_DATABASE"):
        open_store(IndexSettings(data=tmp_path, database="postgresql://[broken"))


def test_a_server_that_is_away_is_not_taken_for_a_damaged_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_server() as server:
        settings = IndexSettings(data=tmp_path, database=server.make_database())
        with closing(open_store(settings, create=True)) as store:
            assert check_store(store) == []
            server.stop()
            with pytest.raises(ServerUnavailable):
                check_store(store)
        environ = {"PASSERELLE_DATABASE": settings.database, "PASSERELLE_DATA": str(tmp_path)}
        assert main(["verify"], environ) == 2
        output = "".join(capsys.readouterr())
        assert "does not answer" in output
        assert "restore" not in output
        server.start()


@pytest.mark.parametrize("password", ["ge@heim", "ge/heim", "ge/he@im", "ge%heim", "@geheim", "a=b?c/geheim"])
def test_a_password_that_is_not_written_as_it_has_to_be_is_refused_and_not_named(
    password: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = IndexSettings(data=tmp_path, database=f"postgresql://marie:{password}@127.0.0.1:1/centre")
    with caplog.at_level(logging.DEBUG), pytest.raises(StoreError, match="%40") as refused:
        open_store(settings)
    written = "".join(traceback.format_exception(refused.value)) + caplog.text
    assert "heim" not in written


def test_a_pgvector_that_loses_hits_under_a_filter_is_refused(settings: IndexSettings, postgresql: Server) -> None:
    open_store(settings, create=True).close()
    with psycopg.connect(postgresql.as_administrator(settings.database), autocommit=True) as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute("UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'")
        with pytest.raises(StoreError, match=r"0\.8 or newer is needed, and 0\.7\.4 is there"):
            open_store(settings)
        connection.execute("UPDATE pg_extension SET extversion = '0.10.0' WHERE extname = 'vector'")
    open_store(settings).close()


def test_a_database_without_an_index_and_one_from_the_future_are_refused_with_the_remedy(
    settings: IndexSettings,
) -> None:
    with pytest.raises(StoreError, match="passerelle-ingest"):
        open_store(settings)
    open_store(settings, create=True).close()
    with psycopg.connect(settings.database, autocommit=True) as connection:
        connection.execute("UPDATE passerelle_index.schema_version SET version = 99")
    with pytest.raises(StoreError, match="newer Passerelle"):
        open_store(settings)


def test_tables_of_the_version_before_are_brought_up_to_this_one(settings: IndexSettings) -> None:
    with closing(open_store(settings, create=True)) as store:
        put(store, "a")
    with psycopg.connect(settings.database, autocommit=True, options="-c search_path=passerelle_index") as connection:
        connection.execute("DROP TABLE reading_queue, reading_run")
        connection.execute("DROP SEQUENCE reading_sessions")
        connection.execute("UPDATE schema_version SET version = 2")
    with closing(open_store(settings)) as store:
        assert store.count() == (1, 1)
        assert store.database.as_index.execute("SELECT count(*) FROM reading_queue").fetchone() == (0,)


def test_many_who_begin_at_once_make_one_index(settings: IndexSettings) -> None:
    def begin(number: int) -> str:
        with closing(open_store(settings, create=True)) as store:
            return store.lineage

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(begin, range(6)))) == 1

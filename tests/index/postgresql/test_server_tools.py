"""The database made, dumped, restored and copied by PostgreSQL's own tools, while others write."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from index.documents import Access, Audience, Document
from index.maintenance.verify import verify
from index.settings import IndexSettings
from index.store.opening import open_store
from index.types import Filter
from tests.conftest import ROOT
from tests.index.maintenance.commands import open_indexer_for, put
from tests.postgresql import SUPERUSER, Server, find_programs, is_root, running_server

MAKE_DATABASE = ROOT / "docs" / "deploy" / "make_database.sh"
STAFF = Filter(Audience.STAFF)


def make_database(server: Server, folder: Path, name: str) -> str:
    """Make a database with a user of its own, as a deployment does, and return its address."""
    address = folder / name
    address.write_text(f"postgresql://{name}:geheim@/{name}?host={server.folder}\n")
    environ = {
        "PATH": f"{find_programs()}{os.pathsep}{os.defpath}",
        "PASSERELLE_DATABASE_FILE": str(address),
        "POSTGRES_USER": SUPERUSER,
        "PGHOST": str(server.folder),
    }
    subprocess.run(["sh", str(MAKE_DATABASE)], env=environ, check=True)
    return address.read_text().strip()


def run_tool(tool: str, *arguments: str | Path) -> None:
    command = [str(find_programs() / tool), *map(str, arguments)]
    environ = os.environ | {"PGOPTIONS": "-c passerelle.audience=all"}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.fixture(scope="module")
def own_server(postgresql: Server) -> Iterator[Server]:
    """A server of this module's own, which asks the users of its databases for their passwords."""
    with running_server() as server:
        rules = server.folder / "data" / "pg_hba.conf"
        rules.write_text(
            f"local all {SUPERUSER} trust\nlocal replication {SUPERUSER} trust\nlocal all all scram-sha-256\n"
        )
        with psycopg.connect(server.address(), autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")
        yield server


@pytest.fixture
def settings(own_server: Server, tmp_path: Path) -> Iterator[IndexSettings]:
    """An index of three documents, one of them with a former version."""
    settings = IndexSettings(data=tmp_path / "data", database=make_database(own_server, tmp_path, "centre"))
    with closing(open_indexer_for(settings).store) as store:
        indexer = open_indexer_for(settings)
        put(indexer, "tram", "Le tram passe la frontière.", "Il roule toutes les dix minutes.")
        put(indexer, "zoast", "Un patient belge est soigné en France.")
        put(indexer, "zoast", "Un patient belge est soigné en France, sans avance de frais.")
        put(indexer, "eau", "Une station d'épuration commune.")
        store.withdraw("eau", "Anne", "an error")
        indexer.store.close()
    yield settings
    with psycopg.connect(own_server.address(), autocommit=True) as connection:
        connection.execute("DROP DATABASE centre WITH (FORCE)")
        connection.execute("DROP ROLE centre")


class Content(NamedTuple):
    """What readers find in an index."""

    documents: dict[str, Document]
    versions: dict[str, list[str]]
    withdrawn: list[str]
    rows: list[int]
    vectors: bytes
    generation: int
    lineage: str


def content_of(settings: IndexSettings) -> Content:
    access = Access(Audience.STAFF)
    with closing(open_store(settings)) as store:
        ids = sorted(store.select_ids(STAFF))
        rows, vectors = store.passage_table.vectors()
        return Content(
            {name: store.document(name, access) for name in ids},
            {name: [version.key for version in store.versions(name, access)] for name in ids},
            [withdrawal.document_id for withdrawal in store.list_withdrawals()],
            rows.tolist(),
            vectors.tobytes(),
            store.generation,
            store.lineage,
        )


def test_the_services_user_has_its_database_and_nothing_more(own_server: Server, settings: IndexSettings) -> None:
    with psycopg.connect(own_server.address()) as connection:
        query = """SELECT rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication
            FROM pg_roles WHERE rolname = 'centre'"""
        assert connection.execute(query).fetchone() == (False,) * 5
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(settings.database.replace("geheim", "geraten"))


def test_a_dump_restored_elsewhere_is_the_same_index(
    own_server: Server, settings: IndexSettings, tmp_path: Path
) -> None:
    """By the commands of docs/operations.md, as the service's own user."""
    archive = tmp_path / "passerelle.dump"
    expected = content_of(settings)
    run_tool("pg_dump", "--enable-row-security", "--format=custom", f"--file={archive}", settings.database)
    shutil.copytree(settings.originals, tmp_path / "copy" / "originals")
    with closing(open_store(settings)) as store:
        store.remove("tram")  # after the dump
    address = make_database(own_server, tmp_path, "restored")
    run_tool("pg_restore", "--exit-on-error", "--no-owner", "--no-comments", f"--dbname={address}", archive)
    restored = replace(settings, database=address, data=tmp_path / "copy")
    assert content_of(restored) == expected
    assert [finding for finding in verify(restored) if finding.is_grave] == []
    put(open_indexer_for(restored), "gare", "La gare est neuve.")  # numbers go on where they were
    with closing(open_store(restored)) as store:
        rows, _ = store.passage_table.vectors()
        assert len(set(rows.tolist())) == len(rows) == store.count()[1]
        assert store.generation == expected.generation + 1


def test_a_base_backup_taken_while_others_write_has_all_that_was_acknowledged_before(
    own_server: Server, settings: IndexSettings, tmp_path: Path
) -> None:
    acknowledged, is_over = ["tram", "zoast"], threading.Event()

    def write() -> None:
        indexer = open_indexer_for(settings)
        for number in range(100_000):
            if is_over.is_set():
                break
            put(indexer, f"d{number}", f"texte {number}")
            acknowledged.append(f"d{number}")
        indexer.store.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(acknowledged) < 5:
            is_over.wait(0.01)
        before = set(acknowledged)
        with running_server() as other:
            other.stop()
            shutil.rmtree(other.folder / "data")
            options = ["--checkpoint=fast", "--wal-method=stream", f"--pgdata={other.folder}/data", "--no-sync"]
            run_tool("pg_basebackup", *options, f"--dbname={own_server.address()}")
            run_tool("pg_verifybackup", other.folder / "data")
            if is_root():
                for path in (other.folder / "data", *(other.folder / "data").rglob("*")):
                    shutil.chown(path, "nobody", "nogroup")
            other.start()
            copy = replace(settings, database=settings.database.replace(str(own_server.folder), str(other.folder)))
            with closing(open_store(copy)) as store:
                present = set(store.select_ids(STAFF))
                assert before <= present
                assert store.document(max(before), Access(Audience.STAFF)).text
    finally:
        is_over.set()
        writer.join()

"""From SQLite to PostgreSQL and back: equal on both sides, made current in one step, with nothing given twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience
from index.errors import StoreError
from index.lexical.tantivy_index import TantivyIndex
from index.maintenance.copy import copy_index
from index.maintenance.verify import verify
from index.settings import IndexSettings
from index.store.current_index import current_settings, read_current_index
from index.store.locks import AnotherJob
from index.store.opening import open_store, writing_lock
from index.store.store import FileRecord, Store
from index.types import Filter, ListedDocument
from index.update import Indexer
from tests.accesses import GROUPS
from tests.conftest import HashEmbedder, prepared
from tests.databases import SQLITE, Postgresql
from tests.index.maintenance.commands import build_index, contents, open_indexer_for, put
from tests.postgresql import Server

STAFF = Filter(Audience.STAFF)


@pytest.fixture
def address(postgresql: Server, tmp_path: Path) -> Iterator[str]:
    databases = Postgresql(postgresql)
    yield databases.settings(tmp_path).database
    databases.drop_databases()


def state(store: Store) -> object:
    """Return what an index is made of, as its users see it."""
    rows, vectors = store.passage_table.vectors()
    return (
        store.generation,
        rows.tolist(),
        vectors.tobytes(),
        store.passages(rows.tolist(), Access(Audience.STAFF)),
        store.files("/s"),
        store.list_withdrawals(),
        store.list_corrections(),
        store.passage_table.removed_since(0),
        [(listed, store.versions(listed.card.id, Access(Audience.STAFF))) for listed in everything(store)],
        {name: store.fact(name) for name in ("embedder", "splitter", "token codes", "generation")},
    )


def everything(store: Store) -> list[ListedDocument]:
    return list(store.list_documents(Access(Audience.STAFF)))


def state_of(settings: IndexSettings) -> object:
    with closing(open_store(current_settings(settings))) as store:
        return state(store)


def test_there_and_back_it_is_the_same_index_and_goes_on_from_there(tmp_path: Path, address: str) -> None:
    embedded = build_index(tmp_path / "var")
    with closing(open_store(embedded)) as store:
        store.touch(FileRecord("/s", "copie.md", 1, 1, "x", "a", is_duplicate=True))
        store.withdraw("b", "Anne", "erreur")
        store.correct("a", {"title": "Corrigé", "audience": Audience.MEMBER}, "Anne", 0)
    before, shown = state_of(embedded), contents(embedded)
    server = replace(embedded, database=address)
    name, documents = copy_index(embedded, address)
    assert ("PostgreSQL" in name, documents) == (True, 2)
    assert state_of(server) == before
    assert contents(server) == shown
    assert [finding for finding in verify(server) if finding.is_grave] == []
    put(open_indexer_for(server), "c", "venu dans PostgreSQL")
    newer = state_of(server)
    copy_index(server, "")
    assert state_of(embedded) == newer
    assert read_current_index(embedded).folder == "indexes/0001"
    assert state_of(replace(embedded, subfolder="")) == newer  # the folder is chosen by what is current
    lineages = set()
    for copied in (embedded, server):
        with closing(open_store(current_settings(copied))) as store:
            lineages.add(store.lineage)
    assert len(lineages) == 2


def test_a_row_that_was_removed_is_not_given_anew_after_the_copy(tmp_path: Path, address: str) -> None:
    embedded = build_index(tmp_path / "var")
    indexer = open_indexer_for(embedded)
    put(indexer, "last", "le dernier")
    gone = max(row for row, _, _ in indexer.store.passage_table.iterate_rows())
    indexer.remove("last")
    copy_index(embedded, address)
    server = replace(embedded, database=address)
    put(open_indexer_for(server), "next", "le suivant")
    with closing(open_store(current_settings(server))) as store:
        assert max(row for row, _, _ in store.passage_table.iterate_rows()) == gone + 1
        store.remove("next")
    copy_index(server, "")
    put(open_indexer_for(embedded), "next", "le suivant")
    with closing(open_store(current_settings(embedded))) as store:
        assert max(row for row, _, _ in store.passage_table.iterate_rows()) == gone + 2


def test_a_copy_that_differs_is_not_made_current(tmp_path: Path, address: str) -> None:
    embedded = build_index(tmp_path / "var")
    with closing(open_store(embedded)) as store, store.database.transaction() as db:
        db.execute("UPDATE files SET modified_ns = 1.5 WHERE path = 'b.md'")  # which PostgreSQL makes a whole number
    with pytest.raises(StoreError, match=r"differs from .* in row 1 of files .* nothing was switched"):
        copy_index(embedded, address)
    assert read_current_index(replace(embedded, database=address)).folder == ""


def test_a_copy_to_where_it_is_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there already"):
        copy_index(build_index(tmp_path / "var"), "")


def test_nothing_is_copied_while_a_job_writes_here_or_there(tmp_path: Path, address: str, postgresql: Server) -> None:
    here = build_index(tmp_path)
    there = replace(here, database=address)
    elsewhere = replace(there, data=tmp_path / "another machine")
    for writing in (here, elsewhere):
        with writing_lock(writing), pytest.raises(AnotherJob):
            copy_index(here, address)
    copy_index(here, address)
    for to in ("", postgresql.make_database()):
        with writing_lock(elsewhere), pytest.raises(AnotherJob):
            copy_index(there, to)
    other = replace(elsewhere, database=postgresql.make_database())
    with writing_lock(other), pytest.raises(AnotherJob):
        copy_index(there, other.database)
    assert not read_current_index(other).folder


def test_what_was_withdrawn_and_corrected_there_takes_the_place_of_what_was_here(tmp_path: Path, address: str) -> None:
    embedded = build_index(tmp_path / "var")
    server = replace(embedded, database=address)
    with closing(open_store(embedded)) as store:
        store.correct("a", {"title": "Corrigé"}, "Anne", 0)
        store.withdraw("b", "Anne", "")
    copy_index(embedded, address)
    with closing(open_store(current_settings(server))) as store:
        store.reinstate("b")
        store.correct("a", {"title": "Encore"}, "Luc", 1)
        corrected = store.list_corrections()
        store.check_lists()  # though the file is of before that
    copy_index(server, "")
    with closing(open_store(current_settings(embedded))) as store:
        assert (store.list_withdrawals(), store.list_corrections()) == ([], corrected)
        store.check_lists()
    with closing(open_store(current_settings(server))) as store:
        store.check_lists()


def test_an_index_in_postgresql_is_not_opened_beside_lists_it_was_not_given(tmp_path: Path, address: str) -> None:
    embedded = build_index(tmp_path / "var")
    server = replace(embedded, database=address)
    with closing(open_store(server, create=True)) as store:
        store.check_lists()
        with closing(open_store(embedded)) as other:
            other.correct("a", {"audience": Audience.STAFF}, "Anne", 0)
        with pytest.raises(StoreError, match=r"corrections.json: lists 1 documents, .* was not copied .* move it away"):
            store.check_lists()
        (embedded.data / "corrections.json").unlink()
        store.check_lists()
    with closing(open_store(embedded)) as other:
        other.withdraw("a", "Anne", "")
    with closing(open_store(server)) as store, pytest.raises(StoreError, match=r"withdrawn.json: lists 1 documents"):
        store.check_lists()


def tick(seconds: Iterator[int]) -> datetime:
    return datetime.fromtimestamp(next(seconds), UTC)


NAMES, WORDS = ("a", "b", "c"), ("gare", "tram", "hôpital", "Zürich", "école’s ☃")
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"),
            st.sampled_from(NAMES),
            st.lists(st.sampled_from(WORDS), min_size=1, max_size=3),
            st.sampled_from(Audience),
            st.lists(st.sampled_from(GROUPS), unique=True, max_size=2),
        ),
        st.tuples(st.just("remove"), st.sampled_from(NAMES)),
        st.tuples(st.just("forget"), st.sampled_from(NAMES)),
    ),
    max_size=12,
)


@given(steps=STEPS)
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_same_changes_make_the_same_index_in_both(
    steps: list[tuple[object, ...]], postgresql: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    databases = Postgresql(postgresql)
    states = []
    for backend in (SQLITE, databases):
        folder = tmp_path_factory.mktemp("steps")
        store = backend.make_store(folder)
        store.clock = partial(tick, count())
        indexer = Indexer(store, HashEmbedder(), TantivyIndex(folder / "lexical"))
        for step in steps:
            match step:
                case ("put", str(name), list(texts), Audience() as audience, list(groups)):
                    indexer.put([prepared(name, *texts, audience=audience, groups=tuple(groups))])
                case ("remove", str(name)):
                    indexer.remove(name)
                case ("forget", str(name)):
                    store.forget_versions(name)
        states.append(state(store))
        store.close()
    databases.drop_databases()
    assert states[0] == states[1]

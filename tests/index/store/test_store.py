from __future__ import annotations

import sqlite3
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Access, Audience, Kind, Metadata
from index.errors import IndexMismatch, StoreError, UnknownDocument
from index.lexical.tantivy_index import TantivyIndex
from index.store.database import Connection
from index.store.opening import open_store
from index.store.records import metadata_from_json, metadata_to_json
from index.store.store import FileRecord, Store
from index.types import Filter
from index.update import Indexer
from tests.conftest import HashEmbedder, prepared
from tests.databases import SQLITE, Sqlite

STAFF = Filter(audience=Audience.STAFF)


@pytest.fixture
def store(tmp_path: Path, backend: Sqlite) -> Store:
    return backend.make_store(tmp_path)


@pytest.fixture
def embedder() -> HashEmbedder:
    return HashEmbedder()


@pytest.fixture
def indexer(store: Store, embedder: HashEmbedder, tmp_path: Path) -> Indexer:
    return Indexer(store, embedder, TantivyIndex(tmp_path / "lexical"))


def test_a_document_comes_back_as_it_was_put(store: Store, indexer: Indexer) -> None:
    zoast = prepared("zoast", "Un hôpital.", "Deux États.", themes=("health",), published=date(2020, 2, 29))
    indexer.put([zoast])
    assert store.document("zoast", Access(Audience.PUBLIC)) == zoast.document
    assert store.fingerprint("zoast") == zoast.document.fingerprint
    assert store.passages(store.rows(STAFF), STAFF.access) == dict(enumerate(zoast.passages, start=1))


def test_embeddings_made_elsewhere_are_stored_and_only_what_they_lack_is_embedded(
    store: Store, indexer: Indexer, embedder: HashEmbedder
) -> None:
    note = prepared("note", "Un hôpital.", "Deux États.")
    made = indexer.embed([note])
    assert store.count() == (0, 0)
    embedder.texts.clear()
    (lacking, *_) = made.vectors
    vectors = {key: vector for key, vector in made.vectors.items() if key != lacking}
    indexer.put([note._replace(embeddings=made._replace(vectors=vectors))])
    assert len(embedder.texts) == 1
    assert indexer.embedded == 2
    assert indexer.embed([note]).vectors == {}
    assert store.vectors_of("note", STAFF.access).tolist() == [vector.tolist() for vector in made.vectors.values()]


def test_what_is_done_on_writing_a_document_belongs_to_its_transaction(store: Store, indexer: Indexer) -> None:
    def note(db: Connection, *, embedded: int) -> None:
        db.execute("INSERT INTO facts VALUES ('embedded', ?)", (str(embedded),))

    def fail(db: Connection, *, embedded: int) -> None:
        note(db, embedded=embedded)
        raise OSError("disk full")

    first = prepared("a", "Un hôpital.", "Un pont.")
    with pytest.raises(OSError, match="disk full"):
        indexer.put([first._replace(on_write=fail)])
    assert (store.count(), store.fact("embedded"), store.generation) == ((0, 0), "", 0)
    indexer.put([first._replace(on_write=note), prepared("b", "Un hôpital.")])
    assert store.fact("embedded") == "2"


def test_a_document_one_may_not_see_is_unknown_like_one_that_does_not_exist(store: Store, indexer: Indexer) -> None:
    indexer.put([prepared("secret", "Un hôpital.", audience=Audience.MEMBER)])
    with pytest.raises(UnknownDocument) as hidden:
        store.document("secret", Access(Audience.PUBLIC))
    with pytest.raises(UnknownDocument) as absent:
        store.document("absent", Access(Audience.STAFF))
    assert str(hidden.value).replace("secret", "absent") == str(absent.value)
    assert store.cards(["secret"], Access(Audience.PUBLIC)) == {}
    assert store.document("secret", Access(Audience.MEMBER)).id == "secret"


@pytest.mark.parametrize("together", [True, False])
def test_a_text_that_moves_to_another_document_keeps_its_vector(
    store: Store, indexer: Indexer, embedder: HashEmbedder, together: bool
) -> None:
    indexer.put([prepared("a", "un hôpital", "une gare")])
    moved = [prepared("a", "un tram"), prepared("b", "une gare")]
    for group in [moved] if together else [[document] for document in moved]:
        indexer.begin(list(group))
    indexer.finish()
    assert len(store.passage_table.vectors()[0]) == len(store.rows(STAFF)) == 2


def test_what_was_begun_is_written_by_the_next_step_and_before_anything_is_removed(
    store: Store, indexer: Indexer
) -> None:
    indexer.begin([prepared("a", "un hôpital")])
    indexer.begin([prepared("b", "une gare")])
    assert store.count()[0] == 1
    indexer.remove("b")
    assert (store.count()[0], store.fingerprint("b")) == (1, "")
    indexer.settle()
    assert store.count()[0] == 1


def test_only_texts_new_to_the_store_are_embedded(indexer: Indexer, embedder: HashEmbedder) -> None:
    indexer.put([prepared("a", "un", "deux")])
    indexer.put([prepared("a", "un", "trois")])
    indexer.put([prepared("a", "un", "trois")])
    assert embedder.texts == ["a\nun", "a\ndeux", "a\ntrois"]
    assert indexer.embedded == 3


def test_a_changed_document_is_replaced_whole_and_a_removed_one_leaves_nothing(store: Store, indexer: Indexer) -> None:
    indexer.put([prepared("a", "un", "deux"), prepared("b", "deux", "deux")])
    indexer.put([prepared("a", "trois")])
    assert [passage.text for passage in store.passages(store.rows(STAFF), STAFF.access).values()] == [
        "deux",
        "deux",
        "trois",
    ]
    store.remove("a")
    store.remove("b")
    assert store.count() == (0, 0)
    tables = ("sections", "document_values", "vectors", "files")
    assert [SQLITE.count(store, table) for table in tables] == [0, 0, 0, 0]


def test_the_facts_of_a_document_are_kept(store: Store, indexer: Indexer) -> None:
    day = date(2026, 5, 4)
    facts: dict[str, Any] = {"deadline": day, "starts": day, "ends": day, "place": "Pau", "organisation": "O"}
    others: dict[str, Any] = {"programme": "Interreg", "amount": "1 €", "function": "Accueil", "territory": "T"}
    event = prepared("salon", "Un salon.", kind=Kind.EVENT, **facts, **others)
    indexer.put([event])
    assert store.document("salon", Access(Audience.PUBLIC)) == event.document
    assert len(store.rows(Filter(current_on=day))) == 1
    assert len(store.rows(Filter(current_on=day + timedelta(days=1)))) == 0


def test_vectors_stand_by_their_rows(store: Store, indexer: Indexer, embedder: HashEmbedder) -> None:
    indexer.put([prepared("a", "un", "deux"), prepared("b", "un")])
    rows, vectors = store.passage_table.vectors()
    assert rows.tolist() == [1, 2, 3]
    assert np.allclose(vectors, embedder.embed_passages(["a\nun", "a\ndeux", "b\nun"]))


def test_a_failure_inside_a_transaction_leaves_everything_as_it_was(store: Store, indexer: Indexer) -> None:
    indexer.put([prepared("a", "un")])
    before = (store.generation, store.count(), store.document("a", Access(Audience.STAFF)))
    broken = prepared("a", "deux")
    with pytest.raises((sqlite3.Error, StoreError)):
        store.put(broken.document, [], {b"key": np.ones(3, np.float32)}, FileRecord("s", "p", 1, 1, "x", None))  # type: ignore[arg-type]
    assert (store.generation, store.count(), store.document("a", Access(Audience.STAFF))) == before


def test_the_generation_grows_with_each_change_and_readers_keep_theirs(
    store: Store, indexer: Indexer, tmp_path: Path, backend: Sqlite
) -> None:
    indexer.put([prepared("a", "un")])
    other = open_store(backend.settings(tmp_path))
    with other.snapshot():
        assert other.generation == 1
        indexer.put([prepared("b", "deux")])
        assert other.generation == 1
        assert len(other.rows(STAFF)) == 1
    assert other.generation == store.generation == 2


def test_a_choice_the_index_was_built_with_cannot_be_changed_in_silence(store: Store) -> None:
    store.require("embedder", "one")
    store.require("embedder", "one")
    with pytest.raises(IndexMismatch, match=r"embedder 'one'.*'other'.*index rebuild"):
        store.require("embedder", "other")


def test_no_store_a_broken_one_and_one_from_the_future_are_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="passerelle-ingest"):
        Store(tmp_path / "none.sqlite")
    (tmp_path / "broken.sqlite").write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match=r"not a usable store.*index restore"):
        Store(tmp_path / "broken.sqlite")
    Store(tmp_path / "future.sqlite", create=True).close()
    with sqlite3.connect(tmp_path / "future.sqlite") as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer Passerelle"):
        Store(tmp_path / "future.sqlite")


def test_a_store_whose_log_was_lost_before_anything_stood_in_it_is_no_new_store(tmp_path: Path) -> None:
    store = Store(tmp_path / "passerelle.sqlite", create=True)  # open: what was written stands beside it, in the log
    lost = tmp_path / "lost.sqlite"
    lost.write_bytes(store.path.read_bytes())
    before = lost.read_bytes()
    with pytest.raises(StoreError, match=r"nothing in it.*index restore FILE"):
        Store(lost)
    assert lost.read_bytes() == before


def test_originals_are_kept_once_by_content(store: Store) -> None:
    name = store.keep_original(BytesIO(b"%PDF"))
    assert store.keep_original(BytesIO(b"%PDF")) == name
    with store.read_original(name) as path:
        assert path.read_bytes() == b"%PDF"


@given(
    metadata=st.builds(
        Metadata,
        title=st.text(max_size=20),
        kind=st.sampled_from(Kind),
        audience=st.sampled_from(Audience),
        themes=st.lists(st.text(max_size=5), max_size=2).map(tuple),
        published=st.none() | st.dates(),
        valid_to=st.none() | st.dates(),
        solved=st.none() | st.booleans(),
    )
)
def test_metadata_survives_storage(metadata: Metadata) -> None:
    assert metadata_from_json(metadata_to_json(metadata)) == metadata

"""An index with documents, originals and a key, and the ways to change, rebuild and read all of it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import BytesIO
from pathlib import Path

from index.documents import Access, Audience
from index.lexical.tantivy_index import TantivyIndex
from index.maintenance.rebuild import Rebuild
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import current_settings
from index.store.opening import open_store
from index.store.store import FileRecord, Store
from index.update import Indexer, PreparedDocument
from tests.conftest import HashEmbedder, prepared
from tests.databases import SQLITE, Sqlite


class OtherEmbedder(HashEmbedder):
    name, dimension = "other", 16


def open_indexer_for(settings: IndexSettings, embedder: HashEmbedder | None = None) -> Indexer:
    now = current_settings(settings)
    store = open_store(now, create=True)
    store.require("embedder", (embedder or HashEmbedder()).name)
    return Indexer(store, embedder or HashEmbedder(), TantivyIndex(now.lexical))


def put(indexer: Indexer, id: str, *texts: str) -> None:
    """Put a document cut as the job cuts it, with an original file and what is remembered of it."""
    made = prepared(id, *texts).document
    original = indexer.store.keep_original(BytesIO("\n".join(texts).encode()))
    document = type(made)(
        made.id, made.text, made.sections, made.metadata, source="/s", path=made.path, original=original
    )
    splitter = PassageSplitter(HashEmbedder().count_tokens)
    record = FileRecord("/s", made.path, 1, 1, original, id)
    indexer.put([PreparedDocument(document, splitter.passages(document), record)])


def rebuild(settings: IndexSettings, embedder: HashEmbedder) -> Rebuild:
    return Rebuild(settings, embedder, PassageSplitter(embedder.count_tokens))


def contents(settings: IndexSettings) -> dict[str, object]:
    """Return everything a reader could notice."""
    now = current_settings(settings)
    with closing(open_store(now)) as store:
        return {
            listed.card.id: (
                store.document(listed.card.id, Access(Audience.STAFF)),
                [(version.number, version.until) for version in store.versions(listed.card.id, Access(Audience.STAFF))],
                store.paths(listed.card.id),
                _content(store, listed.card.original),
            )
            for listed in store.list_documents(Access(Audience.STAFF))
        }


def _content(store: Store, original: str) -> bytes:
    with store.read_original(original) as path:
        return path.read_bytes()


def build_index(data: Path, backend: Sqlite = SQLITE) -> IndexSettings:
    """Make an index of two documents, one with a former text; a key, and a model that can be prepared again."""
    settings = backend.settings(data)
    indexer = open_indexer_for(settings)
    put(indexer, "a", "le tram de Strasbourg passe le Rhin", "il va à Kehl")
    put(indexer, "b", "un hôpital pour deux pays")
    put(indexer, "b", "un hôpital commun pour deux pays")
    indexer.store.record("splitter", PassageSplitter(HashEmbedder().count_tokens).name)
    indexer.store.record("token codes", "")
    indexer.finish()
    indexer.store.close()
    data.mkdir(exist_ok=True)
    (settings.data / "keys.sqlite").touch()
    with closing(sqlite3.connect(settings.data / "keys.sqlite")) as db:
        db.execute("CREATE TABLE keys (name TEXT)")
        db.execute("INSERT INTO keys VALUES ('Marie')")
        db.commit()
    (settings.data / "models").mkdir()
    (settings.data / "models" / "graph.bin").write_bytes(b"prepared, can be made again")
    return settings

"""Names to concrete classes: the only file of the core that knows which parts are used."""

from __future__ import annotations

from collections.abc import Callable

from threadpoolctl import threadpool_limits

from index import embedders, late
from index.analysis import VERSION
from index.columns import Columns
from index.engine import SearchEngine
from index.errors import StoreError
from index.interfaces import Embedder
from index.lexical import TantivyIndex
from index.observing import Observe, ignore
from index.place import current
from index.rewording import Weights
from index.settings import IndexSettings
from index.store import Store
from index.thesaurus import load_thesaurus
from index.update import Indexer
from index.vector_file import open_vectors


def open_indexer(settings: IndexSettings, progress: Callable[[str], None] = lambda step: None) -> Indexer:
    """Return the write side, the store made if need be. Raises ModelUnavailable, IndexMismatch, StoreError."""
    settings = current(settings)
    store = Store(settings.store, create=True, originals=settings.originals)
    embedder = embedders.DeferredEmbedder(settings, progress)
    store.require("embedder", embedder.name)
    store.require("analysis", VERSION)
    store.require("token codes", late.VERSION)
    return Indexer(store, embedder, TantivyIndex(settings.lexical))


def open_engine(settings: IndexSettings, embedder: Embedder | None = None, observe: Observe = ignore) -> SearchEngine:
    """Return the read side at the store's present generation; a model already loaded can be handed on.

    Raises StoreError when nothing was indexed, ModelUnavailable, IndexMismatch, UnreadableThesaurus.
    """
    # A request's own matrices are small: threads of theirs only get in each other's way beside the model's.
    threadpool_limits(limits=1, user_api="blas")
    settings = current(settings)
    store = Store(settings.store, originals=settings.originals)
    embedder = embedder or embedders.load(settings)
    if not store.fact("embedder"):
        raise StoreError(f"{settings.store}: nothing is indexed yet. Run `passerelle-ingest corpus/`.")
    store.require("embedder", embedder.name)
    store.require("analysis", VERSION)
    thesaurus = load_thesaurus(settings.thesaurus, settings.data / "thesaurus.json")
    lexical = TantivyIndex(settings.lexical, thesaurus, Weights())
    with store.reading():
        generation = store.generation
        columns = Columns.of(store)
        vectors = open_vectors(settings.vectors, store, columns)
        lexical.update(store)
        centre = store.centre()
    return SearchEngine(store, embedder, vectors, lexical, columns, generation, centre, observe=observe)

"""Names to concrete classes: the only file of the core that knows which parts are used."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from threadpoolctl import threadpool_limits

from index.dense import embedders
from index.dense.vector_file import open_vectors
from index.engine import SearchEngine
from index.errors import StoreError
from index.lexical.query_expansion import Weights
from index.lexical.query_language import query_language
from index.lexical.skos import load_thesaurus
from index.lexical.tantivy_index import TantivyIndex
from index.ranking import late_interaction as late
from index.ranking.cross_encoder import load_reranker
from index.ranking.near_copies import near_copies
from index.ranking.query_centres import query_centres
from index.ranking.stage_timing import Observe, ignore
from index.settings import IndexSettings
from index.store.columns import Columns
from index.store.current_index import current
from index.store.store import Store
from index.types import Embedder
from index.update import Indexer


def open_indexer(settings: IndexSettings, progress: Callable[[str], None] = lambda step: None) -> Indexer:
    """Return the write side, the store made if need be. Raises ModelUnavailable, IndexMismatch, StoreError."""
    settings = current(settings)
    store = Store(settings.store, create=True, originals=settings.originals)
    embedder = embedders.DeferredEmbedder(settings, progress)
    store.require("embedder", embedder.name)
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
    if not store.fact("embedder"):
        raise StoreError(f"{settings.store}: nothing is indexed yet. Run `passerelle-ingest corpus/`.")
    with ThreadPoolExecutor(1) as beside:  # the model takes about as long as all the rest
        loading = beside.submit(lambda: embedder or embedders.load(settings))
        thesaurus = load_thesaurus(settings.thesaurus, settings.thesaurus_cache)
        lexical = TantivyIndex(settings.lexical, thesaurus, Weights())
        with store.reading():
            generation = store.generation
            columns = Columns.of(store)
            vectors = open_vectors(settings.vectors, store, columns)
            lexical.update(store)
            centre = store.centre()
            copies = near_copies(store, settings.near_copies)
        query_language("frontière")  # what tells languages apart is loaded now, and not by the first question
        loaded = loading.result()
    store.require("embedder", loaded.name)
    centres = query_centres(store, loaded)
    return SearchEngine(
        *(store, loaded, vectors, lexical, columns, generation, centre, centres, copies),
        reranker=load_reranker(settings.reranker),
        observe=observe,
    )

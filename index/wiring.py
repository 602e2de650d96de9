"""Settings to open parts: the only file of the index that names concrete classes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast

from threadpoolctl import threadpool_limits

from index.dense import embedders
from index.dense.vector_file import open_vectors
from index.engine import SearchEngine
from index.errors import StoreError
from index.lexical.query_expansion import ExpansionWeights
from index.lexical.query_language import detect_query_language
from index.lexical.tantivy_index import TantivyIndex
from index.lexical.thesaurus_files import load_thesaurus, thesaurus_files
from index.ranking import late_interaction
from index.ranking.cross_encoder import load_reranker
from index.ranking.near_copies import load_near_copies
from index.ranking.query_centres import load_query_centres
from index.ranking.reader import Reader
from index.ranking.reader_model import load_reader
from index.ranking.stage_timing import StageObserver, ignore_timing
from index.settings import IndexSettings
from index.store.current_index import current_settings
from index.store.filter_columns import FilterColumns
from index.store.opening import open_store
from index.store.store import Store
from index.types import Embedder, Rows, VectorIndex
from index.update import Indexer


def open_indexer(settings: IndexSettings, progress: Callable[[str], None] = lambda step: None) -> Indexer:
    """Return the write side, the store made if need be. Raises ModelUnavailable, IndexMismatch, StoreError."""
    settings = current_settings(settings)
    store = open_store(settings, create=True)
    store.check_lists()
    embedder = embedders.DeferredEmbedder(settings, progress)
    store.require("embedder", embedder.name)
    store.require("token codes", late_interaction.VERSION)
    return Indexer(store, embedder, TantivyIndex(settings.lexical))


def open_engine(
    settings: IndexSettings,
    embedder: Embedder | None = None,
    observe: StageObserver = ignore_timing,
    reader: Reader | None = None,
) -> SearchEngine:
    """Return the read side at the store's present generation; models already loaded can be handed on.

    Raises StoreError when nothing was indexed, ModelUnavailable, IndexMismatch, UnreadableThesaurus.
    """
    # A request's own matrices are small: threads of theirs only get in each other's way beside the model's.
    threadpool_limits(limits=1, user_api="blas")
    settings = current_settings(settings)
    store = open_store(settings)
    if not store.fact("embedder"):
        raise StoreError(f"{store.name}: nothing is indexed yet. Run `passerelle-ingest corpus/`.")
    store.check_lists()
    with ThreadPoolExecutor(1) as background:  # the model takes about as long as all the rest
        loading = background.submit(lambda: embedder or embedders.load(settings))
        thesaurus = load_thesaurus(thesaurus_files(settings), settings.thesaurus_cache)
        lexical = TantivyIndex(settings.lexical, thesaurus, ExpansionWeights())
        open_server_vectors = _prepare_server_vectors(store)
        with store.snapshot():
            generation = store.generation
            columns = FilterColumns.read(store)
            if open_server_vectors:
                vectors = open_server_vectors(columns.rows)
            else:
                vectors = open_vectors(settings.vectors, store, columns)
            lexical.update(store)
            token_centre = store.passage_table.token_centre()
            near_copies = load_near_copies(store, settings.near_copies)
        detect_query_language("frontière")  # loads the detector now, and not with the first question
        loaded = loading.result()
    store.require("embedder", loaded.name)
    return SearchEngine(
        store,
        loaded,
        vectors,
        lexical,
        columns,
        generation,
        token_centre=token_centre,
        query_centres=load_query_centres(store, loaded),
        near_copies=near_copies,
        thesaurus=thesaurus,
        reranker=load_reranker(settings.reranker),
        reader=reader or load_reader(settings, loaded),
        observe=observe,
    )


def _prepare_server_vectors(store: Store) -> Callable[[Rows], VectorIndex] | None:
    """Have the server ready to be searched and return what opens its vectors, None for an embedded store."""
    if not store.database.connections.is_server:
        return None
    from index.postgresql.connections import PostgresConnections
    from index.postgresql.vectors import PgvectorIndex, make_graph

    connections = cast(PostgresConnections, store.database.connections)
    return partial(PgvectorIndex, connections, has_graph=make_graph(connections))

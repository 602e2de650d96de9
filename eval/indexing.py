"""The index a set is measured on: the served one, or one built once from the set's own corpus as ingestion does."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final, cast

from eval.collection import GoldenSet, SetDocument
from index.documents import Audience, Document, Metadata, Passage, SectionText
from index.engine import SearchEngine
from index.errors import IndexMismatch
from index.settings import IndexSettings
from index.store.store import Store
from index.types import Embedder, TokenCounter
from index.update import Indexer, PreparedDocument

GROUP: Final = 32  # documents embedded in one call

Progress = Callable[[int, int], object]  # documents done, documents in all


def open_for(
    golden: GoldenSet,
    settings: IndexSettings,
    embedder: Embedder | None = None,
    progress: Progress = lambda done, total: None,
) -> SearchEngine:
    """Open the engine a set is measured on; the set's own corpus is indexed first, unless it has been already.

    Raises StoreError when a set has no corpus and nothing is indexed, ModelUnavailable, IndexMismatch.
    """
    from index.wiring import open_engine

    if golden.corpus is None:
        return open_engine(settings, embedder)
    own = replace(settings, data=own_folder(golden, settings), models=settings.models)
    try:
        return open_engine(own, index_corpus(golden, own, progress) or embedder)
    except IndexMismatch:  # built by an older splitter, analysis or model: derived from the corpus, so rebuilt
        shutil.rmtree(own.data)
        return open_engine(own, index_corpus(golden, own, progress) or embedder)


def own_folder(golden: GoldenSet, settings: IndexSettings) -> Path:
    """Return where the index of a set's own corpus is kept; another corpus or model has another folder."""
    assert golden.corpus is not None
    identity = golden.corpus.read_bytes() + settings.model.encode()
    return settings.data / "eval" / f"{golden.name}-{hashlib.sha256(identity).hexdigest()[:12]}"


def index_corpus(
    golden: GoldenSet, settings: IndexSettings, progress: Progress = lambda done, total: None
) -> Embedder | None:
    """Index the documents of the set's corpus that are missing; return the model if that needed one, else None.

    An interrupted run continues where it stopped. Raises IndexMismatch, ModelUnavailable.
    """
    from index.splitting import PassageSplitter
    from index.wiring import open_indexer

    documents = [document_of(document) for document in golden.documents()]
    if settings.store.is_file() and not missing_from(Store(settings.store), documents):
        Store(settings.store).require("splitter", PassageSplitter(lambda texts: []).name)
        return None
    indexer = open_indexer(settings)
    splitter = PassageSplitter(cast(TokenCounter, indexer.embedder).count_tokens)
    indexer.store.require("splitter", splitter.name)
    put_missing(documents, indexer, splitter.passages, progress)
    return indexer.embedder


def missing_from(store: Store, documents: Sequence[Document]) -> list[Document]:
    """Return the documents the store does not hold as they are."""
    return [document for document in documents if store.fingerprint(document.id) != document.fingerprint]


def put_missing(
    documents: Sequence[Document],
    indexer: Indexer,
    cut: Callable[[Document], Sequence[Passage]],
    progress: Progress = lambda done, total: None,
) -> int:
    """Put the documents the store does not hold as they are, and return how many there were."""
    missing = missing_from(indexer.store, documents)
    done = 0
    for group in _groups(missing):
        indexer.put([PreparedDocument(document, cut(document)) for document in group])
        done += len(group)
        progress(done, len(missing))
    indexer.finish()
    return len(missing)


def _groups(documents: Sequence[Document]) -> Iterator[list[Document]]:
    rest = iter(documents)
    while group := list(islice(rest, GROUP)):
        yield group


def document_of(document: SetDocument) -> Document:
    """Return a set's document as the index holds it: public, in one section cited by its title."""
    metadata = Metadata(title=document.title, audience=Audience.PUBLIC, language=document.language)
    section = SectionText(label=document.title or document.id, text=document.text, language=document.language)
    return Document.from_sections(document.id, [section], metadata, source="eval")

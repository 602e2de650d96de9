"""The demonstration corpus, read for real, met by each audience: nothing forbidden surfaces by any arm or count."""

from __future__ import annotations

import csv
import json
from collections import defaultdict

import pytest

from index.dense.flat import FlatIndex
from index.documents import Access, Audience
from index.engine import Arm, SearchEngine
from index.lexical.tantivy_index import TantivyIndex
from index.splitting import PassageSplitter
from index.store.filter_columns import FilterColumns
from index.store.store import Store
from index.types import Filter
from index.update import Indexer
from ingest.sync.progress import NoProgress
from ingest.sync.run import Options, run
from tests.conftest import ROOT, HashEmbedder

SET = ROOT / "eval/sets/audiences"
PROBES = [json.loads(line) for line in (SET / "queries.jsonl").read_text(encoding="utf-8").splitlines()]
ARMS: tuple[Arm, ...] = ("engine", "dense", "lexical", "rrf")


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    folder = tmp_path_factory.mktemp("corpus")
    store, lexical, embedder = (
        Store(folder / "passerelle.sqlite", create=True),
        TantivyIndex(folder / "lexical"),
        HashEmbedder(),
    )
    splitter = PassageSplitter(embedder.count_tokens)
    run([ROOT / "corpus"], Indexer(store, embedder, lexical), splitter, options=Options(), progress=NoProgress())
    rows, vectors = store.passage_table.vectors()
    return SearchEngine(store, embedder, FlatIndex(rows, vectors), lexical, FilterColumns.read(store), store.generation)


@pytest.fixture(scope="module")
def forbidden() -> dict[str, set[str]]:
    by_audience: dict[str, set[str]] = defaultdict(set)
    with (SET / "forbidden.tsv").open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines, delimiter="\t"):
            by_audience[line["audience"]].add(line["document-id"])
    return by_audience


def test_every_forbidden_document_is_there_to_be_met(engine: SearchEngine, forbidden: dict[str, set[str]]) -> None:
    there = {document.card.id for document in engine.store.list_documents(Access(Audience.STAFF))}
    scans = {"police-franco-suisse-1998", "fiscalite-frontaliers-geneve-1973"}  # not there without Tesseract
    assert set().union(*forbidden.values()) <= there | scans
    assert all(set(probe["surfaces"]) <= there | scans for probe in PROBES)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: str(probe["_id"]))
def test_no_arm_meets_a_forbidden_document(
    engine: SearchEngine, forbidden: dict[str, set[str]], probe: dict[str, str]
) -> None:
    within = Filter(audience=Audience(probe["audience"]))
    for arm in ARMS:
        rows = [hit.row for hit in engine.rank(probe["text"], 300, within, arm)]
        passages = engine.store.passages(rows, Access(Audience.STAFF))
        assert not {passage.document_id for passage in passages.values()} & forbidden[probe["audience"]]
    ranking = engine.search(probe["text"], 300, within)
    seen = {card.id for document in ranking.documents for card in (document.document, *document.variants)}
    assert not seen & forbidden[probe["audience"]]
    assert all(within.audience.may_see(Audience(name)) for name in ranking.facets.get("audience", {}))

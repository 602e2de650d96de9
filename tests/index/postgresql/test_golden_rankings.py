"""PostgreSQL finds what SQLite finds, in the same order with the same scores: the golden questions and random filters.

The index is made by the commands themselves: ingested into PostgreSQL, then copied to SQLite.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.dense.openvino_runtime import OpenVinoEmbedder
from index.documents import Access, Audience, Kind
from index.engine import SearchEngine
from index.postgresql.vectors import PgvectorIndex
from index.settings import IndexSettings
from index.types import Filter
from index.wiring import open_engine
from tests.conftest import ROOT
from tests.databases import Postgresql
from tests.postgresql import Server

AUDIENCES = tuple(Filter(audience) for audience in Audience)
LAST_BITS = 2e-7  # of a score in float32
Engines = tuple[SearchEngine, SearchEngine]


def run(module: str, *arguments: str | Path, settings: IndexSettings) -> None:
    environment = os.environ | {
        "PASSERELLE_DATA": str(settings.data),
        "PASSERELLE_MODELS": str(settings.models),
        "PASSERELLE_DATABASE": settings.database,
    }
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-3000:]  # 1: two scans of the corpus cannot be read


def engines_over(
    sources: Path, folder: Path, models: Path, embedder: OpenVinoEmbedder, server: Server
) -> Iterator[Engines]:
    databases = Postgresql(server)
    in_server = replace(databases.settings(folder), models=models, thesaurus=ROOT / "corpus/thesaurus.ttl")
    run("ingest", sources, settings=in_server)
    run("index", "copy", "--to", "sqlite", settings=in_server)
    embedded = open_engine(replace(in_server, database=""), embedder)
    served = open_engine(in_server, embedder, reader=embedded.reader)
    assert isinstance(served.vectors, PgvectorIndex)
    with closing(embedded.store), closing(served.store):
        yield embedded, served
    databases.drop_databases()


@pytest.fixture(scope="module")
def notes(
    tmp_path_factory: pytest.TempPathFactory, models: Path, bundled: OpenVinoEmbedder, postgresql: Server
) -> Iterator[Engines]:
    """Some thirty documents of the corpus."""
    sources = tmp_path_factory.mktemp("sources")
    shutil.copytree(ROOT / "corpus/documents/notes-bilateral", sources / "documents/notes-bilateral")
    shutil.copy(ROOT / "corpus/catalogue.csv", sources)
    yield from engines_over(sources, tmp_path_factory.mktemp("data"), models, bundled, postgresql)


@pytest.fixture(scope="module")
def corpus(
    tmp_path_factory: pytest.TempPathFactory, models: Path, bundled: OpenVinoEmbedder, postgresql: Server
) -> Iterator[Engines]:
    yield from engines_over(ROOT / "corpus", tmp_path_factory.mktemp("data"), models, bundled, postgresql)


def golden_queries() -> list[str]:
    """Return the questions of every golden set, once each."""
    queries: list[str] = []
    for path in sorted((ROOT / "eval/sets").glob("*/queries.jsonl")):
        queries += [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    return list(dict.fromkeys(queries))


def random_filters(engine: SearchEngine, count: int) -> Iterator[Filter]:
    """Yield filters drawn from what the documents are about, and from years and days around theirs."""
    draw = random.Random(17)
    metadata = [listed.card.metadata for listed in engine.store.list_documents(Access(Audience.STAFF))]

    def some(values: Sequence[str]) -> frozenset[str]:
        return frozenset(draw.sample(sorted(set(values)), draw.choice((0, 0, 0, 1, 2)))) if values else frozenset()

    for _ in range(count):
        yield Filter(
            draw.choice(list(Audience)),
            languages=some([described.language for described in metadata]),
            kinds=frozenset(draw.sample(list(Kind), draw.choice((0, 0, 1, 3)))),
            themes=some([theme for described in metadata for theme in described.themes]),
            countries=some([country for described in metadata for country in described.countries]),
            borders=some([border for described in metadata for border in described.borders]),
            other_borders_than=some([border for described in metadata for border in described.borders]),
            published_from=draw.choice((None, None, 2005, 2018)),
            published_to=draw.choice((None, None, 2020, 2024)),
            valid_on=draw.choice((None, None, date(2020, 6, 1))),
            current_on=draw.choice((None, date(2025, 1, 1))),
            groups=some([group for described in metadata for group in described.groups]),
        )


def assert_same(engines: Engines, query: str, within: Filter) -> None:
    embedded, served = engines
    first, second = (engine.search(query, 10, within) for engine in engines)
    assert [ranked.document for ranked in first.documents] == [ranked.document for ranked in second.documents]
    assert (first.facets, first.language, first.reading) == (second.facets, second.language, second.reading)
    for ranked, counterpart in zip(first.documents, second.documents, strict=True):
        assert ranked.score == pytest.approx(counterpart.score, abs=1e-5)
        assert [passage for passage, _ in ranked.passages] == [passage for passage, _ in counterpart.passages]
    nearest, others = (engine.rank(query, 100, within, "dense") for engine in engines)
    scores = dict(others)
    for hit, other in zip(nearest[:10], others[:10], strict=True):
        assert hit.score == pytest.approx(other.score, abs=1e-5)
        # Two passages whose scores differ by less than float32 can say (7e-10 was seen) may change places.
        assert hit.row == other.row or abs(scores[hit.row] - other.score) < LAST_BITS
    assert served.columns.select(served.store, within).bits.tolist() == (
        embedded.columns.select(embedded.store, within).bits.tolist()
    )


def test_golden_questions_are_answered_alike(notes: Engines) -> None:
    for number, query in enumerate(golden_queries()[::60]):
        assert_same(notes, query, AUDIENCES[number % 3])


def test_random_filters_leave_and_rank_the_same(notes: Engines) -> None:
    queries = golden_queries()
    for number, within in enumerate(random_filters(notes[0], 25)):
        assert_same(notes, queries[number * 7], within)


def test_each_audience_sees_the_same_documents_and_no_others(notes: Engines) -> None:
    for engine, other in (notes, notes[::-1]):
        for access in (*map(Access, Audience), Access(Audience.MEMBER, frozenset({"gt-sante"}))):
            listed = engine.store.list_documents(access)
            assert listed == other.store.list_documents(access)
            assert all(access.may_see(entry.card.metadata) for entry in listed)


@pytest.mark.soak
def test_every_golden_question_is_answered_alike_for_every_audience(corpus: Engines) -> None:
    for query in golden_queries():
        for within in AUDIENCES:
            assert_same(corpus, query, within)


@pytest.mark.soak
def test_a_thousand_random_filters_leave_and_rank_the_same(corpus: Engines) -> None:
    queries = golden_queries()
    for number, within in enumerate(random_filters(corpus[0], 1000)):
        assert_same(corpus, queries[number % len(queries)], within)

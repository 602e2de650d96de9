"""Services that search while several workers write see whole documents, every row, and each generation in order."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

from index.documents import Audience
from index.lexical.tantivy_index import TantivyIndex
from index.postgresql.vectors import PgvectorIndex
from index.settings import IndexSettings
from index.store.opening import open_store
from index.types import Filter
from tests.faults.scenarios import SmallEmbedder
from tests.ingest.workers.sources import write
from tests.ingest.workers.teams import MakeSettings, connections_of, ingest_with, team_of

STAFF = Filter(Audience.STAFF)
QUERY = SmallEmbedder().embed_query("commun")


def follow(settings: IndexSettings, folder: Path, ended: threading.Event) -> int:
    """Follow the index as a service does and hold every look to itself; return how many generations were seen."""
    lexical, known, generations = TantivyIndex(folder), set[int](), list[int]()
    with closing(open_store(settings, create=True)) as store:
        while True:
            is_last_look = ended.is_set()
            with store.snapshot():
                lexical.update(store)
                rows, generation = set(store.rows(STAFF).tolist()), store.generation
                vectors = PgvectorIndex(connections_of(store), store.rows(STAFF), has_graph=False)
                nearest = {hit.row for hit in vectors.search(QUERY, len(rows), None)}
            assert {hit.row for hit in lexical.search("commun", 1000, STAFF)} == nearest == rows
            assert not {row for row in rows - known if known and row < max(known)}
            assert generation == store.document_table.count() or not is_last_look
            known |= rows
            generations.append(generation)
            if is_last_look:
                assert generations == sorted(generations)
                return len(set(generations))


def test_replicas_that_search_meanwhile_miss_no_row(make_settings: MakeSettings, tmp_path: Path) -> None:
    folder, settings = tmp_path / "sources", make_settings("several")
    folder.mkdir()
    for number in range(60):
        write(folder / f"note{number}.md", f"Texte commun numéro {number}.", number)
    ended = threading.Event()
    with ThreadPoolExecutor(2) as pool:
        replicas = [pool.submit(follow, settings, tmp_path / f"replica{number}", ended) for number in range(2)]
        report = ingest_with(team_of(settings, folder, 2), folder)
        ended.set()
        looks = [replica.result() for replica in replicas]
    assert report.new == 60
    assert min(looks) > 1
    with closing(open_store(settings)) as store:
        assert store.generation == 60
        assert sorted(store.rows(STAFF).tolist()) == list(range(1, 61))

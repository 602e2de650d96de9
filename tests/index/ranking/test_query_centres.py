"""Queries are centred by their language before late interaction; passages' codes stay what they were."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.dense.calibration import calibration_passages
from index.engine import SearchEngine
from index.lexical.query_language import detect_query_language
from index.ranking import late_interaction as late
from index.ranking.query_centres import load_query_centres, measure_centres
from index.store.passages import PassageTable
from index.store.store import Store
from index.types import Codes, Embedded, Filter, Vectors
from tests.conftest import HashEmbedder, prepared
from tests.index.test_engine import engine_over

LANGUAGES = {"fr", "en", "de", "es", "it", "nl"}


class WordEmbedder(HashEmbedder):
    """Gives each word's direction as a token, pulled towards its text's language."""

    calls = 0

    def _tokens(self, text: str) -> Vectors:
        pull = self.embed_query(f"language {detect_query_language(text)}")
        return np.array([self.embed_query(word) + pull for word in text.split()], np.float32)

    def embed_passage_tokens(self, texts: Sequence[str]) -> Iterator[Embedded]:
        self.calls += 1
        return (Embedded(self.embed_query(text), self._tokens(text)) for text in texts)

    def embed_query_tokens(self, text: str) -> Embedded:
        return Embedded(self.embed_query(text), self._tokens(text))


def test_each_language_has_the_mean_token_of_its_calibration_passages() -> None:
    centres = measure_centres(WordEmbedder())
    assert set(centres) == LANGUAGES == {detect_query_language(passage) for passage in calibration_passages()}
    pull = WordEmbedder().embed_query("language de")
    assert centres["de"] @ pull > max(centres[other] @ pull for other in LANGUAGES - {"de"})


def test_they_are_measured_once_and_kept_in_the_store(tmp_path: Path) -> None:
    store, embedder = Store(tmp_path / "passerelle.sqlite", create=True), WordEmbedder()
    assert load_query_centres(store, embedder) == {}
    store.passage_table.record_token_centre(np.zeros(32, np.float32))
    assert load_query_centres(store, HashEmbedder()) == {}
    first, again = load_query_centres(store, embedder), load_query_centres(store, embedder)
    assert embedder.calls == 1
    assert all(np.array_equal(first[language], again[language]) for language in LANGUAGES)


def test_a_query_is_compared_without_what_its_language_adds(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    engine = engine_over(tmp_path, [prepared("a", "le tram de la gare"), prepared("b", "die Tram am Bahnhof")])
    zero = np.zeros(32, np.float32)
    codes = {row: late.encode(embedder._tokens(text), zero) for row, text in ((1, "le"), (2, "die"))}

    class CodedPassages(PassageTable):
        def token_codes(self, rows: Iterable[int], width: int) -> dict[int, Codes]:
            return {row: codes[row] for row in rows}

    store = Store(tmp_path / "passerelle.sqlite")
    store.passage_table = CodedPassages(store.database, store.hidden)
    centres = {"fr": embedder.embed_query("language fr")}
    plain = replace(engine, store=store, embedder=embedder, token_centre=zero)
    own = replace(plain, query_centres=centres)

    def scores(engine: SearchEngine, query: str) -> list[float]:
        return [round(hit.score, 5) for hit in engine.rank(query, 9, Filter())]

    assert scores(plain, "le tram de la gare") != scores(own, "le tram de la gare")
    assert scores(plain, "the station") == scores(own, "the station")

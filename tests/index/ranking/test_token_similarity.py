"""Reading closely: each token's nearness and place, from stored codes, equal to what MaxSim takes the best of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.documents import Audience, Document, Kind, Metadata, Passage, SectionText
from index.engine import READ
from index.ranking import late_interaction as late
from index.ranking.token_similarity import by_words, read
from index.store.store import Store
from index.types import Embedded, Filter, Spans, Vectors
from index.update import Indexer, Prepared, embedded_text
from tests.index.test_engine import engine_over

WIDTH = 16
QUESTION = "Combien de places à la crèche ?"


class LetterTokens:
    """Every letter is a token, its vector drawn from its code; a prompt and a frame stand before the text."""

    name, dimension = "letters", WIDTH

    def _tokens(self, text: str) -> Vectors:
        return np.array([np.random.default_rng(ord(one)).normal(size=WIDTH) for one in text], np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.embed_query(one) for one in texts], np.float32).reshape(len(texts), WIDTH)

    def embed_query(self, text: str) -> Vectors:
        mean: Vectors = self._tokens(text).mean(axis=0)
        return mean / np.float32(np.linalg.norm(mean))

    def embed_passage_tokens(self, texts: Sequence[str]):  # type: ignore[no-untyped-def]
        return (Embedded(self.embed_query(one), self._tokens(f"<{one}>")) for one in texts)

    def embed_query_tokens(self, text: str) -> Embedded:
        return Embedded(self.embed_query(text), self._tokens(text))

    def passage_spans(self, texts: Sequence[str]) -> list[Spans]:
        return [
            np.array([(-1, -1), *((place, place + 1) for place in range(len(one))), (-1, -1)], np.int64)
            for one in texts
        ]

    def query_spans(self, text: str) -> Spans:
        return np.array([(place, place + 1) for place in range(len(text))], np.int64)


class Nothing:
    def update(self, store: Store) -> None: ...


def put(folder: Path, text: str) -> tuple[Store, Passage]:
    store = Store(folder / "store.sqlite", create=True)
    document = Document.from_sections("d", [SectionText("p. 1", text)], Metadata("Titre", Kind.STUDY, Audience.PUBLIC))
    passage = Passage("d", 4, len(text), text[4:], "p. 1", "fr", "Titre")
    Indexer(store, LetterTokens(), Nothing()).put([Prepared(document, [passage])])
    return store, passage


def test_the_best_of_each_row_is_the_passage_s_maxsim_and_places_are_the_document_s(tmp_path: Path) -> None:
    text = "Il y a soixante places : trente pour chaque ville."
    store, passage = put(tmp_path, text)
    embedder, centre = LetterTokens(), store.centre()
    assert centre is not None
    tokens = late.centred(embedder.embed_query_tokens(QUESTION).tokens, centre)
    (found,) = read(store, embedder, QUESTION, tokens, [1]).passages
    codes = store.token_codes([1], WIDTH // 8)[1]
    assert found.similar.max(axis=1).mean() == pytest.approx(late.maxsim(tokens, [codes])[0], abs=1e-5)
    inside = [(start, end) for start, end in found.spans.tolist() if start >= passage.start]
    assert [text[start:end] for start, end in inside] == list(passage.text)
    context = len(embedded_text(passage)) - len(passage.text)
    assert sum(start < passage.start for start, _ in found.spans.tolist()) == context + 2


def test_without_codes_words_take_their_place(tmp_path: Path) -> None:
    store, passage = put(tmp_path, "Il y a soixante places dans la crèche.")
    found = read(store, LetterTokens(), "Places à la CRECHE", None, [1])
    assert found.asked.tolist() == [[0, 6], [7, 8], [9, 11], [12, 18]]
    (one,) = found.passages
    met = {passage.text[start - passage.start : end - passage.start] for start, end in one.spans[one.similar[3] > 0]}
    assert met == {"crèche"}


def test_nothing_is_read_of_nothing() -> None:
    assert by_words("", []).asked.shape == (0, 2)
    assert by_words("x", []).passages == ()


def test_passages_outside_the_filter_are_not_read_and_of_a_long_document_the_nearest(tmp_path: Path) -> None:
    def made(name: str, audience: Audience, count: int) -> Prepared:
        texts = [f"Le tram numéro {number} franchit le fleuve." for number in range(count)]
        document = Document.from_sections(
            name,
            [SectionText(f"p. {number}", text) for number, text in enumerate(texts)],
            Metadata(name, audience=audience),
        )
        return Prepared(
            document,
            [
                Passage(name, one.start, one.end, document.text[one.start : one.end], one.label, "fr", name)
                for one in document.sections
            ],
        )

    engine = engine_over(tmp_path, [made("ouvert", Audience.PUBLIC, READ + 5), made("secret", Audience.STAFF, 2)])
    asked = ["ouvert", "secret", "unknown"]
    assert {one.passage.document_id for one in engine.read_closely("tram", asked, Filter()).passages} == {"ouvert"}
    everything = engine.read_closely("tram", asked, Filter(Audience.STAFF)).passages
    assert [sum(one.passage.document_id == name for one in everything) for name in asked] == [READ, 2, 0]
    assert engine.read_closely("tram", asked, Filter(languages=frozenset({"de"}))).passages == ()

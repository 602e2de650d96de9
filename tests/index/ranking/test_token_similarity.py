"""Reading closely: each token's nearness and place, from stored codes, equal to what MaxSim takes the best of."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.documents import Access, Audience, Document, Kind, Metadata, Passage, SectionText
from index.engine import COMPARED
from index.ranking import late_interaction as late
from index.ranking.token_similarity import compare_tokens, compare_words
from index.store.store import Store
from index.types import Embedded, Filter, Spans, Vectors
from index.update import Indexer, PreparedDocument
from tests.index.test_engine import engine_over

WIDTH = 16
QUESTION = "Combien de places à la crèche ?"


class LetterTokens:
    """Every letter is a token, its vector drawn from its code; a prompt and a frame stand before the text."""

    name, dimension = "letters", WIDTH

    def _tokens(self, text: str) -> Vectors:
        return np.array([np.random.default_rng(ord(letter)).normal(size=WIDTH) for letter in text], np.float32)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.array([self.embed_query(text) for text in texts], np.float32).reshape(len(texts), WIDTH)

    def embed_query(self, text: str) -> Vectors:
        mean: Vectors = self._tokens(text).mean(axis=0)
        return mean / np.float32(np.linalg.norm(mean))

    def embed_passage_tokens(self, texts: Sequence[str]):  # type: ignore[no-untyped-def]
        return (Embedded(self.embed_query(text), self._tokens(f"<{text}>")) for text in texts)

    def embed_query_tokens(self, text: str) -> Embedded:
        return Embedded(self.embed_query(text), self._tokens(text))

    def passage_spans(self, texts: Sequence[str]) -> list[Spans]:
        return [
            np.array([(-1, -1), *((start, start + 1) for start in range(len(text))), (-1, -1)], np.int64)
            for text in texts
        ]

    def query_spans(self, text: str) -> Spans:
        return np.array([(start, start + 1) for start in range(len(text))], np.int64)


class Nothing:
    def update(self, store: Store) -> None: ...


def put(folder: Path, text: str) -> tuple[Store, Passage]:
    store = Store(folder / "store.sqlite", create=True)
    document = Document.from_sections("d", [SectionText("p. 1", text)], Metadata("Titre", Kind.STUDY, Audience.PUBLIC))
    passage = Passage("d", 4, len(text), text[4:], "p. 1", "fr", "Titre")
    Indexer(store, LetterTokens(), Nothing()).put([PreparedDocument(document, [passage])])
    return store, passage


def test_the_best_of_each_row_is_the_passage_s_maxsim_and_places_are_the_document_s(tmp_path: Path) -> None:
    text = "Il y a soixante places : trente pour chaque ville."
    store, passage = put(tmp_path, text)
    embedder, centre = LetterTokens(), store.passage_table.token_centre()
    assert centre is not None
    tokens = late.centre_tokens(embedder.embed_query_tokens(QUESTION).tokens, centre)
    (compared,) = compare_tokens(store, embedder, QUESTION, tokens, [1], Access(Audience.STAFF)).passages
    codes = store.passage_table.token_codes([1], WIDTH // 8)[1]
    assert compared.similarity.max(axis=1).mean() == pytest.approx(late.maxsim(tokens, [codes])[0], abs=1e-5)
    inside = [(start, end) for start, end in compared.spans.tolist() if start >= passage.start]
    assert [text[start:end] for start, end in inside] == list(passage.text)
    context = len(passage.embedded_text) - len(passage.text)
    assert sum(start < passage.start for start, _ in compared.spans.tolist()) == context + 2


def test_without_codes_words_take_their_place(tmp_path: Path) -> None:
    store, passage = put(tmp_path, "Il y a soixante places dans la crèche.")
    similarity = compare_tokens(store, LetterTokens(), "Places à la CRECHE", None, [1], Access(Audience.STAFF))
    assert similarity.question_spans.tolist() == [[0, 6], [7, 8], [9, 11], [12, 18]]
    (compared,) = similarity.passages
    met = {
        passage.text[start - passage.start : end - passage.start]
        for start, end in compared.spans[compared.similarity[3] > 0]
    }
    assert met == {"crèche"}


def test_nothing_is_read_of_nothing() -> None:
    assert compare_words("", []).question_spans.shape == (0, 2)
    assert compare_words("x", []).passages == ()


def test_passages_outside_the_filter_are_not_read_and_of_a_long_document_the_nearest(tmp_path: Path) -> None:
    def prepared_pages(name: str, audience: Audience, count: int) -> PreparedDocument:
        texts = [f"Le tram numéro {number} franchit le fleuve." for number in range(count)]
        document = Document.from_sections(
            name,
            [SectionText(f"p. {number}", text) for number, text in enumerate(texts)],
            Metadata(name, audience=audience),
        )
        return PreparedDocument(
            document,
            [
                Passage(
                    name,
                    section.start,
                    section.end,
                    document.text[section.start : section.end],
                    section.label,
                    "fr",
                    name,
                )
                for section in document.sections
            ],
        )

    engine = engine_over(
        tmp_path, [prepared_pages("ouvert", Audience.PUBLIC, COMPARED + 5), prepared_pages("secret", Audience.STAFF, 2)]
    )
    ids = ["ouvert", "secret", "unknown"]
    assert {compared.passage.document_id for compared in engine.compare_tokens("tram", ids, Filter()).passages} == {
        "ouvert"
    }
    everything = engine.compare_tokens("tram", ids, Filter(Audience.STAFF)).passages
    assert [sum(compared.passage.document_id == name for compared in everything) for name in ids] == [COMPARED, 2, 0]
    assert engine.compare_tokens("tram", ids, Filter(languages=frozenset({"de"}))).passages == ()

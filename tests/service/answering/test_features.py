"""What speaks for a sentence: the nearest of its own tokens to each of the question's, and never a neighbour's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Audience, Document, Kind, Metadata, Passage, SectionText
from index.ranking.token_similarity import PassageSimilarity, TokenSimilarity, compare_words
from service.answering.candidates import split_pieces
from service.answering.evidence import SearchSignals, gather_evidence
from service.answering.features import FAR, DocumentFeatures, FeatureTable, Question, extract_features
from service.wiring import term_texts

TEXT = "Le centre a ouvert en mai. Il compte trente places. La ville de Kehl paie la moitié."
ABOUT = Metadata("Crèche", Kind.STUDY, Audience.PUBLIC, "fr")
DOCUMENT = Document.from_sections("d", [SectionText("p. 1", TEXT)], ABOUT)
SIGNALS = SearchSignals(0.8, 4.0, ["d"], ["d"])


def passage(start: int = 0) -> Passage:
    return Passage("d", start, len(TEXT), TEXT[start:], "p. 1", "fr", "Crèche")


@given(st.integers(0, len(TEXT) - 1), st.integers(0, 2**32 - 1))
def test_a_piece_is_as_near_as_the_nearest_token_that_stands_in_it(start: int, seed: int) -> None:
    drawn = np.random.default_rng(seed)
    spans = np.array([(at, at + 1) for at in range(start - 5, len(TEXT))], np.int64)  # five of the title
    similar = drawn.uniform(-1, 1, (3, len(spans))).astype(np.float32)
    features = DocumentFeatures.of(DOCUMENT, 1.0, [PassageSimilarity(passage(start), similar, spans)], 3)
    for number, piece in enumerate(split_pieces(DOCUMENT)):
        own = [token for token, (at, _) in enumerate(spans.tolist()) if at >= start and piece.start <= at < piece.end]
        expected = similar[:, own].max(axis=1).tolist() if own else [FAR] * 3
        assert features.near[:, number].tolist() == pytest.approx(expected)


def features_of(question: str, text: str = TEXT) -> FeatureTable:
    written = Document.from_sections("d", [SectionText("p. 1", text)], ABOUT)
    reading = compare_words(question, [Passage("d", 0, len(text), text, "p. 1", "fr", "")])
    document = DocumentFeatures.of(written, 1.0, reading.passages, len(reading.question_spans))
    return extract_features(Question.of(question, "fr", reading), [document], term_texts)


def test_what_is_asked_for_and_given_speaks_for_a_sentence() -> None:
    features = features_of("Combien de places ?")
    by_text = dict(zip((candidate.text for candidate in features.candidates), features.table.tolist(), strict=True))
    named = {text: dict(zip(features.names, row, strict=True)) for text, row in by_text.items()}
    right, other = named["Il compte trente places."], named["Le centre a ouvert en mai."]
    assert (right["gives_number"], other["gives_number"], other["lacks_number"]) == (1, 0, 1)
    assert right["near_content"] > other["near_content"]
    assert right["coverage"] > other["coverage"] == 0


def test_what_the_best_document_does_not_name_speaks_against_an_answer() -> None:
    def missing(question: str) -> dict[str, float]:
        features = features_of(question)
        return gather_evidence(features, features.column("near"), SIGNALS, term_texts)

    held, absent = missing("Que paie la ville de Kehl ?"), missing("Que paie la ville de Bâle en 2019 ?")
    assert (held["names_missing"], held["numbers_missing"], held["missing"]) == (0, 0, 0)
    assert (absent["names_missing"], absent["numbers_missing"]) == (1, 1)
    assert absent["missing"] > 0
    assert absent["least_word_in_document"] < held["least_word_in_document"]


def test_a_document_of_which_nothing_was_read_gives_no_candidate() -> None:
    reading = TokenSimilarity(np.array([[0, 3]], np.int64))
    nothing = DocumentFeatures.of(DOCUMENT, 1.0, reading.passages, 1)
    assert extract_features(Question.of("Qui", "fr", reading), [nothing], term_texts).candidates == ()

from __future__ import annotations

from dataclasses import replace

import pytest

from eval.answers import (
    calibration_error,
    measure_abstention,
    measure_replies,
    rank_of_right,
    reliability,
    reply_to,
)
from eval.collection import RightQuote, Topic
from eval.results import Reply
from index.documents import Access, Audience, Passage
from index.lexical.analysis import terms
from index.ranking.token_similarity import compare_words
from index.types import Filter, Ranking
from service.answering.answer_model import AnswerModel, Linear
from service.answering.answers import Answer, Citation, ReadDocument, Sentence
from service.answering.evidence import SearchSignals
from service.answering.extractive import ExtractiveAnswerer
from tests.eval.fakes import MemoryStore, WordEngine, document


def answer_with(*quotes: tuple[str, str]) -> Answer:
    """Return an answer of a sentence for each (document, quote)."""
    return Answer(
        tuple(Sentence(quote, (Citation(document, "", "", quote, 0, len(quote)),)) for document, quote in quotes), 0.9
    )


RIGHT = (RightQuote("zoast", "Soins  sans autorisation."),)


@pytest.mark.parametrize(
    ("answer", "rank"),
    [
        (answer_with(("zoast", "Soins sans autorisation.")), 1),
        (answer_with(("zoast", "SOINS SANS AUTORISATION.")), 1),
        (answer_with(("zoast", "Autre chose."), ("zoast", "En ZOAST : soins sans autorisation. Voir l'accord.")), 2),
        (answer_with(("zoast", "sans autorisation")), 1),
        (answer_with(("other", "Soins sans autorisation.")), 0),
        (answer_with(("zoast", "Soins avec autorisation.")), 0),
        (answer_with(), 0),
    ],
)
def test_a_right_sentence_holds_the_quote_or_stands_in_it_in_its_document(answer: Answer, rank: int) -> None:
    assert rank_of_right(answer, RIGHT) == rank


def test_a_second_citation_may_be_the_right_one() -> None:
    twice = Sentence(
        "Care without…",
        answer_with(("en", "Care without…"), ("zoast", "Soins sans autorisation.")).sentences[1].citations,
    )
    assert rank_of_right(Answer((twice,), 1.0), RIGHT) == 1


def reply(confidence: float, *, answerable: bool, rank: int = 0, threshold: float = 0.5) -> Reply:
    return Reply(confidence >= threshold, confidence, ("…",), rank, answerable)


def test_silence_is_no_right_answer_but_shows_what_was_held_back() -> None:
    values = measure_replies(
        {
            "t1": reply(0.9, answerable=True, rank=1),
            "t2": reply(0.9, answerable=True, rank=3),
            "t3": reply(0.1, answerable=True, rank=1),
            "t4": reply(0.9, answerable=False),
            "t5": reply(0.1, answerable=False),
        }
    )
    assert values["Answer@1"] == {"t1": 1.0, "t2": 0.0, "t3": 0.0}
    assert values["Answer@3"] == {"t1": 1.0, "t2": 1.0, "t3": 0.0}
    assert values["Sentence@1"] == {"t1": 1.0, "t2": 0.0, "t3": 1.0}
    assert values["Answered"] == {"t1": 1.0, "t2": 1.0, "t3": 0.0}
    assert values["Abstained"] == {"t4": 0.0, "t5": 1.0}


def test_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    measured = measure_abstention(
        [
            reply(0.9, answerable=True, rank=1),
            reply(0.4, answerable=True, rank=1),
            reply(0.6, answerable=False),
            reply(0.1, answerable=False),
        ]
    )
    assert measured is not None
    assert measured.auroc == 3 / 4


def test_risk_and_coverage_follow_the_threshold() -> None:
    measured = measure_abstention(
        [
            reply(0.9, answerable=True, rank=1),
            reply(0.8, answerable=True, rank=2),
            reply(0.7, answerable=False),
            reply(0.6, answerable=True, rank=1),
        ]
    )
    assert measured is not None
    at = {round(trade.threshold, 1): trade for trade in measured.curve}
    assert [at[0.9].coverage, at[0.9].risk] == pytest.approx([1 / 3, 0.0])
    assert [at[0.8].coverage, at[0.8].risk] == pytest.approx([2 / 3, 1 / 2])
    assert [at[0.7].false_answers, at[0.7].risk] == pytest.approx([1.0, 2 / 3])
    assert measured.at_coverage(0.8).threshold == pytest.approx(0.6)


def test_a_confidence_is_calibrated_where_as_many_are_answered_as_it_says() -> None:
    sure = [reply(0.75, answerable=number < 3) for number in range(4)]
    unsure = [reply(0.2, answerable=number < 2) for number in range(4)]
    low, high = reliability([*sure, *unsure], bins=2)
    assert low == pytest.approx((0.2, 0.5, 4))
    assert high == pytest.approx((0.75, 0.75, 4))
    assert calibration_error([low, high]) == pytest.approx(0.15)
    assert reliability([], bins=2) == ()


def test_there_is_no_curve_without_both_sorts_of_questions() -> None:
    assert measure_abstention([reply(0.9, answerable=True)]) is None
    assert measure_abstention([]) is None


def test_what_an_extractive_answerer_held_back_is_judged_too() -> None:
    text = "Le bus frontalier numéro douze circule chaque jour entre les deux villes."
    engine = WordEngine(MemoryStore((document("bus", ("p. 1", text)),)))
    never = ExtractiveAnswerer(
        engine.embedder,
        lambda text, language: [term.text for term in terms(text, language)],
        lambda question, document_ids: compare_words(question, [Passage("bus", 0, len(text), text, "p. 1", "fr")]),
        lambda question: SearchSignals(0.8, 0.0, (), ()),
        AnswerModel("words", Linear({"near": 1.0}), Linear({}), threshold=1.1),
    )
    topic = Topic("t1", "bus frontalier", answers=(RightQuote("bus", text),))
    ranking = replace(engine.search(topic.text, 10, Filter(Audience.STAFF)), language="fr")
    got = reply_to(topic, ranking, never, lambda _: engine.store.documents[0])
    assert not got.is_answered
    assert got.right_at == 1
    assert got.sentences == (text,)


def test_an_answerer_that_cannot_be_urged_is_taken_at_its_word() -> None:
    class Silent:
        def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
            return Answer((), 0.2)

    engine = WordEngine(MemoryStore(()))
    got = reply_to(
        Topic("t1", "x"),
        Ranking("x", 1),
        Silent(),
        lambda document: engine.store.document(document, Access(Audience.STAFF)),
    )
    assert (got.is_answered, got.right_at, got.is_answerable) == (False, 0, False)

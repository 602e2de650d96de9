from __future__ import annotations

import pytest

from eval.answers import abstention, measure_replies, reply_to, right_at
from eval.collection import RightQuote, Topic
from eval.results import Reply
from index.documents import Audience, Passage
from index.lexical.analysis import terms
from index.ranking.token_similarity import by_words
from index.types import Filter, Ranking
from service.answering.answer_model import AnswerModel, Linear
from service.answering.answers import Answer, ReadDocument, Sentence
from service.answering.evidence import Found
from service.answering.extractive import ExtractiveAnswerer
from service.documents.citations import Citation
from tests.eval.fakes import MemoryStore, WordEngine, document


def said(*places: tuple[str, str]) -> Answer:
    """Make an answer of one sentence a place, (document, quote)."""
    return Answer(tuple(Sentence(quote, (Citation(one, "", "", quote, 0, len(quote)),)) for one, quote in places), 0.9)


RIGHT = (RightQuote("zoast", "Soins  sans autorisation."),)


@pytest.mark.parametrize(
    ("answer", "rank"),
    [
        (said(("zoast", "Soins sans autorisation.")), 1),
        (said(("zoast", "SOINS SANS AUTORISATION.")), 1),
        (said(("zoast", "Autre chose."), ("zoast", "En ZOAST : soins sans autorisation. Voir l'accord.")), 2),
        (said(("zoast", "sans autorisation")), 1),
        (said(("other", "Soins sans autorisation.")), 0),
        (said(("zoast", "Soins avec autorisation.")), 0),
        (said(), 0),
    ],
)
def test_a_right_sentence_holds_the_quote_or_stands_in_it_in_its_document(answer: Answer, rank: int) -> None:
    assert right_at(answer, RIGHT) == rank


def test_a_second_citation_may_be_the_right_one() -> None:
    twice = Sentence(
        "Care without…", said(("en", "Care without…"), ("zoast", "Soins sans autorisation.")).sentences[1].citations
    )
    assert right_at(Answer((twice,), 1.0), RIGHT) == 1


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
    told = abstention(
        [
            reply(0.9, answerable=True, rank=1),
            reply(0.4, answerable=True, rank=1),
            reply(0.6, answerable=False),
            reply(0.1, answerable=False),
        ]
    )
    assert told is not None
    assert told.auroc == 3 / 4


def test_risk_and_coverage_follow_the_threshold() -> None:
    told = abstention(
        [
            reply(0.9, answerable=True, rank=1),
            reply(0.8, answerable=True, rank=2),
            reply(0.7, answerable=False),
            reply(0.6, answerable=True, rank=1),
        ]
    )
    assert told is not None
    at = {round(trade.threshold, 1): trade for trade in told.curve}
    assert [at[0.9].coverage, at[0.9].risk] == pytest.approx([1 / 3, 0.0])
    assert [at[0.8].coverage, at[0.8].risk] == pytest.approx([2 / 3, 1 / 2])
    assert [at[0.7].false_answers, at[0.7].risk] == pytest.approx([1.0, 2 / 3])
    assert told.at_coverage(0.8).threshold == pytest.approx(0.6)


def test_there_is_no_curve_without_both_sorts_of_questions() -> None:
    assert abstention([reply(0.9, answerable=True)]) is None
    assert abstention([]) is None


def test_what_an_extractive_answerer_held_back_is_judged_too() -> None:
    text = "Le bus frontalier numéro douze circule chaque jour entre les deux villes."
    engine = WordEngine(MemoryStore((document("bus", ("p. 1", text)),)))
    never = ExtractiveAnswerer(
        engine.embedder,
        lambda text, language: [term.text for term in terms(text, language)],
        lambda question: "fr",
        lambda question, document_ids: by_words(question, [Passage("bus", 0, len(text), text, "p. 1", "fr")]),
        lambda question: Found(0.8, 0.0, (), ()),
        AnswerModel("words", Linear({"near": 1.0}), Linear({}), threshold=1.1),
    )
    topic = Topic("t1", "bus frontalier", answers=(RightQuote("bus", text),))
    ranking = engine.search(topic.text, 10, Filter(Audience.STAFF))
    got = reply_to(topic, ranking, never, lambda _: engine.store.documents[0])
    assert not got.is_answered
    assert got.right_at == 1
    assert got.sentences == (text,)


def test_an_answerer_that_cannot_be_urged_is_taken_at_its_word() -> None:
    class Silent:
        def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
            return Answer((), 0.2)

    engine = WordEngine(MemoryStore(()))
    got = reply_to(Topic("t1", "x"), Ranking("x", 1), Silent(), lambda one: engine.store.document(one, Audience.STAFF))
    assert (got.is_answered, got.right_at, got.is_answerable) == (False, 0, False)

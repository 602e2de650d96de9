"""Four outcomes: an answer, a contradiction, what comes nearest, silence; each said as what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from index.clock import utc_today
from index.documents import Access, Audience, Document, Kind, Metadata, SectionText
from index.ranking.reader import ReaderWindow, WindowReading
from index.types import Filter, Ranking
from service.answering.answer_model import AnswerModel, UnfitAnswerModel, load_answer_model
from service.answering.answers import Answer, Citation, Sentence
from service.answering.candidates import Candidate, split_pieces
from service.answering.extractive import split_parts
from service.answering.follow_ups import ResolvedQuestion
from service.answering.precedence import precedence
from service.answering.schemas import ask_response
from service.answering.understanding import Understanding
from service.chat.completions import MarkdownWriter
from service.library.open_index import OpenIndex
from service.wiring import answerer
from tests.service.conftest import EAGER
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder

QUESTION = "Pourquoi le salaire du frontalier est-il imposé en Belgique ?"
TEXT = "Le salaire du frontalier est imposé en Belgique car il y travaille. Il n'est jamais imposé en France."


class DenyingReader:
    """Finds a contradiction in every sentence that holds "jamais", an answer in none."""

    name = "denying"

    def read(self, question: str, windows: Sequence[ReaderWindow]) -> list[WindowReading]:
        def odds(text: str) -> float:
            return 6.0 if "jamais" in text else -8.0

        return [
            WindowReading(
                np.full(len(window.sentences), -8.0, np.float32),
                np.array([odds(text) for text in window.sentences], np.float32),
            )
            for window in windows
        ]


def answer(model: AnswerModel, question: str = QUESTION, text: str = TEXT) -> Answer:
    metadata = Metadata("Note", Kind.LEGAL_NOTE, Audience.PUBLIC, "fr")
    store = MemoryStore({"note": Document.from_sections("note", [SectionText("", text)], metadata)}, Path())
    engine = MemoryEngine(store, WordEmbedder(), DenyingReader())
    ranking = engine.search(question, 10, Filter())
    extractive = answerer(OpenIndex(engine, store), Filter(), model)
    return extractive.answer(question, ranking, lambda name: store.document(name, Access(Audience.PUBLIC)))


def test_from_its_threshold_a_sentence_is_the_answer() -> None:
    given = answer(EAGER)
    assert (given.outcome, given.is_answered, given.is_settled) == ("answer", True, True)


def test_below_it_the_best_sentences_are_shown_as_what_comes_nearest() -> None:
    given = answer(replace(EAGER, threshold=1.01, nearest_threshold=0.0))
    assert (given.outcome, given.is_answered, given.is_settled) == ("nearest", False, False)
    assert given.sentences == ()
    assert given.nearest


def test_below_both_there_is_silence() -> None:
    given = answer(replace(EAGER, threshold=1.02, nearest_threshold=1.01))
    assert given == Answer((), given.confidence, given.correctness)
    assert given.outcome == "silence"


def test_what_the_documents_deny_is_contradicted_with_the_sentence_that_denies_it() -> None:
    given = answer(replace(EAGER, reader="denying", contradiction_threshold=0.5))
    assert (given.outcome, given.is_answered, given.is_settled) == ("contradiction", False, True)
    assert [sentence.text for sentence in given.contradicting] == ["Il n'est jamais imposé en France."]
    assert given.sentences == given.nearest == ()


def test_a_model_fitted_without_a_reader_does_not_ask_the_one_there_is() -> None:
    assert answer(replace(EAGER, contradiction_threshold=0.5)).outcome == "answer"


def test_a_model_fitted_for_another_reader_is_refused_with_the_remedy() -> None:
    model = replace(EAGER, reader="denying").to_json()
    assert load_answer_model(model, "words", "denying").reader == "denying"
    with pytest.raises(UnfitAnswerModel, match="PASSERELLE_READER"):
        load_answer_model(model, "words", "another")
    with pytest.raises(UnfitAnswerModel, match="none"):
        load_answer_model(model, "words")


def sentence(text: str) -> Sentence:
    return Sentence(text, (Citation("note", "Note", "p. 1", text, 0, len(text)),), "fr")


def test_a_further_sentence_answers_only_where_it_gives_what_is_still_lacking() -> None:
    delay, authority, other = map(
        sentence, ("Le délai est de 30 jours.", "La demande est reçue par la Préfecture.", "Un dossier est joint.")
    )
    question = "Quel délai s'applique et quel organisme reçoit la demande ?"
    assert split_parts(question, [delay, other, authority]) == ((delay, authority), (other,))
    assert split_parts("Quel délai s'applique ?", [delay, authority, other]) == ((delay,), (authority, other))
    assert split_parts(question, []) == ((), ())


def candidate(language: str = "fr", kind: Kind = Kind.LEGAL_NOTE, **metadata: object) -> Candidate:
    described = Metadata("Note", kind, Audience.PUBLIC, language, **metadata)  # type: ignore[arg-type]
    document = Document.from_sections("note", [SectionText("", "Le permis vaut cinq ans.")], described)
    return Candidate(document, split_pieces(document)[0])


def test_of_texts_that_say_the_same_the_reader_s_language_comes_first_then_force_then_rank_then_date() -> None:
    yesterday = utc_today() - timedelta(days=1)
    ordered = [
        candidate(published=date(2024, 5, 1)),
        candidate(published=date(2020, 5, 1)),
        candidate(kind=Kind.NEWS, published=date(2025, 1, 1)),
        candidate(kind=Kind.FORUM_THREAD),
        candidate(valid_to=yesterday, published=date(2026, 1, 1)),
        candidate("de"),
        candidate("de", Kind.NEWS),
    ]
    assert sorted(reversed(ordered), key=lambda each: precedence(each, "fr")) == ordered


UNDERSTOOD = Understanding(ResolvedQuestion("?", "?"))


def test_every_outcome_is_told_through_the_api() -> None:
    said = sentence("Il n'est jamais imposé en France.")
    contradicted = ask_response(Answer((), 0.4, contradicting=(said,)), [], UNDERSTOOD, base="")
    assert (contradicted.outcome, contradicted.answered) == ("contradiction", False)
    assert contradicted.contradicting[0].text == said.text
    nearest = ask_response(Answer((), 0.4, nearest=(said,)), [], UNDERSTOOD, base="")
    assert (nearest.outcome, nearest.sentences, nearest.nearest[0].text) == ("nearest", [], said.text)


@pytest.mark.parametrize(
    ("given", "begins"),
    [
        (Answer((), 0.4, contradicting=(sentence("Il n'est jamais imposé."),)), "Les documents disent autre chose :"),
        (Answer((), 0.4, nearest=(sentence("Il est imposé là-bas."),)), "Les documents ne répondent pas directement"),
    ],
)
def test_a_chat_says_that_it_is_no_answer_and_cites_what_it_shows(given: Answer, begins: str) -> None:
    writer = MarkdownWriter("http://testserver", "fr")
    text = writer.ending(given, Ranking("?", 1), UNDERSTOOD)
    assert text.startswith(begins)
    assert "imposé" in text
    assert "**Sources**" in text
    assert [citation["number"] for citation in writer.citations()] == [1]

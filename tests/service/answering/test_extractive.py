"""An extractive answer: whole sentences, word for word, each proved; silence when the evidence is thin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from index.documents import Audience, Document, Kind, Metadata, SectionText
from index.lexical.query_language import query_language
from index.types import Filter, Ranking
from service.answering.answer_model import AnswerModel
from service.answering.answers import Answer
from service.library.open_index import OpenIndex
from service.wiring import answerer
from tests.service.conftest import EAGER
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder
from tests.service.resource_centre import resource_centre

EMBEDDER = WordEmbedder()


def answer(question: str, documents: dict[str, Document], model: AnswerModel = EAGER) -> Answer:
    store = MemoryStore(documents, Path())
    engine = MemoryEngine(store, EMBEDDER)
    ranking = engine.search(question, 10, Filter())
    made = answerer(OpenIndex(engine, store), Filter(), model)
    return made.answer(question, ranking, lambda one: store.document(one, Audience.PUBLIC))


def notes(**texts: str) -> dict[str, Document]:
    return {
        name: Document.from_sections(
            name, [SectionText("p. 1", text)], Metadata(name, Kind.STUDY, Audience.PUBLIC, name[:2])
        )
        for name, text in texts.items()
    }


def test_every_quote_stands_at_its_offsets() -> None:
    documents = resource_centre()
    found = answer("Qui peut télétravailler et combien de temps ?", documents)
    assert found.sentences
    for sentence in found.sentences:
        assert sentence.citations[0].quote == sentence.text
        for one in sentence.citations:
            assert documents[one.document_id].text[one.start : one.end] == one.quote


def test_an_empty_ranking_is_met_with_silence() -> None:
    store = MemoryStore(resource_centre(), Path())
    made = answerer(OpenIndex(MemoryEngine(store, EMBEDDER), store), Filter(), EAGER)
    said = made.answer("Qui paie ?", Ranking("Qui paie ?", 1), lambda one: resource_centre()[one])
    assert not said.is_answered


def test_thin_evidence_is_met_with_silence() -> None:
    said = answer("Qui paie le transport du patient ?", resource_centre(), replace(EAGER, threshold=1.01))
    assert said.sentences == ()


def test_the_same_sentence_twice_is_one_with_two_citations() -> None:
    said = "La carte européenne couvre les soins urgents."
    found = answer("Que couvre la carte européenne pour les soins ?", notes(fr1=said, fr2=said))
    assert len(found.sentences) == 1
    assert {one.document_id for one in found.sentences[0].citations} == {"fr1", "fr2"}


def test_of_two_sayings_the_one_in_the_question_s_language_is_shown() -> None:
    same = "Transport ambulance hospital patient convention bilateral."
    found = answer("Qui paie le transport en ambulance vers hospital ?", notes(en1=same, fr1=same))
    assert found.sentences[0].language == "fr"


def test_questions_and_headings_are_no_answers() -> None:
    found = answer(
        "Qui paie le transport ?",
        notes(fr1="Qui paie donc le transport du patient ? Le transport est payé par l'assurance du patient."),
    )
    assert [one.text for one in found.sentences] == ["Le transport est payé par l'assurance du patient."]


def test_the_language_of_a_question_is_told_by_its_small_words() -> None:
    assert query_language("Wer zahlt die Fahrt in das Krankenhaus?") == "de"
    assert query_language("Qui paie le transport dans cette zone ?") == "fr"
    assert query_language("Who pays for the transport?") == "en"
    assert query_language("GECT 2024") == ""


def test_what_a_thread_asks_is_not_an_answer() -> None:
    thread = Document.from_sections(
        "fil",
        [
            SectionText("Question", "Nous cherchons qui paie le transport du patient vers la clinique voisine."),
            SectionText("Solution", "L'assurance paie le transport du patient vers la clinique."),
        ],
        Metadata("Fil", Kind.FORUM_THREAD, Audience.PUBLIC, "fr"),
    )
    found = answer("Qui paie le transport du patient vers la clinique ?", {"fil": thread})
    assert {one.label for sentence in found.sentences for one in sentence.citations} == {"Solution"}

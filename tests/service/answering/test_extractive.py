"""An extractive answer: whole sentences, word for word, each proved; silence when the evidence is thin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from index.documents import Access, Audience, Document, Kind, Metadata, SectionText
from index.lexical.query_language import detect_query_language
from index.types import Filter, Ranking
from service.answering.answer_model import AnswerModel
from service.answering.answers import Answer
from service.library.concepts import NO_THESAURUS, Thesaurus, read_thesaurus
from service.library.open_index import OpenIndex
from service.wiring import answerer
from tests.service.conftest import EAGER
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder
from tests.service.resource_centre import resource_centre
from tests.service.thesaurus import THESAURUS

EMBEDDER = WordEmbedder()


def answer(
    question: str, documents: dict[str, Document], model: AnswerModel = EAGER, thesaurus: Thesaurus = NO_THESAURUS
) -> Answer:
    store = MemoryStore(documents, Path())
    engine = MemoryEngine(store, EMBEDDER, thesaurus=thesaurus.known)
    ranking = engine.search(question, 10, Filter())
    extractive = answerer(OpenIndex(engine, store), Filter(), model)
    return extractive.answer(question, ranking, lambda name: store.document(name, Access(Audience.PUBLIC)))


def notes(**texts: str) -> dict[str, Document]:
    return {
        name: Document.from_sections(
            name, [SectionText("p. 1", text)], Metadata(name, Kind.STUDY, Audience.PUBLIC, name[:2])
        )
        for name, text in texts.items()
    }


def test_every_quote_stands_at_its_offsets() -> None:
    documents = resource_centre()
    sentences = answer("Qui peut télétravailler et combien de temps ?", documents).sentences
    assert sentences
    for sentence in sentences:
        assert sentence.citations[0].quote == sentence.text
        for citation in sentence.citations:
            assert documents[citation.document_id].text[citation.start : citation.end] == citation.quote


def test_an_empty_ranking_is_met_with_silence() -> None:
    store = MemoryStore(resource_centre(), Path())
    extractive = answerer(OpenIndex(MemoryEngine(store, EMBEDDER), store), Filter(), EAGER)
    silence = extractive.answer("Qui paie ?", Ranking("Qui paie ?", 1), lambda name: resource_centre()[name])
    assert not silence.is_answered


def test_thin_evidence_is_met_with_silence() -> None:
    silence = answer("Qui paie le transport du patient ?", resource_centre(), replace(EAGER, threshold=1.01))
    assert silence.sentences == ()


def test_the_same_sentence_twice_is_one_with_two_citations() -> None:
    text = "La carte européenne couvre les soins urgents."
    (sentence,) = answer("Que couvre la carte européenne pour les soins ?", notes(fr1=text, fr2=text)).sentences
    assert {citation.document_id for citation in sentence.citations} == {"fr1", "fr2"}


def test_of_two_sentences_that_say_the_same_the_one_in_the_question_s_language_is_shown() -> None:
    same = "Transport ambulance hospital patient convention bilateral."
    french = answer("Qui paie le transport en ambulance vers hospital ?", notes(en1=same, fr1=same))
    assert french.sentences[0].language == "fr"


def test_questions_and_headings_are_no_answers() -> None:
    note = "Qui paie donc le transport du patient ? Le transport est payé par l'assurance du patient."
    sentences = answer("Qui paie le transport ?", notes(fr1=note)).sentences
    assert [sentence.text for sentence in sentences] == ["Le transport est payé par l'assurance du patient."]


def test_the_language_of_a_question_is_known_by_its_small_words() -> None:
    assert detect_query_language("Wer zahlt die Fahrt in das Krankenhaus?") == "de"
    assert detect_query_language("Qui paie le transport dans cette zone ?") == "fr"
    assert detect_query_language("Who pays for the transport?") == "en"
    assert detect_query_language("GECT 2024") == ""


def test_the_rule_for_the_other_direction_of_commuting_is_not_given_first() -> None:
    there = "Le salarié qui habite en France et travaille en Belgique paie son impôt sur le salaire en Belgique."
    back = "Le salarié qui habite en Belgique et travaille en France paie son impôt sur le salaire en France."
    documents, thesaurus = notes(fr1=there, fr2=back), read_thesaurus(THESAURUS)
    for question, right in [
        ("J'habite Lille et je travaille à Tournai : où le salarié paie son impôt ?", there),
        ("J'habite Tournai et je travaille à Lille : où le salarié paie son impôt ?", back),
    ]:
        assert answer(question, documents, thesaurus=thesaurus).sentences[0].text == right


def test_what_a_thread_asks_is_not_an_answer() -> None:
    thread = Document.from_sections(
        "fil",
        [
            SectionText("Question", "Nous cherchons qui paie le transport du patient vers la clinique voisine."),
            SectionText("Solution", "L'assurance paie le transport du patient vers la clinique."),
        ],
        Metadata("Fil", Kind.FORUM_THREAD, Audience.PUBLIC, "fr"),
    )
    sentences = answer("Qui paie le transport du patient vers la clinique ?", {"fil": thread}).sentences
    assert {citation.label for sentence in sentences for citation in sentence.citations} == {"Solution"}

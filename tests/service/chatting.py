"""A question put to a scripted language model over the small index, each answer held to its citations."""

from __future__ import annotations

from pathlib import Path

from index.documents import Access, Audience, Document
from index.lexical.query_language import detect_query_language
from index.types import Filter
from service.answering.answers import Answer, Sentence
from service.answering.chat_answerer import ChatAnswerer
from service.answering.endpoint import OpenAIEndpoint
from service.answering.verification import Nearness, SupportCheck
from service.library.open_index import OpenIndex
from service.wiring import answerer
from tests.service.conftest import WORDS
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder
from tests.service.resource_centre import resource_centre

QUESTION = "Qui demande le certificat A1 à l'institution compétente ?"
QUOTE = "L'employeur demande un certificat A1 à l'institution compétente."
SENTENCE = "C'est l'employeur qui demande le certificat A1 à l'institution compétente."


def ask(
    endpoint: OpenAIEndpoint,
    question: str = QUESTION,
    documents: dict[str, Document] | None = None,
    audience: Audience = Audience.PUBLIC,
) -> Answer:
    store = MemoryStore(documents or resource_centre(), Path())
    engine = MemoryEngine(store, WordEmbedder())
    within = Filter(audience=audience)
    extractive = answerer(OpenIndex(engine, store), within, WORDS)
    chat_answerer = ChatAnswerer(
        endpoint, extractive, SupportCheck(engine.embedder, Nearness(*[0.3] * 5)), detect_query_language
    )
    heard: list[Sentence] = []
    answer = chat_answerer.stream_answer(
        question,
        engine.search(question, 10, within),
        lambda document_id: store.document(document_id, Access(audience)),
        heard.append,
    )
    assert tuple(heard) == answer.sentences
    for sentence in answer.sentences:
        assert sentence.citations
        for citation in sentence.citations:
            assert (
                store.document(citation.document_id, Access(audience)).text[citation.start : citation.end]
                == citation.quote
            )
    return answer

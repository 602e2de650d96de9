"""Answer with a language model whose every sentence is proved by quotes found in the passages, or extractively."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.types import RankedPassage, Ranking
from service.answering.answers import Answer, Answerer, Citation, ReadDocument, Sentence, SentenceCallback
from service.answering.endpoint import EndpointFailed, LanguageModel
from service.answering.model_replies import (
    REPLY_SCHEMA,
    SYSTEM_PROMPT,
    MalformedReply,
    ModelQuote,
    ModelSentence,
    parse_sentences,
    user_message,
)
from service.answering.verification import SupportCheck, find_quote

log = logging.getLogger("passerelle.model")

PASSAGES: Final = 8
CHARACTERS: Final = 12_000  # of all passages together
MOST: Final = 4  # sentences
NOTHING_FOUND: Final = "nothing the language model said could be found in the documents"
MALFORMED: Final = "the language model's reply was not of the expected form"
INSTEAD: Final = "These sentences are taken word for word from the documents: {why}."
SILENT: Final = "No answer: {why}, and no sentence of the documents is certain enough."
CUT_SHORT: Final = "The answer may be incomplete: {why}."


@dataclass(frozen=True)
class ChatAnswerer:
    """Asks a model, checks everything it says, and falls back on the extractive answerer, whose confidence it gives.

    Only the ranking's passages are sent, and those are the caller's. A document or a question cannot change what is
    let through: that is decided here, after the model's reply, by looking each quote up.
    """

    model: LanguageModel
    extractive: Answerer
    support: SupportCheck
    language_of: Callable[[str], str]

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        return self.stream_answer(question, ranking, read, lambda sentence: None)

    def stream_answer(
        self, question: str, ranking: Ranking, read: ReadDocument, on_sentence: SentenceCallback
    ) -> Answer:
        """Return the answer, having called `on_sentence` with each sentence once its quotes were found."""
        extractive = self.extractive.answer(question, ranking, read)
        passages = select_passages(ranking)
        if not passages:
            return extractive
        checked: list[Sentence] = []
        why = ""
        try:
            reply = self.model.reply(SYSTEM_PROMPT, user_message(question, passages), REPLY_SCHEMA)
            for claim in parse_sentences(reply):
                if sentence := self._check(question, claim, passages, read):
                    checked.append(sentence)
                    on_sentence(sentence)
                if len(checked) == MOST:
                    break
        except EndpointFailed as error:
            why = str(error)
        except MalformedReply:
            why = MALFORMED
        if not checked:
            return self._fall_back(extractive, why or NOTHING_FOUND, on_sentence)
        note = CUT_SHORT.format(why=why) if why else ""
        return Answer(tuple(checked), extractive.confidence, answered_by="model", note=note)

    def _fall_back(self, extractive: Answer, why: str, on_sentence: SentenceCallback) -> Answer:
        log.warning("the extractive answer is given: %s", why)
        for sentence in extractive.sentences:
            on_sentence(sentence)
        return replace(extractive, note=(INSTEAD if extractive.is_answered else SILENT).format(why=why))

    def _check(
        self, question: str, claim: ModelSentence, passages: Sequence[RankedPassage], read: ReadDocument
    ) -> Sentence | None:
        """Return the sentence with its citations, None when a quote is not in its passage or does not support it."""
        located = [locate_quote(quote, passages, read) for quote in claim.quotes]
        citations = tuple(dict.fromkeys(citation for citation in located if citation))
        if not citations or None in located:
            return None
        language = self.language_of(claim.text) or self.language_of(question)
        languages = {passages[quote.number - 1].passage.language for quote in claim.quotes}
        is_supported = self.support.is_supported(
            claim.text,
            [citation.quote for citation in citations],
            known=" ".join([question, *(citation.title for citation in citations)]),
            language=language,
            quote_languages=languages,
        )
        return Sentence(claim.text, citations, language) if is_supported else None


def select_passages(ranking: Ranking) -> list[RankedPassage]:
    """Return the passages a model is given: the best, as many as fit."""
    selected, room = [], CHARACTERS
    for ranked in ranking.passages[:PASSAGES]:
        room -= len(ranked.passage.text)
        if room < 0:
            break
        selected.append(ranked)
    return selected


def locate_quote(quote: ModelQuote, passages: Sequence[RankedPassage], read: ReadDocument) -> Citation | None:
    """Return the citation of a quote in the passage it is said to stand in, None when it does not stand there."""
    if not 1 <= quote.number <= len(passages):
        return None
    passage = passages[quote.number - 1].passage
    document = read(passage.document_id)
    span = find_quote(document.text[passage.start : passage.end], quote.quote)
    if span is None:
        return None
    start, end = passage.start + span[0], passage.start + span[1]
    return Citation.of(document, passage.label, start, end)

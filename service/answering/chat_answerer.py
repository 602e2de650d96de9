"""Answer with a language model whose every sentence is proved by quotes found in the passages, or extractively."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from index.types import RankedPassage, Ranking
from service.answering.answers import Answer, Answerer, ReadDocument, Sentence, Tell
from service.answering.endpoint import EndpointFailed, Model
from service.answering.model_replies import RULE, SCHEMA, NoReply, Quoted, Said, question_and_passages, said
from service.answering.quotes import find_quote
from service.answering.support import Support, names_can_be_compared
from service.documents.citations import Citation

log = logging.getLogger("passerelle.model")

PASSAGES: Final = 8
CHARACTERS: Final = 12_000  # of all passages together
MOST: Final = 4  # sentences
NOTHING_STOOD: Final = "nothing the language model said could be found in the documents"
NO_FORM: Final = "the language model's reply was not of the wanted form"
INSTEAD: Final = "These sentences are taken word for word from the documents: {why}."
SILENT: Final = "No answer: {why}, and no sentence of the documents is certain enough."
CUT_SHORT: Final = "The answer may be incomplete: {why}."


@dataclass(frozen=True)
class ChatAnswerer:
    """Asks a model, believes nothing, and falls back on the extractive answerer, whose confidence it also tells.

    Only the ranking's passages are sent, and those are the caller's. A document or a question cannot change what is
    let through: that is decided here, after the model has spoken, by looking each quote up.
    """

    model: Model
    extractive: Answerer
    support: Support
    language_of: Callable[[str], str]

    def answer(self, question: str, ranking: Ranking, read: ReadDocument) -> Answer:
        return self.answer_gradually(question, ranking, read, lambda sentence: None)

    def answer_gradually(self, question: str, ranking: Ranking, read: ReadDocument, tell: Tell) -> Answer:
        """Return the answer, each sentence told once its quotes have been found."""
        sure = self.extractive.answer(question, ranking, read)
        passages = sent(ranking)
        if not passages:
            return sure
        standing: list[Sentence] = []
        why = ""
        try:
            for one in said(self.model.reply(RULE, question_and_passages(question, passages), SCHEMA)):
                if sentence := self._checked(question, one, passages, read):
                    standing.append(sentence)
                    tell(sentence)
                if len(standing) == MOST:
                    break
        except EndpointFailed as error:
            why = str(error)
        except NoReply:
            why = NO_FORM
        if not standing:
            return self._instead(sure, why or NOTHING_STOOD, tell)
        note = CUT_SHORT.format(why=why) if why else ""
        return Answer(tuple(standing), sure.confidence, answered_by="model", note=note)

    def _instead(self, sure: Answer, why: str, tell: Tell) -> Answer:
        log.warning("the extractive answer is given: %s", why)
        for sentence in sure.sentences:
            tell(sentence)
        return replace(sure, note=(INSTEAD if sure.is_answered else SILENT).format(why=why))

    def _checked(
        self, question: str, one: Said, passages: Sequence[RankedPassage], read: ReadDocument
    ) -> Sentence | None:
        """Return the sentence with its citations, None when a quote is not where it should be or does not bear it."""
        found = [citation(quoted, passages, read) for quoted in one.quoted]
        citations = tuple(dict.fromkeys(each for each in found if each))
        if not citations or None in found:
            return None
        language = self.language_of(one.text) or self.language_of(question)
        languages = {passages[quoted.number - 1].passage.language for quoted in one.quoted}
        is_borne = self.support.bears(
            one.text,
            [each.quote for each in citations],
            known=" ".join([question, *(each.title for each in citations)]),
            is_same_language=all(names_can_be_compared(language, other) for other in languages),
        )
        return Sentence(one.text, citations, language) if is_borne else None


def sent(ranking: Ranking) -> list[RankedPassage]:
    """Return the passages a model is given: the best, as many as fit."""
    chosen, room = [], CHARACTERS
    for one in ranking.passages[:PASSAGES]:
        room -= len(one.passage.text)
        if room < 0:
            break
        chosen.append(one)
    return chosen


def citation(quoted: Quoted, passages: Sequence[RankedPassage], read: ReadDocument) -> Citation | None:
    """Return the citation of a quote in the passage it is said to stand in, None when it does not stand there."""
    if not 1 <= quoted.number <= len(passages):
        return None
    passage = passages[quoted.number - 1].passage
    document = read(passage.document_id)
    place = find_quote(document.text[passage.start : passage.end], quoted.quote)
    if place is None:
        return None
    start, end = passage.start + place[0], passage.start + place[1]
    return Citation(
        document_id=document.id,
        title=document.metadata.title,
        label=passage.label,
        quote=document.text[start:end],
        start=start,
        end=end,
    )

"""One question on its way through the service: searched once, then answered at once or sentence by sentence."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from index.documents import Audience, Document
from index.types import Filter, Ranking
from service.answering.answers import Answer, Tell, answer_gradually
from service.auth.callers import Caller
from service.desk import Desk
from service.http.concurrency import still_wanted
from service.journal.recording import note_found
from service.journal.service import Consent
from service.library.open_index import OpenIndex
from service.search.responses import ask_response, passage_out
from service.search.schemas import AskResponse, PassageOut

DEPTH: Final = 10  # documents an answer is looked for in


@dataclass(frozen=True)
class Inquiry:
    """A question, the passages found for its caller, and everything needed to answer it from one generation."""

    desk: Desk
    index: OpenIndex
    question: str
    within: Filter
    audience: Audience
    ranking: Ranking
    channel: str = "api"
    consent: Consent = field(default_factory=Consent)
    token: str = ""  # what feedback names it by
    began: float = field(default_factory=time.perf_counter)

    def answer(self, tell: Tell = lambda sentence: None) -> Answer:
        """Return the answer; `tell` is called with each sentence as soon as it is certain. Blocks."""
        still_wanted()
        answerer = self.desk.answerer(self.index, self.within)
        answer = answer_gradually(answerer, self.question, self.ranking, self._read, tell)
        shown, of = [one.document.id for one in self.ranking.documents], (self.question, self.within)
        note_found(
            *(self.desk, self.channel, "question", *of, shown, self.began, self.consent),
            answered=answer.is_answered,
            token=self.token,
        )
        return answer

    def response(self, answer: Answer) -> AskResponse:
        return ask_response(
            answer, self.ranking, self.desk.highlight, question=self.question, base=self.desk.settings.public_url
        )

    @cached_property
    def passages(self) -> list[PassageOut]:
        return [passage_out(one, self.desk.highlight, self.question) for one in self.ranking.passages]

    def _read(self, document_id: str) -> Document:
        return self.index.store.document(document_id, self.audience)


async def inquire(
    desk: Desk, question: str, within: Filter, caller: Caller, channel: str, consent: Consent | None = None
) -> Inquiry:
    """Return the question with its passages. Raises NotReady and Overloaded."""
    began = time.perf_counter()
    token, agreed = desk.journal.new_token(), consent or Consent(subject=caller.subject)

    def search() -> Inquiry:
        index = desk.library.borrow()
        ranking = index.engine.search(question, DEPTH, within)
        return Inquiry(desk, index, question, within, caller.audience, ranking, channel, agreed, token, began)

    return await desk.turns.run(search)

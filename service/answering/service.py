"""Answering a question: searched once, then answered in one piece or sentence by sentence, from one generation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import Depends

from index.documents import Document
from index.types import Filter, Ranking
from service.answering.answers import Answer, Answerer, Sentence, SentenceCallback, stream_answer
from service.answering.schemas import AskResponse, ask_response
from service.documents.schemas import Highlight, PassageOut, passage_out
from service.http.concurrency import ConcurrencyLimiter, raise_if_abandoned
from service.http.dependencies import provided
from service.journal.service import Consent, Journal, SearchEvent
from service.library.open_index import Library, OpenIndex

DEPTH: Final = 10  # documents an answer is looked for in


@dataclass(frozen=True)
class PendingAnswer:
    """A question and the passages found for it; its answer is made from the same generation of the index."""

    index: OpenIndex
    question: str
    within: Filter
    ranking: Ranking
    channel: str
    consent: Consent
    token: str  # what feedback names it by
    began: float


@dataclass(frozen=True)
class AskService:
    """Answers questions from what their caller may see, and records them in the journal.

    `limiter` holds searches, `answer_limiter` answers: a language model may keep an answer waiting for long.
    """

    library: Library
    limiter: ConcurrencyLimiter
    answer_limiter: ConcurrencyLimiter
    answerer: Callable[[OpenIndex, Filter], Answerer]  # for what one caller may find
    journal: Journal
    highlight: Highlight
    public_url: str

    async def search(self, question: str, within: Filter, channel: str, consent: Consent) -> PendingAnswer:
        """Return the question with its passages. Raises NotReady and Overloaded."""
        began, token = time.perf_counter(), self.journal.new_token()

        def search() -> PendingAnswer:
            index = self.library.borrow()
            ranking = index.engine.search(question, DEPTH, within)
            return PendingAnswer(index, question, within, ranking, channel, consent, token, began)

        return await self.limiter.run(search)

    async def answer(self, pending: PendingAnswer) -> Answer:
        """Return the answer. Raises Overloaded."""
        return await self.answer_limiter.run(lambda: self._answer(pending))

    async def stream(self, pending: PendingAnswer) -> AsyncGenerator[Sentence | Answer, None]:
        """Yield each sentence once it is certain, and the whole answer last. Raises Overloaded.

        The work ends at the next sentence when the reader has left.
        """
        loop = asyncio.get_running_loop()
        ready: asyncio.Queue[Sentence | Answer | Exception] = asyncio.Queue()

        def on_sentence(sentence: Sentence) -> None:
            raise_if_abandoned()
            loop.call_soon_threadsafe(ready.put_nowait, sentence)

        async def work() -> None:
            try:
                last: Answer | Exception = await self.answer_limiter.run(lambda: self._answer(pending, on_sentence))
            except Exception as error:  # handed to whoever listens, who raises it again
                last = error
            ready.put_nowait(last)

        task = asyncio.create_task(work())
        try:
            while True:
                item = await ready.get()
                if isinstance(item, Exception):
                    raise item
                yield item
                if isinstance(item, Answer):
                    break
        finally:
            task.cancel()

    def answer_ranking(
        self,
        index: OpenIndex,
        within: Filter,
        ranking: Ranking,
        on_sentence: SentenceCallback = lambda sentence: None,
    ) -> Answer:
        """Return what the best documents of a ranking answer to its query, read from the same index. Blocks."""
        raise_if_abandoned()
        best = replace(ranking, documents=ranking.documents[:DEPTH])

        def read(document_id: str) -> Document:
            return index.store.document(document_id, within.access)

        return stream_answer(self.answerer(index, within), ranking.query, best, read, on_sentence)

    def response(self, pending: PendingAnswer, answer: Answer) -> AskResponse:
        """Return an answer in the wire format."""
        return ask_response(answer, pending.ranking, self.highlight, base=self.public_url)

    def passages(self, pending: PendingAnswer) -> list[PassageOut]:
        """Return the passages found for a question in the wire format."""
        return [passage_out(ranked, self.highlight, pending.question) for ranked in pending.ranking.passages]

    def _answer(self, pending: PendingAnswer, on_sentence: SentenceCallback = lambda sentence: None) -> Answer:
        answer = self.answer_ranking(pending.index, pending.within, pending.ranking, on_sentence)
        event = SearchEvent(
            channel=pending.channel,
            kind="question",
            query=pending.question,
            within=pending.within,
            shown=tuple(ranked.document.id for ranked in pending.ranking.documents),
            began=pending.began,
            answered=answer.is_settled,
        )
        self.journal.record_search(event, pending.consent, pending.token)
        return answer


AskDependency = Annotated[AskService, Depends(provided(AskService))]

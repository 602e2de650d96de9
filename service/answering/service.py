"""Answering a question: searched once, then answered in one piece or sentence by sentence, from one generation."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import Depends

from index.documents import Document
from index.types import Filter, Ranking
from service.answering.answers import REFERRED, Answer, Answerer, Sentence, SentenceCallback, stream_answer
from service.answering.commuting import commute_of, restate
from service.answering.follow_ups import ResolvedQuestion, resolve
from service.answering.intents import read_intent
from service.answering.missing_border import borders_to_choose
from service.answering.referrals import refer
from service.answering.schemas import AskResponse, ask_response
from service.answering.understanding import Understanding
from service.answering.whom import documents_to_answer_from
from service.documents.passage_layout import read_table_documents
from service.documents.schemas import Highlight, PassageOut, passage_out
from service.http.concurrency import ConcurrencyLimiter, raise_if_abandoned
from service.http.dependencies import provided
from service.journal.service import Consent, Journal, SearchEvent
from service.library.concepts import Thesaurus, ThesaurusSource, read_thesaurus
from service.library.open_index import Library, OpenIndex

DEPTH: Final = 10  # documents an answer is looked for in


@dataclass(frozen=True)
class PendingAnswer:
    """A question and the passages found for it; its answer is made from the same generation of the index."""

    index: OpenIndex
    understood: Understanding
    within: Filter
    ranking: Ranking
    channel: str
    consent: Consent
    token: str  # what feedback names it by
    began: float
    table_documents: Mapping[str, Document]  # those whose passages hold rows of tables

    @property
    def question(self) -> str:
        return self.understood.question


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
    thesaurus_path: ThesaurusSource  # SKOS in Turtle: recognises what questions name

    @property
    def thesaurus(self) -> Thesaurus:
        """The thesaurus; the first time, this reads its file, which blocks."""
        return read_thesaurus(self.thesaurus_path)

    async def search(
        self, question: str, within: Filter, channel: str, consent: Consent, conversation: Sequence[str] = ()
    ) -> PendingAnswer:
        """Return the question with its passages, after the earlier questions of a conversation, oldest first.

        Raises NotReady and Overloaded.
        """
        began, token = time.perf_counter(), self.journal.new_token()

        def search() -> PendingAnswer:
            index, resolved = self.library.borrow(), resolve(question, conversation, self.thesaurus)
            ranking = index.engine.search(resolved.text, DEPTH, within)
            understood = self.understand(index, resolved, ranking, within)
            tables = read_table_documents(ranking.documents, index.store, within.access)
            return PendingAnswer(index, understood, within, ranking, channel, consent, token, began, tables)

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
        """Return what the best documents of a ranking answer to its query, read from the same index. Blocks.

        A question about a commuter is searched again, and read, with countries in place of its towns.
        """
        raise_if_abandoned()
        if restated := restate(ranking.query, ranking.language, self.thesaurus):
            ranking = index.engine.search(restated, DEPTH, within)
        best = replace(ranking, documents=documents_to_answer_from(ranking.query, ranking.documents)[:DEPTH])

        def read(document_id: str) -> Document:
            return index.store.document(document_id, within.access)

        return stream_answer(self.answerer(index, within), ranking.query, best, read, on_sentence)

    def understand(
        self, index: OpenIndex, resolved: ResolvedQuestion, ranking: Ranking, within: Filter
    ) -> Understanding:
        """Return where a question leads if no sentence can answer it, or which borders it leaves open. Blocks."""
        if intent := read_intent(resolved.text):
            return Understanding(resolved, refer(intent, resolved.text, index, within, self.thesaurus))
        borders = borders_to_choose(resolved.text, ranking, within, self.thesaurus)
        return Understanding(
            resolved, borders=borders, commute=commute_of(resolved.text, ranking.language, self.thesaurus)
        )

    def response(self, pending: PendingAnswer, answer: Answer) -> AskResponse:
        """Return an answer in the wire format."""
        return ask_response(answer, self.passages(pending), pending.understood, base=self.public_url)

    def passages(self, pending: PendingAnswer) -> list[PassageOut]:
        """Return the passages found for a question in the wire format."""
        return [
            passage_out(ranked, self.highlight, pending.question, pending.table_documents)
            for ranked in pending.ranking.passages
        ]

    def _answer(self, pending: PendingAnswer, on_sentence: SentenceCallback = lambda sentence: None) -> Answer:
        if pending.understood.referral:
            answer = REFERRED
        else:
            answer = self.answer_ranking(pending.index, pending.within, pending.ranking, on_sentence)
        event = SearchEvent(
            channel=pending.channel,
            kind="question",
            query=pending.question,
            within=pending.within,
            shown=tuple(ranked.document.id for ranked in pending.ranking.documents),
            began=pending.began,
            answered=None if answer.is_referred else answer.is_settled,
        )
        self.journal.record_search(event, pending.consent, pending.token)
        return answer


AskDependency = Annotated[AskService, Depends(provided(AskService))]

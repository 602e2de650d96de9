"""`POST /search` and `POST /ask`."""

from __future__ import annotations

import time

from fastapi import APIRouter

from index.interfaces import Filter
from service.auth import Caller
from service.desk import ApiCaller, AtDesk, Desk
from service.openapi import problems
from service.presenting import ask_response, search_response
from service.schemas import AskRequest, SearchRequest
from service.wire import AskResponse, SearchResponse

ASK_DEPTH = 10  # documents an answer is looked for in

router = APIRouter(tags=["search"])


@router.post("/search", responses=problems(400, 401, 413, 422, 503), summary="Find passages by meaning and by words")
async def search(asked: SearchRequest, desk: AtDesk, caller: ApiCaller) -> SearchResponse:
    """Return the documents that answer a query, best first, each with its passages and a citation."""
    within = asked.filters.within(caller.audience)
    return await desk.turns.run(lambda: find(desk, asked.query, asked.k, within))


@router.post("/ask", responses=problems(400, 401, 413, 422, 503), summary="Answer a question, with citations")
async def ask(asked: AskRequest, desk: AtDesk, caller: ApiCaller) -> AskResponse:
    """Return sentences taken word for word from passages, each with its citations, or say that there is no answer."""
    within = asked.filters.within(caller.audience)
    return await desk.turns.run(lambda: reply(desk, asked.question, within, caller))


def find(desk: Desk, query: str, k: int, within: Filter) -> SearchResponse:
    began = time.perf_counter()
    ranking = desk.library.borrow().engine.search(query, k, within)
    took_ms = (time.perf_counter() - began) * 1000
    return search_response(ranking, desk.highlight, query=query, took_ms=took_ms, base=desk.settings.public_url)


def reply(desk: Desk, question: str, within: Filter, caller: Caller) -> AskResponse:
    index = desk.library.borrow()
    ranking = index.engine.search(question, ASK_DEPTH, within)
    answer = desk.answerer(index, within).answer(
        question, ranking, lambda one: index.store.document(one, caller.audience)
    )
    return ask_response(answer, ranking, desk.highlight, question=question, base=desk.settings.public_url)

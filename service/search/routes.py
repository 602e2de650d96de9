"""`POST /search` and `POST /ask`."""

from __future__ import annotations

import time
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from index.documents import Audience
from index.types import Filter
from service.answering.event_stream import ACCEPT, EVENTS, event_stream, wants_events
from service.answering.service import inquire
from service.auth.dependencies import ApiCaller
from service.auth.scopes import Scope
from service.desk import AtDesk, Desk
from service.http.openapi import problems
from service.http.problems import InvalidField
from service.journal.consent import consent_in
from service.journal.recording import note_found
from service.journal.routes import SEARCH_ID
from service.obstacles.routes import hand_on
from service.search.responses import search_response, successors
from service.search.schemas import AskRequest, AskResponse, SearchRequest, SearchResponse

router = APIRouter(tags=["search"])


@router.post("/search", responses=problems(400, 401, 413, 422, 503), summary="Find passages by meaning and by words")
async def search(
    asked: SearchRequest, desk: AtDesk, caller: ApiCaller, request: Request, response: Response
) -> SearchResponse:
    """Return the documents that answer a query, best first, each with its passages and a citation."""
    within = asked.filters.within(caller.audience)
    began = time.perf_counter()
    found = await desk.turns.run(lambda: find(desk, asked.query, asked.k, within))
    shown = [one.document.id for one in found.results]
    consent = consent_in(request.headers, caller)
    response.headers[SEARCH_ID] = note_found(desk, "api", "search", asked.query, within, shown, began, consent)
    return found


@router.post(
    "/ask",
    response_model=AskResponse,
    responses={200: EVENTS, **problems(400, 401, 413, 422, 503)},
    summary="Answer a question, with citations",
)
async def ask(
    asked: AskRequest,
    desk: AtDesk,
    caller: ApiCaller,
    request: Request,
    response: Response,
    accept: Annotated[str, ACCEPT] = "",
) -> Any:
    """Return sentences, each with citations that stand word for word in documents, or say that there is no answer.

    With `Accept: text/event-stream` the passages are sent first, then each sentence once its quotes have been found.
    """
    within, consent = asked.filters.within(caller.audience), consent_in(request.headers, caller)
    if asked.hand_on_if_unanswered and wants_events(accept):
        raise InvalidField("hand_on_if_unanswered", "only with an answer in one piece; report it by POST /obstacles")
    inquiry = await inquire(desk, asked.question, within, caller, "api", consent)
    if wants_events(accept):
        events = event_stream(desk, inquiry)
        events.headers[SEARCH_ID] = inquiry.token
        return events
    response.headers[SEARCH_ID] = inquiry.token
    answer = inquiry.response(await desk.answering.run(inquiry.answer))
    if asked.hand_on_if_unanswered and not answer.answered and caller.may(Scope.REPORT):
        answer.follow_url = (await hand_on(desk, asked.question, caller)).follow_url
    return answer


def find(desk: Desk, query: str, k: int, within: Filter) -> SearchResponse:
    began = time.perf_counter()
    index = desk.library.borrow()
    ranking = index.engine.search(query, k, within)
    visible = successors(ranking, index.store, within.audience).__contains__
    took_ms = (time.perf_counter() - began) * 1000
    base, is_staff = desk.settings.public_url, within.audience is Audience.STAFF
    return search_response(ranking, desk.highlight, visible, query=query, took_ms=took_ms, base=base, is_staff=is_staff)

"""`POST /ask`: answer a question, in one piece or as a stream of events."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from service.answering.event_stream import ACCEPT, EVENTS, event_stream, wants_events
from service.answering.schemas import AskRequest, AskResponse
from service.answering.service import AskDependency
from service.auth.dependencies import ApiCaller
from service.auth.scopes import Scope
from service.errors import InvalidField
from service.http.openapi import problems
from service.http.rate_limits import address_of
from service.journal.consent import consent_in
from service.journal.schemas import SEARCH_ID
from service.obstacles.service import ObstaclesDependency

router = APIRouter(tags=["search"])


@router.post(
    "/ask",
    response_model=AskResponse,
    responses={200: EVENTS, **problems(400, 401, 413, 422, 503)},
    summary="Answer a question, with citations",
)
async def ask(
    body: AskRequest,
    asks: AskDependency,
    obstacles: ObstaclesDependency,
    caller: ApiCaller,
    request: Request,
    response: Response,
    accept: Annotated[str, ACCEPT] = "",
) -> Any:
    """Return sentences, each with citations that stand word for word in documents, or say that there is no answer.

    With `Accept: text/event-stream` the passages are sent first, then each sentence once its quotes have been found.
    """
    if body.hand_on_if_unanswered and wants_events(accept):
        raise InvalidField("hand_on_if_unanswered", "only with an answer in one piece; report it by POST /obstacles")
    within, consent = body.filters.within(caller.access), consent_in(request.headers, caller)
    pending = await asks.search(body.question, within, "api", consent, body.conversation)
    if wants_events(accept):
        events = event_stream(asks, pending)
        events.headers[SEARCH_ID] = pending.token
        return events
    response.headers[SEARCH_ID] = pending.token
    result = asks.response(pending, await asks.answer(pending))
    if body.hand_on_if_unanswered and not result.answered and not result.intent and caller.may(Scope.REPORT):
        result.follow_url = (
            await obstacles.report_question(pending.question, caller, address_of(request.scope))
        ).follow_url
    return result

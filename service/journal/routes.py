"""`POST /feedback`: whether a result or an answer helped, with an optional word. The journal keeps it, nameless."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.status import HTTP_202_ACCEPTED

from service.auth.dependencies import ApiCaller
from service.http.openapi import problems
from service.journal.schemas import FeedbackReceived, FeedbackRequest
from service.journal.service import Consent, JournalDependency

router = APIRouter(tags=["search"])


@router.post(
    "/feedback",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(400, 401, 413, 422),
    summary="Say whether a result or an answer helped",
)
async def feedback(payload: FeedbackRequest, journal: JournalDependency, caller: ApiCaller) -> FeedbackReceived:
    """Keep a vote. One about something the search did not show is not counted; a second one replaces the first."""
    journal.record_vote(
        payload.search,
        payload.document_id or "",
        helped=payload.helped,
        word=payload.word,
        audience=caller.audience.value,
        consent=Consent(True, caller.subject),
    )
    return FeedbackReceived(received=bool(journal.days))

"""`POST /experiences`: comparable cases at other borders."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response

from service.auth.dependencies import ApiCaller
from service.experiences.schemas import ExperiencesRequest, ExperiencesResponse
from service.experiences.service import ExperiencesDependency
from service.http.openapi import problems
from service.journal.consent import consent_in
from service.journal.schemas import SEARCH_ID
from service.journal.service import JournalDependency, SearchEvent
from service.library.filters import Filters

router = APIRouter(tags=["search"])


@router.post(
    "/experiences",
    responses=problems(400, 401, 404, 413, 422, 503),
    summary="Comparable cases at other borders",
)
async def comparable(
    payload: ExperiencesRequest,
    experiences: ExperiencesDependency,
    journal: JournalDependency,
    caller: ApiCaller,
    request: Request,
    response: Response,
) -> ExperiencesResponse:
    """Return project sheets, studies and solved threads of other borders, each with what is alike and what is not."""
    within, began = Filters().within(caller.access), time.perf_counter()
    cases = await experiences.respond(payload, within)
    shown = tuple(case.document.id for case in cases.cases)
    event = SearchEvent("api", "experiences", payload.situation or "", within, shown, began)
    response.headers[SEARCH_ID] = journal.record_search(event, consent_in(request.headers, caller))
    return cases

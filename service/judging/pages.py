"""The judging page: one topic's pooled documents at a time, graded 0 to 3 by click or key, blind to other judges."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.judging.service import LONGEST_NOTE, JudgingDependency, JudgingService, NotInPool
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page

PATH: Final = "/staff/judging"
router = APIRouter()


@router.api_route(PATH, methods=["GET", "HEAD"])
async def judging_page(request: Request, judging: JudgingDependency, caller: StaffReader) -> Response:
    """Show the pools there are, or the documents of one topic of one."""
    return await _page(request, judging, caller)


@router.post(PATH)
async def judge(request: Request, judging: JudgingDependency, caller: StaffReader) -> Response:
    """Keep a grade and go on with the next document of the topic, then with the next topic."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        return await _page(request, judging, caller, fault="stale", status=403)
    name, topic, document, grade, note = (
        fields.get(field, "") for field in ("set", "topic", "document", "grade", "note")
    )
    try:
        await judging.judge(caller, name, topic, document, grade, note)
    except NotInPool:
        return await _page(request, judging, caller, fault="unknown", status=422)
    return RedirectResponse(f"{PATH}?{urlencode({'set': name, 'after': topic})}#next", 303)


async def _page(
    request: Request, judging: JudgingService, caller: Caller, *, fault: str = "", status: int = 200
) -> Response:
    name, topic, after = (request.query_params.get(param, "") for param in ("set", "topic", "after"))
    view = await judging.view(caller, name, topic, after)
    values = view._asdict() | {"set": name if view.topics else "", "fault": fault, "longest": LONGEST_NOTE}
    return page(request, "judging/judging.html", values, caller=caller, status=status)

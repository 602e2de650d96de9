"""`POST /experiences`: comparable cases at other borders."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response

from index.types import Filter
from service.auth.dependencies import ApiCaller
from service.desk import AtDesk, Desk
from service.documents.citations import page_path
from service.experiences.comparison import Situation
from service.experiences.schemas import (
    CaseOut,
    CommonOut,
    DifferenceOut,
    ExperiencesRequest,
    ExperiencesResponse,
    HereOut,
)
from service.experiences.service import Case, experiences, read_situation, situation_described
from service.forum.schemas import QuoteOut
from service.forum.service import Quote
from service.http.openapi import problems
from service.journal.consent import consent_in
from service.journal.recording import note_found
from service.journal.routes import SEARCH_ID
from service.library.concepts import read_thesaurus
from service.search.responses import document_out, variant_out
from service.search.schemas import Filters

router = APIRouter(tags=["search"])


@router.post(
    "/experiences",
    responses=problems(400, 401, 404, 413, 422, 503),
    summary="Comparable cases at other borders",
)
async def comparable(
    asked: ExperiencesRequest, desk: AtDesk, caller: ApiCaller, request: Request, response: Response
) -> ExperiencesResponse:
    """Return project sheets, studies and solved threads of other borders, each with what is alike and what is not."""
    within = Filters().within(caller.audience)
    began = time.perf_counter()
    found = await desk.turns.run(lambda: compared(desk, asked, within))
    shown, consent = [one.document.id for one in found.cases], consent_in(request.headers, caller)
    said = asked.situation or ""
    response.headers[SEARCH_ID] = note_found(desk, "api", "experiences", said, within, shown, began, consent)
    return found


def find_cases(
    desk: Desk, within: Filter, *, text: str = "", document_id: str = "", border: str = "", k: int = 6
) -> tuple[Situation, list[Case]]:
    """Return the situation as it was understood and its cases. Raises UnknownDocument."""
    index, thesaurus = desk.library.borrow(), read_thesaurus(desk.thesaurus)
    if document_id:
        situation = read_situation(index, document_id, border, within.audience)
    else:
        situation = situation_described(text, border, thesaurus)
    return situation, experiences(situation, k, index, within, thesaurus)


def compared(desk: Desk, asked: ExperiencesRequest, within: Filter) -> ExperiencesResponse:
    """Return what the API says of a situation or a document. Raises UnknownDocument."""
    began = time.perf_counter()
    situation, cases = find_cases(
        desk,
        within,
        text=asked.situation or "",
        document_id=asked.document_id or "",
        border=asked.border or "",
        k=asked.k,
    )
    return ExperiencesResponse(
        borders=sorted(situation.borders),
        likely_borders=list(situation.likely),
        cases=[_case(one, desk.settings.public_url) for one in cases],
        took_ms=round((time.perf_counter() - began) * 1000, 1),
    )


def _case(case: Case, base: str) -> CaseOut:
    def quoted(one: Quote) -> QuoteOut:
        url = base + page_path(case.document.id, start=one.start, end=one.end)
        return QuoteOut(text=one.text, label=one.label, start=one.start, end=one.end, url=url)

    return CaseOut(
        document=document_out(case.document, base),
        variants=[variant_out(one, base) for one in case.variants],
        score=case.score,
        quote=quoted(case.quote),
        comparable=[
            CommonOut(
                facet=one.facet,
                value=one.value,
                here=HereOut(text=one.here.text, start=one.here.start, end=one.here.end) if one.here else None,
                there=quoted(one.there),
            )
            for one in case.comparable
        ],
        differs=[
            DifferenceOut(
                facet=one.facet,
                here=list(one.here),
                there=list(one.there),
                quote=quoted(one.quote) if one.quote else None,
            )
            for one in case.differs
        ],
    )

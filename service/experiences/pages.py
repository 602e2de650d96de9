"""The page of comparable experiences: a situation in one's own words, or a document, and what others did elsewhere."""

from __future__ import annotations

import time
from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.auth.dependencies import Reader
from service.experiences.border_map import BorderMap, border_map
from service.experiences.case_display import DisplayedCases, display_cases, display_unsolved
from service.experiences.schemas import CASES, read_address
from service.experiences.service import ExperiencesDependency
from service.experiences.situations import Situation, known_borders
from service.journal.consent import consent_of
from service.journal.service import JournalDependency, SearchEvent
from service.library.filters import Filters
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()


@router.api_route("/experiences", methods=["GET", "HEAD"])
async def experiences_page(
    request: Request, experiences: ExperiencesDependency, journal: JournalDependency, caller: Reader
) -> Response:
    """Show the form; with a situation or a document, cases at other borders, grouped by border."""
    query, t = read_address(request.query_params, CASES), translator(request)
    within, began = Filters().within(caller.access), time.perf_counter()
    result = await experiences.find(query, within, t.language) if query else None
    thesaurus = await experiences.thesaurus()
    codes = known_borders(thesaurus)
    shown = display_cases(result.cases, result.situation, thesaurus, t) if result else DisplayedCases({}, [], False)
    values = {
        "situation": (query.situation if query else "") or "",
        "border": (query.border if query else "") or "",
        "borders": sorted((t.border(code), code) for code in codes),
        "is_asked": query is not None,
        "source": result.source if result else None,
        "own": sorted(result.situation.borders) if result else (),
        "likely": result.situation.likely if result else (),
        "unsolved": display_unsolved(result.unsolved) if result else (),
        "address": request.url.query,
        "map": _map(codes, result.situation, shown) if result else None,
        "base": experiences.public_url,
        "numbers": {case.document.id: number for number, case in enumerate(result.cases if result else (), 1)},
        **shown._asdict(),
    }
    if query and query.situation:
        displayed = [case for group in (*shown.groups.values(), shown.far) for case in group]
        ids = tuple(case.case.document.id for case in displayed)
        event = SearchEvent("page", "experiences", query.situation, within, ids, began)
        journal.record_search(event, consent_of(request, caller))
    return page(request, "experiences/experiences.html", values, caller=caller)


def _map(codes: Sequence[str], situation: Situation, shown: DisplayedCases) -> BorderMap:
    counts = {border: len(cases) for border, cases in shown.groups.items()}
    return border_map(codes, counts, situation.borders)

"""`POST /search`."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.auth.dependencies import ApiCaller
from service.http.openapi import problems
from service.journal.consent import consent_in
from service.journal.schemas import SEARCH_ID
from service.search.schemas import SearchRequest, SearchResponse
from service.search.service import SearchDependency

router = APIRouter(tags=["search"])


@router.post("/search", responses=problems(400, 401, 413, 422, 503), summary="Find passages by meaning and by words")
async def search(
    body: SearchRequest, searches: SearchDependency, caller: ApiCaller, request: Request, response: Response
) -> SearchResponse:
    """Return the documents that answer a query, best first, each with its passages and a citation."""
    within, consent = body.filters.within(caller.access), consent_in(request.headers, caller)
    result = await searches.search(body.query, within, body.k, "api", consent, as_typed=body.as_typed)
    response.headers[SEARCH_ID] = result.token
    return searches.response(result)

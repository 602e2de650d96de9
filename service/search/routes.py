"""`POST /search`, and what completes a query."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.auth.dependencies import ApiCaller
from service.http.fields import LONGEST_QUERY, one_of
from service.http.openapi import problems
from service.journal.consent import consent_in
from service.journal.schemas import SEARCH_ID
from service.search.completions import CompletionDependency
from service.search.schemas import CompletionOut, CompletionsResponse, SearchRequest, SearchResponse
from service.search.service import SearchDependency
from service.web.translating import INTERFACE_LANGUAGES

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


@router.get("/completions", responses=problems(401, 422, 503), summary="What a reader may be about to type")
async def completions(
    completer: CompletionDependency,
    caller: ApiCaller,
    q: Annotated[str, Query(max_length=LONGEST_QUERY, description="What was typed so far")],
    lang: Annotated[one_of(INTERFACE_LANGUAGES), Query(description="The reader's language")] = "fr",  # type: ignore[valid-type]
) -> CompletionsResponse:
    """Return names of the thesaurus and titles of documents the caller may see; none for a single letter."""
    completed = await completer.complete(q, caller.access, lang)
    return CompletionsResponse(query=q, completions=[CompletionOut(text=text, kind=kind) for text, kind in completed])

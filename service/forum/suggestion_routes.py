"""`POST /suggestions`: prior solutions for a forum post while it is being written."""

from __future__ import annotations

import time

from fastapi import APIRouter

from index.types import Filter
from service.auth.dependencies import ApiCaller
from service.desk import AtDesk, Desk
from service.documents.citations import page_path
from service.forum.schemas import QuoteOut, SuggestionOut, SuggestionsRequest, SuggestionsResponse, WhyOut
from service.forum.service import Post, Suggestion, suggest
from service.http.openapi import problems
from service.search.responses import document_out
from service.search.schemas import Filters

router = APIRouter(tags=["forum"])


@router.post("/suggestions", responses=problems(400, 401, 413, 422, 503), summary="Prior solutions for a post")
async def suggestions(asked: SuggestionsRequest, desk: AtDesk, caller: ApiCaller) -> SuggestionsResponse:
    """Return the solved threads and documents that are near to a post being written, with why, or nothing."""
    post = Post(asked.title, asked.body, asked.language or "")
    within = Filters().within(caller.audience)
    return await desk.turns.run(lambda: _suggested(desk, post, within))


def _suggested(desk: Desk, post: Post, within: Filter) -> SuggestionsResponse:
    began = time.perf_counter()
    found = suggest(post, desk.library.borrow(), within, desk.threshold)
    return SuggestionsResponse(
        threads=[_out(desk, one, post) for one in found.threads],
        documents=[_out(desk, one, post) for one in found.documents],
        took_ms=round((time.perf_counter() - began) * 1000, 1),
    )


def _out(desk: Desk, one: Suggestion, post: Post) -> SuggestionOut:
    passage, base = one.passage, desk.settings.public_url
    return SuggestionOut(
        document=document_out(one.document, base),
        strength=round(one.strength, 4),
        why=WhyOut(
            quote=_quote(base, passage.document_id, passage.text, passage.label, passage.start, passage.end),
            highlights=desk.highlight(post.text, passage.text, passage.language) if one.words else [],
            words=list(one.words),
            countries=list(one.countries),
        ),
        solution=_quote(base, one.document.id, one.solution.text, one.solution.label, *one.solution[1:3])
        if one.solution
        else None,
    )


def _quote(base: str, document_id: str, text: str, label: str, start: int, end: int) -> QuoteOut:
    url = base + page_path(document_id, start=start, end=end)
    return QuoteOut(text=text, label=label, start=start, end=end, url=url)

"""The search page: what was found, what the documents say, and every way to narrow or order it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from index.documents import Audience
from index.types import DocumentCard, RankedDocument, Ranking
from service.answering.answers import SILENCE, Answer
from service.answering.service import DEPTH
from service.auth.dependencies import Reader
from service.desk import AtDesk, Desk
from service.documents.citations import page_path
from service.http.concurrency import still_wanted
from service.journal.pages import note_search
from service.search.facets import Counts, chips, facet_counts, offered, options
from service.search.page_query import FACETS, PAGE, Asked
from service.search.responses import successors
from service.search.schemas import MOST_RESULTS
from service.search.sorting import ordered
from service.web.excerpts import excerpt, squeezed
from service.web.rendering import page
from service.web.translating import Translator, translator

router = APIRouter()


@dataclass(frozen=True)
class Found:
    """Everything the page shows, read from one generation of the index."""

    ranking: Ranking
    answer: Answer
    successors: dict[str, DocumentCard]
    counts: Counts
    offered: list[tuple[str, str]]  # facets the query names, with their values

    @property
    def pages(self) -> int:
        return -(-len(self.ranking.documents) // PAGE)

    def shown(self, asked: Asked) -> tuple[RankedDocument, ...]:
        """Return the documents of the page asked for."""
        documents = ordered(self.ranking.documents, asked.sort)
        return documents[(asked.page - 1) * PAGE : asked.page * PAGE]


@router.api_route("/", methods=["GET", "HEAD"])
async def search(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show the search form; with a query, what was found and what the documents say.

    The address says everything, so that it can be shared; fields a form left empty are taken out of it.
    """
    asked = Asked.from_address(request.query_params)
    if not asked.query:
        return page(request, "search/home.html", {"asked": asked}, caller=caller)
    if any(value == "" for _, value in request.query_params.multi_items()):
        said = request.query_params.get("lang")
        kept = f"&{urlencode({'lang': said})}" if said else ""
        return RedirectResponse(asked.address(page=asked.page) + kept, 303)
    t = translator(request)
    began = time.perf_counter()
    found = await desk.answering.run(lambda: _found(desk, asked, caller.audience, t.language))
    seen = replace(found.ranking, documents=found.shown(asked))
    noted = note_search(request, desk, caller, asked, seen, found.answer, began)
    values = _values(t, desk, asked, found) | {"noted": noted, "page_path": noted.path}
    response = page(request, "search/search.html", values, caller=caller)
    if not caller.is_known:  # a browser may show it again on going back; what is for members is kept nowhere
        response.headers["Cache-Control"] = "private, no-cache"
    return response


def _found(desk: Desk, asked: Asked, audience: Audience, reader: str) -> Found:
    index = desk.library.borrow()
    within = asked.filters.within(audience)
    ranking = index.engine.search(asked.query, MOST_RESULTS, within, reader)
    counts = facet_counts(index, asked, audience, ranking.documents)
    replacing, answer = successors(ranking, index.store, audience), SILENCE
    if asked.wants_answer:
        still_wanted()
        best = replace(ranking, documents=ranking.documents[:DEPTH])
        answerer = desk.answerer(index, within)
        answer = answerer.answer(asked.query, best, lambda one: index.store.document(one, audience))
    return Found(ranking, answer, replacing, counts, list(offered(index, asked, counts, reader)))


def _values(t: Translator, desk: Desk, asked: Asked, found: Found) -> dict[str, Any]:
    """Return what the template shows."""
    languages = {one.document.id: one.document.metadata.language for one in found.ranking.documents}
    return {
        "asked": asked,
        "ranking": found.ranking,
        "shown": found.shown(asked),
        "first": (asked.page - 1) * PAGE + 1,
        "pages": found.pages,
        "answer": found.answer,
        "successors": found.successors,
        "facets": {facet: options(t, asked, facet, found.counts[facet]) for facet in FACETS},
        "chips": chips(t, asked),
        "offered": chips(t, asked, found.offered),
        "language_of": lambda document_id: languages.get(document_id, ""),
        "marked": lambda one: squeezed(excerpt(one.text, desk.highlight(asked.query, one.text, one.language))),
        "address_of": lambda one: desk.settings.public_url + page_path(one.document_id, start=one.start, end=one.end),
    }

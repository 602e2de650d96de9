"""The search page: what was found, what the documents say, and every way to narrow or order it."""

from __future__ import annotations

import time
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from index.documents import Passage
from service.answering.answers import Citation
from service.answering.commuting import Commute
from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.browse.address import BrowseAddress
from service.browse.service import BrowsingDependency, BrowsingService
from service.browse.visits import last_visit, note_visit
from service.errors import NotReady, Overloaded
from service.http.dependencies import SettingsDependency
from service.journal.consent import consent_of
from service.journal.recording import RecordedSearch, record_page_search
from service.journal.service import Journal, JournalDependency, SearchEvent
from service.library.filters import FACETS, Filters
from service.search.completions import CompletionDependency
from service.search.facets import Chip, facet_options, filter_chips
from service.search.page_query import PAGE, PageQuery
from service.search.service import SearchDependency, SearchPage, SearchService
from service.settings import Settings
from service.web.block_display import DisplayedBlock, display_passage
from service.web.citations import Source, page_path
from service.web.rendering import page
from service.web.translating import Translator, translator

router = APIRouter()
CONTINUED: Final = "continued"  # in an address: a turn just typed into the form of a follow-up
HOME_FACETS: Final = ("border", "theme", "kind")
EXCERPT: Final = 260  # characters of a passage in the list: three lines, so that three results fit on a screen


@router.api_route("/", methods=["GET", "HEAD"])
async def search(
    request: Request,
    searches: SearchDependency,
    browsing: BrowsingDependency,
    journal: JournalDependency,
    settings: SettingsDependency,
    caller: Reader,
) -> Response:
    """Show the home page; with a query, what was found and what the documents say.

    The address says everything, so that it can be shared; fields a form left empty are taken out of it.
    """
    query = PageQuery.from_address(request.query_params)
    if not query.query:
        return await _home(request, query, browsing, settings, caller)
    if CONTINUED in request.query_params or any(value == "" for _, value in request.query_params.multi_items()):
        query = await searches.resolve(query)
        lang = request.query_params.get("lang")
        kept = f"&{urlencode({'lang': lang})}" if lang else ""
        return RedirectResponse(query.address(page=query.page) + kept, 303)
    t, began = translator(request), time.perf_counter()
    shown = await searches.search_page(query, caller, t.language)
    recorded = _record(request, journal, caller, shown, began)
    values = _values(t, searches, shown) | {"recorded": recorded, "page_path": recorded.path}
    response = page(request, "search/search.html", values, caller=caller)
    if not caller.is_known:  # a browser may show it again on going back; what is for members is kept nowhere
        response.headers["Cache-Control"] = "private, no-cache"
    return response


async def _home(
    request: Request, query: PageQuery, browsing: BrowsingService, settings: Settings, caller: Caller
) -> Response:
    """Show the search form, what is new for the reader and what there is to browse; with filters, what they leave."""
    browsed = BrowseAddress.parse(request.query_params)
    if browsed.chosen:
        return RedirectResponse(browsed.address(), 303)
    t, is_secure = translator(request), settings.is_secure
    since = last_visit(request, is_secure=is_secure) if caller.is_known else None
    try:
        overview = await browsing.overview(caller.access, t.language, since)
    except (NotReady, Overloaded):  # the form is of use all the same
        overview = None
    counts = overview.listing.counts if overview else {}
    values = {
        "page_query": query,
        "news": overview.news if overview else None,
        "is_visit": since is not None,
        "facets": {facet: BrowseAddress(Filters()).options(facet, counts[facet], t) for facet in HOME_FACETS if counts},
    }
    response = page(request, "search/home.html", values, caller=caller)
    if caller.is_known:
        note_visit(request, response, is_secure=is_secure)
    return response


@router.api_route("/completions", methods=["GET", "HEAD"])
async def completions(request: Request, completer: CompletionDependency, caller: Reader, q: str = "") -> Response:
    """Return completions of what is typed, as OpenSearch's suggestions are written: the query, and a list of texts."""
    completed = await completer.complete(q, caller.access, translator(request).language)
    texts = [completion.text for completion in completed]
    return JSONResponse([q.strip(), texts], media_type="application/x-suggestions+json")


def _record(request: Request, journal: Journal, caller: Caller, shown: SearchPage, began: float) -> RecordedSearch:
    query = shown.query
    event = SearchEvent(
        channel="page",
        kind="question" if query.is_question else "search",
        query=query.query,
        within=query.filters.within(caller.access),
        shown=tuple(ranked.document.id for ranked in shown.documents),
        began=began,
        answered=shown.answer.is_settled if query.is_question and not shown.understood.referral else None,
    )
    consent = consent_of(request, caller)
    return record_page_search(request, journal, event, consent, is_further_page=query.page > 1)


def _countries_of(t: Translator, commute: Commute) -> dict[str, str]:
    """Return the names of the countries of both ends, none of a question that does not say both."""
    if not commute.is_whole:
        return {}
    ends = {"home": commute.homes, "work": commute.works}
    return {name: ", ".join(t.country(code) for code in sorted(codes)) for name, codes in ends.items()}


def _values(t: Translator, searches: SearchService, shown: SearchPage) -> dict[str, Any]:
    """Return what the template shows."""
    query, understood = shown.query, shown.understood
    variants = {ranked.document.id: ranked.variants for ranked in shown.ranking.documents}
    languages = {ranked.document.id: ranked.document.metadata.language for ranked in shown.ranking.documents}

    def marked(passage: Passage) -> tuple[DisplayedBlock, ...]:
        highlights = searches.highlight(shown.ranking.words, passage.text, passage.language)
        return display_passage(passage, shown.table_documents.get(passage.document_id), highlights, EXCERPT)

    def address_of(place: Passage | Citation) -> str:
        return searches.public_url + page_path(place.document_id, start=place.start, end=place.end)

    def cite_of(citation: Citation) -> Source:
        return Source(citation.title, citation.label, citation.author, citation.published, address_of(citation))

    sentences = shown.answer.contradicting or shown.answer.sentences
    quoted = [citation for sentence in sentences for citation in sentence.citations[:1]]
    return {
        "page_query": query,
        "ranking": shown.ranking,
        "shown": shown.documents,
        "carried": [Chip(carried.text, query.without(carried.text)) for carried in understood.resolved.carried],
        "referral": None if shown.is_whole_list else understood.referral,
        "borders": [Chip(t.border(code), query.address(toggled=("border", code))) for code in understood.borders],
        "commute": _countries_of(t, understood.commute),
        "continued": CONTINUED,
        "first": (query.page - 1) * PAGE + 1,
        "pages": shown.pages,
        "answer": shown.answer,
        "is_asked": shown.is_asked,
        "successors": shown.successors,
        "superseded_hidden": shown.superseded_hidden,
        "facets": {facet: facet_options(t, query, facet, shown.counts[facet]) for facet in FACETS},
        "chips": filter_chips(t, query),
        "suggested": filter_chips(t, query, shown.suggestions),
        "versions_of": lambda document_id: variants.get(document_id, ()),
        "language_of": lambda document_id: languages.get(document_id, ""),
        "marked": marked,
        "address_of": address_of,
        "cite_of": cite_of,
        "quoted_in_answer": quoted,
    }

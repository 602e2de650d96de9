"""The page of a border, a theme or a kind: what there is, the newest first, and how to narrow it."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.auth.dependencies import Reader
from service.browse.address import BrowseAddress
from service.browse.service import BrowsingDependency
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
PAGE: Final = 20


@router.api_route("/browse", methods=["GET", "HEAD"])
async def browse(request: Request, browsing: BrowsingDependency, caller: Reader) -> Response:
    """Show the documents of the filters in the address; without any, all there are."""
    selection, t = BrowseAddress.parse(request.query_params), translator(request)
    listing = await browsing.browse(selection.filters, caller.access, t.language, selection.order, selection.since)
    values = {
        "selection": selection,
        "title": ", ".join(t.value(facet, value) for facet, value in selection.chosen),
        "works": listing.works[(selection.page - 1) * PAGE : selection.page * PAGE],
        "total": len(listing.works),
        "superseded": listing.superseded,
        "first": (selection.page - 1) * PAGE + 1,
        "pages": -(-len(listing.works) // PAGE),
        "facets": {facet: selection.options(facet, counts, t) for facet, counts in listing.counts.items()},
    }
    return page(request, "browse/browse.html", values, caller=caller)

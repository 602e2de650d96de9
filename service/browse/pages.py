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
    asked, t = BrowseAddress.parse(request.query_params), translator(request)
    listing = await browsing.browse(asked.filters, caller.access, t.language, asked.order, asked.since)
    values = {
        "asked": asked,
        "title": ", ".join(t.value(facet, value) for facet, value in asked.chosen),
        "works": listing.works[(asked.page - 1) * PAGE : asked.page * PAGE],
        "total": len(listing.works),
        "first": (asked.page - 1) * PAGE + 1,
        "pages": -(-len(listing.works) // PAGE),
        "facets": {facet: asked.options(facet, counts, t) for facet, counts in listing.counts.items()},
    }
    return page(request, "browse/browse.html", values, caller=caller)

"""`GET /documents`: what there is of a border, a theme or a kind, and what came in since a day."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from index.documents import LANGUAGES, THEMES
from service.auth.dependencies import ApiCaller
from service.browse.listing import Order
from service.browse.schemas import LAST_PAGE, DocumentsResponse
from service.browse.service import BrowsingDependency
from service.http.fields import MOST_RESULTS, Border, Country, Day, one_of
from service.http.openapi import problems
from service.library.filters import KINDS, Filters

router = APIRouter(tags=["documents"])


@router.get("/documents", responses=problems(401, 422, 503), summary="Documents by border, theme, kind or arrival")
async def documents(
    browsing: BrowsingDependency,
    caller: ApiCaller,
    border: Annotated[list[Border], Query(max_length=20, description='Such as "BE-FR"; any of several')] = [],  # noqa: B006
    theme: Annotated[list[one_of(THEMES)], Query(max_length=20)] = [],  # type: ignore[valid-type]  # noqa: B006
    kind: Annotated[list[one_of(KINDS)], Query(max_length=20)] = [],  # type: ignore[valid-type]  # noqa: B006
    country: Annotated[list[Country], Query(max_length=20, description="ISO 3166-1 alpha-2 codes")] = [],  # noqa: B006
    superseded: Annotated[bool, Query(description="Also what is no longer in force")] = False,
    since: Annotated[Day | None, Query(description="Only what came in on that day or later")] = None,
    sort: Annotated[Order, Query(description="arrival and published: the newest first")] = Order.ARRIVAL,
    language: Annotated[one_of(LANGUAGES), Query(description="Of several versions, the one to be shown")] = "fr",  # type: ignore[valid-type]
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
    k: Annotated[int, Query(ge=1, le=MOST_RESULTS, description="At most so many documents on a page")] = 20,
) -> DocumentsResponse:
    """Return a page of the documents that pass every filter, what came in last first.

    With `since`, what is new for the caller: ask on each day for what came in since the day before.
    """
    filters = Filters(borders=border, themes=theme, kinds=kind, countries=country, superseded=superseded)
    return await browsing.respond(filters, caller.access, sort, since, page, k, language)

"""`GET /directory`: whom to ask at a border, which calls are open there, and what is to come."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from index.documents import LANGUAGES, THEMES
from service.auth.dependencies import ApiCaller
from service.directory.listing import DirectoryFilter
from service.directory.schemas import DirectoryResponse, Territory
from service.directory.service import DirectoryDependency
from service.http.fields import Border, one_of
from service.http.openapi import problems

router = APIRouter(tags=["documents"])


@router.get("/directory", responses=problems(401, 422, 503), summary="Contacts, open calls and events, by border")
async def directory(
    directories: DirectoryDependency,
    caller: ApiCaller,
    border: Annotated[list[Border], Query(max_length=20, description='Such as "BE-FR"; any of several')] = [],  # noqa: B006
    theme: Annotated[list[one_of(THEMES)], Query(max_length=20)] = [],  # type: ignore[valid-type]  # noqa: B006
    territory: Annotated[Territory, Query()] = "",
    language: Annotated[one_of(LANGUAGES), Query(description="Of several versions, the one to be shown")] = "fr",  # type: ignore[valid-type]
) -> DirectoryResponse:
    """Return contacts, calls that are open and events to come, of what the caller may see.

    A document of several borders is listed under each. What names no theme counts for all of them.
    """
    narrowed = DirectoryFilter(tuple(border), tuple(theme), territory.strip())
    return await directories.respond(caller.access, language, narrowed)

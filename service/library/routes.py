"""`GET /health`: the process lives. `GET /ready`: the index can be searched, or why not."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from index.documents import Audience
from service.auth.dependencies import ApiCaller
from service.desk import AtDesk
from service.http.openapi import problems
from service.search.schemas import Health, Readiness

router = APIRouter(tags=["state"])
UNTOLD: Final = "Something is wrong with the index; staff are told what, here and in the log."


@router.get("/health", summary="Whether the process lives")
async def health() -> Health:
    """Answer at once, whatever the index does."""
    return Health(status="ok")


@router.get("/ready", responses=problems(401, 403, 429, 503), summary="Whether the index can be searched")
async def ready(desk: AtDesk, caller: ApiCaller) -> Readiness:
    """Say that the index can be searched; 503 with the reason, and what mends it, until there is one.

    `trouble` says what is wrong although searches are answered, such as a store that was damaged meanwhile.
    """
    library = desk.library
    generation, trouble = library.borrow().engine.generation, library.trouble
    if caller.audience is Audience.STAFF:
        return Readiness(ready=True, generation=generation, trouble=trouble)
    # both count what others may not know of: documents, and how many rows are damaged
    return Readiness(ready=True, generation=None, trouble=UNTOLD if trouble else "")

"""`GET /health`: the process lives. `GET /ready`: the index can be searched, or why not."""

from __future__ import annotations

from fastapi import APIRouter

from index.documents import Audience
from service.desk import ApiCaller, AtDesk
from service.openapi import problems
from service.wire import Health, Readiness

router = APIRouter(tags=["state"])


@router.get("/health", summary="Whether the process lives")
async def health() -> Health:
    """Answer at once, whatever the index does."""
    return Health(status="ok")


@router.get("/ready", responses=problems(401, 403, 429, 503), summary="Whether the index can be searched")
async def ready(desk: AtDesk, caller: ApiCaller) -> Readiness:
    """Say that the index can be searched; 503 with the reason, and what mends it, until there is one.

    `trouble` says what is wrong although searches are answered, such as a store that was damaged meanwhile.
    """
    generation = desk.library.borrow().engine.generation
    told = generation if caller.audience is Audience.STAFF else None  # it counts hidden documents too
    return Readiness(ready=True, generation=told, trouble=desk.library.trouble)

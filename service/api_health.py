"""`GET /health`: the process lives. `GET /ready`: the index can be searched, or why not."""

from __future__ import annotations

from fastapi import APIRouter

from service.desk import AtDesk
from service.openapi import problems
from service.wire import Health, Readiness

router = APIRouter(tags=["state"])


@router.get("/health", summary="Whether the process lives")
async def health() -> Health:
    """Answer at once, whatever the index does."""
    return Health(status="ok")


@router.get("/ready", responses=problems(503), summary="Whether the index can be searched")
async def ready(desk: AtDesk) -> Readiness:
    """Return the generation that is served; 503 with the reason, and what mends it, until there is one.

    `trouble` says what is wrong although searches are answered, such as a store that was damaged meanwhile.
    """
    generation = desk.library.borrow().engine.generation
    return Readiness(ready=True, generation=generation, trouble=desk.library.trouble)

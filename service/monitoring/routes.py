"""`GET /health`: the process runs. `GET /ready`: the index can be searched. `GET /metrics`: for Prometheus."""

from __future__ import annotations

from typing import Annotated, Final

from anyio import to_thread
from fastapi import APIRouter, Depends
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from index.documents import Audience
from service.auth.dependencies import ApiCaller
from service.errors import NotReady, Unauthenticated
from service.http.dependencies import SettingsDependency, provided
from service.http.metrics import Metrics
from service.http.openapi import problems
from service.library.open_index import Library
from service.monitoring.schemas import Health, Readiness

METRICS_PATH: Final = "/metrics"
STAFF_KNOW: Final = "Something is wrong with the index; staff are told what, here and in the log."

router = APIRouter(tags=["state"])
metrics_router = APIRouter(include_in_schema=False)


@router.get("/health", summary="Whether the process lives")
async def health() -> Health:
    """Answer at once, whatever the index does."""
    return Health(status="ok")


@router.get("/ready", responses=problems(401, 403, 429, 503), summary="Whether the index can be searched")
async def ready(library: Annotated[Library, Depends(provided(Library))], caller: ApiCaller) -> Readiness:
    """Say that the index can be searched; until then 503 with the reason and the command that repairs it.

    `trouble` says what is wrong although searches are answered, such as a store that was damaged meanwhile.
    """
    generation, trouble = library.borrow().engine.generation, library.trouble
    if library.cut_off:
        raise NotReady(library.cut_off)
    if caller.audience is Audience.STAFF:
        return Readiness(ready=True, generation=generation, trouble=trouble)
    # both would reveal what only staff may know: how many documents changed, how many rows are damaged
    return Readiness(ready=True, generation=None, trouble=STAFF_KNOW if trouble else "")


@metrics_router.get(METRICS_PATH)
async def metrics(
    metrics: Annotated[Metrics, Depends(provided(Metrics))],
    settings: SettingsDependency,
    caller: ApiCaller,
) -> Response:
    """Return the measures to staff, or to anybody where the settings open them. Raises Unauthenticated.

    They count hidden documents too, which others are not to know of.
    """
    if caller.audience is not Audience.STAFF and not settings.open_metrics:
        raise Unauthenticated("The metrics are for staff: send `Authorization: Bearer KEY` with a staff key.")
    return Response(await to_thread.run_sync(metrics.text), media_type=CONTENT_TYPE_LATEST)

"""`GET /metrics`: what is measured, for Prometheus. How many hidden documents there are is for staff to know."""

from __future__ import annotations

from anyio import to_thread
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import Response

from index.documents import Audience
from service.auth.callers import Unauthenticated
from service.auth.dependencies import ApiCaller
from service.desk import AtDesk

PATH = "/metrics"
router = APIRouter(include_in_schema=False)


@router.get(PATH)
async def metrics(desk: AtDesk, caller: ApiCaller) -> Response:
    """Return the measures to staff, or to anybody where the settings open them. Raises Unauthenticated."""
    if caller.audience is not Audience.STAFF and not desk.settings.open_metrics:
        raise Unauthenticated("The metrics are for staff: send `Authorization: Bearer KEY` with a staff key.")
    return Response(await to_thread.run_sync(desk.metrics.text), media_type=CONTENT_TYPE_LATEST)

"""`GET /staff/ingestion`: what is being read; `POST`: read every known source again. For staff."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.status import HTTP_202_ACCEPTED

from service.auth.staff_only import StaffCaller
from service.http.openapi import problems
from service.ingestion.schemas import IngestionOut, ingestion_out
from service.ingestion.service import IngestionDependency

router = APIRouter(tags=["staff"])


@router.get("/staff/ingestion", responses=problems(401, 503), summary="What is being read")
async def ingestion(service: IngestionDependency, caller: StaffCaller) -> IngestionOut:
    """Return who reads what waits, what is being read now, and how the last run ended."""
    return ingestion_out(await service.status())


@router.post(
    "/staff/ingestion",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(401, 409, 503),
    summary="Read every known source again",
)
async def read_again(service: IngestionDependency, caller: StaffCaller) -> IngestionOut:
    """Have the sources of former runs read again, each with its options; only what changed is read anew."""
    await service.read_again(caller)
    return ingestion_out(await service.status())

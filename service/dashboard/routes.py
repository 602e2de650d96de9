"""`GET /staff/dashboard` and `GET /staff/journal.csv`: what people did here, in numbers. For staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from service.auth.staff_only import StaffCaller
from service.dashboard.schemas import DashboardOut
from service.dashboard.service import DashboardDependency, csv_response, days_between
from service.http.fields import Day
from service.http.openapi import problems

router = APIRouter(tags=["staff"])
DayParam = Annotated[Day | None, Query(description="A day, included", examples=["2026-11-01"])]


@router.get("/staff/dashboard", responses=problems(401, 422, 503), summary="What people did here, in numbers")
async def dashboard(
    service: DashboardDependency, caller: StaffCaller, first: DayParam = None, last: DayParam = None
) -> DashboardOut:
    """Return what the journal holds of a range of days, by default the last thirty, and the last ingestion."""
    return await service.respond(days_between(first, last))


@router.get(
    "/staff/journal.csv",
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **problems(401, 422, 503)},
    response_class=Response,
    summary="The journal, a line a search",
)
async def export(
    service: DashboardDependency, caller: StaffCaller, first: DayParam = None, last: DayParam = None
) -> Response:
    """Return each search of these days, without anything that identifies a person."""
    days = days_between(first, last)
    return csv_response(await service.journal_csv(days), days)

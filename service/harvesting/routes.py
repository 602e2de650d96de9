"""Harvests through the API, for staff: see them all; add, change, pause, run and end those of staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response
from starlette.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from service.auth.staff_only import StaffCaller
from service.harvesting.schemas import (
    HarvestChangeIn,
    HarvestIn,
    HarvestOut,
    HarvestsOut,
    TrialIn,
    TrialOut,
    harvest_out,
    harvests_out,
    trial_out,
)
from service.harvesting.service import HarvestsDependency
from service.http.fields import Day
from service.http.openapi import problems

router = APIRouter(tags=["staff"])
Revision = Annotated[int, Header(alias="If-Match", ge=0, le=1_000_000_000, description="The `revision` it was made to")]
ChangeProblems = problems(400, 401, 404, 409, 412, 413, 422, 503)


@router.get("/staff/harvests", responses=problems(401, 503), summary="What is harvested from other sites")
async def harvests(service: HarvestsDependency, caller: StaffCaller) -> HarvestsOut:
    """Return the harvests of staff and those of the operator's plans, with what each last did."""
    return harvests_out(await service.view())


@router.post(
    "/staff/harvests",
    status_code=HTTP_201_CREATED,
    responses=problems(400, 401, 409, 413, 422, 503),
    summary="Add a harvest",
)
async def add(payload: HarvestIn, service: HarvestsDependency, caller: StaffCaller) -> HarvestOut:
    """Add a harvest; it begins within seconds, and what it fetches is read afterwards."""
    return harvest_out(await service.add({"address": payload.address, **payload.terms()}, caller))


@router.post(
    "/staff/harvests/try",
    responses=problems(400, 401, 409, 413, 422, 503),
    summary="Look at a list before it is harvested",
)
async def look(payload: TrialIn, service: HarvestsDependency, caller: StaffCaller) -> TrialOut:
    """Read the list alone, within 20 seconds: what it is, its first entries, what a run would fetch."""
    return trial_out(await service.look(payload.terms()))


@router.get("/staff/harvests/{name}", responses=problems(401, 404, 422, 503), summary="A harvest with what it last did")
async def harvest(name: str, service: HarvestsDependency, caller: StaffCaller) -> HarvestOut:
    """Return a harvest of staff or of an operator's plan."""
    return harvest_out(await service.find(name))


@router.patch("/staff/harvests/{name}", responses=ChangeProblems, summary="Change, pause or resume a harvest")
async def change(
    name: str, payload: HarvestChangeIn, service: HarvestsDependency, caller: StaffCaller, if_match: Revision
) -> HarvestOut:
    """Change what is sent; narrower readers hold once the documents there are were read again, within seconds."""
    return harvest_out(await service.change(name, payload.terms(), caller, revision=if_match, status=payload.status))


@router.post(
    "/staff/harvests/{name}/run",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(401, 404, 409, 412, 422, 503),
    summary="Run a harvest before its time",
)
async def run(name: str, service: HarvestsDependency, caller: StaffCaller, if_match: Revision) -> HarvestOut:
    """Have a harvest begin within seconds, whenever it is due."""
    return harvest_out(await service.run_now(name, caller, revision=if_match))


@router.delete(
    "/staff/harvests/{name}",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 412, 422, 503),
    summary="End a harvest",
)
async def end(
    name: str,
    service: HarvestsDependency,
    caller: StaffCaller,
    if_match: Revision,
    until: Annotated[
        Day | None,
        Query(description="From this day on its documents are removed (today: at once); left out: they stay"),
    ] = None,
) -> None:
    """Fetch nothing more. Its documents stay, until a day or without end, or leave the index within minutes."""
    await service.end(name, until, caller, revision=if_match)

"""The register of unresolved obstacles: report one, read those staff have stated, and for staff export the list."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.status import HTTP_201_CREATED

from index.documents import THEMES
from service.auth.dependencies import ApiCaller
from service.auth.scopes import Scope
from service.auth.staff_only import StaffCaller
from service.errors import Forbidden
from service.http.fields import MOST_RESULTS, Border, one_of
from service.http.openapi import problems
from service.http.rate_limits import address_of
from service.obstacles.cross_border_file import CrossBorderFile
from service.obstacles.export import export_response
from service.obstacles.file_export import WORD, FileForm, file_response
from service.obstacles.intake import IncomingReport
from service.obstacles.model import Level, ObstacleFilter, Source, State, UnknownObstacle, WrongStep
from service.obstacles.schemas import (
    CrossBorderFileFields,
    CrossBorderFileOut,
    FullObstacleOut,
    ObstacleList,
    ObstacleReport,
    ReportReceived,
    obstacle_out,
)
from service.obstacles.service import ObstaclesDependency, ObstacleService
from service.web.translating import INTERFACE_LANGUAGES, Translator, translator

ObstacleId = Annotated[str, InPath(max_length=64)]
router = APIRouter(tags=["obstacles"])
Theme = one_of(THEMES)
Language = one_of(INTERFACE_LANGUAGES)
OfState = Annotated[State | None, Query(description="How far it has come")]
OfLevel = Annotated[Level | None, Query(description="Who can act")]
AtBorder = Annotated[Border | None, Query(description="Where it is, such as BE-FR")]
OnTheme = Annotated[Theme | None, Query(description="What it is about")]  # type: ignore[valid-type]
InLanguage = Annotated[Language | None, Query(description="Of headings and notes; else as accepted")]  # type: ignore[valid-type]


@router.post(
    "/obstacles",
    status_code=HTTP_201_CREATED,
    responses=problems(400, 401, 413, 422, 429, 503),
    summary="Report an obstacle, or a question nobody could answer",
)
async def report(
    payload: ObstacleReport, obstacles: ObstaclesDependency, caller: ApiCaller, request: Request
) -> ReportReceived:
    """Keep a report for the resource centre and return the private addresses at which its writer can follow it."""
    border = payload.border or ""
    incoming = IncomingReport(payload.text, Source(payload.kind), "api", border=border, subject=caller.subject)
    return await obstacles.report(incoming, address_of(request.scope))


@router.get("/obstacles", responses=problems(401, 422, 503), summary="Obstacles the caller may see")
async def obstacles(
    obstacles: ObstaclesDependency,
    caller: ApiCaller,
    state: OfState = None,
    level: OfLevel = None,
    border: AtBorder = None,
    theme: OnTheme = None,
    k: Annotated[int, Query(ge=1, le=MOST_RESULTS, description="At most so many")] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="So many are left out first")] = 0,
) -> ObstacleList:
    """Return what staff have confirmed: to members all of it, to the public what is marked so, to staff everything."""
    chosen = ObstacleFilter(state, level, border or "", theme or "")
    page = await obstacles.find(caller.access, chosen, k, offset)
    return ObstacleList(
        total=page.total,
        obstacles=[
            obstacle_out(obstacle, caller.audience, page.solutions.get(obstacle.solved_by), obstacles.public_url)
            for obstacle in page.obstacles
        ],
    )


@router.get("/obstacles/{obstacle_id}", responses=problems(401, 404, 422, 503), summary="One obstacle")
async def obstacle(obstacle_id: ObstacleId, obstacles: ObstaclesDependency, caller: ApiCaller) -> FullObstacleOut:
    """Return an obstacle; staff who ask with a key for staff's work also see the reports and what was done."""
    try:
        return await obstacles.get_full(caller, obstacle_id)
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such obstacle.") from error


@router.get(
    "/staff/obstacles/{obstacle_id}/file",
    response_model=CrossBorderFileOut,
    responses={200: {"content": {WORD: {"schema": {"type": "string", "format": "binary"}}}}, **problems(401, 404, 422)},
    summary="An obstacle's file under Regulation (EU) 2025/925",
)
async def cross_border_file(
    obstacle_id: ObstacleId,
    obstacles: ObstaclesDependency,
    caller: StaffCaller,
    request: Request,
    format: Annotated[FileForm, Query(description="Which form")] = "json",
    lang: InLanguage = None,
) -> Response:
    """Return what staff stated and filled in, with its deadlines; what is missing is said. Nobody's own words."""
    return await _file(obstacles, obstacle_id, format, Translator(lang) if lang else translator(request))


@router.put(
    "/staff/obstacles/{obstacle_id}/file",
    responses=problems(400, 401, 404, 413, 422),
    summary="Fill in an obstacle's file",
)
async def fill_in(
    obstacle_id: ObstacleId,
    payload: CrossBorderFileFields,
    obstacles: ObstaclesDependency,
    caller: StaffCaller,
    request: Request,
) -> CrossBorderFileOut:
    """Replace what the file says, note who changed which fields, and return it. Dates must be in their order."""
    t = translator(request)
    try:
        file = CrossBorderFile.from_json(payload.model_dump(mode="json"))
        await obstacles.fill_in(caller, obstacle_id, file)
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such obstacle.") from error
    except WrongStep as error:
        raise HTTPException(422, t(str(error))) from error
    return (await obstacles.cross_border_file(obstacle_id, t)).as_json()


async def _file(obstacles: ObstacleService, obstacle_id: str, form: FileForm, t: Translator) -> Response:
    try:
        return file_response(await obstacles.cross_border_file(obstacle_id, t), form)
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such obstacle.") from error


@router.get(
    "/staff/obstacles/export",
    response_class=Response,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}, "application/json": {}}},
        **problems(401, 422),
    },
    summary="The register for coordination points",
)
async def export(
    obstacles: ObstaclesDependency,
    caller: ApiCaller,
    format: Annotated[Literal["csv", "json"], Query(description="Which form")] = "csv",
    state: OfState = None,
    level: OfLevel = None,
    border: AtBorder = None,
    theme: OnTheme = None,
) -> Response:
    """Return the obstacles staff have put, without anybody's own words. For staff."""
    if not caller.is_staff:
        raise Forbidden(Scope.STAFF)
    return export_response(await obstacles.find_stated(ObstacleFilter(state, level, border or "", theme or "")), format)

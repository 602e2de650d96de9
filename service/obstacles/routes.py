"""The register of unresolved obstacles: report one, read those staff have put, and for staff take the list along."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.status import HTTP_201_CREATED

from index.documents import THEMES, Audience
from index.types import DocumentCard
from service.auth.callers import Caller
from service.auth.dependencies import ApiCaller
from service.auth.scopes import Forbidden, Scope
from service.desk import AtDesk, Desk
from service.documents.citations import page_path
from service.http.openapi import problems
from service.obstacles.export import as_csv, rows
from service.obstacles.intake import Telling
from service.obstacles.model import Level, Obstacle, Source, State, UnknownObstacle, Wanted
from service.obstacles.schemas import (
    EventOut,
    FullObstacleOut,
    ObstacleList,
    ObstacleOut,
    ObstacleReport,
    ReasonOut,
    ReportOut,
    ReportReceived,
    SolutionOut,
    StaffView,
)
from service.obstacles.service import found, intake, listed, solutions, told
from service.search.schemas import MOST_RESULTS, Border, one_of

router = APIRouter(tags=["obstacles"])
Theme = one_of(THEMES)
OfState = Annotated[State | None, Query(description="How far it has come")]
OfLevel = Annotated[Level | None, Query(description="Who can act")]
AtBorder = Annotated[Border | None, Query(description="Where it is, such as BE-FR")]
OnTheme = Annotated[Theme | None, Query(description="What it is about")]  # type: ignore[valid-type]


@router.post(
    "/obstacles",
    status_code=HTTP_201_CREATED,
    responses=problems(400, 401, 413, 422, 503),
    summary="Report an obstacle, or a question nobody could answer",
)
async def report(asked: ObstacleReport, desk: AtDesk, caller: ApiCaller) -> ReportReceived:
    """Keep a report for the resource centre and return the private addresses at which its writer can follow it."""
    telling = Telling(asked.text, Source(asked.kind), "api", border=asked.border or "", subject=caller.subject)
    return received(desk, (await desk.turns.run(lambda: intake(desk).take(telling))).token)


async def hand_on(desk: Desk, question: str, caller: Caller) -> ReportReceived:
    """Keep a question nobody could answer, as whoever asked it agreed to."""
    telling = Telling(question, Source.QUESTION, "api", subject=caller.subject)
    return received(desk, (await desk.turns.run(lambda: intake(desk).take(telling))).token)


@router.get("/obstacles", responses=problems(401, 422, 503), summary="Obstacles the caller may see")
async def obstacles(
    desk: AtDesk,
    caller: ApiCaller,
    state: OfState = None,
    level: OfLevel = None,
    border: AtBorder = None,
    theme: OnTheme = None,
    k: Annotated[int, Query(ge=1, le=MOST_RESULTS, description="At most so many")] = 50,
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="So many are left out first")] = 0,
) -> ObstacleList:
    """Return what staff have confirmed: to members all of it, to the public what is marked so, to staff everything."""
    wanted = Wanted(state, level, border or "", theme or "")

    def read() -> ObstacleList:
        seen = listed(desk, caller.audience, wanted)
        shown = seen[offset : offset + k]
        known = solutions(desk, caller.audience, shown)
        return ObstacleList(total=len(seen), obstacles=[_out(desk, one, caller.audience, known) for one in shown])

    return await desk.turns.run(read)


@router.get("/obstacles/{obstacle_id}", responses=problems(401, 404, 422, 503), summary="One obstacle")
async def obstacle(
    obstacle_id: Annotated[str, InPath(max_length=64)], desk: AtDesk, caller: ApiCaller
) -> FullObstacleOut:
    """Return an obstacle; staff who ask with a key for staff's work also see the reports and what was done."""

    def read() -> FullObstacleOut:
        one = found(desk, caller.audience, obstacle_id)
        base = _out(desk, one, caller.audience, solutions(desk, caller.audience, [one]))
        is_staff = caller.audience is Audience.STAFF and caller.may(Scope.STAFF)
        return FullObstacleOut(**base.model_dump(), staff=_staff_view(desk, one) if is_staff else None)

    try:
        return await desk.turns.run(read)
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
    desk: AtDesk,
    caller: ApiCaller,
    format: Annotated[Literal["csv", "json"], Query(description="Which form")] = "csv",
    state: OfState = None,
    level: OfLevel = None,
    border: AtBorder = None,
    theme: OnTheme = None,
) -> Response:
    """Return the obstacles staff have put, without anybody's own words. For staff."""
    if caller.audience is not Audience.STAFF or not caller.may(Scope.STAFF):
        raise Forbidden(Scope.STAFF)
    return exported(desk, Wanted(state, level, border or "", theme or ""), format)


def exported(desk: Desk, wanted: Wanted, form: str) -> Response:
    """Return the obstacles of a list as a file to keep; what nobody has stated yet is left out."""
    stated = [one for one in listed(desk, Audience.STAFF, wanted) if one.statement]
    name = {"Content-Disposition": f'attachment; filename="obstacles.{form}"'}
    if form == "json":
        return JSONResponse({"obstacles": rows(stated)}, headers=name)
    return Response(as_csv(stated), media_type="text/csv; charset=utf-8", headers=name)


def received(desk: Desk, token: str) -> ReportReceived:
    base, query = desk.settings.public_url, urlencode({"t": token})
    return ReportReceived(follow_url=f"{base}/obstacles/follow?{query}", feed_url=f"{base}/obstacles/feed.atom?{query}")


def _out(desk: Desk, one: Obstacle, audience: Audience, known: dict[str, DocumentCard]) -> ObstacleOut:
    base, card = desk.settings.public_url, known.get(one.solved_by)
    return ObstacleOut(
        id=one.id,
        state=one.state,
        statement=one.statement,
        language=one.language,
        themes=list(one.about.themes),
        borders=list(one.about.borders),
        countries=list(one.about.countries),
        types=list(one.about.types),
        level=one.about.level,
        reports=one.reports(audience),
        changed=one.changed,
        solved_by=SolutionOut(id=card.id, title=card.metadata.title, url=base + page_path(card.id)) if card else None,
        url=f"{base}/obstacles/{one.id}",
    )


def _staff_view(desk: Desk, one: Obstacle) -> StaffView:
    register = desk.obstacles
    reports = [
        ReportOut(
            id=report.id,
            source=report.source,
            at=report.at,
            text=report.text,
            language=report.language,
            consent=report.consent,
            reasons=[ReasonOut(**reason._asdict() | {"via": list(reason.via)}) for reason in report.proposal.reasons],
        )
        for report in register.reports(one.id)
    ]
    return StaffView(
        is_public=one.is_public,
        passed_to=one.passed_to,
        passed_on=one.passed_at.date() if one.passed_at else None,
        reports=reports,
        history=[
            EventOut(at=at, by=name, what=what, told=dict(said)) for at, name, what, said in register.history(one.id)
        ],
        new_documents=[said.card.id for said in told(desk, Audience.STAFF, [one.id])],
    )

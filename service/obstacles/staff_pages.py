"""The register of obstacles as staff work with it: what came in, what is proposed and why, and what they make of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.documents import LANGUAGES, Audience
from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.desk import AtDesk, Desk
from service.obstacles.editing import Editor
from service.obstacles.labels import Naming, borders_known, heading, wanted_of
from service.obstacles.model import UnknownObstacle, WrongStep
from service.obstacles.notices import STAFF_FEED, Feeds
from service.obstacles.routes import exported, received
from service.obstacles.service import cards, intake, listed, told
from service.obstacles.staff_actions import ACTIONS
from service.web.forms import is_own_form
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
READ = ["GET", "HEAD"]
MOST_FIELDS: Final = 100
LIKE_SHOWN: Final = 5
FIELDS: Final = ("themes", "borders", "countries", "types", "level")


@router.api_route("/staff/obstacles", methods=READ)
async def register(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show every obstacle, and the documents that came in since and may solve one."""
    _check_staff(caller)
    wanted, naming = wanted_of(request.query_params), Naming(translator(request), desk.thesaurus)

    def read() -> dict[str, Any]:
        first = {one.obstacle_id: one.text for one in reversed(desk.obstacles.reports())}
        shown = listed(desk, Audience.STAFF, wanted)
        every = {one.id: heading(one, first.get(one.id, "")) for one in desk.obstacles.obstacles()}
        feed = Feeds(desk.obstacles).token(STAFF_FEED + caller.subject)
        news = [one for one in told(desk, Audience.STAFF) if one.notice.obstacle_id in every]
        return {"obstacles": shown, "headings": every, "news": news, "address": received(desk, feed)}

    values = await desk.turns.run(read)
    values |= {"wanted": wanted, "naming": naming, "borders": borders_known(naming), "query": request.url.query}
    return page(request, "obstacles/staff_list.html", values, caller=caller)


@router.api_route("/staff/obstacles/export.{form}", methods=READ)
async def export(request: Request, form: str, desk: AtDesk, caller: Reader) -> Response:
    """Hand out the list as it is filtered, as CSV or JSON."""
    _check_staff(caller)
    if form not in {"csv", "json"}:
        raise HTTPException(404, "There is CSV and JSON.")
    return exported(desk, wanted_of(request.query_params), form)


@router.api_route("/staff/obstacles/{obstacle_id}", methods=READ)
async def obstacle(request: Request, obstacle_id: str, desk: AtDesk, caller: Reader) -> Response:
    """Show an obstacle with its reports, the proposals and their reasons, and all that can be done with it."""
    _check_staff(caller)
    return await _page(request, desk, caller, obstacle_id)


@router.post("/staff/obstacles/{obstacle_id}")
async def change(request: Request, obstacle_id: str, desk: AtDesk, caller: Reader) -> Response:
    """Do what the form says, note it, and show the obstacle as it is then."""
    _check_staff(caller)
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        token = {"token": str(sent.get("token", ""))}
        action = str(sent.get("action", ""))
        if not is_own_form(request, desk, token):
            raise HTTPException(403, "This form is not from a page made for you, or was open too long.")
        if action not in ACTIONS:
            raise HTTPException(422, "The form does not say what to do.")
        try:
            editor = Editor(desk.obstacles, caller)
            leads_to = await desk.turns.run(lambda: ACTIONS[action](desk, editor, obstacle_id, sent))
        except WrongStep as error:
            return await _page(request, desk, caller, obstacle_id, fault=str(error), status=422)
        except UnknownObstacle as error:
            raise HTTPException(404, "There is no such obstacle.") from error
    desk.audit.write(f"obstacle {action}", caller, obstacle=obstacle_id)
    return RedirectResponse(f"/staff/obstacles/{leads_to}", 303)


async def _page(
    request: Request, desk: Desk, caller: Caller, obstacle_id: str, *, fault: str = "", status: int = 200
) -> Response:
    naming = Naming(translator(request), desk.thesaurus)
    try:
        values = await desk.turns.run(lambda: _shown(desk, obstacle_id))
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such obstacle.") from error
    values |= {"naming": naming, "fault": fault, "languages_known": LANGUAGES, "today": datetime.now(UTC).date()}
    return page(request, "obstacles/staff_one.html", values, caller=caller, status=status)


def _shown(desk: Desk, obstacle_id: str) -> dict[str, Any]:
    one = desk.obstacles.obstacle(obstacle_id)
    reports = desk.obstacles.reports(obstacle_id)
    every = {other.id: other for other in desk.obstacles.obstacles()}
    first = {other.obstacle_id: other.text for other in reversed(desk.obstacles.reports())}
    like = [found for found in intake(desk).like(one) if found.obstacle_id in every][:LIKE_SHOWN]
    reasons = [reason for report in reports for reason in report.proposal.reasons]
    named = [*(reason.document_id for reason in reasons if reason.document_id), one.solved_by]
    return {
        "one": one,
        "heading": heading(one, first.get(one.id, "")),
        "reports": reports,
        "reasons": {
            name: found for name in FIELDS if (found := [one for one in dict.fromkeys(reasons) if one.field == name])
        },
        "history": desk.obstacles.history(obstacle_id),
        "news": told(desk, Audience.STAFF, [obstacle_id]),
        "documents": cards(desk, Audience.STAFF, [name for name in named if name]),
        "like": [(found, heading(every[found.obstacle_id], first.get(found.obstacle_id, ""))) for found in like],
    }


def _check_staff(caller: Caller) -> None:
    """Raise 404 for everybody else: that there is such a page is theirs."""
    if caller.audience is not Audience.STAFF:
        raise HTTPException(404, "There is no such page.")

"""The register of obstacles as staff work with it: what came in, what is proposed and why, and what they make of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.documents import LANGUAGES, THEMES, Audience
from index.errors import UnknownDocument
from service.api_obstacles import exported, received
from service.auth import Caller
from service.concepts import read_thesaurus
from service.desk import AtDesk, Desk, Reader
from service.obstacles import Classification, Level, UnknownObstacle, WrongStep
from service.obstacles_editing import Editor, Wording
from service.obstacles_notices import STAFF_FEED, Feeds, Notices
from service.obstacles_reading import cards, intake, listed, told
from service.web.forms import is_own_form
from service.web.obstacles_naming import Naming, borders_known, heading, wanted_of
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
READ = ["GET", "HEAD"]
MOST_FIELDS: Final = 100
LONGEST_STATEMENT: Final = 2000
LIKE_SHOWN: Final = 5
FIELDS: Final = ("themes", "borders", "countries", "types", "level")
_CODES: Final = re.compile(r"[A-Z]{2}(?:-[A-Z]{2})?")


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


def _correct(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData, *, confirm: bool = False) -> str:
    level = str(sent.get("level", ""))
    language = str(sent.get("language", ""))
    types = {one.removeprefix("obstacle/") for one in read_thesaurus(desk.thesaurus).concepts if "obstacle/" in one}
    about = Classification(
        themes=tuple(one for one in THEMES if one in sent.getlist("themes")),
        borders=_codes(sent, "borders", length=5),
        countries=_codes(sent, "countries", length=2),
        types=tuple(dict.fromkeys(str(one) for one in sent.getlist("types") if one in types)),
        level=Level(level) if level in set(Level) else None,
    )
    statement = str(sent.get("statement", "")).replace("\x00", "")[:LONGEST_STATEMENT]
    said = Wording(about, statement, language if language in LANGUAGES else "fr", sent.get("public") == "yes")
    editor.correct(obstacle_id, said, confirm=confirm)
    return obstacle_id


def _confirm(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    return _correct(desk, editor, obstacle_id, sent, confirm=True)


def _pass_on(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    try:
        day = date.fromisoformat(str(sent.get("on", "")))
    except ValueError as error:
        raise WrongStep("obstacles.fault.day") from error
    editor.pass_on(obstacle_id, str(sent.get("to", ""))[:300], datetime.combine(day, time(), UTC))
    return obstacle_id


def _solve(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    document_id = str(sent.get("document", "")).strip()
    try:
        desk.library.borrow().store.document(document_id, Audience.STAFF)
    except UnknownDocument as error:
        raise WrongStep("obstacles.fault.document") from error
    editor.solve(obstacle_id, document_id)
    return obstacle_id


def _reopen(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    editor.reopen(obstacle_id)
    return obstacle_id


def _merge(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    into = str(sent.get("into", "")).strip()
    try:
        editor.merge(obstacle_id, into)
    except UnknownObstacle as error:
        raise WrongStep("obstacles.fault.into") from error
    return into


def _split(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    return editor.split(
        obstacle_id, [int(one) for one in map(str, sent.getlist("reports")) if one.isdecimal() and len(one) < 19]
    )


def _dismiss(desk: Desk, editor: Editor, obstacle_id: str, sent: FormData) -> str:
    Notices(desk.obstacles).dismiss(obstacle_id, str(sent.get("document", "")))
    return obstacle_id


Action = Callable[[Desk, Editor, str, FormData], str]
ACTIONS: Final[dict[str, Action]] = {
    "correct": _correct,
    "confirm": _confirm,
    "pass on": _pass_on,
    "solve": _solve,
    "reopen": _reopen,
    "merge": _merge,
    "split": _split,
    "dismiss": _dismiss,
}


def _codes(sent: FormData, name: str, *, length: int) -> tuple[str, ...]:
    """Return the codes written in a field, borders with their countries in order. Raises WrongStep."""
    said = [one for one in re.split(r"[\s,;]+", str(sent.get(name, "")).upper().strip()) if one]
    if any(len(one) != length or not _CODES.fullmatch(one) for one in said):
        raise WrongStep("obstacles.fault.codes")
    return tuple(dict.fromkeys("-".join(sorted(one.split("-"))) for one in said))

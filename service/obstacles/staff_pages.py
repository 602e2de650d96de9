"""The register of obstacles for staff: what came in, what is proposed and why, and the forms that change it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.clock import utc_today
from index.documents import LANGUAGES, THEMES, Access, Audience
from index.errors import UnknownDocument
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.library.concepts import read_thesaurus
from service.obstacles.cross_border_file import CrossBorderFile, deadlines_of
from service.obstacles.editing import Editor, Wording
from service.obstacles.export import export_response
from service.obstacles.file_export import file_response, outside_of
from service.obstacles.labels import Labels, filter_of
from service.obstacles.model import Classification, Level, Reason, UnknownObstacle, WrongStep
from service.obstacles.service import ObstaclesDependency, ObstacleService, StaffObstacle
from service.obstacles.store import Notices
from service.web.forms import is_own_form
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
READ = ["GET", "HEAD"]
MOST_FIELDS: Final = 100
LONGEST_STATEMENT: Final = 2000
FIELDS: Final = ("themes", "borders", "countries", "types", "level")
_CODES: Final = re.compile(r"[A-Z]{2}(?:-[A-Z]{2})?")


@router.api_route("/staff/obstacles", methods=READ)
async def register(request: Request, obstacles: ObstaclesDependency, caller: StaffReader) -> Response:
    """Show every obstacle, and the new documents that may solve one."""
    chosen = filter_of(request.query_params)
    shown = await obstacles.staff_register(chosen, caller)
    labels = Labels(translator(request), await obstacles.thesaurus())
    values = shown._asdict() | {"chosen": chosen, "labels": labels, "query": request.url.query}
    return page(request, "obstacles/staff_list.html", values, caller=caller)


@router.api_route("/staff/obstacles/export.{form}", methods=READ)
async def export(request: Request, form: str, obstacles: ObstaclesDependency, caller: StaffReader) -> Response:
    """Return the list as it is filtered, as CSV or JSON."""
    if form not in {"csv", "json"}:
        raise HTTPException(404, "There is CSV and JSON.")
    return export_response(await obstacles.find_stated(filter_of(request.query_params)), form)


@router.api_route("/staff/obstacles/{obstacle_id}/file.{form}", methods=READ)
async def file(
    request: Request, obstacle_id: str, form: str, obstacles: ObstaclesDependency, caller: StaffReader
) -> Response:
    """Return an obstacle's file under Regulation (EU) 2025/925, for Word or as JSON."""
    if form not in {"docx", "json"}:
        raise HTTPException(404, "There is Word (docx) and JSON.")
    try:
        composed = await obstacles.cross_border_file(obstacle_id, translator(request))
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such obstacle.") from error
    return file_response(composed, "docx" if form == "docx" else "json")


@router.api_route("/staff/obstacles/{obstacle_id}", methods=READ)
async def obstacle(request: Request, obstacle_id: str, obstacles: ObstaclesDependency, caller: StaffReader) -> Response:
    """Show an obstacle with its reports, the proposals and their reasons, and all that can be done with it."""
    return await _page(request, obstacles, caller, obstacle_id)


@router.post("/staff/obstacles/{obstacle_id}")
async def change(request: Request, obstacle_id: str, obstacles: ObstaclesDependency, caller: StaffReader) -> Response:
    """Make the change of a form, note it, and show the obstacle as it is then."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        fields = {"token": str(sent.get("token", ""))}
        action = str(sent.get("action", ""))
        if not is_own_form(request, fields):
            raise HTTPException(403, "This form is not from a page made for you, or was open too long.")
        if action not in ACTIONS:
            raise HTTPException(422, "The form does not say what to do.")
        act = partial(ACTIONS[action], obstacles, sent, obstacle_id)
        try:
            next_id = await obstacles.edit(caller, obstacle_id, action, act)
        except WrongStep as error:
            fields_of_file = CrossBorderFile().as_json()
            typed = {name: str(sent.get(name, "")) for name in fields_of_file} if action == "file" else None
            return await _page(request, obstacles, caller, obstacle_id, fault=str(error), typed=typed, status=422)
        except UnknownObstacle as error:
            raise HTTPException(404, "There is no such obstacle.") from error
    return RedirectResponse(f"/staff/obstacles/{next_id}", 303)


async def _page(
    request: Request,
    obstacles: ObstacleService,
    caller: Caller,
    obstacle_id: str,
    *,
    fault: str = "",
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    try:
        shown = await obstacles.staff_obstacle(obstacle_id)
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such obstacle.") from error
    values = shown._asdict() | {
        "file": shown.file if typed is None else typed,  # what was typed is not lost with a date that cannot be
        "reasons": _reasons(shown),
        "labels": Labels(translator(request), await obstacles.thesaurus()),
        "fault": fault,
        "languages_known": LANGUAGES,
        "today": utc_today(),
        "deadlines": deadlines_of(shown.file, utc_today()),
        "outside": outside_of(shown.obstacle, translator(request)),
    }
    return page(request, "obstacles/staff_one.html", values, caller=caller, status=status)


def _reasons(shown: StaffObstacle) -> dict[str, list[Reason]]:
    """Return the reasons of all proposals by the field they are for, each once; none where nothing is proposed."""
    reasons = dict.fromkeys(reason for report in shown.reports for reason in report.proposal.reasons)
    return {field: [reason for reason in reasons if reason.field == field] for field in FIELDS}


def _correct(
    obstacles: ObstacleService, sent: FormData, obstacle_id: str, editor: Editor, *, confirm: bool = False
) -> str:
    level = str(sent.get("level", ""))
    language = str(sent.get("language", ""))
    concepts = read_thesaurus(obstacles.thesaurus_path).concepts
    types = {key.removeprefix("obstacle/") for key in concepts if key.startswith("obstacle/")}
    about = Classification(
        themes=tuple(theme for theme in THEMES if theme in sent.getlist("themes")),
        borders=_codes(sent, "borders", length=5),
        countries=_codes(sent, "countries", length=2),
        types=tuple(dict.fromkeys(str(name) for name in sent.getlist("types") if name in types)),
        level=Level(level) if level in set(Level) else None,
    )
    statement = str(sent.get("statement", "")).replace("\x00", "")[:LONGEST_STATEMENT]
    wording = Wording(about, statement, language if language in LANGUAGES else "fr", sent.get("public") == "yes")
    editor.correct(obstacle_id, wording, confirm=confirm)
    return obstacle_id


def _pass_on(obstacles: ObstacleService, sent: FormData, obstacle_id: str, editor: Editor) -> str:
    try:
        day = date.fromisoformat(str(sent.get("on", "")))
    except ValueError as error:
        raise WrongStep("obstacles.fault.day") from error
    editor.pass_on(obstacle_id, str(sent.get("to", ""))[:300], datetime.combine(day, time(), UTC))
    return obstacle_id


def _fill_in(obstacles: ObstacleService, sent: FormData, obstacle_id: str, editor: Editor) -> str:
    editor.fill_in(obstacle_id, CrossBorderFile.from_json({name: str(value) for name, value in sent.items()}))
    return obstacle_id


def _solve(obstacles: ObstacleService, sent: FormData, obstacle_id: str, editor: Editor) -> str:
    document_id = str(sent.get("document", "")).strip()
    try:
        obstacles.library.borrow().store.document(document_id, Access(Audience.STAFF))
    except UnknownDocument as error:
        raise WrongStep("obstacles.fault.document") from error
    editor.solve(obstacle_id, document_id)
    return obstacle_id


def _reopen(obstacles: ObstacleService, sent: FormData, obstacle_id: str, editor: Editor) -> str:
    editor.reopen(obstacle_id)
    return obstacle_id


def _merge(obstacles: ObstacleService, sent: FormData, obstacle_id: str, editor: Editor) -> str:
    into = str(sent.get("into", "")).strip()
    try:
        editor.merge(obstacle_id, into)
    except UnknownObstacle as error:
        raise WrongStep("obstacles.fault.into") from error
    return into


def _split(obstacles: ObstacleService, sent: FormData, obstacle_id: str, editor: Editor) -> str:
    ids = [str(value) for value in sent.getlist("reports")]
    return editor.split(obstacle_id, [int(value) for value in ids if value.isdecimal() and len(value) < 19])


def _dismiss(obstacles: ObstacleService, sent: FormData, obstacle_id: str, editor: Editor) -> str:
    Notices(obstacles.register).dismiss(obstacle_id, str(sent.get("document", "")))
    return obstacle_id


# What each form does: it reads its fields, makes its change and returns the id of the obstacle to show next.
Action = Callable[[ObstacleService, FormData, str, Editor], str]
ACTIONS: Final[dict[str, Action]] = {
    "correct": _correct,
    "confirm": partial(_correct, confirm=True),
    "pass on": _pass_on,
    "file": _fill_in,
    "solve": _solve,
    "reopen": _reopen,
    "merge": _merge,
    "split": _split,
    "dismiss": _dismiss,
}


def _codes(sent: FormData, name: str, *, length: int) -> tuple[str, ...]:
    """Return the codes written in a field, borders with their countries in order. Raises WrongStep."""
    codes = [code for code in re.split(r"[\s,;]+", str(sent.get(name, "")).upper().strip()) if code]
    if any(len(code) != length or not _CODES.fullmatch(code) for code in codes):
        raise WrongStep("obstacles.fault.codes")
    return tuple(dict.fromkeys("-".join(sorted(code.split("-"))) for code in codes))

"""The register of obstacles for members and whoever reported one: report, follow, read the list."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.documents import Access, Audience
from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.http.fields import LONGEST_QUERY
from service.http.rate_limits import address_of
from service.obstacles.intake import IncomingReport
from service.obstacles.labels import Labels, filter_of
from service.obstacles.model import Source, UnknownObstacle
from service.obstacles.service import ObstaclesDependency, ObstacleService
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
READ = ["GET", "HEAD"]
NOT_TO_BE_SHARED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}  # an address that holds a secret


@router.api_route("/obstacles", methods=READ)
async def list_page(request: Request, obstacles: ObstaclesDependency, caller: Reader) -> Response:
    """Show the obstacles the reader may see, as staff describe them."""
    chosen, access = filter_of(request.query_params), _as_member(caller)
    shown = await obstacles.find(access, chosen)
    values = {
        "obstacles": shown.obstacles,
        "solutions": shown.solutions,
        "audience": access.audience,
        "chosen": chosen,
        "labels": await _labels(request, obstacles),
    }
    return page(request, "obstacles/list.html", values, caller=caller)


@router.api_route("/obstacles/report", methods=READ)
async def form(request: Request, obstacles: ObstaclesDependency, caller: Reader) -> Response:
    """Show the form, filled with what the reader searched for."""
    text = request.query_params.get("text", "")[:LONGEST_QUERY]
    fields = {"text": text, "border": request.query_params.get("border", "")}
    return _form(request, await _labels(request, obstacles), caller, fields)


@router.post("/obstacles/report")
async def report(request: Request, obstacles: ObstaclesDependency, caller: Reader) -> Response:
    """Keep a report whose writer agrees to that, and lead them to where they can follow it."""
    fields = await form_fields(request)
    fields["text"] = fields.get("text", "").strip().replace("\x00", "")
    text, border = fields["text"], fields.get("border", "")
    is_question = fields.get("kind") == Source.QUESTION
    labels = await _labels(request, obstacles)
    fault = ""
    if not is_own_form(request, fields):
        fault = "obstacles.fault.stale"
    elif not text or len(text) > LONGEST_QUERY or (border and border not in {code for _, code in labels.borders()}):
        fault = "obstacles.fault.text"
    elif not is_question and fields.get("consent") != "yes":
        fault = "obstacles.fault.consent"
    if fault:
        return _form(request, labels, caller, fields, fault=fault)
    source, consent = (Source.QUESTION, "question") if is_question else (Source.REPORT, "form")
    incoming = IncomingReport(text, source, consent, border=border, subject=caller.subject)
    received = await obstacles.report(incoming, address_of(request.scope))
    return RedirectResponse(f"{received.follow_url.removeprefix(obstacles.public_url)}&new=1", 303)


@router.api_route("/obstacles/follow", methods=READ)
async def follow(request: Request, obstacles: ObstaclesDependency, caller: Reader) -> Response:
    """Show a report to whoever holds its link: how far it is, and new documents that the reader may see."""
    token = request.query_params.get("t", "")
    try:
        followed = await obstacles.follow(token, caller.access)
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such report.") from error
    values = {
        "followed": followed,
        "is_new": request.query_params.get("new") == "1",
        "token": token,
        "address": obstacles.addresses(token),
        "labels": await _labels(request, obstacles),
    }
    response = page(request, "obstacles/follow.html", values, caller=caller)
    response.headers.update(NOT_TO_BE_SHARED)
    return response


@router.api_route("/obstacles/mine", methods=READ)
async def mine(request: Request, obstacles: ObstaclesDependency, caller: Reader) -> Response:
    """Show somebody signed in what they reported, and the address of their feed."""
    if not caller.is_known:
        return RedirectResponse("/signin?next=/obstacles/mine", 303)
    values = {
        "reports": await obstacles.reports_by(caller),
        "address": await obstacles.feed_address(caller.subject),
        "labels": await _labels(request, obstacles),
    }
    return page(request, "obstacles/mine.html", values, caller=caller)


@router.post("/obstacles/mine")
async def renew(request: Request, obstacles: ObstaclesDependency, caller: Reader) -> Response:
    """Give somebody's feed another address; the old one is void."""
    if not caller.is_known or not is_own_form(request, await form_fields(request)):
        raise HTTPException(403, "This form is not from a page made for you.")
    await obstacles.feed_address(caller.subject, renewed=True)
    return RedirectResponse("/obstacles/mine", 303)


@router.post("/obstacles/withdraw")
async def withdraw(request: Request, obstacles: ObstaclesDependency, caller: Reader) -> Response:
    """Erase a report for whoever holds its link, or is known to have written it."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        raise HTTPException(403, "This form is not from a page made for you.")
    await obstacles.withdraw(token=fields.get("t", ""), handle=fields.get("report", ""), subject=caller.subject)
    return page(request, "obstacles/obstacle_withdrawn.html", {}, caller=caller)


@router.api_route("/obstacles/{obstacle_id}", methods=READ)
async def obstacle_page(request: Request, obstacle_id: str, obstacles: ObstaclesDependency, caller: Reader) -> Response:
    """Show one obstacle as staff describe it."""
    access = _as_member(caller)
    try:
        obstacle, solution = await obstacles.get(access, obstacle_id)
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such obstacle.") from error
    values = {
        "obstacle": obstacle,
        "solution": solution,
        "audience": access.audience,
        "labels": await _labels(request, obstacles),
    }
    return page(request, "obstacles/one.html", values, caller=caller)


def _as_member(caller: Caller) -> Access:
    """Return whom these pages are for: staff, who have pages of their own, are as any member here."""
    return Access(Audience.MEMBER) if caller.audience is Audience.STAFF else caller.access


async def _labels(request: Request, obstacles: ObstacleService) -> Labels:
    return Labels(translator(request), await obstacles.thesaurus())


def _form(request: Request, labels: Labels, caller: Caller, fields: dict[str, str], *, fault: str = "") -> Response:
    values = {
        "fields": {"text": "", "border": ""} | fields,
        "fault": fault,
        "borders": labels.borders(),
        "longest": LONGEST_QUERY,
    }
    status = {"": 200, "obstacles.fault.stale": 403}.get(fault, 422)
    return page(request, "obstacles/report.html", values, caller=caller, status=status)

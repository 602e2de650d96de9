"""The register of obstacles as members and whoever reported one meet it: report, follow, read the list."""

from __future__ import annotations

from typing import Any

import anyio
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.documents import Audience
from service.auth.dependencies import Reader
from service.desk import AtDesk, Desk
from service.obstacles.intake import Telling
from service.obstacles.labels import Naming, borders_known, wanted_of
from service.obstacles.model import Report, Source, State, UnknownObstacle
from service.obstacles.notices import Feeds
from service.obstacles.routes import received
from service.obstacles.service import cards, found, intake, listed, solutions, told
from service.search.schemas import LONGEST_QUERY
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
READ = ["GET", "HEAD"]
NOT_TO_BE_SHARED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}  # an address that holds a secret


@router.api_route("/obstacles", methods=READ)
async def obstacles(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show the obstacles the reader may see, as staff put them."""
    wanted = wanted_of(request.query_params)

    def read() -> dict[str, Any]:
        audience = min(caller.audience, Audience.MEMBER, key=lambda one: one.rank)  # staff have a page of their own
        shown = listed(desk, audience, wanted)
        return {"obstacles": shown, "solutions": solutions(desk, audience, shown), "audience": audience}

    values = await desk.turns.run(read)
    naming = Naming(translator(request), desk.thesaurus)
    chosen = {"wanted": wanted, "naming": naming, "borders": borders_known(naming)}
    return page(request, "obstacles/list.html", values | chosen, caller=caller)


@router.api_route("/obstacles/report", methods=READ)
async def form(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show the form, filled with what the reader searched for."""
    text = request.query_params.get("text", "")[:LONGEST_QUERY]
    return _form(request, desk, caller, {"text": text, "border": request.query_params.get("border", "")})


@router.post("/obstacles/report")
async def report(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Keep a report whose writer agrees to that, and lead them to where they can follow it."""
    said = await form_fields(request)
    text, border = said.get("text", "").strip().replace("\x00", ""), said.get("border", "")
    is_question = said.get("kind") == Source.QUESTION
    known = {code for _, code in borders_known(Naming(translator(request), desk.thesaurus))}
    fault = ""
    if not is_own_form(request, desk, said):
        fault = "obstacles.fault.stale"
    elif not text or len(text) > LONGEST_QUERY or (border and border not in known):
        fault = "obstacles.fault.text"
    elif not is_question and said.get("consent") != "yes":
        fault = "obstacles.fault.consent"
    if fault:
        return _form(request, desk, caller, said | {"text": text}, fault=fault)
    telling = Telling(
        text,
        Source.QUESTION if is_question else Source.REPORT,
        "question" if is_question else "form",
        border=border,
        subject=caller.subject,
    )
    added = await desk.turns.run(lambda: intake(desk).take(telling))
    address = received(desk, added.token).follow_url.removeprefix(desk.settings.public_url)
    return RedirectResponse(f"{address}&new=1", 303)


@router.api_route("/obstacles/follow", methods=READ)
async def follow(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show a report to whoever holds its link: how far it is, and what came in since that the reader may see."""
    token = request.query_params.get("t", "")
    try:
        one = await anyio.to_thread.run_sync(desk.obstacles.followed, token)
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such report.") from error
    values = await desk.turns.run(lambda: _followed(desk, [one], caller.audience))
    address = received(desk, token)
    values |= {"is_new": request.query_params.get("new") == "1", "token": token, "address": address}
    values["naming"] = Naming(translator(request), desk.thesaurus)
    response = page(request, "obstacles/follow.html", values, caller=caller)
    response.headers.update(NOT_TO_BE_SHARED)
    return response


@router.api_route("/obstacles/mine", methods=READ)
async def mine(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show somebody signed in what they reported, and the address of their feed."""
    if not caller.is_known:
        return RedirectResponse("/signin?next=/obstacles/mine", 303)
    reports = await anyio.to_thread.run_sync(desk.obstacles.of, caller.subject)
    values = await desk.turns.run(lambda: _followed(desk, reports, caller.audience))
    token = await anyio.to_thread.run_sync(Feeds(desk.obstacles).token, caller.subject)
    values |= {"address": received(desk, token), "naming": Naming(translator(request), desk.thesaurus)}
    return page(request, "obstacles/mine.html", values, caller=caller)


@router.post("/obstacles/mine")
async def renew(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Give somebody's feed another address; the old one is void."""
    if not caller.is_known or not is_own_form(request, desk, await form_fields(request)):
        raise HTTPException(403, "This form is not from a page made for you.")
    await anyio.to_thread.run_sync(lambda: Feeds(desk.obstacles).token(caller.subject, renewed=True))
    return RedirectResponse("/obstacles/mine", 303)


@router.post("/obstacles/withdraw")
async def withdraw(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Erase a report for whoever holds its link, or is known to have written it."""
    said = await form_fields(request)
    if not is_own_form(request, desk, said):
        raise HTTPException(403, "This form is not from a page made for you.")
    await anyio.to_thread.run_sync(lambda: desk.obstacles.withdraw(_own(desk, said, caller.subject)))
    naming = Naming(translator(request), desk.thesaurus)
    return page(request, "obstacles/withdrawn.html", {"naming": naming}, caller=caller)


@router.api_route("/obstacles/{obstacle_id}", methods=READ)
async def obstacle(request: Request, obstacle_id: str, desk: AtDesk, caller: Reader) -> Response:
    """Show one obstacle as staff put it."""

    def read() -> dict[str, Any]:
        audience = min(caller.audience, Audience.MEMBER, key=lambda one: one.rank)
        one = found(desk, audience, obstacle_id)
        return {"one": one, "solution": solutions(desk, audience, [one]).get(one.solved_by), "audience": audience}

    try:
        values = await desk.turns.run(read)
    except UnknownObstacle as error:
        raise HTTPException(404, "There is no such obstacle.") from error
    values |= {"naming": Naming(translator(request), desk.thesaurus)}
    return page(request, "obstacles/one.html", values, caller=caller)


def _own(desk: Desk, said: dict[str, str], subject: str) -> list[int]:
    """Return the report a form means, when it is the sender's."""
    if said.get("t"):
        try:
            return [desk.obstacles.followed(said["t"]).id]
        except UnknownObstacle:
            return []
    return [one.id for one in desk.obstacles.of(subject) if str(one.id) == said.get("report")]


def _followed(desk: Desk, reports: list[Report], audience: Audience) -> dict[str, Any]:
    """Return reports with the obstacles they belong to and what their reader may be told of these."""
    about = {one.obstacle_id: desk.obstacles.obstacle(one.obstacle_id) for one in reports}
    known = cards(desk, audience, [one.solved_by for one in about.values() if one.state is State.SOLVED])
    news = told(desk, audience, list(about))
    return {"reports": reports, "about": about, "solutions": known, "news": news}


def _form(request: Request, desk: Desk, caller: Any, said: dict[str, str], *, fault: str = "") -> Response:
    naming = Naming(translator(request), desk.thesaurus)
    values = {
        "said": {"text": "", "border": ""} | said,
        "fault": fault,
        "borders": borders_known(naming),
        "longest": LONGEST_QUERY,
    }
    status = {"": 200, "obstacles.fault.stale": 403}.get(fault, 422)
    return page(request, "obstacles/report.html", values, caller=caller, status=status)

"""The judging page: one topic's pooled documents at a time, graded 0 to 3 by click or key, blind to other judges."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.desk import AtDesk, Desk
from service.documents.citations import page_path
from service.judging.service import GRADES, LONGEST_NOTE, Judging
from service.web.forms import form_fields, is_own_form
from service.web.staff_pages import staff_page

PATH = "/staff/judging"
router = APIRouter()


@router.api_route(PATH, methods=["GET", "HEAD"])
async def judging(request: Request, desk: AtDesk, caller: StaffReader) -> Response:
    """Show the pools there are, or the documents of one topic of one."""
    return await _page(request, desk, caller)


@router.post(PATH)
async def judge(request: Request, desk: AtDesk, caller: StaffReader) -> Response:
    """Keep a grade and go on with the next document of the topic, then with the next topic."""
    said = await form_fields(request)
    if not is_own_form(request, desk, said):
        return await _page(request, desk, caller, fault="stale", status=403)
    name, topic_id, document, grade = (said.get(one, "") for one in ("set", "topic", "document", "grade"))
    known = {
        (topic.id, one.document): one
        for topic in await desk.turns.run(lambda: _judging(desk).topics(name))
        for one in topic.pooled
    }
    pooled = known.get((topic_id, document))
    if pooled is None or grade not in {str(one) for one in GRADES}:
        return await _page(request, desk, caller, fault="unknown", status=422)
    note = " ".join(said.get("note", "").split())[:LONGEST_NOTE]
    await desk.turns.run(lambda: _judging(desk).add(name, pooled, int(grade), _judge(caller), note))
    desk.audit.write("judge", caller, set=name, topic=topic_id, document=document, grade=int(grade))
    return RedirectResponse(f"{PATH}?{urlencode({'set': name, 'after': topic_id})}#next", 303)


def _judging(desk: Desk) -> Judging:
    return Judging(desk.settings.index.data)


def _judge(caller: Caller) -> str:
    return caller.name or caller.subject


async def _page(request: Request, desk: Desk, caller: Caller, *, fault: str = "", status: int = 200) -> Response:
    asked = {name: request.query_params.get(name, "") for name in ("set", "topic", "after")}
    values = await desk.turns.run(lambda: _values(desk, caller, **asked))
    return staff_page(request, "judging/judging.html", values | {"fault": fault}, caller=caller, status=status)


def _values(desk: Desk, caller: Caller, set: str, topic: str, after: str) -> dict[str, Any]:
    """Return what the page shows: every pool with how far this judge is, and one topic when a pool is chosen."""
    pools, judge = _judging(desk), _judge(caller)
    listed = []
    for name in pools.names():
        own, topics = pools.own(name, judge), pools.topics(name)
        whole = sum(len(one.pooled) for one in topics)
        listed.append((name, whole - sum(len(one.left(own)) for one in topics), whole))
    topics, own = pools.topics(set), pools.own(set, judge) if set in pools.names() else {}
    unfinished = [number for number, one in enumerate(topics) if one.left(own)]
    named = [number for number, one in enumerate(topics) if one.id in (topic, after)]
    at = named[0] if named else next(iter(unfinished), 0)
    if after and at not in unfinished:  # this one is done: the next that is not, from here on and then from the first
        at = next((one for one in unfinished if one > at), next(iter(unfinished), at))
    here = topics[at] if topics else None
    ids = [one.document for one in here.pooled] if here else []
    there = desk.library.borrow().store.cards(ids, caller.audience)
    left = here.left(own) if here else []
    return {
        "pools": listed,
        "set": set if topics else "",
        "topics": topics,
        "at": at,
        "pooled": [
            (one, own.get((one.topic, one.document)), page_path(one.document) if one.document in there else "")
            for one in (here.pooled if here else ())
        ],
        "next": left[0].document if left else "",
        "is_done": bool(topics) and not unfinished,
        "longest": LONGEST_NOTE,
    }

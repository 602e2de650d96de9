"""Threads in: Discourse's webhook, and `POST /threads` for any other forum. Both only write to the inbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.status import HTTP_202_ACCEPTED

from service.auth.callers import Caller, Unauthenticated
from service.auth.dependencies import ApiCaller
from service.auth.scopes import Forbidden, Scope
from service.desk import AtDesk, Desk
from service.forum import discourse
from service.forum.inbox import Delivery, Inbox
from service.forum.schemas import Received, ThreadPost, ThreadRequest
from service.http.openapi import problems
from service.http.problems import InvalidField

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNATURE = "X-Discourse-Event-Signature"
_HEADERS = ("X-Discourse-Event", "X-Discourse-Event-Id", _SIGNATURE)
_WEBHOOK = {
    "parameters": [{"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in _HEADERS],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
}

router = APIRouter(tags=["forum"])


@router.post(
    "/webhooks/discourse",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(401, 404, 413, 422),
    openapi_extra=_WEBHOOK,
    summary="What a Discourse forum tells: topics, posts, accepted solutions",
)
async def webhook(request: Request, desk: AtDesk) -> Received:
    """Keep a signed event for the ingestion job. One that is sent again changes nothing; pings are welcome."""
    if _SIGNATURE not in request.headers:
        raise Unauthenticated(
            f"Wanted: the header {_SIGNATURE}, as Discourse sends it with a webhook that has a secret."
        )
    if missing := [name for name in _HEADERS if name not in request.headers]:
        raise InvalidField(missing[0], "wanted: this header, as Discourse sends it")
    forum = desk.settings.forum
    if not forum:
        raise HTTPException(404, "No forum is set up here: set PASSERELLE_DISCOURSE_SECRET and PASSERELLE_FORUM.")
    body = await request.body()
    if not discourse.is_signed(body, request.headers[_SIGNATURE], forum.secret):
        raise Unauthenticated("The signature does not fit: check the webhook's secret on both sides.")
    event, event_id = (request.headers.get(f"x-discourse-event{end}", "") for end in ("", "-id"))
    try:
        told = discourse.delivery(forum.host, body, event=event, event_id=event_id)
    except discourse.Unreadable as error:
        raise InvalidField("body", str(error)) from error
    return await _received(desk, told) if told else Received(received="")


@router.post(
    "/threads",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(400, 401, 403, 413, 422),
    summary="Hand in a thread of any forum as it stands now",
)
async def thread(asked: ThreadRequest, desk: AtDesk, caller: ApiCaller) -> Received:
    """Keep a thread for the ingestion job: solved, it becomes a document; deleted, it is taken out."""
    _check_may_hand_in(caller)
    seq = (asked.updated - _EPOCH) // timedelta(microseconds=1)
    return await _received(desk, Delivery(asked.forum, asked.id, seq, _messages(asked)))


def inbox_of(desk: Desk) -> Inbox:
    return Inbox(desk.settings.index.data / "inbox")


async def _received(desk: Desk, told: Delivery) -> Received:
    return Received(received=await anyio.to_thread.run_sync(inbox_of(desk).put, told))


def _check_may_hand_in(caller: Caller) -> None:
    """Raise Unauthenticated for nobody, Forbidden for a key that is not for threads."""
    if not caller.is_known:
        raise Unauthenticated(f"Handing in threads asks for a key for {Scope.INGEST_THREADS.value!r}.")
    if not caller.may(Scope.INGEST_THREADS):
        raise Forbidden(Scope.INGEST_THREADS)


def _messages(asked: ThreadRequest) -> list[dict[str, Any]]:
    """Return a whole thread as messages: its question is post 1, its solution post "solution"."""
    topic = {
        "what": "topic",
        "title": asked.title,
        "categories": [asked.category] if asked.category else [],
        "url": asked.url,
        "created": asked.created.isoformat() if asked.created else "",
        "language": asked.language or "",
        "gone": asked.deleted,
        "private": False,
    }
    posts = [_post("question", 1, asked.question), _post("solution", 2, asked.solution)]
    accepted = {"what": "solution", "post": "solution", "accepted": asked.solution is not None}
    return [topic, *posts, accepted]


def _post(name: str, number: int, post: ThreadPost | None) -> dict[str, Any]:
    text = post.text if post else ""
    return {"what": "post", "post": name, "number": number, "text": text, "markup": "markdown", "gone": post is None}

"""What forums send: a post being written (`POST /suggestions`), and threads, by webhook or `POST /threads`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.status import HTTP_202_ACCEPTED

from service.auth.callers import Caller
from service.auth.dependencies import ApiCaller
from service.auth.scopes import Scope
from service.errors import Forbidden, InvalidField, Unauthenticated
from service.forum import discourse
from service.forum.inbox import Delivery, ForumInbox, InboxDependency
from service.forum.schemas import Received, SuggestionsRequest, SuggestionsResponse, ThreadPost, ThreadRequest
from service.forum.service import SuggestionDependency
from service.forum.suggestions import Post
from service.http.dependencies import SettingsDependency
from service.http.openapi import problems
from service.library.filters import Filters

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIGNATURE = "X-Discourse-Event-Signature"
_HEADERS = ("X-Discourse-Event", "X-Discourse-Event-Id", _SIGNATURE)
_WEBHOOK = {
    "parameters": [{"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in _HEADERS],
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}},
}

router = APIRouter(tags=["forum"])


@router.post("/suggestions", responses=problems(400, 401, 413, 422, 503), summary="Prior solutions for a post")
async def suggestions(
    payload: SuggestionsRequest, service: SuggestionDependency, caller: ApiCaller
) -> SuggestionsResponse:
    """Return the solved threads and documents that are near to a post being written, with why, or nothing."""
    post = Post(payload.title, payload.body, payload.language or "")
    return await service.suggest(post, Filters().within(caller.access))


@router.post(
    "/webhooks/discourse",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(401, 404, 413, 422),
    openapi_extra=_WEBHOOK,
    summary="What a Discourse forum tells: topics, posts, accepted solutions",
)
async def webhook(request: Request, inbox: InboxDependency, settings: SettingsDependency) -> Received:
    """Keep a signed event for the ingestion job. One that is sent again changes nothing; pings are welcome."""
    if _SIGNATURE not in request.headers:
        raise Unauthenticated(
            f"Expected the header {_SIGNATURE}, as Discourse sends it with a webhook that has a secret."
        )
    if missing := [name for name in _HEADERS if name not in request.headers]:
        raise InvalidField(missing[0], "expected this header, as Discourse sends it")
    if not settings.discourse_secret:
        raise HTTPException(404, "No forum is set up here: set PASSERELLE_DISCOURSE_SECRET and PASSERELLE_FORUM.")
    body = await request.body()
    if not discourse.is_signed(body, request.headers[_SIGNATURE], settings.discourse_secret):
        raise Unauthenticated("The signature does not fit: check the webhook's secret on both sides.")
    event, event_id = (request.headers.get(f"x-discourse-event{end}", "") for end in ("", "-id"))
    try:
        delivery = discourse.read_event(settings.forum, body, event=event, event_id=event_id)
    except discourse.UnreadableEvent as error:
        raise InvalidField("body", str(error)) from error
    return await _receive(inbox, delivery) if delivery else Received(received="")


@router.post(
    "/threads",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(400, 401, 403, 413, 422),
    summary="Hand in a thread of any forum as it stands now",
)
async def thread(payload: ThreadRequest, inbox: InboxDependency, caller: ApiCaller) -> Received:
    """Keep a thread for the ingestion job: solved, it becomes a document; deleted, it is taken out."""
    _check_may_hand_in(caller, payload)
    seq = (payload.updated - _EPOCH) // timedelta(microseconds=1)
    bound_to = sorted(caller.binding.categories) if caller.binding else []
    return await _receive(inbox, Delivery(payload.forum, payload.id, seq, _messages(payload), bound_to))


async def _receive(inbox: ForumInbox, delivery: Delivery) -> Received:
    return Received(received=await anyio.to_thread.run_sync(inbox.put, delivery))


def _check_may_hand_in(caller: Caller, thread: ThreadRequest) -> None:
    """Raise Unauthenticated for nobody, Forbidden for a key without the scope or for another forum or category."""
    if not caller.is_known:
        raise Unauthenticated(f"Handing in threads asks for a key for {Scope.INGEST_THREADS.value!r}.")
    if not caller.may(Scope.INGEST_THREADS):
        raise Forbidden(Scope.INGEST_THREADS)
    if not caller.may_hand_in(thread.forum, thread.category):
        raise Forbidden(f"{Scope.INGEST_THREADS} of this forum and category")


def _messages(request: ThreadRequest) -> list[dict[str, Any]]:
    """Return a whole thread as messages: its question is post 1, its solution post "solution"."""
    topic = {
        "what": "topic",
        "title": request.title,
        "categories": [request.category] if request.category else [],
        "url": request.url,
        "created": request.created.isoformat() if request.created else "",
        "language": request.language or "",
        "gone": request.deleted,
        "private": False,
    }
    posts = [_post("question", 1, request.question), _post("solution", 2, request.solution)]
    accepted = {"what": "solution", "post": "solution", "accepted": request.solution is not None}
    return [topic, *posts, accepted]


def _post(name: str, number: int, post: ThreadPost | None) -> dict[str, Any]:
    text = post.text if post else ""
    return {"what": "post", "post": name, "number": number, "text": text, "markup": "markdown", "gone": post is None}

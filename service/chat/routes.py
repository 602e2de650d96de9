"""The service as an OpenAI-compatible endpoint, so that chat front ends can be pointed at the resource centre."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from index.lexical.query_language import query_language
from service.answering.answers import Answer
from service.answering.event_stream import HEADERS, MEDIA_TYPE, told
from service.answering.service import Inquiry, inquire
from service.chat.dependencies import ChatCaller
from service.chat.schemas import (
    MODEL,
    ChatError,
    ChatErrorDetail,
    ChatRequest,
    ModelOut,
    ModelsOut,
    Writing,
    chunk,
    completion,
    last_chunk,
    new_id,
)
from service.desk import AtDesk, Desk
from service.http.openapi import MEANINGS
from service.http.problems import InvalidField, problem_of
from service.journal.consent import consent_in
from service.search.schemas import LONGEST_QUERY, Filters

log = logging.getLogger("passerelle.faults")

PREFIX: Final = "/v1"
TYPES: Final = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
STREAMED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer with numbered sources; as events of pieces when `stream` is true",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}

router = APIRouter(prefix=PREFIX, tags=["chat"])


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation whose errors are OpenAI's."""
    return {status: {"model": ChatError, "description": MEANINGS[status]} for status in statuses}


@router.get("/models", responses=errors(401, 403, 429, 504), summary="The one model there is")
async def models(caller: ChatCaller) -> ModelsOut:
    """Return the list of models: the resource centre itself."""
    return ModelsOut(data=[ModelOut(id=MODEL)])


@router.post(
    "/chat/completions",
    response_model=None,
    responses={**STREAMED, **errors(400, 401, 403, 413, 422, 429, 503, 504)},
    summary="Answer the last message of a conversation",
)
async def complete(asked: ChatRequest, desk: AtDesk, caller: ChatCaller, request: Request) -> Response:
    """Answer the user's last message, with `[1]` after each sentence, the sources below and in `citations`.

    What was said before is not read: each question is looked up on its own. `model` may be any name.
    """
    if not asked.question:
        raise InvalidField("messages", "hold no question: wanted a message of the user, with text")
    if len(asked.question) > LONGEST_QUERY:
        raise InvalidField("messages", f"the user's last one is longer than {LONGEST_QUERY} characters")
    consent, within = consent_in(request.headers, caller), Filters().within(caller.audience)
    inquiry = await inquire(desk, asked.question.replace("\x00", " "), within, caller, "chat", consent)
    writing = Writing(desk.settings.public_url, query_language(asked.question))
    if asked.stream:
        return StreamingResponse(_pieces(desk, inquiry, writing), media_type=MEDIA_TYPE, headers=HEADERS)
    answer = await desk.answering.run(inquiry.answer)
    text = "".join(writing.sentence(one) for one in answer.sentences) + writing.ending(answer, inquiry.ranking)
    return JSONResponse(completion(text, writing.citations(), answer))


async def _pieces(desk: Desk, inquiry: Inquiry, writing: Writing) -> AsyncIterator[str]:
    name = new_id()
    yield _data(chunk(name, {"role": "assistant", "content": ""}))
    coming = told(desk, inquiry)
    try:
        async for one in coming:
            if isinstance(one, Answer):
                yield _data(chunk(name, {"content": writing.ending(one, inquiry.ranking)}))
                yield _data(last_chunk(name, writing.citations(), one))
            else:
                yield _data(chunk(name, {"content": writing.sentence(one)}))
    except Exception as error:  # the status has long been sent: whatever it is, it is logged and told as OpenAI does
        if problem_of(error).status == 500:
            log.exception("a streamed completion failed")
        yield _data(_error(error).model_dump())
    finally:
        await coming.aclose()
    yield "data: [DONE]\n\n"


def _data(thing: object) -> str:
    return f"data: {json.dumps(thing, ensure_ascii=False)}\n\n"


def _error(error: Exception) -> ChatError:
    problem = problem_of(error)
    kind = TYPES.get(problem.status, "server_error" if problem.status >= 500 else "invalid_request_error")
    said = "; ".join([problem.detail, *(f"{one.field}: {one.message}" for one in problem.errors)])
    param = problem.errors[0].field if problem.errors else None
    return ChatError(error=ChatErrorDetail(message=said, type=kind, param=param, code=None))


async def as_chat_error(request: Request, error: Exception) -> Response:
    """Return what went wrong in the form OpenAI's clients read."""
    problem = problem_of(error)
    return JSONResponse(_error(error).model_dump(), problem.status, problem.headers)

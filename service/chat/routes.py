"""The service as an OpenAI-compatible endpoint, so that chat front ends can be pointed at the resource centre."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from index.lexical.query_language import detect_query_language
from service.answering.answers import Answer
from service.answering.event_stream import HEADERS, MEDIA_TYPE
from service.answering.service import AskDependency, AskService, PendingAnswer
from service.auth.authenticators import bearer_token
from service.auth.callers import NOBODY, Caller
from service.auth.dependencies import api_caller
from service.chat.completions import MarkdownWriter, chunk, completion, last_chunk, new_id, usage_chunk
from service.chat.schemas import MODEL, ChatError, ChatErrorDetail, ChatRequest, ModelOut, ModelsOut
from service.errors import InvalidField
from service.http.fields import LONGEST_QUERY
from service.http.openapi import MEANINGS
from service.http.problems import problem_of
from service.journal.consent import consent_in
from service.library.filters import Filters

log = logging.getLogger("passerelle.faults")

PREFIX: Final = "/v1"
NOBODYS_KEY: Final = "public"  # OpenAI's clients always send a key, so there is one for nobody
TYPES: Final = {401: "authentication_error", 403: "permission_error", 404: "not_found_error", 429: "rate_limit_error"}
STREAMED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer with numbered sources; as events of pieces when `stream` is true",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}

router = APIRouter(prefix=PREFIX, tags=["chat"])


async def chat_caller(request: Request) -> Caller:
    """Return who calls: nobody without a key or with the key `public`. Raises Unauthenticated for a wrong key."""
    headers = request.headers.getlist("authorization")
    if len(headers) == 1 and bearer_token(headers[0]) == NOBODYS_KEY:
        return NOBODY
    return await api_caller(request)


ChatCaller = Annotated[Caller, Depends(chat_caller)]


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
async def complete(body: ChatRequest, asks: AskDependency, caller: ChatCaller, request: Request) -> Response:
    """Answer the user's last message, with `[1]` after each sentence, the sources below and in `citations`.

    What it leaves open ("Et pour la Belgique ?") is taken from the user's six messages before it; those of the
    assistant are not read. `model` may be any name.
    """
    if not body.question:
        raise InvalidField("messages", "hold no question: expected a message of the user, with text")
    if len(body.question) > LONGEST_QUERY:
        raise InvalidField("messages", f"the user's last one is longer than {LONGEST_QUERY} characters")
    consent, within = consent_in(request.headers, caller), Filters().within(caller.access)
    pending = await asks.search(body.question, within, "chat", consent, body.turns[:-1])
    writer = MarkdownWriter(asks.public_url, detect_query_language(pending.question))
    if body.stream:
        return StreamingResponse(_chunks(body, asks, pending, writer), media_type=MEDIA_TYPE, headers=HEADERS)
    answer = await asks.answer(pending)
    sentences = "".join(writer.sentence(sentence) for sentence in answer.sentences)
    understood = pending.understood
    text = writer.beginning(understood) + sentences + writer.ending(answer, pending.ranking, understood)
    whole = completion(text, writer.citations(), answer, understood, asks.public_url, prompt=body.prompt, n=body.n or 1)
    return JSONResponse(whole)


async def _chunks(
    body: ChatRequest, asks: AskService, pending: PendingAnswer, writer: MarkdownWriter
) -> AsyncIterator[str]:
    name, n, texts = new_id(), body.n or 1, list[str]()
    counts = bool(body.stream_options and body.stream_options.include_usage)
    without = {"usage": None} if counts else {}  # every piece but the last says that it has none

    def piece(text: str) -> str:
        texts.append(text)
        return _data(chunk(name, {"content": text}, n=n, **without))

    yield _data(chunk(name, {"role": "assistant", "content": ""}, n=n, **without))
    stream, understood = asks.stream(pending), pending.understood
    if beginning := writer.beginning(understood):
        yield piece(beginning)
    try:
        async for item in stream:
            if isinstance(item, Answer):
                yield piece(writer.ending(item, pending.ranking, understood))
                yield _data(last_chunk(name, writer.citations(), item, understood, asks.public_url, n=n) | without)
            else:
                yield piece(writer.sentence(item))
        if counts:
            yield _data(usage_chunk(name, body.prompt, "".join(texts), n))
    except Exception as error:  # the status has long been sent: whatever it is, it is logged and sent as OpenAI does
        if problem_of(error).status == 500:
            log.exception("a streamed completion failed")
        yield _data(_error(error).model_dump())
    finally:
        await stream.aclose()
    yield "data: [DONE]\n\n"


def _data(payload: object) -> str:
    return f"data: {json.dumps(payload, ensure_ascii=False)}\n\n"


def _error(error: Exception) -> ChatError:
    problem = problem_of(error)
    kind = TYPES.get(problem.status, "server_error" if problem.status >= 500 else "invalid_request_error")
    message = "; ".join([problem.detail, *(f"{fault.field}: {fault.message}" for fault in problem.errors)])
    param = problem.errors[0].field if problem.errors else None
    return ChatError(error=ChatErrorDetail(message=message, type=kind, param=param, code=None))


async def as_chat_error(request: Request, error: Exception) -> Response:
    """Answer an exception in the form OpenAI's clients read."""
    problem = problem_of(error)
    return JSONResponse(_error(error).model_dump(), problem.status, problem.headers)

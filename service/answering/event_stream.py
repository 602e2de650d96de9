"""An answer as server-sent events: `passages`, then a `sentence` each, then `end`; or `problem`, and nothing more."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import Header
from fastapi.encoders import jsonable_encoder
from starlette.responses import StreamingResponse

from service.answering.answers import Answer, Sentence
from service.answering.schemas import sentence_out, understanding_out
from service.answering.service import AskService, PendingAnswer
from service.answering.understanding import Understanding
from service.http.problems import problem_of

log = logging.getLogger("passerelle.faults")

MEDIA_TYPE: Final = "text/event-stream"
ACCEPT: Final = Header(include_in_schema=False, max_length=1000)  # OpenAPI tells it by the kinds of answers
EXAMPLE: Final = """event: passages
data: {"question": "…", "passages": [{"id": "notes/teletravail@1200-1850", …}]}

event: sentence
data: {"text": "…", "citations": [{"document_id": "notes/teletravail", "quote": "…", "start": 1310, …}]}

event: end
data: {"answered": true, "outcome": "answer", "answered_by": "extractive", "nearest": [], …}

"""
EVENTS: Final[dict[str, Any]] = {
    "description": "The answer. As events: `passages` (what it is looked for in), `sentence` (as one of `sentences`), "
    "`end` (everything else), or `problem` (RFC 9457) when something goes wrong on the way; `end` or `problem` is last",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}},
}
HEADERS: Final = {"X-Accel-Buffering": "no"}  # proxies pass each event on at once


def wants_events(accept: str) -> bool:
    """Say whether events are asked for by name; a client that takes anything gets JSON."""
    media_types = [item.partition(";")[0].strip().lower() for item in accept.split(",")]
    return MEDIA_TYPE in media_types and "application/json" not in media_types


# Not sse-starlette's EventSourceResponse: on SIGTERM that ends a stream before `end` or `problem` (see the tests).
def event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def event_stream(asks: AskService, pending: PendingAnswer) -> StreamingResponse:
    """Return the answer as events, each sent as soon as it is known."""
    return StreamingResponse(_events(asks, pending), media_type=MEDIA_TYPE, headers=HEADERS)


async def _events(asks: AskService, pending: PendingAnswer) -> AsyncIterator[str]:
    passages = [passage.model_dump(mode="json") for passage in asks.passages(pending)]
    yield event("passages", {"question": pending.question, "passages": passages})
    answer = asks.stream(pending)
    try:
        async for item in answer:
            yield _event_of(item, pending.understood, asks.public_url)
    except Exception as error:  # the status has long been sent: whatever it is, it is logged and sent as an event
        problem = problem_of(error)
        if problem.status == 500:
            log.exception("an answer in events failed")
        yield event("problem", problem.content())
    finally:
        await answer.aclose()


def _event_of(item: Sentence | Answer, understood: Understanding, base: str) -> str:
    if isinstance(item, Sentence):
        return event("sentence", sentence_out(item, base).model_dump(mode="json"))
    sentences = {"contradicting": item.contradicting, "nearest": item.nearest}
    end = {
        **jsonable_encoder(understanding_out(understood, base)),
        "answered": item.is_answered,
        "outcome": item.outcome,
        "answered_by": item.answered_by,
        "note": item.note,
        **{name: [sentence_out(each, base).model_dump(mode="json") for each in sentences[name]] for name in sentences},
        "confidence": round(item.confidence, 4),
    }
    return event("end", end)

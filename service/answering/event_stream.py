"""An answer as server-sent events: `passages`, then a `sentence` each, then `end`; or `problem`, and nothing more."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Final

from fastapi import Header
from starlette.responses import StreamingResponse

from service.answering.answers import Answer, Sentence
from service.answering.service import Inquiry
from service.desk import Desk
from service.http.concurrency import still_wanted
from service.http.problems import problem_of
from service.search.responses import sentence_out

log = logging.getLogger("passerelle.faults")

MEDIA_TYPE: Final = "text/event-stream"
ACCEPT: Final = Header(include_in_schema=False, max_length=1000)  # OpenAPI tells it by the kinds of answers
EXAMPLE: Final = """event: passages
data: {"question": "…", "passages": [{"id": "notes/teletravail@1200-1850", …}]}

event: sentence
data: {"text": "…", "citations": [{"document_id": "notes/teletravail", "quote": "…", "start": 1310, …}]}

event: end
data: {"answered": true, "answered_by": "extractive", "note": "", "confidence": 0.93}

"""
EVENTS: Final[dict[str, Any]] = {
    "description": "The answer. As events: `passages` (what it is looked for in), `sentence` (as one of `sentences`), "
    "`end` (everything else), or `problem` (RFC 9457) when something goes wrong on the way; `end` or `problem` is last",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "example": EXAMPLE}},
}
HEADERS: Final = {"X-Accel-Buffering": "no"}  # proxies pass each event on at once


def wants_events(accept: str) -> bool:
    """Say whether events are asked for by name; a client that takes anything gets JSON."""
    kinds = [one.partition(";")[0].strip().lower() for one in accept.split(",")]
    return MEDIA_TYPE in kinds and "application/json" not in kinds


def event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def event_stream(desk: Desk, inquiry: Inquiry) -> StreamingResponse:
    """Return the answer as events, each sent as soon as it is known."""
    return StreamingResponse(_events(desk, inquiry), media_type=MEDIA_TYPE, headers=HEADERS)


async def _events(desk: Desk, inquiry: Inquiry) -> AsyncIterator[str]:
    passages = [one.model_dump(mode="json") for one in inquiry.passages]
    yield event("passages", {"question": inquiry.question, "passages": passages})
    coming = told(desk, inquiry)
    try:
        async for one in coming:
            yield _event_of(one, desk.settings.public_url)
    except Exception as error:  # the status has long been sent: whatever it is, it is logged and told in an event
        problem = problem_of(error)
        if problem.status == 500:
            log.exception("an answer in events failed")
        yield event("problem", problem.content())
    finally:
        await coming.aclose()


def _event_of(one: Sentence | Answer, base: str) -> str:
    if isinstance(one, Sentence):
        return event("sentence", sentence_out(one, base).model_dump(mode="json"))
    said = {"answered": one.is_answered, "answered_by": one.answered_by, "note": one.note}
    return event("end", said | {"confidence": round(one.confidence, 4)})


async def told(desk: Desk, inquiry: Inquiry) -> AsyncGenerator[Sentence | Answer, None]:
    """Yield each sentence as it is told, and the whole answer last. A reader who leaves ends the work at the next."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[Sentence | Answer | Exception] = asyncio.Queue()

    def tell(sentence: Sentence) -> None:
        still_wanted()
        loop.call_soon_threadsafe(waiting.put_nowait, sentence)

    async def work() -> None:
        try:
            last: Answer | Exception = await desk.answering.run(lambda: inquiry.answer(tell))
        except Exception as error:  # handed to whoever listens, who raises it again
            last = error
        waiting.put_nowait(last)

    working = asyncio.create_task(work())
    try:
        while True:
            one = await waiting.get()
            if isinstance(one, Exception):
                raise one
            yield one
            if isinstance(one, Answer):
                break
    finally:
        working.cancel()

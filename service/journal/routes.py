"""`POST /feedback`: whether a result or an answer helped, with an optional word. The journal keeps it, nameless."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.status import HTTP_202_ACCEPTED

from service.auth.dependencies import ApiCaller
from service.desk import AtDesk
from service.http.openapi import problems
from service.journal.service import Consent

router = APIRouter(tags=["search"])
SEARCH_ID: Final = "X-Search-ID"  # the header of an answer that feedback names
LONGEST_WORD: Final = 500
NO_CONTROLS: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"

SearchId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{12}$", strict=True)]
Word = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=LONGEST_WORD, pattern=NO_CONTROLS, strict=True)
]


class FeedbackRequest(BaseModel):
    """Whether what a search gave helped."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "search": "q3lNzT0vA9_x",
                    "document_id": "notes/teletravail",
                    "helped": False,
                    "word": "La règle a changé en 2025.",
                }
            ]
        },
    )

    search: Annotated[SearchId, Field(description=f"The `{SEARCH_ID}` header of the search or answer this is about")]
    document_id: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_CONTROLS, strict=True)] | None,
        Field(description="The result this is about; without it, the answer"),
    ] = None
    helped: Annotated[bool, Field(strict=True)]
    word: Annotated[Word, Field(description="Anything to add; it is kept, so leave names of people out")] = ""


class FeedbackReceived(BaseModel):
    received: bool = Field(description="Whether a journal is kept here at all")


@router.post(
    "/feedback",
    status_code=HTTP_202_ACCEPTED,
    responses=problems(400, 401, 413, 422),
    summary="Say whether a result or an answer helped",
)
async def feedback(asked: FeedbackRequest, desk: AtDesk, caller: ApiCaller) -> FeedbackReceived:
    """Keep a vote. One about something the search did not show is not counted; a second one replaces the first."""
    desk.journal.voted(
        asked.search,
        asked.document_id or "",
        helped=asked.helped,
        word=asked.word,
        audience=caller.audience.value,
        consent=Consent(True, caller.subject),
    )
    return FeedbackReceived(received=bool(desk.journal.days))

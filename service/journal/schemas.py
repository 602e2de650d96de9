"""The wire format of feedback: whether what a search gave helped."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

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

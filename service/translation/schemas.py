"""The wire format of a machine translation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from service.http.fields import WHOLE, one_of
from service.web.translating import INTERFACE_LANGUAGES

TargetLanguage = one_of(INTERFACE_LANGUAGES)


class TranslateRequest(BaseModel):
    """A passage, as a search or a citation gives it, and the language to translate it into."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"document_id": "notes/teletravail", "start": 1200, "end": 1850, "language": "en"}]
        },
    )

    document_id: Annotated[str, Field(min_length=1, max_length=500)]
    start: Annotated[
        int, Field(ge=0, le=2**40, strict=True, description="Where the passage begins, in characters"), WHOLE
    ]
    end: Annotated[int, Field(ge=1, le=2**40, strict=True, description="Where it ends"), WHOLE]
    language: TargetLanguage  # type: ignore[valid-type]


class DifferencesOut(BaseModel):
    """Figures, months and addresses that only one of the two texts has; they need not be mistakes."""

    only_in_original: list[str] = Field(examples=[["50"]])
    only_in_translation: list[str]


class TranslationOut(BaseModel):
    """A passage and a machine's translation of it. What is cited is the original."""

    document_id: str
    start: int
    end: int
    label: str = Field(examples=["p. 12"])
    original: str
    original_language: str = Field(examples=["de"])
    translation: str
    language: TargetLanguage  # type: ignore[valid-type]
    is_machine_translation: Literal[True] = True
    model: str = Field(description="The language model that translated it")
    differences: DifferencesOut
    url: str = Field(description="The passage in its place")

"""The wire format of former versions."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field


class VersionOut(BaseModel):
    """One state of a document's text: what a citation of that time is proved with."""

    number: int = Field(description="For `version` of `…/text`", examples=[2])
    since: datetime | None = Field(description="When this text came in; null when that was not noted yet")
    until: datetime | None = Field(description="When another text took its place; null for the present one")
    title: str
    published: date | None
    characters: int
    text_url: str


class VersionsOut(BaseModel):
    """The versions of a document that you may see, oldest first; the present one is last."""

    document_id: str
    versions: list[VersionOut]

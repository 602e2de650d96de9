"""The wire format of changes."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, Field

from service.history.changes import Change


class ChangeOut(BaseModel):
    """Who changed what, when."""

    at: str = Field(examples=["2026-11-30T09:12:00.000+00:00"])
    by: str = Field(examples=["Anne"])
    action: str = Field(examples=["add"])
    what: str = Field(examples=["Marie"])
    details: str = Field(description="What of it, in plain words; may be empty", examples=["groups gt-sante"])


def changes_out(changes: Iterable[Change]) -> list[ChangeOut]:
    return [
        ChangeOut(at=change.at, by=change.by, action=change.action, what=change.what, details=change.details)
        for change in changes
    ]

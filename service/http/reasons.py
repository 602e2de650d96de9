"""The wire format of why something was not read: the English text, and the code and values it is made of."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from index.reasons import record_reason


class ReasonOut(BaseModel):
    """Why something was not read, for people and for programs."""

    reason: str = Field(description="In English", examples=["more than 50000 rows: split it."])
    code: str = Field(
        description="What kind of reason it is; empty if an older version recorded it", examples=["too-many-rows"]
    )
    values: dict[str, Any] = Field(
        description="What the text names; a reason within a reason has `code` and `values` again",
        examples=[{"most": 50000}],
    )


def reason_fields(reason: str) -> dict[str, Any]:
    """Return the fields of `ReasonOut`."""
    return {"code": "", "values": {}} | record_reason(reason)

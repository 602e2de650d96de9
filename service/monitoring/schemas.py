"""The responses of `GET /health` and `GET /ready`."""

from __future__ import annotations

from pydantic import BaseModel, Field


class Health(BaseModel):
    status: str = Field(examples=["ok"])


class Readiness(BaseModel):
    ready: bool
    generation: int | None = Field(None, description="For staff: which state of the index is served")
    trouble: str = Field("", description="What is wrong although searches are answered, and how to repair it")

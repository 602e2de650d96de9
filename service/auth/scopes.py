"""What a key is for. A table of paths, in one place, so that a new route is never open to every key by oversight."""

from __future__ import annotations

from enum import StrEnum

from index.documents import Audience


class Scope(StrEnum):
    """One thing a key may be used for. Which documents it shows is its audience's to say, not its scopes'."""

    SEARCH = "search"  # documents, passages, comparable experiences, feeds
    ASK = "ask"  # answers, also through the OpenAI-compatible endpoint
    SUGGEST = "suggest"  # prior solutions while a thread is written
    INGEST_THREADS = "ingest-threads"  # hand threads in
    REPORT = "report"  # the register of obstacles: add to it, and read it
    STAFF = "staff"  # whatever only staff do


READING = frozenset({Scope.SEARCH, Scope.ASK, Scope.SUGGEST, Scope.REPORT})
USUAL = {
    Audience.PUBLIC: READING,
    Audience.MEMBER: READING,
    Audience.STAFF: READING | {Scope.INGEST_THREADS, Scope.STAFF},
}
# The first beginning that fits decides; what none fits is for staff.
PATHS = (
    ("/api/v1/staff", Scope.STAFF),
    ("/api/v1/ask", Scope.ASK),
    ("/v1/", Scope.ASK),
    ("/api/v1/suggestions", Scope.SUGGEST),
    ("/api/v1/obstacles", Scope.REPORT),
    ("/api/v1/threads", Scope.INGEST_THREADS),
    ("/api/v1/", Scope.SEARCH),
    ("/mcp", Scope.SEARCH),
    ("/ready", Scope.SEARCH),
)


def usual_scopes(audience: Audience) -> frozenset[Scope]:
    """Return what a caller of this audience may do unless their key says less (or more)."""
    return USUAL[audience]


def required_scope(path: str) -> Scope:
    """Return the scope a path of the API asks for."""
    return next((scope for beginning, scope in PATHS if path.startswith(beginning)), Scope.STAFF)

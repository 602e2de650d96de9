"""What a key is for. A table of paths, in one place, so that a new route is never open to every key by oversight."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from index.documents import Audience


class Scope(StrEnum):
    """One thing a key may be used for. Which documents it shows is its audience's to say, not its scopes'."""

    SEARCH = "search"  # documents, passages, comparable experiences, feeds
    ASK = "ask"  # answers and translations, also through the OpenAI-compatible endpoint
    SUGGEST = "suggest"  # prior solutions while a thread is written
    INGEST_THREADS = "ingest-threads"  # hand threads in
    REPORT = "report"  # the register of obstacles: add to it, and read it
    DOSSIERS = "dossiers"  # keep dossiers, and read those that others share
    STAFF = "staff"  # whatever only staff do
    KEYS = "keys"  # with `staff`: make, change and revoke API keys, manage groups


@dataclass(frozen=True, slots=True)
class ForumBinding:
    """The one forum whose threads a key may hand in, and its categories; without any, all of that forum's."""

    forum: str
    categories: frozenset[str] = frozenset()

    def allows(self, forum: str, category: str) -> bool:
        return forum == self.forum and (not self.categories or category in self.categories)

    def holds(self, other: ForumBinding | None) -> bool:
        """Say whether everything that another binding allows is allowed by this one too."""
        if other is None or other.forum != self.forum:
            return False
        return not self.categories or (bool(other.categories) and other.categories <= self.categories)


READING = frozenset({Scope.SEARCH, Scope.ASK, Scope.SUGGEST, Scope.REPORT, Scope.DOSSIERS})
USUAL = {
    Audience.PUBLIC: READING,
    Audience.MEMBER: READING,
    Audience.STAFF: READING | {Scope.INGEST_THREADS, Scope.STAFF, Scope.KEYS},
}
# What each part of the site asks for, API and pages alike: the first entry that a path equals or lies below decides.
# What none fits is for staff. The tools of the MCP server name theirs themselves (`service.mcp.tools`).
PATHS: Final[tuple[tuple[str, Scope | None], ...]] = (
    ("/api/v1/staff/keys", Scope.KEYS),
    ("/api/v1/staff/groups", Scope.KEYS),  # they say what keys show
    ("/api/v1/staff", Scope.STAFF),
    ("/api/v1/ask", Scope.ASK),
    ("/api/v1/translate", Scope.ASK),
    ("/v1", Scope.ASK),
    ("/api/v1/suggestions", Scope.SUGGEST),
    ("/api/v1/obstacles", Scope.REPORT),
    ("/api/v1/threads", Scope.INGEST_THREADS),
    ("/api/v1/dossiers", Scope.DOSSIERS),
    ("/api/v1", Scope.SEARCH),
    ("/mcp", Scope.SEARCH),
    ("/ready", Scope.SEARCH),
    ("/staff/keys", Scope.KEYS),
    ("/staff/groups", Scope.KEYS),
    ("/staff", Scope.STAFF),
    ("/obstacles", Scope.REPORT),
    ("/dossiers", Scope.DOSSIERS),
    ("/shared", Scope.SEARCH),
    ("/documents", Scope.SEARCH),
    ("/files", Scope.SEARCH),
    ("/translate", Scope.ASK),
    ("/experiences", Scope.SEARCH),
    ("/browse", Scope.SEARCH),
    ("/directory", Scope.SEARCH),
    ("/compare", Scope.SEARCH),
    ("/export", Scope.SEARCH),
    ("/completions", Scope.SEARCH),
    ("/feedback", Scope.SEARCH),
    ("/alerts/confirm", None),  # their links say who may
    ("/alerts/unsubscribe", None),
    ("/alerts", Scope.SEARCH),
    ("/newsletter/confirm", None),  # as those of alerts
    ("/newsletter/unsubscribe", None),
    ("/newsletter", Scope.SEARCH),
    ("/journal", Scope.SEARCH),
    ("/signin", None),  # for everybody, whatever their key is for
    ("/signout", None),
    ("/", Scope.SEARCH),  # the search page alone
)


def usual_scopes(audience: Audience) -> frozenset[Scope]:
    """Return what a caller of this audience may do unless their key says less (or more)."""
    return USUAL[audience]


def required_scope(path: str) -> Scope | None:
    """Return the scope a path asks for, None where it asks for none.

    `path` is the one the routes were matched with (`scope["path"]`): a request's whole address begins with its Host
    header, which may hold anything.
    """
    for beginning, scope in PATHS:
        if path == beginning or path.startswith(f"{beginning}/"):
            return scope
    return Scope.STAFF

"""Which keys make sense, for the command and the pages alike."""

from __future__ import annotations

from collections.abc import Collection

from index.documents import Audience
from service.auth.scopes import ForumBinding, Scope


class UnfitKey(ValueError):
    """A key that makes no sense: `field` is what is wrong, `rule` names why."""

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.field, self.rule = field, rule


def forum_binding(forum: str, categories: Collection[str], scopes: Collection[Scope] | None) -> ForumBinding | None:
    """Return the forum a new key with these scopes (None: the usual ones) is for. Raises UnfitKey."""
    given = scopes or frozenset()
    is_for_threads = Scope.INGEST_THREADS in given
    if (forum and not is_for_threads) or (categories and not forum):
        raise UnfitKey(
            "forum", "forum", f"A forum, and categories with it, are for a key with the scope {Scope.INGEST_THREADS}."
        )
    binding = ForumBinding(forum, frozenset(categories)) if forum else None
    check_scopes(given, binding)
    return binding


def check_scopes(scopes: Collection[Scope], binding: ForumBinding | None) -> None:
    """See that a key which hands in threads is for one forum, or staff's. Raises UnfitKey."""
    if Scope.INGEST_THREADS in scopes and binding is None and Scope.STAFF not in scopes:
        raise UnfitKey(
            "scopes", "threads", f"{Scope.INGEST_THREADS} needs a forum: a key hands in the threads of one forum."
        )


def check_groups(groups: Collection[str], audience: Audience) -> None:
    """See that only a member's key has groups. Raises UnfitKey."""
    if groups and audience is not Audience.MEMBER:
        raise UnfitKey(
            "groups",
            "groups",
            "Groups are for a member's key: staff see the documents of every group, the public of none.",
        )

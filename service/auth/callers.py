"""Who calls: nobody (who sees what is public), or somebody an authenticator knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from index.documents import Access, Audience
from service.auth.scopes import ForumBinding, Scope, usual_scopes

LONGEST_ORGANISATION: Final = 100  # characters of its name


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody and what they may see. `subject` finds them again in a session ("key:3"); nobody's is empty.

    `scopes` narrow what a key is for; without them it is what is usual for the audience. `binding` is the forum a key
    hands in threads for. `groups` are those they are a member of, `organisation` is whom they work for, "" where that
    is not known: it shows them no document, only what colleagues share with it.
    """

    name: str
    audience: Audience
    subject: str = ""
    scopes: frozenset[Scope] | None = None
    binding: ForumBinding | None = None
    groups: frozenset[str] = frozenset()
    organisation: str = ""

    @property
    def access(self) -> Access:
        """What they may see."""
        return Access(self.audience, self.groups)

    def may(self, scope: Scope) -> bool:
        """Say whether the caller may do a thing at all; which documents it shows depends on their access."""
        return scope in (usual_scopes(self.audience) if self.scopes is None else self.scopes)

    def may_hand_in(self, forum: str, category: str) -> bool:
        """Say whether threads of this forum and category may come from here; a key for no forum must be staff's."""
        if not self.may(Scope.INGEST_THREADS):
            return False
        return self.binding.allows(forum, category) if self.binding else self.is_staff

    @property
    def is_known(self) -> bool:
        return bool(self.subject)

    @property
    def is_staff(self) -> bool:
        """Say whether the caller may do staff's work: staff, without a key or with one that is for it."""
        return self.audience is Audience.STAFF and self.may(Scope.STAFF)


def organisation_name(text: str) -> str:
    """Return an organisation's name as names are compared: one line of at most 100 characters, "" for anything else."""
    name = " ".join(text.split())
    return name if name.isprintable() and len(name) <= LONGEST_ORGANISATION else ""


NOBODY = Caller(name="", audience=Audience.PUBLIC)

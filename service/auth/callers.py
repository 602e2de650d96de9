"""Who calls: nobody (who sees what is public), or somebody an authenticator knows."""

from __future__ import annotations

from dataclasses import dataclass

from index.documents import Audience
from service.auth.scopes import Scope, usual_scopes


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody and what they may see. `subject` finds them again in a session ("key:3"); nobody's is empty.

    `scopes` narrow what a key is for; without them it is what is usual for the audience.
    """

    name: str
    audience: Audience
    subject: str = ""
    scopes: frozenset[Scope] | None = None

    def may(self, scope: Scope) -> bool:
        """Say whether the caller may do a thing at all; which documents it shows depends on their audience."""
        return scope in (usual_scopes(self.audience) if self.scopes is None else self.scopes)

    @property
    def is_known(self) -> bool:
        return bool(self.subject)

    @property
    def is_staff(self) -> bool:
        """Say whether the caller may do staff's work: staff, without a key or with one that is for it."""
        return self.audience is Audience.STAFF and self.may(Scope.STAFF)


NOBODY = Caller(name="", audience=Audience.PUBLIC)

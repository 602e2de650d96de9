"""What somebody may see now: looked up anew whenever a job tells them something."""

from __future__ import annotations

from typing import Final

from index.documents import Access
from service.auth.authenticators import Authenticator
from service.auth.scopes import Scope
from service.errors import Unauthenticated

ISSUED: Final = "oidc:"  # how the subjects of people of an issuer begin


def present_access(authenticator: Authenticator, subject: str) -> Access | None:
    """Return what a subject may see now, None when nothing is to be told: their key is no good any more.

    Without a subject ("") it is what is public. People of an issuer are known for as long as a session lasts. Whoever
    has been away for longer is told what is public, and the rest once they have signed in again.
    """
    if not subject:
        return Access()
    try:
        owner = authenticator.resume(subject)
    except Unauthenticated:
        return Access() if subject.startswith(ISSUED) else None
    return owner.access if owner.may(Scope.SEARCH) else None

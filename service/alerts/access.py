"""What the owner of an alert may see now: looked up anew whenever something is told."""

from __future__ import annotations

from index.documents import Access
from service.alerts.model import Alert
from service.auth.authenticators import Authenticator
from service.auth.scopes import Scope
from service.errors import Unauthenticated


def present_access(authenticator: Authenticator, alert: Alert) -> Access | None:
    """Return what an alert's owner may see now, None when nothing is to be told: their key is no good any more.

    People of an issuer are known for as long as a session lasts. Whoever has been away for longer is told what is
    public, and the rest once they have signed in again.
    """
    if not alert.has_owner:
        return Access()
    try:
        owner = authenticator.resume(alert.owner)
    except Unauthenticated:
        return Access() if alert.owner.startswith("oidc:") else None
    return owner.access if owner.may(Scope.SEARCH) else None

"""Who agreed that the words of their searches are kept: a cookie on the pages, a header on the API; silence is no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fastapi import Request

from service.auth.callers import Caller
from service.journal.service import Consent

COOKIE: Final = "passerelle_journal"
HEADER: Final = "X-Passerelle-Keep-Query"
YES: Final = "yes"


def consent_of(request: Request, caller: Caller) -> Consent:
    """Return the consent a reader's browser holds."""
    return Consent(request.cookies.get(COOKIE) == YES, caller.subject)


def consent_in(headers: Mapping[str, str], caller: Caller) -> Consent:
    """Return the consent a client of the API sends."""
    return Consent(headers.get(HEADER, "").strip().lower() == YES, caller.subject)

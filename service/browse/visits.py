"""When a reader who is signed in was here last, as their browser knows it: two days in a cookie, and nothing else.

The day of the visit before is kept until the next day on which they come, so that what is new stays new for a day.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from fastapi import Request
from starlette.responses import Response

from index.clock import utc_today
from service.auth.sessions import cookie_name

VISITS_COOKIE: Final = "passerelle_visits"  # "2026-11-03.2026-11-29": the visit before, and this one
KEPT_S: Final = 90 * 86_400


def last_visit(request: Request, *, is_secure: bool) -> date | None:
    """Return the day of the visit before today's; None when it is not known."""
    before, latest = _visits(request, is_secure)
    return latest if latest and latest < utc_today() else before


def note_visit(request: Request, response: Response, *, is_secure: bool) -> None:
    """Have the browser keep the day of this visit, and of the one before."""
    before, today = last_visit(request, is_secure=is_secure), utc_today()
    value = f"{before.isoformat() if before else ''}.{today.isoformat()}"
    name = cookie_name(VISITS_COOKIE, is_secure=is_secure)
    if request.cookies.get(name) != value:
        response.set_cookie(name, value, max_age=KEPT_S, httponly=True, samesite="lax", secure=is_secure)


def _visits(request: Request, is_secure: bool) -> tuple[date | None, date | None]:
    before, _, latest = request.cookies.get(cookie_name(VISITS_COOKIE, is_secure=is_secure), "").partition(".")
    return _past_day(before), _past_day(latest)


def _past_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day <= utc_today() else None

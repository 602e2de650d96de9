"""What pages that change something share: a form that can only come from one's own page, and the session's cookie."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from service.auth.sessions import FORM_COOKIE, SESSION_COOKIE
from service.desk import Desk


async def form_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form, without files."""
    async with request.form(max_files=0, max_fields=30) as sent:
        return {name: value for name, value in sent.items() if isinstance(value, str)}


def is_own_form(request: Request, desk: Desk, said: dict[str, str]) -> bool:
    """Say whether a form came from a page made for this reader."""
    return desk.sessions.is_own_form(request.cookies.get(FORM_COOKIE, ""), said.get("token", ""))


def open_session(response: Response, desk: Desk, subject: str) -> None:
    """Have the reader's browser keep a session of `subject`."""
    response.set_cookie(
        SESSION_COOKIE,
        desk.sessions.open(subject),
        max_age=desk.sessions.lifetime_s,
        httponly=True,
        samesite="lax",
        secure=desk.settings.is_secure,
    )


def close_session(response: Response, desk: Desk) -> None:
    response.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax", secure=desk.settings.is_secure)

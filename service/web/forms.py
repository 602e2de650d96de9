"""Forms: their fields, and whether they come from one of this site's own pages."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request

from service.auth.sessions import FORM_COOKIE, Sessions
from service.http.dependencies import components_of


async def form_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form, without files."""
    async with request.form(max_files=0, max_fields=30) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def is_own_form(request: Request, fields: Mapping[str, str]) -> bool:
    """Say whether a form came from a page made for this reader, by its field `token`."""
    sessions = components_of(request).get(Sessions)
    return sessions.is_own_form(request.cookies.get(FORM_COOKIE, ""), fields.get("token", ""))

"""Forms: their fields, and whether they come from one of this site's own pages."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request

from service.auth.form_tokens import FORM_COOKIE, FormTokens
from service.auth.sessions import cookie_name
from service.http.dependencies import components_of
from service.settings import Settings


async def form_fields(request: Request) -> dict[str, str]:
    """Return the fields of a form, without files."""
    async with request.form(max_files=0, max_fields=30) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


def is_own_form(request: Request, fields: Mapping[str, str]) -> bool:
    """Say whether a form came from a page made for this reader, by its field `token`."""
    components = components_of(request)
    name = cookie_name(FORM_COOKIE, is_secure=components.get(Settings).is_secure)
    return components.get(FormTokens).is_own(request.cookies.get(name, ""), fields.get("token", ""))

"""The directory's page."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from index.documents import THEMES
from service.auth.dependencies import Reader
from service.directory.listing import DirectoryFilter
from service.directory.schemas import Territory
from service.directory.service import DirectoryDependency
from service.errors import InvalidField
from service.http.fields import Border
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
_BORDER: TypeAdapter[str] = TypeAdapter(Border)
_TERRITORY: TypeAdapter[str] = TypeAdapter(Territory)


@router.api_route("/directory", methods=["GET", "HEAD"])
async def directory_page(request: Request, directories: DirectoryDependency, caller: Reader) -> Response:
    """Show whom to ask at each border, the calls open there and the events to come."""
    t, params = translator(request), request.query_params
    border, theme = _read(_BORDER, "border", params.get("border", "")), params.get("theme", "")
    if theme and theme not in THEMES:
        raise InvalidField("theme", f"unknown value; allowed: {', '.join(THEMES)}")
    territory = _read(_TERRITORY, "territory", params.get("territory", "").strip())
    narrowed = DirectoryFilter((border,) if border else (), (theme,) if theme else (), territory)
    directory = await directories.list(caller.access, t.language, narrowed)
    entries = sorted(directory.entries, key=lambda entry: (not entry.border, t.border(entry.border)))
    values = {
        "entries": entries,
        "border": border,
        "theme": theme,
        "territory": territory,
        "borders": sorted((t.border(code), code) for code in {*directory.borders, *narrowed.borders}),
        "themes": sorted((t.theme(name), name) for name in {*directory.themes, *narrowed.themes}),
        "territories": directory.territories,
    }
    return page(request, "directory/directory.html", values, caller=caller)


def _read(expected: TypeAdapter[str], field: str, value: str) -> str:
    """Return a value of the address, "" for none. Raises InvalidField."""
    try:
        return expected.validate_python(value) if value else ""
    except ValidationError as error:
        details: Any = error.errors(include_context=False, include_input=False)[0]
        raise InvalidField(field, str(details["msg"]).removeprefix("Value error, ")) from error

"""What every page of staff is made with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse

from service.auth.callers import Caller
from service.web.rendering import page


def staff_page(
    request: Request, template: str, values: Mapping[str, Any], *, caller: Caller, status: int = 200
) -> HTMLResponse:
    """Return a page of staff; `day` tells the day of a moment written in ISO 8601."""
    return page(request, template, {"day": day_of, **values}, caller=caller, status=status)


def day_of(at: str) -> date:
    return date.fromisoformat(at[:10])

"""What went wrong, as a reader is told."""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from service.auth.dependencies import reader
from service.http.problems import problem_of
from service.web.rendering import page

TOLD = {401, 403, 404, 422, 429, 503, 504}


async def error_page(request: Request, error: Exception) -> Response:
    """Return the page for an error, in the reader's language, with the status a program would get."""
    problem = problem_of(error)
    key = problem.status if problem.status in TOLD else (404 if problem.status == 405 else 422)
    key = 500 if problem.status == 500 else key
    caller = await reader(request)
    values = {"key": f"error.{key}", "errors": problem.errors}
    response = page(request, "error.html", values, caller=caller, status=problem.status)
    response.headers.update(problem.headers)
    return response

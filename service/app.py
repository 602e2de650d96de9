"""The application: routes, errors to statuses, pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from index.errors import PasserelleError
from service import api_documents, api_health, api_search
from service.auth import Unauthenticated
from service.desk import Desk
from service.edge import Edge
from service.library import NotReady
from service.openapi import describe
from service.problems import InvalidField, Overloaded, as_problem
from service.web import pages, signin
from service.web.errors import error_page

ERRORS = (
    RequestValidationError,
    HTTPException,
    InvalidField,
    PasserelleError,
    Unauthenticated,
    NotReady,
    Overloaded,
)
MACHINE_PATHS = ("/api/", "/health", "/ready")


def create_app(
    desk: Desk, *, start: Callable[[], None] = lambda: None, stop: Callable[[], None] = lambda: None
) -> FastAPI:
    """Return the service over the parts of `desk`; `start` and `stop` frame its life."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        start()
        yield
        stop()

    app = FastAPI(
        title="Passerelle",
        version="1",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
    )
    app.state.desk = desk
    app.include_router(api_health.router)
    for router in (api_search.router, api_documents.router):
        app.include_router(router, prefix="/api/v1")
    app.include_router(api_health.router, prefix="/api/v1", include_in_schema=False)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "web" / "static"), name="static")
    app.include_router(signin.router, include_in_schema=False)
    app.include_router(pages.router, include_in_schema=False)
    for error in ERRORS:
        app.add_exception_handler(error, _answer)
    describe(app)
    app.add_middleware(Edge, max_body_bytes=desk.settings.max_body_bytes, is_secure=desk.settings.is_secure)
    return app


async def _answer(request: Request, error: Exception) -> Response:
    """Tell a program with a problem, a reader with a page in their language."""
    if request.url.path.startswith(MACHINE_PATHS):
        return await as_problem(request, error)
    return await error_page(request, error)

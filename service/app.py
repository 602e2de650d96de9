"""The application: routes, errors to statuses, pages."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from index.errors import PasserelleError
from service import (
    api_chat,
    api_documents,
    api_experiences,
    api_forum,
    api_health,
    api_metrics,
    api_search,
    api_suggestions,
)
from service.auth import Unauthenticated
from service.dashboard import api as dashboard_api
from service.desk import Desk
from service.exports import api as api_export
from service.feeds import routes as feeds
from service.gate import DeadlinePassed, SharedOrigins
from service.issuer import IssuerUnavailable
from service.journal import feedback
from service.layers import layers
from service.library import NotReady
from service.limits import TooMany
from service.obstacles import api as api_obstacles
from service.openapi import allowed_methods, describe
from service.pictures import api as api_page_images
from service.problems import InvalidField, Overloaded, as_problem
from service.scopes import Forbidden
from service.uploads import api as uploads_api
from service.uploads import withdrawing
from service.web import (
    document,
    document_pages,
    document_reference,
    experiences,
    exporting,
    obstacles,
    obstacles_feeds,
    obstacles_staff,
    script,
    searching,
    signin,
    staff,
    staff_feedback,
    staff_judging,
    staff_uploads,
    staff_withdrawals,
)
from service.web.errors import error_page

ERRORS = (
    RequestValidationError,
    HTTPException,
    InvalidField,
    PasserelleError,
    sqlite3.DatabaseError,
    Unauthenticated,
    NotReady,
    Overloaded,
    Forbidden,
    TooMany,
    DeadlinePassed,
    IssuerUnavailable,
)
PAGES = (  # tried in this order: a document's id may hold slashes, so its page comes last
    *(feeds.router, script.router, signin.router, experiences.router),
    *(staff_feedback.router, staff.router, staff_uploads.router, staff_withdrawals.router, staff_judging.router),
    *(searching.router, exporting.router, obstacles_feeds.router, obstacles.router, obstacles_staff.router),
    *(document_reference.router, document_pages.router, document.router),
)
MACHINE_PATHS = ("/api/", "/health", "/ready", api_metrics.PATH, *feeds.PATHS, "/obstacles/feed.atom")


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
    _include_api(app)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "web" / "static"), name="static")
    for router in PAGES:
        app.include_router(router, include_in_schema=False)
    for error in ERRORS:
        app.add_exception_handler(error, _answer)
    describe(app)
    _surround(app, desk)
    return app


def _include_api(app: FastAPI) -> None:
    """Add the operations, in the order in which the API's description lists them."""
    app.include_router(api_health.router)
    app.include_router(api_metrics.router)
    for router in (api_search.router, api_export.router, api_page_images.router, api_documents.router):
        app.include_router(router, prefix="/api/v1")
    app.include_router(api_health.router, prefix="/api/v1", include_in_schema=False)
    app.include_router(api_chat.router)
    app.include_router(api_obstacles.router, prefix="/api/v1")
    for router in (api_suggestions.router, api_forum.router, api_experiences.router, feedback.router):
        app.include_router(router, prefix="/api/v1")
    for router in (dashboard_api.router, uploads_api.router, withdrawing.router):
        app.include_router(router, prefix="/api/v1")


def _surround(app: FastAPI, desk: Desk) -> None:
    """Put the layers around the routes; the last one added is the outermost."""
    if desk.settings.access.cors_origins:
        app.add_middleware(SharedOrigins, origins=desk.settings.access.cors_origins)
    for layer in reversed(layers(desk, _answer)):
        app.add_middleware(layer.cls, *layer.args, **layer.kwargs)


async def _answer(request: Request, error: Exception) -> Response:
    """Tell a program with a problem, a reader with a page in their language."""
    if request.url.path.startswith(f"{api_chat.PREFIX}/"):
        return await api_chat.as_chat_error(request, error)
    if isinstance(error, HTTPException) and error.status_code == 405 and request.url.path.startswith("/api/"):
        error.headers = {"Allow": allowed_methods(request.app, request.url.path) or (error.headers or {})["Allow"]}
    if request.url.path.startswith(MACHINE_PATHS):
        return await as_problem(request, error)
    return await error_page(request, error)

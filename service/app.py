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
from service.auth import pages as signin
from service.auth.audit import AuditLog
from service.auth.callers import Authenticator, Unauthenticated
from service.auth.provider import IssuerUnavailable
from service.auth.scopes import Forbidden
from service.auth.sessions import Sessions
from service.chat import routes as api_chat
from service.dashboard import pages as staff
from service.dashboard import routes as dashboard_api
from service.desk import Desk
from service.documents import file_pages as document_pages
from service.documents import pages as document
from service.documents import reference as document_reference
from service.documents import routes as api_documents
from service.experiences import pages as experiences
from service.experiences import routes as api_experiences
from service.exports import pages as exporting
from service.exports import routes as api_export
from service.feeds import routes as feeds
from service.forum import pages as script
from service.forum import routes as api_forum
from service.forum import suggestion_routes as api_suggestions
from service.http import routes as api_metrics
from service.http.concurrency import Turns
from service.http.dependencies import Components
from service.http.metrics import Metrics
from service.http.middleware import SharedOrigins, layers
from service.http.openapi import allowed_methods, describe
from service.http.problems import DeadlinePassed, InvalidField, Overloaded, as_problem
from service.http.rate_limits import Limits, TooMany
from service.journal import pages as staff_feedback
from service.journal import routes as feedback
from service.journal.service import Journal
from service.judging import pages as staff_judging
from service.library import routes as api_health
from service.library.open_index import Library, NotReady
from service.obstacles import feed_pages as obstacles_feeds
from service.obstacles import pages as obstacles
from service.obstacles import routes as api_obstacles
from service.obstacles import staff_pages as obstacles_staff
from service.pictures import routes as api_page_images
from service.search import pages as searching
from service.search import routes as api_search
from service.settings import Settings
from service.uploads import pages as staff_uploads
from service.uploads import routes as uploads_api
from service.web.error_pages import error_page
from service.withdrawals import pages as staff_withdrawals
from service.withdrawals import routes as withdrawing

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
    app.state.desk, app.state.components = desk, components(desk)
    _include_api(app)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "web" / "static"), name="static")
    for router in PAGES:
        app.include_router(router, include_in_schema=False)
    for error in ERRORS:
        app.add_exception_handler(error, _answer)
    describe(app)
    _surround(app, desk)
    return app


def components(desk: Desk) -> Components:
    """Return what routes and pages may depend on."""
    parts = Components()
    parts.add(Settings, desk.settings)
    parts.add(Library, desk.library)
    parts.add(Authenticator, desk.authenticator)
    parts.add(Sessions, desk.sessions)
    parts.add(Limits, desk.limits)
    parts.add(AuditLog, desk.audit)
    parts.add(Journal, desk.journal)
    parts.add(Metrics, desk.metrics)
    parts.add(Turns, desk.turns)
    return parts


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

"""The application's routes: the features' operations, as the API's description lists them, and their pages."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from fastapi import APIRouter
from starlette.routing import BaseRoute

from service.alerts import pages as alert_pages
from service.alerts import routes as alert_routes
from service.answering import routes as ask_routes
from service.browse import pages as browsing_pages
from service.browse import routes as browsing_routes
from service.chat import routes as chat_routes
from service.comparison import pages as comparison_pages
from service.comparison import routes as comparison_routes
from service.corrections import pages as correction_pages
from service.corrections import routes as correction_routes
from service.dashboard import pages as dashboard_pages
from service.dashboard import routes as dashboard_routes
from service.directory import pages as directory_pages
from service.directory import routes as directory_routes
from service.documents import pages as document_pages
from service.documents import routes as document_routes
from service.dossiers import pages as dossier_pages
from service.dossiers import routes as dossier_routes
from service.experiences import pages as experience_pages
from service.experiences import routes as experience_routes
from service.exports import pages as export_pages
from service.exports import routes as export_routes
from service.feeds import routes as feed_routes
from service.forum import pages as forum_pages
from service.forum import routes as forum_routes
from service.groups import pages as group_pages
from service.groups import routes as group_routes
from service.harvesting import pages as harvest_pages
from service.harvesting import routes as harvest_routes
from service.http.openapi import openapi_document
from service.ingestion import pages as ingestion_pages
from service.ingestion import routes as ingestion_routes
from service.journal import pages as journal_pages
from service.journal import routes as journal_routes
from service.judging import pages as judging_pages
from service.keys import pages as key_pages
from service.keys import routes as key_routes
from service.monitoring import routes as monitoring_routes
from service.newsletter import pages as newsletter_pages
from service.newsletter import routes as newsletter_routes
from service.newsletter import staff_pages as newsletter_staff_pages
from service.obstacles import feed as obstacle_feed
from service.obstacles import pages as obstacle_pages
from service.obstacles import routes as obstacle_routes
from service.obstacles import staff_pages as obstacle_staff_pages
from service.search import pages as search_pages
from service.search import routes as search_routes
from service.signin import pages as signin_pages
from service.thesaurus import pages as thesaurus_pages
from service.thesaurus import routes as thesaurus_routes
from service.translation import pages as translation_pages
from service.translation import routes as translation_routes
from service.uploads import pages as upload_pages
from service.uploads import routes as upload_routes
from service.withdrawals import pages as withdrawal_pages
from service.withdrawals import routes as withdrawal_routes

TITLE: Final = "Passerelle"
VERSION: Final = "1"
PAGES = (  # tried in this order: a document's id may hold slashes, so its page comes last
    *(feed_routes.router, forum_pages.router, signin_pages.router, experience_pages.router),
    comparison_pages.router,
    *(journal_pages.router, dashboard_pages.router, upload_pages.router, withdrawal_pages.router, judging_pages.router),
    *(ingestion_pages.router, correction_pages.router, key_pages.router, group_pages.router, thesaurus_pages.router),
    harvest_pages.router,
    *(dossier_pages.router, search_pages.router, browsing_pages.router, directory_pages.router, export_pages.router),
    *(alert_pages.router, newsletter_pages.router, newsletter_staff_pages.router),
    *(obstacle_feed.router, obstacle_pages.router),
    *(obstacle_staff_pages.router, translation_pages.router, document_pages.router),
)
MACHINE_PATHS = (
    "/api/",
    "/health",
    "/ready",
    monitoring_routes.METRICS_PATH,
    *feed_routes.PATHS,
    "/obstacles/feed.atom",
    alert_pages.FEED_PATH,
    "/completions",
)


@cache
def routes() -> list[BaseRoute]:
    """Return the operations and the pages, the same for every application of a process.

    Nothing in them is an application's own, and FastAPI takes 0.2 s to prepare them: most of the time of a page's test.
    """
    router = APIRouter()
    _include_api(router)
    for pages in PAGES:
        router.include_router(pages, include_in_schema=False)
    return router.routes


@cache
def openapi() -> dict[str, Any]:
    """Return the document that describes the operations, made once a process."""
    return openapi_document(TITLE, VERSION, routes())


def _include_api(router: APIRouter) -> None:
    """Add the operations, in the order in which the API's description lists them."""
    router.include_router(monitoring_routes.router)
    router.include_router(monitoring_routes.metrics_router)
    routers = (search_routes.router, ask_routes.router, export_routes.router, browsing_routes.router)
    for feature in (*routers, directory_routes.router, document_routes.router, translation_routes.router):
        router.include_router(feature, prefix="/api/v1")
    router.include_router(monitoring_routes.router, prefix="/api/v1", include_in_schema=False)
    router.include_router(chat_routes.router)
    router.include_router(obstacle_routes.router, prefix="/api/v1")
    router.include_router(alert_routes.router, prefix="/api/v1")
    for feature in (forum_routes.router, experience_routes.router, comparison_routes.router, journal_routes.router):
        router.include_router(feature, prefix="/api/v1")
    router.include_router(dossier_routes.router, prefix="/api/v1")
    for feature in (dashboard_routes.router, upload_routes.router, ingestion_routes.router, withdrawal_routes.router):
        router.include_router(feature, prefix="/api/v1")
    for feature in (correction_routes.router, key_routes.router, newsletter_routes.router):
        router.include_router(feature, prefix="/api/v1")
    for feature in (group_routes.router, thesaurus_routes.router, harvest_routes.router):
        router.include_router(feature, prefix="/api/v1")

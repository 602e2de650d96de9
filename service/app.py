"""The application: the features' services made from the parts, the routes, the middleware around them."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response

from index.errors import PasserelleError
from index.lexical.thesaurus_files import ThesaurusFiles
from index.store.small_files import SmallFile, small_files
from index.types import Filter
from service.alerts.database import AlertsFile
from service.alerts.outbox import Outbox
from service.alerts.service import AlertService
from service.alerts.sightings import Sightings
from service.alerts.store import alerts_of
from service.alerts.telling import Teller
from service.answering.answers import Answerer
from service.answering.endpoint import LanguageModel
from service.answering.service import AskService
from service.auth.audit import AuditLog, AuditMiddleware
from service.auth.authenticators import Authenticator, SessionAuthenticator
from service.auth.failures import FailedSignIns
from service.auth.form_tokens import FormTokens
from service.auth.groups import GroupStore
from service.auth.keys import KeyStore
from service.auth.openid import OpenId
from service.auth.sessions import Sessions
from service.browse.service import BrowsingService
from service.chat import routes as chat_routes
from service.comparison.service import ComparisonService
from service.corrections.service import CorrectionService
from service.dashboard.service import DashboardService
from service.directory.service import DirectoryService
from service.documents.schemas import Highlight
from service.documents.service import DocumentService
from service.dossiers.service import DossierService
from service.dossiers.store import dossiers_of
from service.errors import ServiceError
from service.experiences.service import ExperienceService
from service.experiences.unsolved import OpenThreads
from service.exports.service import ExportService
from service.feeds.service import FeedService
from service.feeds.store import Ledger
from service.forum.inbox import ForumInbox
from service.forum.service import SuggestionService
from service.forum.suggestions import E5_SMALL, Threshold
from service.groups.naming import GroupUses
from service.groups.service import GroupService
from service.harvesting.program import HarvestProgram
from service.harvesting.service import HarvestService
from service.harvesting.store import HarvestPlan
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import Components
from service.http.metrics import Metrics, MetricsMiddleware
from service.http.middleware import (
    ApiCorsMiddleware,
    BodyLimitMiddleware,
    DeadlineMiddleware,
    ErrorResponder,
    HeadMiddleware,
    RateLimitMiddleware,
    RequestContextMiddleware,
    SecurityHeadersMiddleware,
)
from service.http.openapi import allowed_methods
from service.http.problems import as_problem
from service.http.rate_limits import RateLimits
from service.http.sub_path import SubPathMiddleware, sub_path
from service.ingestion.service import IngestionService
from service.ingestion.state import IngestionFiles
from service.journal.service import Journal
from service.judging.service import JudgingService
from service.judging.store import PoolStore
from service.keys.service import KeyService
from service.library.concepts import ThesaurusSource
from service.library.groups import GroupDirectory
from service.library.open_index import Library, OpenIndex
from service.newsletter.database import newsletter_of
from service.newsletter.service import NewsletterService
from service.newsletter.store import Letters
from service.newsletter.subscription import SubscriptionService
from service.obstacles.service import ObstacleService
from service.obstacles.store import Register
from service.pictures.page_images import PageImages
from service.pictures.service import PageImageService
from service.routing import MACHINE_PATHS, TITLE, VERSION, openapi, routes
from service.search.completions import CompletionService
from service.search.service import SearchService
from service.settings import Settings
from service.signin.service import SignInService
from service.thesaurus.additions import Additions
from service.thesaurus.service import ThesaurusService
from service.translation.service import LONGEST_TRANSLATED, TranslationService
from service.uploads.service import UploadService
from service.uploads.store import UploadFolder
from service.web.rendering import TranslationLimit, error_page
from service.web.static_files import SiteFiles
from service.withdrawals.service import WithdrawalService

ERRORS = (RequestValidationError, HTTPException, PasserelleError, ServiceError, sqlite3.DatabaseError)
UPLOAD_PATHS = ("/staff/upload", "/api/v1/staff/uploads")
MOST_TRIALS = 2  # looks at a list that wait for another one
UPLOAD_DEADLINE_S = 900  # a hundred megabytes over a slow line


@dataclass(frozen=True)
class Parts:
    """What one running service is made of: `service.wiring` makes it, and tests replace some of it.

    Only this module hands it on, part by part, to the features' services.
    """

    settings: Settings
    library: Library
    authenticator: Authenticator
    keys: KeyStore
    groups: GroupStore  # those that staff declared
    sessions: Sessions
    form_tokens: FormTokens
    answerer: Callable[[OpenIndex, Filter], Answerer]  # for what one caller may find
    highlight: Highlight
    register: Register  # of unsolved obstacles
    ledger: Ledger  # when each public document changed, for feeds and harvesters
    thesaurus: ThesaurusSource  # SKOS in Turtle: recognises what situations and cases name
    open_id: OpenId | None
    rate_limits: RateLimits
    audit: AuditLog
    journal: Journal
    metrics: Metrics
    engine_limiter: ConcurrencyLimiter
    answering_limiter: ConcurrencyLimiter
    threshold: Threshold = E5_SMALL  # when a prior solution is near enough to be shown
    language_model: LanguageModel | None = None  # that of the settings; it translates
    page_images: PageImages = field(default_factory=PageImages)


def create_app(
    parts: Parts, *, start: Callable[[], None] = lambda: None, stop: Callable[[], None] = lambda: None
) -> FastAPI:
    """Return the service over its parts; `start` and `stop` frame its life."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        start()
        yield
        stop()

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=life,
        routes=routes(),
    )
    app.state.parts, app.state.components = parts, components(parts)
    app.mount("/static", SiteFiles(directory=Path(__file__).parent / "web" / "static"), name="static")
    for error in ERRORS:
        app.add_exception_handler(error, _answer)
    app.openapi = openapi  # type: ignore[method-assign]
    _add_middleware(app, app.state.components)
    return app


def components(parts: Parts) -> Components:
    """Return what routes, pages and tools depend on: the features' services, and the parts they use directly."""
    components = Components()
    components.add(Settings, parts.settings)
    components.add(Library, parts.library)
    components.add(Authenticator, parts.authenticator)
    recheck_s = parts.settings.oidc.recheck_minutes * 60
    components.add(
        SessionAuthenticator, SessionAuthenticator(parts.sessions, parts.authenticator, parts.open_id, recheck_s)
    )
    components.add(FormTokens, parts.form_tokens)
    components.add(TranslationLimit, TranslationLimit(LONGEST_TRANSLATED))
    components.add(RateLimits, parts.rate_limits)
    components.add(AuditLog, parts.audit)
    components.add(FailedSignIns, FailedSignIns(parts.audit, parts.rate_limits))
    components.add(Journal, parts.journal)
    components.add(Metrics, parts.metrics)
    components.add(GroupDirectory, GroupDirectory(parts.groups, parts.keys, parts.library, parts.engine_limiter))
    for service in [*_reading_services(parts), *_contributing_services(parts), *_staff_services(parts)]:
        components.add(type(service), service)
    return components


def _reading_services(parts: Parts) -> list[object]:
    """Return the services that search, answer and show documents."""
    library, limiter, journal, highlight = parts.library, parts.engine_limiter, parts.journal, parts.highlight
    public_url, thesaurus = parts.settings.public_url, parts.thesaurus
    asks = AskService(
        library, limiter, parts.answering_limiter, parts.answerer, journal, highlight, public_url, thesaurus
    )
    searches = SearchService(library, limiter, asks, journal, highlight, public_url)
    browsing = BrowsingService(library, limiter, public_url)
    open_threads = OpenThreads(SmallFile(small_files(parts.settings.index), "unsolved.jsonl"))
    experiences = ExperienceService(library, limiter, public_url, thesaurus, open_threads, parts.threshold)
    return [
        asks,
        searches,
        DocumentService(library, limiter, public_url),
        TranslationService(
            library, parts.answering_limiter, parts.language_model, parts.settings.llm.model, public_url
        ),
        PageImageService(library, parts.page_images),
        browsing,
        DirectoryService(library, limiter, browsing.seen, public_url),
        CompletionService(library, limiter, thesaurus),
        ExportService(searches, experiences, limiter, public_url),
        FeedService(library, limiter, parts.ledger, public_url),
        experiences,
        ComparisonService(library, limiter, public_url, thesaurus),
        SuggestionService(library, limiter, public_url, highlight, parts.threshold),
    ]


def _contributing_services(parts: Parts) -> list[object]:
    """Return the services that let people in and take what they bring."""
    settings = parts.settings
    return [
        SignInService(
            parts.authenticator,
            parts.sessions,
            parts.audit,
            FailedSignIns(parts.audit, parts.rate_limits),
            parts.open_id,
        ),
        ForumInbox(small_files(settings.index)),
        DossierService(
            dossiers_of(settings.index),
            parts.library,
            parts.engine_limiter,
            parts.audit,
            parts.rate_limits,
            settings.public_url,
        ),
        ObstacleService(
            parts.register,
            parts.library,
            parts.engine_limiter,
            parts.audit,
            settings.public_url,
            parts.thesaurus,
            parts.rate_limits,
            parts.threshold,
        ),
        AlertService(
            alerts_file(parts),
            alert_teller(parts),
            parts.engine_limiter,
            parts.authenticator,
            parts.rate_limits,
            bool(settings.smtp),
            settings.alerts_most,
        ),
        SubscriptionService(
            newsletter_of(settings.index), parts.engine_limiter, parts.rate_limits, bool(settings.smtp)
        ),
    ]


def _staff_services(parts: Parts) -> list[object]:
    """Return the services that only staff use."""
    library, limiter, audit = parts.library, parts.engine_limiter, parts.audit
    settings, data = parts.settings, parts.settings.index.data
    ingestion, uploads = IngestionFiles(data), upload_folder(settings)
    keys = KeyService(parts.keys, limiter, audit, parts.groups)
    return [
        DashboardService(library, limiter, parts.journal, data, parts.thesaurus, Outbox(alerts_file(parts))),
        UploadService(uploads, ingestion, limiter, audit, parts.groups, settings.public_url),
        IngestionService(ingestion, limiter, audit),
        HarvestService(
            HarvestPlan(data), HarvestProgram(data), ingestion, limiter, ConcurrencyLimiter(1, MOST_TRIALS), audit
        ),
        WithdrawalService(library, limiter, audit),
        CorrectionService(library, limiter, audit, parts.groups),
        JudgingService(PoolStore(data), library, limiter, audit),
        keys,
        GroupService(
            parts.groups,
            group_uses(parts),
            keys,
            limiter,
            audit,
            settings.oidc.groups_claim if settings.oidc else "",
        ),
        NewsletterService(
            newsletter_of(settings.index),
            library,
            limiter,
            audit,
            parts.authenticator,
            parts.groups,
            settings.public_url,
            bool(settings.smtp),
        ),
        ThesaurusService(_additions(parts.thesaurus), limiter, audit),
    ]


def group_uses(parts: Parts) -> GroupUses:
    """Return what reads what names the groups of a service."""
    data = parts.settings.index.data
    return GroupUses(
        parts.library,
        parts.keys,
        parts.open_id.people if parts.open_id else None,
        dossiers_of(parts.settings.index),
        Letters(newsletter_of(parts.settings.index)),
        upload_folder(parts.settings),
        IngestionFiles(data),
        Sightings(alerts_file(parts)),
        parts.settings.forum_audiences,
    )


def upload_folder(settings: Settings) -> UploadFolder:
    return UploadFolder(settings.index.data, settings.max_upload_bytes, small_files(settings.index))


def _additions(source: ThesaurusSource) -> Additions | None:
    """Return where additions to a thesaurus are kept, None where there is none to add to."""
    files = ThesaurusFiles(source) if isinstance(source, Path) else source
    return Additions(files) if files and files.base.is_file() else None


def alerts_file(parts: Parts) -> AlertsFile:
    return alerts_of(parts.settings.index)


def alert_teller(parts: Parts) -> Teller:
    """Return what finds the passages that alerts quote."""
    return Teller(parts.library, parts.highlight, parts.settings.public_url)


def middleware_stack(components: Components, respond: ErrorResponder) -> list[Middleware]:
    """Return the middleware, the outermost first; `respond` answers what it refuses."""
    settings = components.get(Settings)
    body_limits = dict.fromkeys(UPLOAD_PATHS, settings.max_upload_bytes)
    deadlines = dict.fromkeys(UPLOAD_PATHS, max(UPLOAD_DEADLINE_S, settings.deadline_s))
    return [
        Middleware(MetricsMiddleware, metrics=components.get(Metrics)),
        Middleware(
            SecurityHeadersMiddleware,
            is_secure=settings.is_secure,
            form_targets=[settings.oidc.origin] if settings.oidc else [],
        ),
        Middleware(RequestContextMiddleware, respond=respond),
        Middleware(BodyLimitMiddleware, max_bytes=settings.max_body_bytes, by_path=body_limits),
        Middleware(RateLimitMiddleware, limits=components.get(RateLimits), respond=respond),
        Middleware(AuditMiddleware, audit=components.get(AuditLog)),
        Middleware(DeadlineMiddleware, deadline_s=settings.deadline_s, respond=respond, by_path=deadlines),
    ]


def _add_middleware(app: FastAPI, components: Components) -> None:
    """Put the middleware around the routes; what is added last is outermost."""
    settings = components.get(Settings)
    app.add_middleware(HeadMiddleware)
    if settings.cors_origins:
        app.add_middleware(ApiCorsMiddleware, origins=settings.cors_origins)
    for middleware in reversed(middleware_stack(components, _answer)):
        app.add_middleware(middleware.cls, *middleware.args, **middleware.kwargs)
    if prefix := sub_path(settings.public_url):
        app.add_middleware(SubPathMiddleware, prefix=prefix)


async def _answer(request: Request, error: Exception) -> Response:
    """Answer an exception: programs with a problem, readers with a page in their language."""
    if request.url.path.startswith(f"{chat_routes.PREFIX}/"):
        return await chat_routes.as_chat_error(request, error)
    if isinstance(error, HTTPException) and error.status_code == 405 and request.url.path.startswith("/api/"):
        error.headers = {"Allow": allowed_methods(request.app, request.url.path) or (error.headers or {})["Allow"]}
    if request.url.path.startswith(MACHINE_PATHS):
        return await as_problem(request, error)
    return await error_page(request, error)

"""The composition root: makes the parts of a service from its settings, and the service from its parts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from index.documents import LANGUAGES, Audience
from index.errors import StoreError
from index.lexical.analysis import highlights, terms
from index.lexical.query_language import detect_query_language
from index.lexical.thesaurus_files import thesaurus_files
from index.ranking.reader import Reader, ReaderWindow
from index.ranking.stage_timing import StageObserver, ignore_timing
from index.store.corrections import FACT as APPLIED
from index.store.current_index import current_settings
from index.store.private_database import ServerSchema, private_location
from index.store.small_files import SmallFile, small_files
from index.types import Embedder, Filter
from service.alerts.job import AlertJob
from service.answering.answer_model import FACT, AnswerModel, UnfitAnswerModel, load_answer_model
from service.answering.answers import Answerer
from service.answering.chat_answerer import ChatAnswerer
from service.answering.commuting import commute_of
from service.answering.embedding_cache import CachingEmbedder, EmbeddingCache
from service.answering.endpoint import OpenAIEndpoint
from service.answering.evidence import SearchSignals
from service.answering.extractive import ExtractiveAnswerer, UnfitAnswerer
from service.answering.verification import SupportCheck
from service.app import Parts, alert_teller, alerts_file, components, create_app, upload_folder
from service.auth.audit import AuditFolder, AuditLog
from service.auth.audit_table import AuditTable
from service.auth.authenticators import Authenticator, KeyAuthenticator, KeysAndPeople, OpenIdAuthenticator
from service.auth.form_tokens import FormTokens
from service.auth.groups import OpenGroups, groups_in
from service.auth.keys import KeyStore
from service.auth.openid import OpenId
from service.auth.people import People
from service.auth.provider import Issuer, web_client
from service.auth.secret_sources import SecretSource, former_secrets, load_secret, secret_in
from service.auth.session_store import SessionStore
from service.auth.sessions import Sessions
from service.auth.tokens import Tokens
from service.errors import NotReady
from service.feeds.store import FILE as LEDGER
from service.feeds.store import Ledger
from service.harvesting.fetcher import BackgroundFetcher, unread_harvests
from service.harvesting.program import PYTHON as FETCH
from service.harvesting.store import HarvestPlan
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import Components
from service.http.metrics import IndexGauges, Metrics
from service.http.rate_limits import RateLimits, SharedBuckets
from service.http.server_buckets import ServerBuckets
from service.ingestion.command import IngestionCommand
from service.ingestion.reader import BackgroundReader
from service.ingestion.state import IngestionFiles
from service.journal.service import Journal
from service.journal.store import TextTopics
from service.library.concepts import Thesaurus, read_thesaurus
from service.library.integrity_check import check_integrity
from service.library.leader_lock import LeaderLock, leadership, with_opening_lock
from service.library.open_index import Library, OpenIndex
from service.library.reload import ReloadingLibrary
from service.mailing.smtp import MailServer
from service.mcp.patient_library import PatientLibrary
from service.newsletter.database import newsletter_of
from service.newsletter.job import NewsletterJob
from service.obstacles.store import register_of
from service.obstacles.unsolved_threads import UnsolvedThreads
from service.obstacles.watcher import ObstacleWatcher
from service.settings import Settings

OPENS_WITHIN_S: Final = 30.0  # after it a worker serves, even if only to say why it cannot answer
ARM_DEPTH: Final = 3  # passages of each arm, compared for whether the arms agree


def key_store(settings: Settings) -> KeyStore:
    return KeyStore(private_location(settings.index, "keys.sqlite"))


def session_secret(settings: Settings) -> SecretSource:
    return secret_in(settings.index, "session-secret")


def journal_secret(settings: Settings) -> SecretSource:
    return secret_in(settings.index, "journal-secret")


def audit_log(settings: Settings) -> AuditLog:
    location = private_location(settings.index, "audit")
    chain = AuditTable(location) if isinstance(location, ServerSchema) else AuditFolder(location)
    return AuditLog(chain, settings.audit_days)


def journal(settings: Settings) -> Journal:
    """Return the journal; what it keeps of a text in any case is its language and the thesaurus's concepts in it."""

    def understand(text: str) -> TextTopics:
        thesaurus, likely = read_thesaurus(thesaurus_files(settings.index)), detect_query_language(text)
        mentions = {language: thesaurus.mentions(text, language) for language in dict.fromkeys([likely, *LANGUAGES])}
        # Two words seldom tell their language, concepts do.
        language = max(mentions, key=lambda language: len(mentions[language]))
        return TextTopics(language, tuple(sorted({mention.concept for mention in mentions[language]})))

    location, secret = private_location(settings.index, "journal.sqlite"), journal_secret(settings)
    return Journal(location, settings.journal_days, load_secret(secret), former_secrets(secret), understand)


def people(settings: Settings) -> People:
    return People(private_location(settings.index, "people.sqlite"), settings.session_hours * 3600)


def sessions(settings: Settings) -> Sessions:
    store = SessionStore(private_location(settings.index, "sessions.sqlite"))
    return Sessions(store, settings.session_hours * 3600, settings.session_idle_minutes * 60)


def open_id(settings: Settings, known: People) -> OpenId | None:
    """Return sign-in through the settings' OpenID Connect issuer, None when they name none."""
    if not settings.oidc:
        return None
    issuer = Issuer(settings.oidc.issuer, web_client)
    secret = load_secret(session_secret(settings))
    return OpenId(settings.oidc, issuer, Tokens(settings.oidc, issuer), known, secret, settings.public_url)


def service(settings: Settings, shared: Path | None = None) -> FastAPI:
    """Return the service over the index the settings name; it opens in the background and follows the store.

    `shared` is the folder that several workers have in common; each serves only once it has opened the index.
    """
    metrics = Metrics(shared)
    opener = Opener(settings, metrics.observe)
    library = ReloadingLibrary(
        with_opening_lock(opener, shared),
        current_index=opener.current_index,
        thesaurus_state=opener.thesaurus_state,
        check_integrity=partial(check_integrity, settings.index),
        watch_changes=changes_of(settings),
        is_on_server=bool(settings.index.database),
    )
    parts = build_parts(settings, library, metrics, shared)
    reader, fetcher = background_reader(parts), background_fetcher(parts)
    loops = (obstacle_watch(parts).loop, alert_job(parts).loop, newsletter_job(parts).loop)

    def start() -> None:
        library.start(OPENS_WITHIN_S if shared else 0)
        parts.journal.start()
        for loop in loops:
            loop.start()
        if settings.read_uploads:
            reader.start()
            fetcher.start()

    def stop() -> None:
        fetcher.stop()
        reader.stop()
        for loop in reversed(loops):
            loop.stop()
        library.stop()
        parts.journal.stop()

    return create_app(parts, start=start, stop=stop)


def changes_of(settings: Settings) -> Callable[[Callable[[], None], threading.Event], None] | None:
    """Return what tells of changes to an index in PostgreSQL; an embedded one is only looked at."""
    if not settings.index.database:
        return None
    from index.postgresql.connections import watch_changes

    return partial(watch_changes, settings.index.database)


@contextmanager
def mcp_components(settings: Settings) -> Iterator[Components]:
    """Yield what the MCP server depends on, over an index that is being opened; follow the index while it serves."""
    opener = Opener(settings)
    library = ReloadingLibrary(opener, current_index=opener.current_index, thesaurus_state=opener.thesaurus_state)
    library.start()
    try:
        yield components(build_parts(settings, PatientLibrary(library)))
    finally:
        library.stop()


def obstacle_watch(parts: Parts) -> ObstacleWatcher:
    """Return the job that looks for new documents about the obstacles of a service."""

    def thesaurus() -> Thesaurus:
        return read_thesaurus(parts.thesaurus)

    listed = SmallFile(small_files(parts.settings.index), "unsolved.jsonl")
    threads = UnsolvedThreads(parts.register, listed, thesaurus)
    leader = leadership(parts.settings.index, "obstacles-watch")
    return ObstacleWatcher(parts.register, parts.library, threads, leader, parts.threshold)


def alert_job(parts: Parts) -> AlertJob:
    """Return the job that notices new documents for alerts and sends the mails of a service."""
    settings = parts.settings
    return AlertJob(
        alerts_file(parts),
        parts.authenticator,
        alert_teller(parts),
        MailServer(settings.smtp) if settings.smtp else None,
        leadership(settings.index, "alerts-job"),
        settings.alerts_hour,
    )


def background_reader(parts: Parts) -> BackgroundReader:
    """Return the job that has read what waits in the data folder: uploads, harvests, corrections to be applied."""
    settings, data = parts.settings, parts.settings.index.data
    uploads, plan = upload_folder(settings), HarvestPlan(data)

    def waiting() -> frozenset[str]:
        try:
            store = parts.library.borrow().store
        except NotReady:  # no index yet: there is nothing to be corrected
            return uploads.waiting() | unread_harvests(plan)
        _, digest = store.hidden_state()
        corrected = frozenset() if store.fact(APPLIED) == digest else {f"corrections {digest}"}
        return uploads.waiting() | unread_harvests(plan) | corrected

    command = IngestionCommand(data, settings.reading_minutes * 60)
    leader = LeaderLock(data / "ingestion-reader.lock")  # a machine's own: uploads wait in its data folder
    return BackgroundReader(IngestionFiles(data), command, waiting, leader)


def background_fetcher(parts: Parts) -> BackgroundFetcher:
    """Return the job that has fetched what staff have harvested."""
    data = parts.settings.index.data
    command = IngestionCommand(data, inf, FETCH, options=())  # it writes to no index, and each request has its limit
    leader = LeaderLock(data / "harvest-fetcher.lock")
    return BackgroundFetcher(HarvestPlan(data), IngestionFiles(data), command, leader)


def newsletter_job(parts: Parts) -> NewsletterJob:
    """Return the job that sends the newsletter of a service."""
    settings = parts.settings
    return NewsletterJob(
        newsletter_of(settings.index),
        parts.authenticator,
        parts.library,
        settings.public_url,
        MailServer(settings.smtp) if settings.smtp else None,
        leadership(settings.index, "newsletter-job"),
    )


@contextmanager
def alert_job_alone(settings: Settings) -> Iterator[AlertJob]:
    """Yield the job of alerts, over an index that is opened for it. Raises PasserelleError."""
    opened = Opener(settings)()
    yield alert_job(build_parts(settings, OpenedLibrary(opened)))


@contextmanager
def newsletter_job_alone(settings: Settings) -> Iterator[NewsletterJob]:
    """Yield the job of the newsletter, over an index that is opened for it. Raises PasserelleError."""
    opened = Opener(settings)()
    yield newsletter_job(build_parts(settings, OpenedLibrary(opened)))


@dataclass(frozen=True)
class OpenedLibrary:
    """Lends one index, opened once, to a command."""

    index: OpenIndex
    trouble: str = ""
    cut_off: str = ""

    def borrow(self) -> OpenIndex:
        return self.index


def rate_limits(settings: Settings, shared: Path | None) -> RateLimits:
    """Return the limits of one process, or those that all workers, or all machines, keep together."""
    limits, location = settings.rate, private_location(settings.index, "limits")
    if isinstance(location, ServerSchema):
        secret = load_secret(secret_in(settings.index, "buckets-secret"))
        return RateLimits(
            limits,
            make=lambda kind, rate: ServerBuckets(location, kind, rate, limits.burst, secret),
            asks_server=True,
        )
    if shared is None:
        return RateLimits(limits)
    secret = load_secret(shared / "buckets-secret")
    return RateLimits(limits, make=lambda name, rate: SharedBuckets(shared / name, rate, limits.burst, secret))


def build_parts(
    settings: Settings, library: Library, metrics: Metrics | None = None, shared: Path | None = None
) -> Parts:
    """Return the parts of a service that reads from `library`, and has a folder in common with other workers."""
    metrics = metrics or Metrics()
    metrics.registry.register(IndexGauges(lambda: index_state(library), settings.index.data / "ingest-report.json"))
    known, keys = people(settings), KeyAuthenticator(key_store(settings))
    issuer = open_id(settings, known)
    authenticator: Authenticator = KeysAndPeople(keys, OpenIdAuthenticator(issuer)) if issuer else keys
    groups = groups_in(settings.index)
    engine_limiter = ConcurrencyLimiter(settings.threads, settings.queue)
    return Parts(
        settings=settings,
        library=library,
        authenticator=OpenGroups(authenticator, groups),
        keys=keys.store,
        groups=groups,
        sessions=sessions(settings),
        form_tokens=FormTokens(load_secret(session_secret(settings))),
        open_id=issuer,
        rate_limits=rate_limits(settings, shared),
        audit=audit_log(settings),
        journal=journal(settings),
        answerer=answerers(settings),
        highlight=highlights,
        register=register_of(settings.index),
        ledger=Ledger(private_location(settings.index, LEDGER)),
        metrics=metrics,
        engine_limiter=engine_limiter,
        # waiting for a language model elsewhere must not keep others from searching
        answering_limiter=ConcurrencyLimiter(16, 64) if settings.llm else engine_limiter,
        thesaurus=thesaurus_files(settings.index),
        language_model=OpenAIEndpoint(settings.llm) if settings.llm else None,
    )


def index_state(library: Library) -> dict[str, float]:
    """Return what is measured of the index that is served."""
    try:
        index = library.borrow()
    except NotReady:
        return {"ready": 0}
    documents, passages = index.store.count()
    return {"ready": 1, "generation": index.engine.generation, "documents": documents, "passages": passages}


def answerers(settings: Settings) -> Callable[[OpenIndex, Filter], Answerer]:
    """Return what makes an answerer for one caller: the settings' language model, or the documents' own sentences."""
    cache = EmbeddingCache()

    def extractive(index: OpenIndex, within: Filter) -> Answerer:
        try:
            made = answerer(index, within)
        except UnfitAnswerModel as error:
            return UnfitAnswerer(str(error))
        return replace(made, embedder=CachingEmbedder(made.embedder, cache))

    if not settings.llm:
        return extractive
    endpoint = OpenAIEndpoint(settings.llm)

    def chat_answerer(index: OpenIndex, within: Filter) -> ChatAnswerer:
        return ChatAnswerer(
            endpoint, extractive(index, within), SupportCheck(index.engine.embedder), detect_query_language
        )

    return chat_answerer


def answerer(index: OpenIndex, within: Filter, model: AnswerModel | None = None) -> ExtractiveAnswerer:
    """Return an answerer that looks at nothing outside the filter. Raises UnfitAnswerModel."""
    engine, store = index.engine, index.store

    def signals_of(question: str) -> SearchSignals:
        dense, lexical = (engine.rank(question, ARM_DEPTH, within, arm) for arm in ("dense", "lexical"))
        passages = store.passages({hit.row for hit in [*dense, *lexical]}, within.access)
        documents = [[passages[hit.row].document_id for hit in arm if hit.row in passages] for arm in (dense, lexical)]
        nearest, likest = (max((hit.score for hit in arm), default=0.0) for arm in (dense, lexical))
        return SearchSignals(nearest, likest, *documents)

    reader_name = engine.reader.name if engine.reader else ""
    model = model or load_answer_model(store.fact(FACT), engine.embedder.name, reader_name)
    return ExtractiveAnswerer(
        engine.embedder,
        term_texts,
        lambda question, document_ids: engine.compare_tokens(question, document_ids, within),
        signals_of,
        model,
        engine.reader if model.reader else None,
        commute_of=partial(commute_of, thesaurus=Thesaurus(engine.thesaurus)),
    )


def term_texts(text: str, language: str) -> Sequence[str]:
    return [term.text for term in terms(text, language, folded_too=True)]


class Opener:
    """Opens the index as it stands; the model is loaded once and handed on from one generation to the next."""

    def __init__(self, settings: Settings, observe: StageObserver = ignore_timing) -> None:
        self._settings, self._observe = settings, observe
        self._embedder: Embedder | None = None
        self._reader: Reader | None = None
        self._model: tuple[str, str, str] | None = None

    def __call__(self) -> OpenIndex:
        """Return the store and its engine. Raises PasserelleError with the remedy."""
        from index.wiring import open_engine  # brings the model's libraries

        model = current_settings(self._settings.index).model_choice
        if model != self._model:  # a rebuilt index brings its model; one is never searched with the other's
            self._embedder = self._reader = None
        engine = open_engine(self._settings.index, self._embedder, self._observe, self._reader)
        self._embedder, self._reader, self._model = engine.embedder, engine.reader, model
        for audience in Audience:  # what is made when it is first needed is made before anybody waits for it
            replace(engine, observe=ignore_timing).search("frontalirs", 1, Filter(audience=audience))
        if engine.reader:
            engine.reader.read("frontaliers", [ReaderWindow("", "", ["Une phrase."])])
        return OpenIndex(engine, engine.store)

    def thesaurus_state(self) -> str:
        """Return what changes when the thesaurus does, or what staff added to it."""
        files = thesaurus_files(self._settings.index)
        return files.state() if files else ""

    def current_index(self) -> str:
        """Return which file or schema is the current index: another is opened, a lost file raises StoreError."""
        current = current_settings(self._settings.index)
        if current.database:
            return f"schema {current.subfolder}"
        store = current.store
        try:
            return f"{store} {store.stat().st_ino}"
        except OSError as error:
            raise StoreError(
                f"{store}: gone ({error.strerror}). Restore it: `python -m index restore FILE`."
            ) from error

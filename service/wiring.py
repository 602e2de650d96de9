"""From settings to a running service: the only file here that names concrete classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from fastapi import FastAPI

from index.documents import LANGUAGES, Audience
from index.errors import StoreError
from index.lexical.analysis import highlights, terms
from index.lexical.query_language import query_language
from index.ranking.stage_timing import Observe, ignore
from index.store.current_index import current
from index.types import Embedder, Filter
from service.access_settings import LimitSettings
from service.answering.answer_model import FACT, AnswerModel, UnfitAnswerModel, answer_model
from service.answering.answers import Answerer
from service.answering.chat_answerer import ChatAnswerer
from service.answering.embedding_cache import RememberingEmbedder, SentenceMemory
from service.answering.endpoint import OpenAIEndpoint
from service.answering.evidence import Found
from service.answering.extractive import ExtractiveAnswerer, Unfit
from service.answering.support import Support
from service.app import create_app
from service.auth.audit import AuditLog
from service.auth.callers import Authenticator, KeyAuthenticator, KeysAndPeople, OpenIdAuthenticator
from service.auth.keys import KeyStore
from service.auth.openid import OpenId
from service.auth.people import People
from service.auth.provider import Issuer, web_client
from service.auth.sessions import Sessions, kept_secret
from service.auth.tokens import Tokens
from service.desk import Desk, Turns
from service.http.metrics import IndexGauges, Metrics
from service.http.rate_limits import Limits, SharedBuckets
from service.journal.service import Journal
from service.journal.store import Understood
from service.library.concepts import Thesaurus, read_thesaurus
from service.library.integrity_check import examine
from service.library.leader_lock import Sole, one_at_a_time
from service.library.open_index import Library, NotReady, OpenIndex
from service.library.reload import LivingLibrary
from service.obstacles.unsolved_threads import UnsolvedThreads
from service.obstacles.watcher import Watch
from service.settings import Settings

OPENS_WITHIN_S: Final = 30.0  # by then a worker lets people in, to be told why it cannot answer
ARM_DEPTH: Final = 3  # passages of each arm that are asked whether they agree


def key_store(settings: Settings) -> KeyStore:
    return KeyStore(settings.index.data / "keys.sqlite")


def secret_path(settings: Settings) -> Path:
    return settings.index.data / "session-secret"


def audit_log(settings: Settings) -> AuditLog:
    return AuditLog(settings.index.data / "audit", settings.access.audit_days)


def journal(settings: Settings) -> Journal:
    """Return the journal; what it keeps of a text in any case is its language and the thesaurus's concepts in it."""

    def understand(text: str) -> Understood:
        thesaurus, guessed = read_thesaurus(settings.index.thesaurus), query_language(text)
        named = {one: thesaurus.mentions(text, one) for one in dict.fromkeys([guessed, *LANGUAGES])}
        language = max(named, key=lambda one: len(named[one]))  # two words seldom tell their language, concepts do
        return Understood(language, tuple(sorted({one.concept for one in named[language]})))

    data = settings.index.data
    return Journal(data / "journal.sqlite", settings.journal_days, kept_secret(data / "journal-secret"), understand)


def people(settings: Settings) -> People:
    return People(settings.index.data / "people.sqlite", settings.session_hours * 3600)


def open_id(settings: Settings, known: People) -> OpenId | None:
    """Return the settings' issuer of people's identities, None when they name none."""
    said = settings.access.open_id
    if not said:
        return None
    issuer = Issuer(said.issuer, web_client)
    secret = kept_secret(secret_path(settings))
    return OpenId(said, issuer, Tokens(said, issuer), known, secret, settings.public_url)


def service(settings: Settings, shared: Path | None = None) -> FastAPI:
    """Return the service over the index the settings name; it opens in the background and follows the store.

    `shared` is the folder that several workers have in common; each lets nobody in before it has opened the index.
    """
    metrics = Metrics(shared)
    opener = Opener(settings, metrics.observe)
    library = LivingLibrary(one_at_a_time(opener, shared), place=opener.place, examine=partial(examine, settings.index))
    parts = desk(settings, library, metrics, shared)
    watch = obstacle_watch(parts)

    def start() -> None:
        library.start(OPENS_WITHIN_S if shared else 0)
        parts.journal.start()
        watch.start()

    def stop() -> None:
        watch.stop()
        library.stop()
        parts.journal.stop()

    return create_app(parts, start=start, stop=stop)


def obstacle_watch(parts: Desk) -> Watch:
    """Return the job that tells of new documents for the obstacles of a service."""

    def thesaurus() -> Thesaurus:
        return read_thesaurus(parts.thesaurus)

    data = parts.settings.index.data
    threads = UnsolvedThreads(parts.obstacles, data / "unsolved.jsonl", thesaurus)
    return Watch(parts.obstacles, parts.library, threads, Sole(data / "obstacles-watch.lock"), parts.threshold)


def limits(settings: LimitSettings, shared: Path | None) -> Limits:
    """Return the limits of one process, or those all workers keep together."""
    if shared is None:
        return Limits(settings)
    return Limits(settings, make=lambda name, rate: SharedBuckets(shared / name, rate, settings.burst))


def desk(settings: Settings, library: Library, metrics: Metrics | None = None, shared: Path | None = None) -> Desk:
    """Return the parts of a service that reads from `library`, and has a folder in common with other workers."""
    metrics = metrics or Metrics()
    metrics.registry.register(IndexGauges(lambda: index_state(library), settings.index.data / "ingest-report.json"))
    known, keys = people(settings), KeyAuthenticator(key_store(settings))
    issuer = open_id(settings, known)
    authenticator: Authenticator = KeysAndPeople(keys, OpenIdAuthenticator(issuer)) if issuer else keys
    return Desk(
        settings=settings,
        library=library,
        authenticator=authenticator,
        sessions=Sessions(kept_secret(secret_path(settings)), settings.session_hours * 3600, known),
        open_id=issuer,
        limits=limits(settings.access.limits, shared),
        audit=audit_log(settings),
        journal=journal(settings),
        answerer=answerers(settings),
        highlight=highlights,
        metrics=metrics,
        turns=Turns(settings.threads, settings.queue),
        thesaurus=settings.index.thesaurus,
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
    memory = SentenceMemory()

    def extractive(index: OpenIndex, within: Filter) -> Answerer:
        try:
            made = answerer(index, within)
        except UnfitAnswerModel as error:
            return Unfit(str(error))
        return replace(made, embedder=RememberingEmbedder(made.embedder, memory))

    if not settings.model:
        return extractive
    endpoint = OpenAIEndpoint(settings.model)

    def chat_answerer(index: OpenIndex, within: Filter) -> ChatAnswerer:
        return ChatAnswerer(endpoint, extractive(index, within), Support(index.engine.embedder), query_language)

    return chat_answerer


def answerer(index: OpenIndex, within: Filter, model: AnswerModel | None = None) -> ExtractiveAnswerer:
    """Return an answerer that looks at nothing outside the filter. Raises UnfitAnswerModel."""
    engine, store = index.engine, index.store

    def find(question: str) -> Found:
        dense, lexical = (engine.rank(question, ARM_DEPTH, within, arm) for arm in ("dense", "lexical"))
        passages = store.passages({hit.row for hit in [*dense, *lexical]})
        documents = [[passages[hit.row].document_id for hit in arm if hit.row in passages] for arm in (dense, lexical)]
        nearest, likest = (max((hit.score for hit in arm), default=0.0) for arm in (dense, lexical))
        return Found(nearest, likest, *documents)

    return ExtractiveAnswerer(
        engine.embedder,
        term_texts,
        query_language,
        lambda question, document_ids: engine.read_closely(question, document_ids, within),
        find,
        model or answer_model(store.fact(FACT), engine.embedder.name),
    )


def term_texts(text: str, language: str) -> Sequence[str]:
    return [term.text for term in terms(text, language, folded_too=True)]


class Opener:
    """Opens the index as it stands; the model is loaded once and handed on from one generation to the next."""

    def __init__(self, settings: Settings, observe: Observe = ignore) -> None:
        self._settings, self._observe = settings, observe
        self._embedder: Embedder | None = None
        self._model: tuple[str, str, str] | None = None

    def __call__(self) -> OpenIndex:
        """Return the store and its engine. Raises PasserelleError with the remedy."""
        from index.wiring import open_engine  # brings the model's libraries

        model = current(self._settings.index).model_choice
        if model != self._model:  # a rebuilt index brings its model; one is never searched with the other's
            self._embedder = None
        engine = open_engine(self._settings.index, self._embedder, self._observe)
        self._embedder, self._model = engine.embedder, model
        for audience in Audience:  # what is made when it is first needed is made before anybody waits for it
            replace(engine, observe=ignore).search("frontalirs", 1, Filter(audience=audience))
        return OpenIndex(engine, engine.store)

    def place(self) -> str:
        """Return which file is the current index: another one is opened, a lost one raises StoreError."""
        store = current(self._settings.index).store
        try:
            return f"{store} {store.stat().st_ino}"
        except OSError as error:
            raise StoreError(
                f"{store}: gone ({error.strerror}). Restore it: `python -m index restore FILE`."
            ) from error

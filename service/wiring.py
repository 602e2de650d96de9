"""From settings to a running service: the only file here that names concrete classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi import FastAPI

from index.analysis import highlights, terms
from index.interfaces import Embedder, Filter
from index.query_language import query_language
from service.app import create_app
from service.auth import KeyAuthenticator
from service.desk import Desk, Turns
from service.evidence import E5_SMALL, Calibration
from service.extractive import ExtractiveAnswerer
from service.keys import KeyStore
from service.library import Library, LivingLibrary, OpenIndex
from service.sessions import Sessions, kept_secret
from service.settings import Settings


def key_store(settings: Settings) -> KeyStore:
    return KeyStore(settings.index.data / "keys.sqlite")


def secret_path(settings: Settings) -> Path:
    return settings.index.data / "session-secret"


def service(settings: Settings) -> FastAPI:
    """Return the service over the index the settings name; it opens in the background and follows the store."""
    library = LivingLibrary(Opener(settings))
    return create_app(desk(settings, library), start=library.start, stop=library.stop)


def desk(settings: Settings, library: Library) -> Desk:
    """Return the parts of a service that reads from `library`."""
    return Desk(
        settings=settings,
        library=library,
        authenticator=KeyAuthenticator(key_store(settings)),
        sessions=Sessions(kept_secret(secret_path(settings)), settings.session_hours * 3600),
        answerer=answerer,
        highlight=highlights,
        turns=Turns(settings.threads, settings.queue),
    )


def answerer(index: OpenIndex, within: Filter, calibration: Calibration = E5_SMALL) -> ExtractiveAnswerer:
    """Return an answerer that looks at nothing outside the filter."""

    def nearest(question: str) -> float:
        return max((hit.score for hit in index.engine.rank(question, 1, within, "dense")), default=0.0)

    return ExtractiveAnswerer(index.engine.embedder, term_texts, query_language, nearest, calibration)


def term_texts(text: str, language: str) -> Sequence[str]:
    return [term.text for term in terms(text, language, folded_too=True)]


class Opener:
    """Opens the index as it stands; the model is loaded once and handed on from one generation to the next."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._embedder: Embedder | None = None

    def __call__(self) -> OpenIndex:
        """Return the store and its engine. Raises PasserelleError with the remedy."""
        from index.wiring import open_engine  # brings the model's libraries

        engine = open_engine(self._settings.index, self._embedder)
        self._embedder = engine.embedder
        return OpenIndex(engine, engine.store)

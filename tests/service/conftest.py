"""A whole service over the small index, clients for it, and a scripted language model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from index.documents import Audience
from index.settings import IndexSettings
from service.answering.answer_model import AnswerModel, Linear
from service.answering.endpoint import OpenAIEndpoint
from service.app import Parts, create_app
from service.library.open_index import OpenIndex
from service.settings import ModelSettings, RateLimitSettings, Settings
from service.wiring import answerer, build_parts, key_store
from tests.databases import database as database
from tests.databases import locate as locate
from tests.postgresql import postgresql as postgresql
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.resource_centre import resource_centre
from tests.service.serving import ScriptedModel, served
from tests.service.signing_in import sign_in

WORDS = AnswerModel(  # the fake embedder's words know nothing of what a language model's tokens do
    "words",
    ranking=Linear({"near_content": 5.0, "passage_gap": 1.0, "coverage": 1.0}),
    confidence=Linear({"word_in_document": 10.0}, bias=-4.0),
)
EAGER = AnswerModel("words", WORDS.ranking, Linear({}), threshold=0.0)


def make_parts(folder: Path, *, public_url: str = "http://testserver", database: str = "", **settings: Any) -> Parts:
    """Return the parts of a service as `service.wiring` makes them, but for the index and the calibration.

    Without rate limits, unless a test sets some. `database` is where all is kept that staff and readers leave here.
    """
    settings.setdefault("rate", RateLimitSettings(per_caller=0, per_address=0, failures=0))
    originals = folder / "originals"
    originals.mkdir(parents=True, exist_ok=True)
    (originals / ("a" * 64)).write_bytes(b"%PDF-1.4 not much of one")
    store = MemoryStore(resource_centre(), originals)
    index = OpenIndex(MemoryEngine(store, WordEmbedder()), store)
    chosen = Settings(index=IndexSettings(data=folder, database=database), public_url=public_url, **settings)
    parts = build_parts(chosen, OpenLibrary(index))
    return replace(parts, answerer=lambda index, within: answerer(index, within, WORDS))


@pytest.fixture
def parts(tmp_path: Path, database: str) -> Parts:
    return make_parts(tmp_path, database=database)


@pytest.fixture
def app(parts: Parts) -> FastAPI:
    return create_app(parts)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def member_key(parts: Parts) -> str:
    return key_store(parts.settings).add("Marie", Audience.MEMBER)


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    yield model
    model.ended.set()


@pytest.fixture
def endpoint(model: ScriptedModel) -> Iterator[OpenAIEndpoint]:
    with served(model.app()) as address:
        yield OpenAIEndpoint(ModelSettings(url=f"{address}/v1", model="scripted", key="secret", timeout_s=5))
        model.ended.set()


@pytest.fixture
def staff_key(parts: Parts) -> str:
    return key_store(parts.settings).add("Anne", Audience.STAFF)


@pytest.fixture
def staff(client: TestClient, staff_key: str) -> TestClient:
    """A reader of the pages who is staff."""
    assert sign_in(client, staff_key) == 303
    return client

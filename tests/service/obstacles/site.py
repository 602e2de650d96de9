"""A service with a register of obstacles over a small index that documents can come into, and ways to report to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from index.documents import Access, Audience, Document, Kind, Metadata, SectionText
from service.app import Parts, create_app
from service.forum.suggestions import E5_SMALL
from service.library.concepts import read_thesaurus
from service.library.open_index import OpenIndex
from service.obstacles.editing import Editor, Wording
from service.obstacles.intake import IncomingReport, Intake
from service.obstacles.model import Classification, Obstacle, Source
from service.obstacles.service import ObstacleService
from service.obstacles.store import Register
from service.obstacles.watcher import ObstacleWatcher
from service.wiring import key_store, obstacle_watch
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.obstacles.reports import ANNE
from tests.service.resource_centre import resource_centre

ROOT = Path(__file__).parents[3]
THESAURUS = ROOT / "corpus" / "thesaurus.ttl"
DAY = datetime(2026, 4, 1, tzinfo=UTC)
SALT = "Aucun assureur ne couvre notre saleuse commune quand elle passe la frontière franco-espagnole par le col."
TRAM = "Il faut deux abonnements pour le tramway entre Strasbourg et Kehl, les tarifs ne valent pas des deux côtés."


@dataclass
class Clock:
    """A clock that moves on by a millisecond at each look, or when it is set."""

    at: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


@dataclass
class Site:
    """One service and its parts, its index open to new documents."""

    folder: Path
    thesaurus: Path | None = None
    clock: Clock = field(default_factory=Clock)
    database: str = ""

    def __post_init__(self) -> None:
        self.store = MemoryStore(resource_centre(), self.folder / "originals")
        index = OpenIndex(MemoryEngine(self.store, WordEmbedder()), self.store)
        near = replace(E5_SMALL, floor=0.55, share_across=0.0)  # the fake embedder's cosines lie elsewhere
        self.parts: Parts = replace(
            make_parts(self.folder, database=self.database),
            library=OpenLibrary(index),
            thesaurus=self.thesaurus,
            threshold=near,
        )
        self.parts = replace(self.parts, register=replace(self.parts.register, now=self.clock))
        self.watcher: ObstacleWatcher = obstacle_watch(self.parts)
        read_thesaurus(self.thesaurus)  # takes seconds the first time: no request shall wait for it

    @property
    def register(self) -> Register:
        return self.parts.register

    def app(self) -> FastAPI:
        return create_app(self.parts)

    def key(self, audience: Audience, name: str = "", **options: Any) -> str:
        return key_store(self.parts.settings).add(name or f"a {audience}", audience, **options)

    def bearer(self, audience: Audience, name: str = "", **options: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key(audience, name, **options)}"}

    def put(self, document_id: str, text: str, audience: Audience = Audience.PUBLIC, **fields: Any) -> None:
        """Have a document come into the index."""
        metadata = Metadata(fields.pop("title", f"Titre de {document_id}"), Kind.LEGAL_NOTE, audience, "fr", **fields)
        self.store.documents[document_id] = Document.from_sections(document_id, [SectionText("p. 1", text)], metadata)
        self.store.generation += 1

    def remove(self, document_id: str) -> None:
        del self.store.documents[document_id]
        self.store.generation += 1

    def threads(self, *threads: Mapping[str, Any]) -> None:
        """Write the list of unsolved threads as the ingestion job does."""
        lines = "".join(f"{json.dumps(thread, ensure_ascii=False)}\n" for thread in threads)
        (self.folder / "unsolved.jsonl").write_text(lines, encoding="utf-8")

    def add(self, report: IncomingReport) -> str:
        """Add a report as the service does, and return its obstacle's id."""
        return self._intake().add(report).obstacle_id

    def report(self, text: str = SALT, **fields: Any) -> str:
        """Add a report as the service does, and return the token of its follow-up link."""
        return self._intake().add(IncomingReport(text, Source.REPORT, "form", **fields)).token

    def documents(self, audience: Audience, *groups: str) -> list[str]:
        """Return the ids of the new documents an audience, or a member of these groups, is shown."""
        parts = self.parts
        service = ObstacleService(
            parts.register,
            parts.library,
            parts.engine_limiter,
            parts.audit,
            "",
            parts.thesaurus,
            parts.rate_limits,
        )
        return [document.card.id for document in service.new_documents(Access(audience, frozenset(groups)))]

    def _intake(self) -> Intake:
        return Intake(self.register, self.parts.library.borrow(), read_thesaurus(self.thesaurus))

    def only(self) -> Obstacle:
        (obstacle,) = self.register.obstacles()
        return obstacle


def thread(number: int, question: str, audience: Audience = Audience.MEMBER) -> dict[str, Any]:
    return {
        "forum": "forum.example.org",
        "id": str(number),
        "title": f"Fil {number}",
        "question": question,
        "language": "fr",
        "categories": ["5"],
        "audience": audience.value,
        "url": f"https://forum.example.org/t/{number}",
        "created": "2026-01-01",
        "answers": 0,
    }


def watched(folder: Path) -> Site:
    """Return a site whose job has looked once: what is there already is not new."""
    site = Site(folder)
    site.watcher.look()
    return site


def post_report(
    client: httpx.Client, text: str = SALT, headers: dict[str, str] | None = None, **fields: Any
) -> httpx.Response:
    """Report an obstacle over HTTP."""
    body = {"text": text, "consent": True} | fields
    return client.post("/api/v1/obstacles", json=body, headers=headers or {})


def confirm(site: Site, statement: str = "Formulé.", *, is_public: bool = False, **about: Any) -> str:
    """Confirm the newest obstacle as staff do, and return its id."""
    obstacle = site.register.obstacles()[-1]
    wording = Wording(Classification(**about) if about else obstacle.about, statement, "fr", is_public)
    Editor(site.register, ANNE).correct(obstacle.id, wording, confirm=True)
    return obstacle.id


def path_of(url: str) -> str:
    return url.removeprefix("http://testserver")

"""A service with a register of obstacles over a small index that documents can come into, and ways to tell it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from index.documents import Audience, Document, Kind, Metadata, SectionText
from service.app import create_app
from service.desk import Desk
from service.forum.service import E5_SMALL
from service.library.concepts import read_thesaurus
from service.library.open_index import OpenIndex
from service.obstacles.model import Obstacle
from service.obstacles.watcher import Watch
from service.wiring import key_store, obstacle_watch
from tests.service.conftest import make_desk
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.resource_centre import resource_centre

ROOT = Path(__file__).parents[3]
THESAURUS = ROOT / "corpus" / "thesaurus.ttl"
DAY = datetime(2026, 4, 1, tzinfo=UTC)
SALT = "Aucun assureur ne couvre notre saleuse commune quand elle passe la frontière franco-espagnole par le col."
TRAM = "Il faut deux abonnements pour le tramway entre Strasbourg et Kehl, les tarifs ne valent pas des deux côtés."


@dataclass
class Clock:
    """A time that passes when it is told to."""

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

    def __post_init__(self) -> None:
        self.store = MemoryStore(resource_centre(), self.folder / "originals")
        index = OpenIndex(MemoryEngine(self.store, WordEmbedder()), self.store)
        near = replace(E5_SMALL, floor=0.55, share_across=0.0)  # the fake embedder's cosines lie elsewhere
        self.desk: Desk = replace(
            make_desk(self.folder), library=OpenLibrary(index), thesaurus=self.thesaurus, threshold=near
        )
        self.desk.__dict__["obstacles"] = replace(self.desk.obstacles, now=self.clock)
        self.watch: Watch = obstacle_watch(self.desk)
        read_thesaurus(self.thesaurus)  # takes seconds the first time: no request shall wait for it

    def app(self) -> FastAPI:
        return create_app(self.desk)

    def key(self, audience: Audience, name: str = "", **said: Any) -> str:
        return key_store(self.desk.settings).add(name or f"a {audience}", audience, **said)

    def bearer(self, audience: Audience, name: str = "", **said: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key(audience, name, **said)}"}

    def put(self, document_id: str, text: str, audience: Audience = Audience.PUBLIC, **said: Any) -> None:
        """Have a document come into the index."""
        metadata = Metadata(said.pop("title", f"Titre de {document_id}"), Kind.LEGAL_NOTE, audience, "fr", **said)
        self.store.documents[document_id] = Document.from_sections(document_id, [SectionText("p. 1", text)], metadata)
        self.store.generation += 1

    def remove(self, document_id: str) -> None:
        del self.store.documents[document_id]
        self.store.generation += 1

    def threads(self, *threads: Mapping[str, Any]) -> None:
        """Write the list of unsolved threads as the ingestion job does."""
        lines = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in threads)
        (self.folder / "unsolved.jsonl").write_text(lines, encoding="utf-8")

    def only(self) -> Obstacle:
        (one,) = self.desk.obstacles.obstacles()
        return one


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

"""A service with letters over a small index whose documents came in on known days, and the job that sends them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from index.documents import Access, Audience, Document, Kind, Metadata, SectionText
from index.store.versions import DocumentVersion
from index.types import ListedDocument
from service.app import Parts, create_app
from service.library.open_index import OpenIndex
from service.mailing.smtp import MailServer
from service.newsletter.composing import ComposedLetter, compose
from service.newsletter.drafting import draft_items
from service.newsletter.job import NewsletterJob
from service.newsletter.model import Arrangement, Letter, Readership, Subscriber
from service.newsletter.outbox import LetterOutbox
from service.newsletter.service import NewsletterService
from service.newsletter.store import Draft, Letters
from service.newsletter.subscribers import Subscribers
from service.newsletter.subscription import SubscriptionService
from service.settings import SmtpSettings
from service.wiring import key_store, newsletter_job
from tests.service.alerts.site import Clock
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder

SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 31)
SENTENCE = "Le tramway de Strasbourg à Kehl passe la frontière toutes les dix minutes en semaine."


@dataclass
class DatedStore(MemoryStore):
    """A store that knows since when it has each text, and its former one."""

    arrived: dict[str, datetime] = field(default_factory=dict)
    former: dict[str, datetime] = field(default_factory=dict)

    def list_documents(self, access: Access) -> list[ListedDocument]:
        return [each._replace(since=self.arrived.get(each.card.id)) for each in super().list_documents(access)]

    def versions(self, document_id: str, access: Access) -> list[DocumentVersion]:
        document, since = self.document(document_id, access), self.arrived.get(document_id)
        present = DocumentVersion(1, since, None, document.metadata, len(document.text), "")
        if document_id not in self.former:
            return [present]
        first = DocumentVersion(1, self.former[document_id], since, document.metadata, 10, "")
        return [first, present._replace(number=2)]


@dataclass
class LetterSite:
    """One service and its parts, its index open to new documents, and the job of its newsletter."""

    folder: Path
    smtp: SmtpSettings = field(default_factory=SmtpSettings)
    clock: Clock = field(default_factory=Clock)
    database: str = ""

    def __post_init__(self) -> None:
        self.store = DatedStore({}, self.folder / "originals")
        index = OpenIndex(MemoryEngine(self.store, WordEmbedder()), self.store)
        self.parts: Parts = replace(
            make_parts(self.folder, smtp=self.smtp, database=self.database), library=OpenLibrary(index)
        )
        self.job: NewsletterJob = replace(newsletter_job(self.parts), now=self.clock)
        if self.smtp:
            self.job.server = MailServer(self.smtp)

    def app(self) -> FastAPI:
        app = create_app(self.parts)
        for kind in (NewsletterService, SubscriptionService):
            service: Any = app.state.components.get(kind)
            app.state.components.add(kind, replace(service, now=self.clock))
        return app

    @property
    def letters(self) -> Letters:
        return self.job.letters

    @property
    def subscribers(self) -> Subscribers:
        return self.job.subscribers

    @property
    def outbox(self) -> LetterOutbox:
        return self.job.outbox

    def key(self, audience: Audience = Audience.MEMBER, name: str = "Marie", **options: Any) -> str:
        return key_store(self.parts.settings).add(name, audience, **options)

    def put(
        self,
        document_id: str,
        text: str = SENTENCE,
        audience: Audience = Audience.PUBLIC,
        *,
        on: date = date(2026, 3, 3),
        **fields: Any,
    ) -> None:
        """Have a document come in on a day."""
        title = fields.pop("title", f"Titre de {document_id}")
        metadata = Metadata(title, fields.pop("kind", Kind.LEGAL_NOTE), audience, "fr", **fields)
        self.store.documents[document_id] = Document.from_sections(document_id, [SectionText("p. 1", text)], metadata)
        self.store.arrived[document_id] = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        self.store.generation += 1

    def draft(self, readership: Readership = Readership(), **fields: Any) -> Letter:  # noqa: B008
        """Draft a letter of March as the service does."""
        values: dict[str, Any] = {"arrangement": Arrangement.BORDER, "language": "fr"} | fields
        access = readership.access
        items = draft_items(
            self.store,
            self.store.list_documents(access),
            access,
            since=SINCE,
            until=UNTIL,
            today=self.clock().date(),
            **values,
        )
        draft = Draft("Lettre de mars", values["language"], readership, SINCE, UNTIL, values["arrangement"], items)
        return self.letters.add(draft, "Anne")

    def composed(self, letter: Letter) -> ComposedLetter:
        return compose(self.letters.get(letter.id), self.store, self.clock().date())

    def subscribe(self, address: str, owner: str = "", language: str = "fr") -> Subscriber:
        """Keep a subscription as if its address had been confirmed."""
        subscriber = self.subscribers.add(owner, address, language)
        with self.job.file.open() as db:
            db.execute("UPDATE subscribers SET is_confirmed = 1 WHERE id = ?", (subscriber.id,))
            db.execute("DELETE FROM mails WHERE subscriber_id = ?", (subscriber.id,))
        return self.subscribers.get(subscriber.id)

    def send(self, letter: Letter) -> int:
        """Hand a letter to the job for every subscriber; who may read it, the job decides."""
        everybody = [subscriber.id for subscriber in self.subscribers.confirmed()]
        return self.letters.send(letter.id, letter.version, "Anne", everybody)

"""A service with alerts over a small index that documents can come into, and a real mail server on loopback."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from index.documents import Access, Audience, Document, Kind, Metadata, SectionText
from service.alerts.job import AlertJob
from service.alerts.model import Alert, Frequency
from service.alerts.outbox import Outbox
from service.alerts.service import AlertService
from service.alerts.sightings import Sightings
from service.alerts.store import Alerts, NewAlert
from service.app import Parts, create_app
from service.library.filters import Filters
from service.library.open_index import OpenIndex
from service.mailing.smtp import MailServer
from service.settings import SmtpSettings
from service.wiring import alert_job, key_store
from tests.service.conftest import make_parts
from tests.service.fakes import MemoryEngine, MemoryStore, OpenLibrary, WordEmbedder
from tests.service.resource_centre import resource_centre

MARIE = "marie@example.org"
TRAM = "Le tramway de Strasbourg à Kehl passe la frontière toutes les dix minutes."


@dataclass
class Clock:
    """A clock that stands, or is set."""

    at: datetime = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    def wait(self, **span: float) -> None:
        self.at += timedelta(**span)


def settings_of(port: int, **fields: Any) -> SmtpSettings:
    """Return the settings of a mail server on loopback, without encryption unless said otherwise."""
    values: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "Passerelle <alerts@example.org>",
    }
    return SmtpSettings(**(values | fields))


@dataclass
class AlertSite:
    """One service and its parts, its index open to new documents, and the job of its alerts."""

    folder: Path
    smtp: SmtpSettings = field(default_factory=SmtpSettings)
    clock: Clock = field(default_factory=Clock)
    database: str = ""

    def __post_init__(self) -> None:
        self.store = MemoryStore(resource_centre(), self.folder / "originals")
        index = OpenIndex(MemoryEngine(self.store, WordEmbedder()), self.store)
        self.parts: Parts = replace(
            make_parts(self.folder, smtp=self.smtp, database=self.database), library=OpenLibrary(index)
        )
        self.job: AlertJob = replace(alert_job(self.parts), now=self.clock)
        if self.smtp:
            self.job.server = MailServer(self.smtp)

    def app(self) -> FastAPI:
        app = create_app(self.parts)
        service = app.state.components.get(AlertService)
        app.state.components.add(AlertService, replace(service, now=self.clock))
        return app

    @property
    def alerts(self) -> Alerts:
        return self.job.alerts

    @property
    def outbox(self) -> Outbox:
        return self.job.outbox

    def key(self, audience: Audience = Audience.MEMBER, name: str = "Marie", **options: Any) -> str:
        return key_store(self.parts.settings).add(name, audience, **options)

    def put(self, document_id: str, text: str = TRAM, audience: Audience = Audience.PUBLIC, **fields: Any) -> None:
        """Have a document come into the index."""
        title = fields.pop("title", f"Titre de {document_id}")
        metadata = Metadata(title, fields.pop("kind", Kind.LEGAL_NOTE), audience, "fr", **fields)
        self.store.documents[document_id] = Document.from_sections(document_id, [SectionText("p. 1", text)], metadata)
        self.store.generation += 1

    def remove(self, document_id: str) -> None:
        del self.store.documents[document_id]
        self.store.generation += 1

    def add(
        self, query: str = "tramway", owner: str = "", address: str = MARIE, *, confirmed: bool = True, **fields: Any
    ) -> Alert:
        """Make an alert as the service does, as if its address had been confirmed."""
        listed = self.store.list_documents(Access(Audience.STAFF))
        Sightings(self.job.file, self.clock).add(document.card for document in listed)
        filters = Filters(**fields.pop("filters", {}))
        new = NewAlert(owner, query, filters, fields.pop("language", "fr"), address, Frequency.DAILY)
        alert = self.alerts.add(new._replace(**fields), 50)
        if confirmed and address:
            with self.job.file.open() as db:
                db.execute("UPDATE alerts SET is_confirmed = 1 WHERE id = ?", (alert.id,))
                db.execute("DELETE FROM mails WHERE alert_id = ?", (alert.id,))
        return self.alerts.get(alert.id)

    def told(self, alert: Alert) -> list[str]:
        """Return the documents an alert has told of, in their order of ids."""
        return sorted(item.document_id for item in self.job.sightings.newest(alert.id))

    def run(self, **span: float) -> int:
        """Have the job look now, and send after a while (a day, unless said otherwise) what is due then."""
        self.job.look()
        self.clock.wait(**(span or {"days": 1}))
        return self.job.send()


@dataclass
class Mailbox:
    """What a mail server has taken; `answer` may refuse, or do something else first."""

    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answer: Callable[[str], str | None] = lambda moment: None
    port: int = 0

    async def handle_EHLO(
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.answer("EHLO")
        return responses

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return self.answer("MAIL") or "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        refusal = self.answer("RCPT")
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        refusal = self.answer("DATA")
        if refusal:
            return refusal
        message = message_from_bytes(envelope.original_content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken += [(address, message) for address in envelope.rcpt_tos]
        self.answer("TAKEN")
        return "250 OK"

    @property
    def messages(self) -> list[EmailMessage]:
        return [message for _, message in self.taken]

    def link(self, path: str) -> str:
        """Return the token of the newest message's link to this path."""
        tokens = re.findall(rf"{re.escape(path)}\?t=([\w-]+)", text_of(self.messages[-1]))
        return str(tokens[-1])


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    """Return the text of a message, or its HTML."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


@contextmanager
def mail_server(mailbox: Mailbox, **options: Any) -> Iterator[Mailbox]:
    """Serve a mailbox over SMTP on loopback."""
    from aiosmtpd.controller import Controller

    mailbox.port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()

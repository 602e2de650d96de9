"""A report on its way into the register: read, classified with reasons, and put with those it is like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from index.documents import Audience
from index.lexical.query_language import query_language
from index.types import DocumentCard, Embedder, Filter
from service.library.concepts import Thesaurus
from service.library.open_index import OpenIndex
from service.obstacles.merging import Like, Reading, likest, readings
from service.obstacles.model import Obstacle, Source
from service.obstacles.proposals import Proposer
from service.obstacles.store import Added, NewReport, Register

NEAREST: Final = 3  # documents a proposal may rest on


@dataclass(frozen=True, slots=True)
class Telling:
    """What somebody tells, or a thread; `consent` is how it was given, without which nothing is kept."""

    text: str
    source: Source
    consent: str
    border: str = ""
    language: str = ""
    subject: str = ""
    audience: Audience = Audience.PUBLIC
    origin: str = ""


@dataclass(frozen=True)
class Intake:
    """Takes reports into a register, by one generation of the index and the thesaurus."""

    register: Register
    index: OpenIndex
    thesaurus: Thesaurus

    def take(self, told: Telling) -> Added:
        """Keep what was told; similar reports become one obstacle. Only staff see what it was put with."""
        language = told.language or query_language(told.text)
        embedder = self.index.engine.embedder
        proposal = Proposer(self.thesaurus).propose(
            told.text, language, border=told.border, nearest=self._nearest(told.text)
        )
        reading = Reading(embedder.embed_query(told.text), proposal)
        like = likest(reading, self.register.obstacles(), self._read(embedder))
        report = NewReport(
            source=told.source,
            text=told.text,
            language=language,
            consent=told.consent,
            proposal=proposal,
            embedder=embedder.name,
            vector=reading.vector,
            subject=told.subject,
            audience=told.audience,
            origin=told.origin,
        )
        return self.register.add(report, next((one.obstacle_id for one in like if one.is_same), None))

    def like(self, obstacle: Obstacle) -> list[Like]:
        """Return which other obstacles this one may be the same as, the likest first: what staff may want to merge."""
        read = self._read(self.index.engine.embedder)
        own = read.pop(obstacle.id, [])
        others = [one for one in self.register.obstacles() if one.id != obstacle.id]
        return likest(own[0], others, read) if own else []

    def _read(self, embedder: Embedder) -> dict[str, list[Reading]]:
        """Return every report as this embedder reads it; what another one read is read again, once."""
        reports, vectors = self.register.reports(), self.register.vectors(embedder.name)
        for one in reports:
            if one.id not in vectors:
                vectors[one.id] = embedder.embed_query(one.text)
                self.register.read_again(one.id, embedder.name, vectors[one.id])
        return readings(reports, vectors)

    def _nearest(self, text: str) -> list[DocumentCard]:
        """Return the documents nearest to a text, of all there are: staff alone see what rests on them."""
        within = Filter(audience=Audience.STAFF, current_on=datetime.now(UTC).date())
        return [one.document for one in self.index.engine.search(text, NEAREST, within).documents]

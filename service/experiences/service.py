"""Comparable experiences: for a situation or a document, cases at other borders, what is alike and what is not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import anyio
from fastapi import Depends

from index.documents import Document
from index.types import Filter
from service.experiences.cases import Case, find_cases
from service.experiences.schemas import ExperiencesRequest, ExperiencesResponse, experiences_response
from service.experiences.situations import Situation, read_situation, situation_of
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.concepts import Thesaurus, read_thesaurus
from service.library.open_index import Library


class ComparableCases(NamedTuple):
    """A situation as it was understood, its document when it is from one, and cases elsewhere, best first."""

    situation: Situation
    source: Document | None
    cases: list[Case]


@dataclass(frozen=True)
class ExperienceService:
    """Finds comparable cases for the API, the page and the MCP server."""

    library: Library
    limiter: ConcurrencyLimiter
    public_url: str
    thesaurus_path: Path | None  # SKOS in Turtle: recognises what situations and cases name

    async def thesaurus(self) -> Thesaurus:
        """Return the thesaurus; the first time, this reads its file."""
        return await anyio.to_thread.run_sync(read_thesaurus, self.thesaurus_path)

    async def find(self, request: ExperiencesRequest, within: Filter) -> ComparableCases:
        """Return the cases inside the filter. Raises UnknownDocument, NotReady, Overloaded."""
        return await self.limiter.run(lambda: self._find(request, within))

    async def respond(self, request: ExperiencesRequest, within: Filter) -> ExperiencesResponse:
        """Return the cases inside the filter as the API gives them. Raises UnknownDocument, NotReady, Overloaded."""

        def respond() -> ExperiencesResponse:
            began = time.perf_counter()
            result = self._find(request, within)
            took_ms = (time.perf_counter() - began) * 1000
            return experiences_response(result.situation, result.cases, self.public_url, took_ms)

        return await self.limiter.run(respond)

    def _find(self, request: ExperiencesRequest, within: Filter) -> ComparableCases:
        index, thesaurus = self.library.borrow(), read_thesaurus(self.thesaurus_path)
        border = request.border or ""
        source = index.store.document(request.document_id, within.access) if request.document_id else None
        situation = (
            situation_of(source, border) if source else read_situation(request.situation or "", border, thesaurus)
        )
        return ComparableCases(situation, source, find_cases(situation, request.k, index, within, thesaurus))


ExperiencesDependency = Annotated[ExperienceService, Depends(provided(ExperienceService))]

"""Comparable experiences: for a situation or a document, cases at other borders, what is alike and what is not."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import anyio
from fastapi import Depends

from index.documents import Document
from index.types import Filter
from service.experiences.cases import Case, find_cases
from service.experiences.schemas import ExperiencesRequest, ExperiencesResponse, experiences_response
from service.experiences.situations import Situation, read_situation, situation_of
from service.experiences.unsolved import OpenThreads, UnsolvedThread, find_unsolved
from service.forum.suggestions import E5_SMALL, Threshold
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.concepts import Thesaurus, ThesaurusSource, read_thesaurus
from service.library.open_index import Library


class ComparableCases(NamedTuple):
    """A situation as it was understood, its document when it is from one, and cases elsewhere, best first.

    `unsolved` are threads of those who have the same trouble and no solution: they are no cases.
    """

    situation: Situation
    source: Document | None
    cases: list[Case]
    unsolved: list[UnsolvedThread]


@dataclass(frozen=True)
class ExperienceService:
    """Finds comparable cases for the API, the page and the MCP server."""

    library: Library
    limiter: ConcurrencyLimiter
    public_url: str
    thesaurus_path: ThesaurusSource  # SKOS in Turtle: recognises what situations and cases name
    open_threads: OpenThreads  # of the forums
    threshold: Threshold = E5_SMALL  # when an unsolved thread is near enough to be shown

    async def thesaurus(self) -> Thesaurus:
        """Return the thesaurus; the first time, this reads its file."""
        return await anyio.to_thread.run_sync(read_thesaurus, self.thesaurus_path)

    async def find(self, request: ExperiencesRequest, within: Filter, language: str = "") -> ComparableCases:
        """Return the cases inside the filter, their contacts in a language if they are there in it.

        Raises UnknownDocument, NotReady, Overloaded.
        """
        return await self.limiter.run(lambda: self._find(request, within, language))

    async def respond(self, request: ExperiencesRequest, within: Filter) -> ExperiencesResponse:
        """Return the cases inside the filter as the API gives them. Raises UnknownDocument, NotReady, Overloaded."""

        def respond() -> ExperiencesResponse:
            began = time.perf_counter()
            result = self._find(request, within)
            took_ms = (time.perf_counter() - began) * 1000
            return experiences_response(result.situation, result.cases, result.unsolved, self.public_url, took_ms)

        return await self.limiter.run(respond)

    def _find(self, request: ExperiencesRequest, within: Filter, language: str = "") -> ComparableCases:
        index, thesaurus = self.library.borrow(), read_thesaurus(self.thesaurus_path)
        border = request.border or ""
        source = index.store.document(request.document_id, within.access) if request.document_id else None
        situation = (
            situation_of(source, border) if source else read_situation(request.situation or "", border, thesaurus)
        )
        language = language or situation.language
        cases = find_cases(situation, request.k, index, within, thesaurus, language)
        unsolved = find_unsolved(situation, index, within, self.open_threads, self.threshold)
        return ComparableCases(situation, source, cases, unsolved)


ExperiencesDependency = Annotated[ExperienceService, Depends(provided(ExperienceService))]

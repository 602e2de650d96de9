"""A comparison across borders: what each border's document says of the columns asked for, as a table."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Annotated

import anyio
from fastapi import Depends

from index.clock import utc_today
from index.documents import Access
from service.comparison.cells import CellFinder
from service.comparison.rows import Comparison, compare_borders, compare_documents
from service.comparison.schemas import CompareRequest, CompareResponse, compare_response
from service.comparison.tables import comparison_table
from service.experiences.situations import known_borders
from service.exports.service import ExportedFile
from service.exports.tables import TABLE_WRITERS, TableFormat
from service.http.concurrency import ConcurrencyLimiter
from service.http.dependencies import provided
from service.library.concepts import ThesaurusSource, read_thesaurus
from service.library.open_index import Library
from service.web.translating import Translator


@dataclass(frozen=True)
class ComparisonService:
    """Compares documents for the API, the page, the exports and the MCP server."""

    library: Library
    limiter: ConcurrencyLimiter
    public_url: str
    thesaurus_path: ThesaurusSource  # SKOS in Turtle: knows the borders there are
    finder: CellFinder = field(default_factory=CellFinder)

    async def known_borders(self) -> list[str]:
        """Return the codes of the borders one may choose; the first time, this reads the thesaurus."""
        return known_borders(await anyio.to_thread.run_sync(read_thesaurus, self.thesaurus_path))

    async def compare(self, request: CompareRequest, access: Access) -> Comparison:
        """Return the rows. Raises UnknownDocument, NotReady, Overloaded."""
        return await self.limiter.run(lambda: self._compare(request, access))

    async def respond(self, request: CompareRequest, access: Access) -> CompareResponse:
        """Return the rows as the API gives them. Raises UnknownDocument, NotReady, Overloaded."""

        def respond() -> CompareResponse:
            began = time.perf_counter()
            comparison = self._compare(request, access)
            return compare_response(comparison, self.public_url, (time.perf_counter() - began) * 1000)

        return await self.limiter.run(respond)

    async def export(
        self, request: CompareRequest, access: Access, t: Translator, format: TableFormat, address: str
    ) -> ExportedFile:
        """Return the rows as a file; `address` is that of the page. Raises UnknownDocument, NotReady, Overloaded."""
        writer, day = TABLE_WRITERS[format], utc_today()

        def write() -> bytes:
            comparison = self._compare(request, access)
            return writer.write(
                comparison_table(comparison, request.question or "", self.public_url, address, day, t), t
            )

        content = await self.limiter.run(write)
        name = f"passerelle-comparison-{day.isoformat()}.{writer.suffix}"
        return ExportedFile(content, writer.media_type, name, t.language)

    def _compare(self, request: CompareRequest, access: Access) -> Comparison:
        index, within, columns = self.library.borrow(), request.filters.within(access), tuple(request.columns)
        if request.document_ids:
            rows = compare_documents(request.document_ids, columns, index, within, self.finder)
        else:
            rows = compare_borders(request.question or "", columns, request.rows, index, within, self.finder)
        return Comparison(columns, tuple(rows))


ComparisonDependency = Annotated[ComparisonService, Depends(provided(ComparisonService))]

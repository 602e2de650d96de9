"""Writing results as files: the list of a search in the reader's order, or a single reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Depends
from starlette.responses import Response

from index.clock import utc_today
from index.documents import Access, Document
from service.experiences.schemas import ExperiencesRequest
from service.experiences.service import ExperienceService
from service.exports.cases import case_entries
from service.exports.formats import NOTE_WRITERS, WRITERS, Format, NoteFormat
from service.exports.listing import ResultList, entries_of, entry_of
from service.files.written import WrittenNote
from service.http.concurrency import ConcurrencyLimiter, raise_if_abandoned
from service.http.dependencies import provided
from service.http.fields import MOST_RESULTS
from service.library.filters import Filters
from service.search.facets import filter_chips
from service.search.page_query import PageQuery
from service.search.service import SearchService
from service.search.sorting import sort_documents
from service.web.translating import Translator


@dataclass(frozen=True)
class ExportedFile:
    """A file to be saved; `language` is that of its headings."""

    content: bytes
    media_type: str
    name: str
    language: str

    def response(self) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="{self.name}"', "Content-Language": self.language}
        return Response(self.content, media_type=self.media_type, headers=headers)


@dataclass(frozen=True)
class ExportService:
    """Writes what a caller may find as a file."""

    searches: SearchService
    experiences: ExperienceService
    limiter: ConcurrencyLimiter
    public_url: str

    async def export_search(
        self, query: PageQuery, access: Access, t: Translator, format: Format, k: int = MOST_RESULTS
    ) -> ExportedFile:
        """Return the whole list of a search in its order. Raises NotReady and Overloaded."""
        writer, day = WRITERS[format], utc_today()

        def write() -> bytes:
            resolved, result = self.searches.find_page(query, access, k)
            raise_if_abandoned()
            filters = tuple(chip.label for chip in filter_chips(t, resolved))
            entries = entries_of(sort_documents(result.ranking.documents[:k], resolved.sort), self.public_url)
            return writer.write(
                ResultList(resolved.query, filters, self.public_url + resolved.address(), day, entries), t
            )

        content = await self.limiter.run(write)
        return ExportedFile(content, writer.media_type, f"passerelle-{day.isoformat()}.{writer.suffix}", t.language)

    async def export_cases(
        self, request: ExperiencesRequest, access: Access, t: Translator, format: Format
    ) -> ExportedFile:
        """Return the comparable cases of a situation, then the unsolved threads like it, marked as such.

        Raises UnknownDocument, NotReady and Overloaded.
        """
        writer, day = WRITERS[format], utc_today()
        comparable = await self.experiences.find(request, Filters().within(access))
        situation = request.situation or (comparable.source.metadata.title if comparable.source else "")
        params = {"q": request.situation, "document": request.document_id, "border": request.border}
        address = "/experiences?" + urlencode({name: value for name, value in params.items() if value})
        own = ", ".join(map(t.border, sorted(comparable.situation.borders)))
        borders = (f"{t('experiences.own')} {own}",) if own else ()
        listed = ResultList(
            situation,
            borders,
            self.public_url + address,
            day,
            case_entries(comparable, self.public_url),
            "export.cases.title",
        )
        content = await self.limiter.run(lambda: writer.write(listed, t))
        name = f"passerelle-experiences-{day.isoformat()}.{writer.suffix}"
        return ExportedFile(content, writer.media_type, name, t.language)

    def export_reference(
        self, document: Document, t: Translator, format: Format, start: int | None, end: int | None
    ) -> ExportedFile:
        """Return a reference to a document, or to its passage [start, end) with its words as a note."""
        writer, entry = WRITERS[format], entry_of(document, self.public_url, start, end)
        content = writer.write(ResultList("", (), entry.url, utc_today(), (entry,)), t)
        return ExportedFile(content, writer.media_type, f"passerelle-reference.{writer.suffix}", t.language)


def export_note(note: WrittenNote, format: NoteFormat, name: str) -> ExportedFile:
    """Return a note as a file of this name, without its suffix. Blocks."""
    writer = NOTE_WRITERS[format]
    return ExportedFile(writer.write(note), writer.media_type, f"{name}.{format.value}", note.language)


ExportDependency = Annotated[ExportService, Depends(provided(ExportService))]

"""The wire format of comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from service.comparison.cells import Cell
from service.comparison.columns import COLUMNS, Column
from service.comparison.rows import Comparison, Row
from service.documents.schemas import DocumentOut, document_out
from service.exports.tables import TableFormat
from service.http.fields import WHOLE, Text
from service.library.filters import Filters
from service.web.citations import citation_text, page_path
from service.web.translating import INTERFACE_LANGUAGES

MOST_ROWS: Final = 12
ROWS: Final = 8
DocumentId = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\u0000]+$")]
_NO_FILTERS: Final = Filters()
_EXAMPLE: Final = {
    "question": "Comment chaque frontière organise-t-elle un tram ?",
    "columns": ["cost", "funding", "year"],
}
_ONE_OF_TWO: Final[dict[str, Any]] = {
    "anyOf": [
        {"required": ["question"], "properties": {"question": {"type": "string"}}},
        {
            "required": ["document_ids"],
            "properties": {"document_ids": {"minItems": 1}, "filters": {"additionalProperties": False}},
        },
    ]
}


def _without_repeats(columns: list[Column]) -> list[Column]:
    """Return the columns in the order in which they are shown, none twice."""
    return [column for column in COLUMNS if column in columns]


class CompareRequest(BaseModel):
    """A question, or the documents to compare: one of the two at least."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_ONE_OF_TWO | {"examples": [_EXAMPLE]})

    question: Annotated[Text | None, Field(description="What each border does, up to 2000 characters")] = None
    document_ids: Annotated[
        list[DocumentId], Field(max_length=MOST_ROWS, description="Documents to compare, instead of those found")
    ] = []
    columns: Annotated[
        list[Column],
        Field(min_length=1, max_length=20, description="What is asked of each; all without it"),
        AfterValidator(_without_repeats),
    ] = list(COLUMNS)
    filters: Annotated[Filters, Field(description="Which documents may be found for a question")] = _NO_FILTERS
    rows: Annotated[int, Field(ge=1, le=MOST_ROWS, strict=True, description="At most so many rows"), WHOLE] = ROWS

    @model_validator(mode="after")
    def _require_something_to_compare(self) -> Self:
        if self.question is None and not self.document_ids:
            raise ValueError("give a question, or document_ids")
        if self.document_ids and self.filters != _NO_FILTERS:
            raise ValueError("filters choose documents for a question: leave them out, or leave document_ids out")
        return self


class CompareExportRequest(CompareRequest):
    """A comparison, and what it is to be written as."""

    model_config = CompareRequest.model_config | {
        "json_schema_extra": _ONE_OF_TWO | {"examples": [_EXAMPLE | {"format": "csv"}]}
    }

    format: TableFormat
    language: Annotated[
        str, Field(description="Of headings and names", json_schema_extra={"enum": list(INTERFACE_LANGUAGES)})
    ] = "fr"


class CellOut(BaseModel):
    """A sentence of the row's document: `quote` stands word for word at [start, end) of it."""

    quote: str
    start: int
    end: int
    label: str = Field(examples=["p. 12"])
    language: str = Field(examples=["fr"])
    citation: str = Field(examples=["Tram D Strasbourg-Kehl, p. 2 (MOT, 2019)"])
    url: str = Field(description="The page that shows it in its place")


class RowOut(BaseModel):
    """What one document says, for the borders it is about. A column it does not answer is null."""

    borders: list[str] = Field(examples=[["DE-FR"]])
    document: DocumentOut
    cells: dict[Column, CellOut | None]
    is_far: bool = Field(description="Whether it is probably about something else, and shown for want of nearer ones")


class CompareResponse(BaseModel):
    """Rows, best first. Without documents of one's own, one row a border, and none without a cell."""

    columns: list[Column]
    rows: list[RowOut]
    took_ms: float


def compare_response(comparison: Comparison, base: str, took_ms: float) -> CompareResponse:
    """Return the rows of a comparison. Addresses begin with `base`."""
    return CompareResponse(
        columns=list(comparison.columns),
        rows=[_row_out(row, comparison.columns, base) for row in comparison.rows],
        took_ms=round(took_ms, 1),
    )


def _row_out(row: Row, columns: tuple[Column, ...], base: str) -> RowOut:
    cells: Mapping[Column, CellOut | None] = {
        column: cell_out(row, row.cells[column], base) if column in row.cells else None for column in columns
    }
    return RowOut(
        borders=list(row.borders), document=document_out(row.document, base), cells=dict(cells), is_far=row.is_far
    )


def cell_out(row: Row, cell: Cell, base: str) -> CellOut:
    """Return a cell with its citation and the address that shows it."""
    return CellOut(
        quote=cell.quote,
        start=cell.start,
        end=cell.end,
        label=cell.label,
        language=cell.language,
        citation=citation_text(row.document.metadata, cell.label),
        url=base + page_path(row.document.id, start=cell.start, end=cell.end),
    )

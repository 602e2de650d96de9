"""The requests for an export: a body of JSON, or an address with the search page's parameters."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field
from starlette.datastructures import QueryParams

from index.documents import LANGUAGES, THEMES
from service.errors import InvalidField
from service.experiences.schemas import EITHER, ExperiencesRequest
from service.exports.formats import Format
from service.http.fields import A_BORDER, EARLIEST, LATEST, LONGEST_QUERY, MOST_RESULTS, WHOLE
from service.library.filters import KINDS
from service.search.page_query import PageQuery
from service.search.schemas import SearchRequest
from service.search.sorting import Sort
from service.web.translating import INTERFACE_LANGUAGES


def _words(allowed: Any) -> dict[str, Any]:
    return {"type": "string", "enum": list(allowed)}


MOST_VALUES: Final = 20  # of one filter
_YEAR: Final = {"type": "integer", "minimum": EARLIEST, "maximum": LATEST}
_TEXT: Final = {
    "type": "string",
    "minLength": 1,
    "maxLength": LONGEST_QUERY,
    "pattern": r"^[^\u0000]*[^\u0000\s\u001c-\u001f][^\u0000]*$",  # blanks to Python, but not to ECMA 262
}
_COUNTRY: Final = {"type": "string", "pattern": "^[A-Z]{2}$"}
SINGLE: Final[dict[str, dict[str, Any]]] = {  # the parameters of the search page's address, and what they may be
    "q": _TEXT,
    "format": _words(Format),
    "sort": _words(Sort),
    "from": _YEAR,
    "to": _YEAR,
    "valid_on": {"type": "string", "format": "date"},
    "superseded": _words("01"),
    "as_typed": _words("01"),
    "lang": _words(INTERFACE_LANGUAGES),
}
REPEATED: Final[dict[str, dict[str, Any]]] = {
    "kind": _words(KINDS),
    "theme": _words(THEMES),
    "border": {"type": "string", "pattern": A_BORDER},
    "country": _COUNTRY,
    "language": _words(LANGUAGES),
}
PARAMETERS: Final = [
    *(
        {"name": name, "in": "query", "required": name in {"q", "format"}, "schema": schema}
        for name, schema in SINGLE.items()
    ),
    *(
        {"name": name, "in": "query", "schema": {"type": "array", "items": schema, "maxItems": MOST_VALUES}}
        for name, schema in REPEATED.items()
    ),
]
FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The file: CSV, RIS, BibTeX, or a note for Word or LibreOffice",
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in (
                "text/csv",
                "application/x-research-info-systems",
                "application/x-bibtex",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.oasis.opendocument.text",
            )
        },
    }
}


class ExportRequest(SearchRequest):
    """A search, and what its results are to be written as."""

    model_config = SearchRequest.model_config | {
        "json_schema_extra": {
            "examples": [{"query": "télétravail des travailleurs frontaliers", "format": "csv", "filters": {}}]
        }
    }

    format: Format
    k: Annotated[int, Field(ge=1, le=MOST_RESULTS, strict=True, description="At most so many documents"), WHOLE] = (
        MOST_RESULTS
    )
    sort: Annotated[Sort, Field(description="Which results come first")] = Sort.RELEVANCE
    language: Annotated[
        str, Field(description="Of headings and names", json_schema_extra=_words(INTERFACE_LANGUAGES))
    ] = "fr"


class CasesExportRequest(ExperiencesRequest):
    """A situation, or a document that describes one, and what its comparable cases are to be written as."""

    model_config = ExperiencesRequest.model_config | {
        "json_schema_extra": {
            "examples": [{"situation": "Une piscine pour deux communes de part et d'autre.", "format": "docx"}],
            "oneOf": EITHER,
        }
    }

    format: Format
    language: Annotated[
        str, Field(description="Of headings and names", json_schema_extra=_words(INTERFACE_LANGUAGES))
    ] = "fr"


def parse_format(query: PageQuery, params: QueryParams) -> Format:
    """Return the format an address asks for. Raises InvalidField, also when there is nothing to search for."""
    if not query.query:
        raise InvalidField("q", "expected something to search for")
    return read_format(params)


def read_format(params: QueryParams) -> Format:
    """Return the format an address asks for. Raises InvalidField."""
    try:
        return Format(params.get("format", ""))
    except ValueError as error:
        raise InvalidField("format", f"unknown value; allowed: {', '.join(Format)}") from error


def check_language(field: str, language: str) -> str:
    """Return the language when pages and exports are written in it. Raises InvalidField."""
    if language not in INTERFACE_LANGUAGES:
        raise InvalidField(field, f"unknown value; allowed: {', '.join(INTERFACE_LANGUAGES)}")
    return language

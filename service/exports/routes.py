"""`GET` and `POST /search/export`: a list of results as a file."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from index.documents import LANGUAGES, THEMES
from service.auth.dependencies import ApiCaller
from service.desk import AtDesk
from service.exports.listing import Format
from service.exports.service import exported, wanted_format
from service.http.openapi import problems
from service.http.problems import InvalidField
from service.search.page_query import Asked
from service.search.schemas import A_BORDER, EARLIEST, KINDS, LATEST, LONGEST_QUERY, MOST_RESULTS, WHOLE, SearchRequest
from service.search.sorting import Sort
from service.web.translating import INTERFACE_LANGUAGES, Translator

router = APIRouter(tags=["search"])


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
SINGLE: Final[dict[str, dict[str, Any]]] = {  # what the search page's address says, and how it is to be written
    "q": _TEXT,
    "format": _words(Format),
    "sort": _words(Sort),
    "from": _YEAR,
    "to": _YEAR,
    "valid_on": {"type": "string", "format": "date"},
    "superseded": _words("01"),
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


@router.post(
    "/search/export",
    responses={**FILES, **problems(400, 401, 413, 422, 503)},
    response_class=Response,
    summary="A list of results as a file",
)
async def post_export(asked: ExportRequest, desk: AtDesk, caller: ApiCaller) -> Response:
    """Return the documents a search finds with the quote that answers best, word for word, and its address."""
    if asked.language not in INTERFACE_LANGUAGES:
        raise InvalidField("language", f"unknown value; allowed: {', '.join(INTERFACE_LANGUAGES)}")
    search = Asked.of(asked.query, asked.filters, asked.sort)
    return await exported(desk, search, caller.audience, Translator(asked.language), asked.format, asked.k)


@router.get(
    "/search/export",
    responses={**FILES, **problems(401, 422, 503)},
    response_class=Response,
    openapi_extra={"parameters": PARAMETERS},
    summary="A list of results as a file, by the search page's address",
)
async def get_export(request: Request, desk: AtDesk, caller: ApiCaller) -> Response:
    """Return the list that the search page shows at this address, whole, as a file."""
    params = request.query_params
    for name in (*SINGLE, *REPEATED):
        if "" in (said := params.getlist(name)) or (name in SINGLE and len(said) > 1):
            raise InvalidField(name, "wanted: one value, not empty")
        if len(said) > MOST_VALUES:
            raise InvalidField(name, f"at most {MOST_VALUES} values")
    asked, lang = Asked.from_address(params), params.get("lang", "fr")
    if lang not in INTERFACE_LANGUAGES:
        raise InvalidField("lang", f"unknown value; allowed: {', '.join(INTERFACE_LANGUAGES)}")
    return await exported(desk, asked, caller.audience, Translator(lang), wanted_format(asked, params))

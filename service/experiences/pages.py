"""The page of comparable experiences: a situation in one's own words, or a document, and what others did elsewhere."""

from __future__ import annotations

import time
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import QueryParams
from starlette.responses import Response

from index.types import Filter
from service.auth.dependencies import Reader
from service.desk import AtDesk, Desk
from service.experiences.border_map import border_map
from service.experiences.cases import ShownCases, shown_cases
from service.experiences.routes import find_cases
from service.experiences.schemas import ExperiencesRequest
from service.journal.consent import consent_of
from service.journal.recording import note_found
from service.library.concepts import read_thesaurus
from service.search.schemas import Filters
from service.web.rendering import page
from service.web.translating import Translator, translator

router = APIRouter()
CASES = 8


@router.api_route("/experiences", methods=["GET", "HEAD"])
async def experiences(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Show the form; with a situation or a document, cases at other borders, grouped by border."""
    asked, t = _asked(request.query_params), translator(request)
    within, began = Filters().within(caller.audience), time.perf_counter()
    values: dict[str, Any] = {
        "situation": (asked.situation if asked else "") or "",
        "source": None,
        "own": (),
        "likely": (),
        **ShownCases({}, [], False)._asdict(),
        "map": None,
        "is_asked": asked is not None,
        **await desk.turns.run(lambda: _found(desk, asked, within, t)),
        "border": (asked.border if asked else "") or "",
    }
    if asked is not None and asked.situation:
        shown = [one.case.document.id for group in (*values["groups"].values(), values["far"]) for one in group]
        consent = consent_of(request, caller)
        note_found(desk, "page", "experiences", asked.situation, within, shown, began, consent)
    return page(request, "experiences/experiences.html", values, caller=caller)


def _found(desk: Desk, asked: ExperiencesRequest | None, within: Filter, t: Translator) -> dict[str, Any]:
    thesaurus = read_thesaurus(desk.thesaurus)
    codes = [one.removeprefix("border/") for one in thesaurus.concepts if one.startswith("border/")]
    values: dict[str, Any] = {"borders": sorted((t.border(code), code) for code in codes)}
    if asked is None:
        return values
    document_id = asked.document_id or ""
    situation, cases = find_cases(
        desk, within, text=asked.situation or "", document_id=document_id, border=asked.border or "", k=CASES
    )
    if document_id:
        values["source"] = desk.library.borrow().store.document(document_id, within.audience)
    shown = shown_cases(cases, situation, thesaurus, t)
    counts = {border: len(there) for border, there in shown.groups.items()}
    own = sorted(situation.borders)
    values |= {"own": own, "likely": situation.likely}
    return values | {**shown._asdict(), "map": border_map(codes, counts, own)}


def _asked(params: QueryParams) -> ExperiencesRequest | None:
    """Read the page's address, None without a situation. Raises RequestValidationError."""
    said = {
        "situation": params.get("q", "").strip() or None,
        "document_id": params.get("document", "").strip() or None,
        "border": params.get("border", "").strip() or None,
    }
    if not (said["situation"] or said["document_id"]):
        return None
    if said["document_id"]:
        said["situation"] = None
    try:
        return ExperiencesRequest.model_validate(said)
    except ValidationError as error:
        wrong = error.errors(include_context=False, include_input=False)
        raise RequestValidationError([one | {"loc": ("query", *one["loc"])} for one in wrong]) from error

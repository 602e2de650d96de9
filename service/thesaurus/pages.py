"""The thesaurus on pages: search it, look at a concept, add to it, take back what was added here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.documents import LANGUAGES
from index.lexical.thesaurus import Concept, Thesaurus
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.errors import Conflict, InvalidField, NothingThere, ServiceError
from service.http.problems import problem_of
from service.thesaurus.additions import AddedLabel, LabelKind
from service.thesaurus.schemas import BroaderIn, ConceptIn, LabelIn
from service.thesaurus.service import SCHEMES, ThesaurusDependency, ThesaurusService, named
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.web.translating import translator

router = APIRouter()
PATH: Final = "/staff/thesaurus"
REFUSALS: Final = (ValidationError, InvalidField, Conflict)


@router.api_route(PATH, methods=["GET", "HEAD"])
async def look(request: Request, thesaurus: ThesaurusDependency, caller: StaffReader) -> Response:
    """Show what a search finds, what was added here, and the form for a new concept."""
    return await _page(request, thesaurus, caller, request.query_params.get("key", ""))


@router.api_route(f"{PATH}/export", methods=["GET", "HEAD"])
async def export(thesaurus: ThesaurusDependency, caller: StaffReader) -> Response:
    """Return the thesaurus with the additions, as a Turtle file."""
    headers = {"Content-Disposition": 'attachment; filename="thesaurus.ttl"'}
    return Response(await thesaurus.export(), media_type="text/turtle", headers=headers)


@router.post(PATH)
async def change(request: Request, thesaurus: ThesaurusDependency, caller: StaffReader) -> Response:
    """Add or take back what the form says, or show it again with the reason why not."""
    fields = await form_fields(request)
    key, action = fields.get("concept", ""), fields.get("action", "")
    if not is_own_form(request, fields):
        return await _page(request, thesaurus, caller, key, fault="stale", status=403)
    if action not in ACTIONS:
        raise HTTPException(422, "The form does not say what to do.")
    try:
        shown = await ACTIONS[action](thesaurus, fields, caller)
    except REFUSALS as error:
        fault = error.rule if isinstance(error, ServiceError) else "form"
        status = problem_of(error).status if isinstance(error, ServiceError) else 422
        return await _page(request, thesaurus, caller, key, fault=fault, status=status, sent=fields)
    except NothingThere as error:
        raise HTTPException(404, str(error)) from error
    query = urlencode({"key": shown, "done": action} if shown else {"done": action})
    return RedirectResponse(f"{PATH}?{query}", 303)


async def _page(
    request: Request,
    thesaurus: ThesaurusService,
    caller: Caller,
    key: str,
    *,
    fault: str = "",
    status: int = 200,
    sent: Mapping[str, str] | None = None,
) -> Response:
    query, scheme = (request.query_params.get(name, "")[:200].replace("\x00", "") for name in ("q", "scheme"))
    try:
        view = await thesaurus.look(query, scheme, key)
    except NothingThere as error:
        raise HTTPException(404, str(error)) from error
    done = request.query_params.get("done", "")
    values: dict[str, Any] = {
        "view": view,
        "concept": view.concepts[0] if key else None,
        "by_uri": {concept.uri: concept for concept in view.thesaurus.concepts},
        "schemes": sorted({concept.scheme for concept in view.thesaurus.concepts}),
        "new_schemes": SCHEMES,
        "kinds": list(LabelKind),
        "languages_known": LANGUAGES,
        "query": query,
        "scheme": scheme,
        "obstacle": thesaurus.obstacle,
        "fault": fault,
        "others": _others(view.thesaurus, sent or {}, key) if fault == "elsewhere" else (),
        "done": done if done in ACTIONS else "",
        "sent": sent or {},
        "reading": translator(request).language,
    }
    return page(request, "thesaurus/thesaurus.html", values, caller=caller, status=status)


def _others(thesaurus: Thesaurus, sent: Mapping[str, str], key: str) -> list[Concept]:
    """Return the other concepts that the names in a form stand for already."""
    texts = {language: sent.get(f"label-{language}", "") for language in LANGUAGES}
    texts |= {sent["language"]: sent.get("text", "")} if sent.get("language") in LANGUAGES else {}
    others = {other.key: other for language, text in texts.items() for other in named(thesaurus, text, language)}
    return [other for other in others.values() if other.key != key]


def _label_of(fields: Mapping[str, str]) -> LabelIn:
    names = {name: fields.get(name, "") for name in ("concept", "kind", "language")}
    return LabelIn.model_validate({**names, "text": fields.get("text", "").strip()})


async def _add_label(thesaurus: ThesaurusService, fields: Mapping[str, str], caller: Caller) -> str:
    label = _label_of(fields).label()
    await thesaurus.add_label(label, caller, although_known=fields.get("although_known") == "yes")
    return label.uri


async def _remove_label(thesaurus: ThesaurusService, fields: Mapping[str, str], caller: Caller) -> str:
    label: AddedLabel = _label_of(fields).label()
    await thesaurus.remove_label(label, caller)
    return label.uri


async def _add_concept(thesaurus: ThesaurusService, fields: Mapping[str, str], caller: Caller) -> str:
    labels = {language: fields.get(f"label-{language}", "").strip() for language in LANGUAGES}
    countries = fields.get("countries", "").upper().replace(",", " ").split()
    payload = ConceptIn.model_validate(
        {
            "scheme": fields.get("scheme", ""),
            "labels": {language: text for language, text in labels.items() if text},
            "broader": [broader for broader in [fields.get("broader", "").strip()] if broader],
            "countries": countries,
            "note": fields.get("note", "").strip(),
        }
    )
    return await thesaurus.add_concept(
        payload.new_concept(), caller, although_known=fields.get("although_known") == "yes"
    )


async def _remove_concept(thesaurus: ThesaurusService, fields: Mapping[str, str], caller: Caller) -> str:
    await thesaurus.remove_concept(fields.get("concept", ""), caller)
    return ""


async def _add_broader(thesaurus: ThesaurusService, fields: Mapping[str, str], caller: Caller) -> str:
    names = {name: fields.get(name, "").strip() for name in ("concept", "broader")}
    payload = BroaderIn.model_validate(names)
    await thesaurus.add_broader(payload.concept, payload.broader, caller)
    return payload.concept


async def _remove_broader(thesaurus: ThesaurusService, fields: Mapping[str, str], caller: Caller) -> str:
    await thesaurus.remove_broader(fields.get("concept", ""), fields.get("broader", ""), caller)
    return fields.get("concept", "")


# What each form does; it returns the key of the concept to show next, "" for the list.
ACTIONS: Final[dict[str, Callable[[ThesaurusService, Mapping[str, str], Caller], Awaitable[str]]]] = {
    "label": _add_label,
    "remove-label": _remove_label,
    "concept": _add_concept,
    "remove-concept": _remove_concept,
    "broader": _add_broader,
    "remove-broader": _remove_broader,
}

"""From a template and its values to a response in the reader's language, for pages and for errors."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import Request
from jinja2 import BaseLoader, ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from index.clock import utc_today
from index.documents import Metadata
from index.errors import PasserelleError
from service.auth.callers import NOBODY, Caller
from service.auth.dependencies import reader
from service.auth.form_tokens import FORM_COOKIE, FormTokens, new_nonce
from service.auth.scopes import Scope
from service.auth.sessions import cookie_name
from service.http.dependencies import components_of
from service.http.problems import problem_of
from service.http.sub_path import prefix_links, sub_path
from service.settings import Settings
from service.web.citations import (
    Place,
    citation_text,
    cite_path,
    full_citation,
    keep_path,
    overview_path,
    page_image_path,
    page_path,
    source_of,
)
from service.web.kind_facts import describe_days, describe_deadline, describe_end, kind_facts
from service.web.translating import (
    INTERFACE_LANGUAGES,
    LANGUAGE_COOKIE,
    Translator,
    own_names,
    reader_languages,
    translator,
)
from service.web.typography import typeset_page

YEAR_S = 31_536_000
KEPT_COOKIE = "passerelle_kept"  # the dossier something was put into, for the page that follows
KEPT_S = 60
EXPLAINED = frozenset({401, 403, 404, 422, 429, 500, 503, 504})  # statuses with a text of their own

_ID = re.compile(r"[\w-]{1,40}", re.ASCII)


class TranslationLimit(NamedTuple):
    """How many characters of a passage are translated at once, as `service.app` has it from the feature."""

    longest: int


class Translating(NamedTuple):
    """The languages a reader has chosen, and whether passages in others can be translated, by a form of this token."""

    reads: frozenset[str]
    is_offered: bool
    token: str
    longest: int


def _loader(service: Path) -> BaseLoader:
    """Return what finds "base.html" here and "search/result.html" among the templates of the feature `search`."""
    features = {folder.parent.name: FileSystemLoader(folder) for folder in service.glob("*/templates")}
    return ChoiceLoader([features.pop("web"), PrefixLoader(features)])


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=_loader(Path(__file__).parents[1]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.globals |= {
        "page_path": page_path,
        "overview_path": overview_path,
        "page_image_path": page_image_path,
        "cite_path": cite_path,
        "citation_text": citation_text,
        "full_citation": full_citation,
        "source_of": source_of,
        "keep_path": keep_path,
        "place": Place,
        "file_path": lambda document_id: f"/files/{quote(document_id, safe='/')}",
        "languages": own_names(),
        "has_ended": has_ended,
        "not_yet": not_yet,
        "day": day_of,
        "kind_facts": kind_facts,
        "describe_days": describe_days,
        "describe_deadline": describe_deadline,
        "describe_end": describe_end,
    }
    return templates


def render(template: str, t: Translator, values: Mapping[str, Any]) -> str:
    """Return what a template says in a language where there is no request, as in a mail."""
    return typeset_page(_templates().get_template(template).render(t=t, **values))


def page(
    request: Request, template: str, values: Mapping[str, Any], *, caller: Caller = NOBODY, status: int = 200
) -> HTMLResponse:
    """Return the page; it keeps the language chosen in its address and ties its forms to the reader."""
    t, components = translator(request), components_of(request)
    secure = components.get(Settings).is_secure
    form_cookie = cookie_name(FORM_COOKIE, is_secure=secure)
    nonce = request.cookies.get(form_cookie, "") or new_nonce()
    html = (
        _templates()
        .get_template(template)
        .render(
            t=t,
            caller=caller,
            form_token=components.get(FormTokens).token(nonce),
            switch={language: _in_language(request, language) for language in INTERFACE_LANGUAGES},
            here=local_path(request),
            translating=_translating(request, caller, components.get(FormTokens).token(nonce)),
            kept_in=kept_in(request),
            **values,
        )
    )
    html = typeset_page(prefix_links(html, sub_path(components.get(Settings).public_url)))
    response = HTMLResponse(html, status, headers={"Content-Language": t.language, "Vary": "Accept-Language, Cookie"})
    if form_cookie not in request.cookies:
        response.set_cookie(form_cookie, nonce, httponly=True, samesite="lax", secure=secure)
    if KEPT_COOKIE in request.cookies:
        response.delete_cookie(KEPT_COOKIE, httponly=True, samesite="lax", secure=secure)
    if request.query_params.get("lang") == t.language:
        response.set_cookie(LANGUAGE_COOKIE, t.language, max_age=YEAR_S, httponly=True, samesite="lax", secure=secure)
    return response


def _translating(request: Request, caller: Caller, token: str) -> Translating:
    """Return what a page needs to say which texts are in another language, and to offer their translation."""
    components = components_of(request)
    is_offered = bool(components.get(Settings).llm) and caller.may(Scope.ASK)
    return Translating(reader_languages(request), is_offered, token, components.get(TranslationLimit).longest)


async def error_page(request: Request, error: Exception) -> Response:
    """Return the page for an error, in the reader's language, with the status a program would get."""
    problem = problem_of(error)
    unexplained = 404 if problem.status == 405 else 422
    key = problem.status if problem.status in EXPLAINED else unexplained
    values = {"key": f"error.{key}", "errors": problem.errors}
    response = page(request, "error.html", values, caller=await _reader_if_known(request), status=problem.status)
    response.headers.update(problem.headers)
    return response


async def _reader_if_known(request: Request) -> Caller:
    """Return who reads, nobody where that cannot be looked up: it may be what the error is about."""
    try:
        return await reader(request)
    except (PasserelleError, sqlite3.DatabaseError):
        return NOBODY


def note_kept(request: Request, response: Response, dossier_id: str) -> Response:
    """Have the next page say that something was put into this dossier."""
    secure = components_of(request).get(Settings).is_secure
    response.set_cookie(KEPT_COOKIE, dossier_id, max_age=KEPT_S, httponly=True, samesite="lax", secure=secure)
    return response


def kept_in(request: Request) -> str:
    """Return the dossier something was just put into, "" for none."""
    dossier_id = request.cookies.get(KEPT_COOKIE, "")
    return dossier_id if _ID.fullmatch(dossier_id) else ""


def _in_language(request: Request, language: str) -> str:
    others = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return "?" + urlencode([*others, ("lang", language)])


def has_ended(metadata: Metadata) -> bool:
    """Say whether a document is no longer in force today."""
    return metadata.valid_to is not None and metadata.valid_to < utc_today()


def not_yet(metadata: Metadata) -> bool:
    """Say whether a document has not come into force yet."""
    return metadata.valid_from is not None and metadata.valid_from > utc_today()


def day_of(moment: str) -> date:
    """Return the day of a moment written in ISO 8601."""
    return date.fromisoformat(moment[:10])


def local_path(request: Request) -> str:
    """Return the path and query of this request, without its host."""
    query = request.url.query
    return quote(request.url.path, safe="/%") + (f"?{query}" if query else "")


def safe_return(path: str) -> str:
    """Return `path` when it lies on this site, else the home page."""
    is_local = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_local else "/"

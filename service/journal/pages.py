"""What readers tell: whether a result helped, and whether their words may be kept. Works without a script."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import anyio
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from index.types import Ranking
from service.answering.answers import Answer
from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.desk import AtDesk, Desk
from service.documents.citations import page_path
from service.journal.consent import COOKIE, YES, consent_of
from service.journal.recording import note_found
from service.journal.routes import LONGEST_WORD
from service.journal.service import Consent
from service.search.page_query import Asked
from service.web.forms import form_fields, is_own_form
from service.web.rendering import YEAR_S, local_path, page, safe_return

router = APIRouter()
AGAIN: Final = "again"  # names the search one comes back to, which is not another one
FROM: Final = "from"  # on a document's link: the search it was found by
_TOKEN = re.compile(r"[A-Za-z0-9_-]{12}")


@dataclass(frozen=True)
class Noted:
    """A search in the journal as its page knows it; `token` is "" when no journal is kept."""

    token: str
    back: str
    query: str = ""

    def path(self, document_id: str, *, start: int | None = None, end: int | None = None, lang: str = "") -> str:
        """Return the path of a document's page; of what was found, a passage, with the query, and its opening noted."""
        plain = page_path(document_id, start=start, end=end, lang=lang, q=self.query if start is not None else "")
        if not self.token or start is None:
            return plain
        address, hash_, anchor = plain.partition("#")
        return f"{address}{'&' if '?' in address else '?'}{FROM}={self.token}{hash_}{anchor}"


def note_search(
    request: Request, desk: Desk, caller: Caller, asked: Asked, ranking: Ranking, answer: Answer, began: float
) -> Noted:
    """Note a search of the page; further results of one, and coming back to one, are no search of their own."""
    again = request.query_params.get(AGAIN, "")
    is_again = bool(_TOKEN.fullmatch(again)) or asked.page > 1
    token = again if _TOKEN.fullmatch(again) else desk.journal.new_token()
    separator = "&" if "?" in local_path(request) else "?"
    back = local_path(request) if again else f"{local_path(request)}{separator}{AGAIN}={token}"
    if not is_again:
        note_found(
            *(desk, "page", "question" if asked.is_question else "search", asked.query),
            *(asked.filters.within(caller.audience), [one.document.id for one in ranking.documents], began),
            consent_of(request, caller),
            answered=answer.is_answered if asked.is_question else None,
            token=token,
        )
    return Noted(token if desk.journal.days else "", back, asked.query)


def opened(request: Request, desk: Desk, document_id: str) -> Response | None:
    """Note that a result was opened and lead to its address, which can then be kept and passed on; else None."""
    token = request.query_params.get(FROM, "")
    if not token:
        return None
    if _TOKEN.fullmatch(token):
        desk.journal.opened(token, document_id)
    address = request.url.remove_query_params(FROM)
    return RedirectResponse(f"{request.scope.get('root_path', '')}{address.path}{_query(address.query)}", 303)


def _query(query: str) -> str:
    return f"?{query}" if query else ""


@router.post("/feedback")
async def feedback(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Keep a vote and thank; the page of thanks asks for a word, which comes here too."""
    said = await form_fields(request)
    back = safe_return(said.get("back", "/"))
    told = {"back": back, "said": said, "is_stale": False, "longest": LONGEST_WORD}
    if not is_own_form(request, desk, said) or not _TOKEN.fullmatch(said.get("search", "")):
        return page(request, "journal/thanks.html", told | {"is_stale": True}, caller=caller, status=403)
    word = "".join(one for one in said.get("word", "") if one.isprintable() or one == "\n").strip()[:LONGEST_WORD]
    desk.journal.voted(
        said["search"],
        said.get("document", "")[:500],
        helped=said.get("helped") == "yes",
        word=word,
        audience=caller.audience.value,
        consent=Consent(True, caller.subject),
    )
    return page(request, "journal/thanks.html", told | {"has_word": bool(word)}, caller=caller)


@router.api_route("/journal", methods=["GET", "HEAD"])
async def journal(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Say what is kept of searches, for how long, and let the reader choose."""
    return _journal(request, desk, caller)


@router.post("/journal")
async def choose(request: Request, desk: AtDesk, caller: Reader) -> Response:
    """Keep the reader's choice in their browser, or erase their words."""
    said = await form_fields(request)
    if not is_own_form(request, desk, said):
        return _journal(request, desk, caller, told="stale", status=403)
    if said.get("choice") == "erase":
        await anyio.to_thread.run_sync(desk.journal.erase_subject, caller.subject)
        return _journal(request, desk, caller, told="erased")
    is_given = said.get("choice") == "yes"
    response = _journal(request, desk, caller, told="yes" if is_given else "no", is_given=is_given)
    secure = desk.settings.is_secure
    if is_given:
        response.set_cookie(COOKIE, YES, max_age=YEAR_S, httponly=True, samesite="lax", secure=secure)
    else:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=secure)
    return response


def _journal(
    request: Request, desk: Desk, caller: Caller, *, told: str = "", is_given: bool | None = None, status: int = 200
) -> Response:
    given = consent_of(request, caller).is_given if is_given is None else is_given
    values = {"told": told, "is_given": given, "days": desk.journal.days}
    return page(request, "journal/journal.html", values, caller=caller, status=status)

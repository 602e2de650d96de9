"""Pages on which readers say whether a result helped, and whether their words may be kept. Work without a script."""

from __future__ import annotations

import anyio
from fastapi import APIRouter, Request
from starlette.responses import Response

from service.auth.callers import Caller
from service.auth.dependencies import Reader
from service.http.dependencies import SettingsDependency
from service.journal.consent import COOKIE, YES, consent_of
from service.journal.recording import is_token
from service.journal.schemas import LONGEST_WORD
from service.journal.service import Consent, Journal, JournalDependency
from service.web.forms import form_fields, is_own_form
from service.web.rendering import YEAR_S, page, safe_return

router = APIRouter()


@router.post("/feedback")
async def feedback(request: Request, journal: JournalDependency, caller: Reader) -> Response:
    """Keep a vote and thank; the page of thanks asks for a word, which comes here too."""
    fields = await form_fields(request)
    values = {
        "back": safe_return(fields.get("back", "/")),
        "fields": fields,
        "is_stale": False,
        "longest": LONGEST_WORD,
    }
    if not is_own_form(request, fields) or not is_token(fields.get("search", "")):
        return page(request, "journal/thanks.html", values | {"is_stale": True}, caller=caller, status=403)
    word = _printable(fields.get("word", "")).strip()[:LONGEST_WORD]
    journal.record_vote(
        fields["search"],
        fields.get("document", "")[:500],
        helped=fields.get("helped") == "yes",
        word=word,
        audience=caller.audience.value,
        consent=Consent(True, caller.subject),
    )
    return page(request, "journal/thanks.html", values | {"has_word": bool(word)}, caller=caller)


@router.api_route("/journal", methods=["GET", "HEAD"])
async def journal_page(request: Request, journal: JournalDependency, caller: Reader) -> Response:
    """Say what is kept of searches, for how long, and let the reader choose."""
    return _page(request, journal, caller)


@router.post("/journal")
async def choose(
    request: Request,
    journal: JournalDependency,
    settings: SettingsDependency,
    caller: Reader,
) -> Response:
    """Keep the reader's choice in their browser, or erase their words."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        return _page(request, journal, caller, outcome="stale", status=403)
    if fields.get("choice") == "erase":
        await anyio.to_thread.run_sync(journal.erase_subject, caller.subject)
        return _page(request, journal, caller, outcome="erased")
    is_given = fields.get("choice") == "yes"
    response = _page(request, journal, caller, outcome="yes" if is_given else "no", is_given=is_given)
    secure = settings.is_secure
    if is_given:
        response.set_cookie(COOKIE, YES, max_age=YEAR_S, httponly=True, samesite="lax", secure=secure)
    else:
        response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=secure)
    return response


def _page(
    request: Request,
    journal: Journal,
    caller: Caller,
    *,
    outcome: str = "",
    is_given: bool | None = None,
    status: int = 200,
) -> Response:
    given = consent_of(request, caller).is_given if is_given is None else is_given
    values = {"outcome": outcome, "is_given": given, "days": journal.days}
    return page(request, "journal/journal.html", values, caller=caller, status=status)


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable() or character == "\n")

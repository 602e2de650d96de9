"""The pages on which staff make letters: the list, one letter's form, what it will be, and the sending of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.clock import utc_today
from index.documents import is_group_id
from service.auth.callers import Caller
from service.auth.staff_only import StaffReader
from service.errors import ChangedMeanwhile, InvalidField, LimitReached, NotAllowed, NothingThere
from service.http.problems import problem_of
from service.library.groups import group_choices, group_names
from service.newsletter.changes import LetterEdit
from service.newsletter.composing import ComposedLetter
from service.newsletter.form import LetterForm, last_days
from service.newsletter.mail import letter_values
from service.newsletter.model import LONGEST_TITLE, LONGEST_WORD, Arrangement, NoMail
from service.newsletter.schemas import readership_of
from service.newsletter.service import NewsletterDependency, NewsletterService
from service.newsletter.wording import default_title, title_of
from service.web.forms import form_fields, is_own_form
from service.web.rendering import page
from service.web.translating import INTERFACE_LANGUAGES, Translator, own_names, translator

router = APIRouter()
READ: Final = ["GET", "HEAD"]
LIST: Final = "/staff/newsletters"
MOST_FIELDS: Final = 2000  # four for each document
FILES: Final = ("docx", "html", "txt", "odt", "pdf")
STALE: Final = "This form is not from a page made for you, or was open too long."


@router.api_route(LIST, methods=READ)
async def list_page(request: Request, newsletters: NewsletterDependency, caller: StaffReader) -> Response:
    """Show the letters, and the form that begins one."""
    return await _list(request, newsletters, caller, {})


@router.post(LIST)
async def create(request: Request, newsletters: NewsletterDependency, caller: StaffReader) -> Response:
    """Draft a letter and show it."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        return await _list(request, newsletters, caller, fields, fault="feedback.stale", status=403)
    try:
        since, until = (date.fromisoformat(fields.get(name, "")) for name in ("since", "until"))
        readers, language = fields.get("readers", ""), fields.get("language", "")
        if not _is_readers(readers) or language not in INTERFACE_LANGUAGES:
            raise InvalidField("readers", "expected one of the choices of the form")
        composed = await newsletters.create(
            caller,
            since=since,
            until=until,
            readership=readership_of(readers),
            arrangement=Arrangement(fields.get("arrangement", "")),
            language=language,
        )
    except (ValueError, InvalidField) as error:
        is_closed = isinstance(error, InvalidField) and error.rule == "closed"
        fault = "groups.fault.closed" if is_closed else "newsletter.fault.days"
        return await _list(request, newsletters, caller, fields, fault=fault, status=422)
    except LimitReached:
        return await _list(request, newsletters, caller, fields, fault="newsletter.fault.limit", status=409)
    return RedirectResponse(f"{LIST}/{composed.letter.id}", 303)


@router.api_route(f"{LIST}/{{letter_id}}", methods=READ)
async def letter_page(
    request: Request, letter_id: str, newsletters: NewsletterDependency, caller: StaffReader
) -> Response:
    """Show a draft with its form, or a letter that was sent, as it is now."""
    return await _page(request, newsletters, caller, letter_id)


@router.post(f"{LIST}/{{letter_id}}")
async def change(request: Request, letter_id: str, newsletters: NewsletterDependency, caller: StaffReader) -> Response:
    """Save what the form says, and do what its button says besides. What was typed is shown again if it is refused."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as sent:
        if not is_own_form(request, {"token": str(sent.get("token", ""))}):
            await _check_there(newsletters, letter_id)
            return await _page(request, newsletters, caller, letter_id, sent, fault="feedback.stale", status=403)
        try:
            return RedirectResponse(await _act(newsletters, caller, letter_id, sent), 303)
        except (ChangedMeanwhile, InvalidField, LimitReached, NoMail) as error:
            fault = _fault(error)
            status = 409 if isinstance(error, NoMail) else problem_of(error).status
            return await _page(request, newsletters, caller, letter_id, sent, fault=fault, status=status)


@router.api_route(f"{LIST}/{{letter_id}}/letter.{{form}}", methods=READ)
async def export(letter_id: str, form: str, newsletters: NewsletterDependency, caller: StaffReader) -> Response:
    """Return a letter as a file."""
    if form not in FILES:
        raise HTTPException(404, f"There is {', '.join(FILES)}.")
    return (await newsletters.export(letter_id, form)).response()


@router.api_route(f"{LIST}/{{letter_id}}/send", methods=READ)
async def confirm_page(
    request: Request, letter_id: str, newsletters: NewsletterDependency, caller: StaffReader
) -> Response:
    """Show what would be sent, what is left out, and to how many it would go."""
    return await _confirm(request, newsletters, caller, letter_id)


@router.post(f"{LIST}/{{letter_id}}/send")
async def send(request: Request, letter_id: str, newsletters: NewsletterDependency, caller: StaffReader) -> Response:
    """Send a letter, if it still says what the page showed."""
    fields = await form_fields(request)
    if not is_own_form(request, fields):
        await _check_there(newsletters, letter_id)
        return await _confirm(request, newsletters, caller, letter_id, fault="feedback.stale", status=403)
    try:
        await newsletters.send(letter_id, caller, fields.get("state", ""), to_all=fields.get("to") == "all")
    except (ChangedMeanwhile, InvalidField) as error:
        changed = isinstance(error, ChangedMeanwhile)
        fault = "newsletter.fault.state" if changed else "newsletter.fault.empty"
        return await _confirm(request, newsletters, caller, letter_id, fault=fault, status=problem_of(error).status)
    except (NoMail, NotAllowed):  # sent by somebody else meanwhile, perhaps
        return RedirectResponse(f"{LIST}/{letter_id}", 303)
    return RedirectResponse(f"{LIST}/{letter_id}", 303)


async def _act(newsletters: NewsletterService, caller: Caller, letter_id: str, sent: FormData) -> str:
    """Do what a button of a letter's form says; return where to go next."""
    address, action = f"{LIST}/{letter_id}", str(sent.get("action", ""))
    seen = _seen(sent)
    if action == "delete":
        await newsletters.delete(letter_id, caller, seen)
        return LIST
    edit = LetterForm.of(sent).edit()
    if moved := str(sent.get("move", "")):
        return address + await _move(newsletters, caller, letter_id, seen, edit, moved)
    saved = await newsletters.change(letter_id, caller, seen, edit.apply)
    match action:
        case "refresh":
            await newsletters.refresh(letter_id, caller, saved.letter.version)
        case "test":
            await newsletters.test(letter_id, caller, saved.letter.version, str(sent.get("address", "")).strip())
            return f"{address}?tested=1#test"
        case "prepare":
            return f"{address}/send"
    return f"{address}?saved=1"


async def _move(
    newsletters: NewsletterService, caller: Caller, letter_id: str, seen: int, edit: LetterEdit, moved: str
) -> str:
    """Save, and move what a button names ("up", how deep it lies, a document of it); return the anchor to go to."""
    direction, depth, document_id = [*moved.split(" ", 2), "", ""][:3]
    composed = await newsletters.read(letter_id)
    paths = {shown.card.id: shown.path for shown in composed.items}
    if document_id not in paths or depth not in ("1", "2", "3"):
        raise InvalidField("move", "expected one of the buttons of the form")
    to = paths[document_id][: int(depth)], -1 if direction == "up" else 1
    await newsletters.change_and_move(letter_id, caller, seen, edit.apply, to)
    return f"#{quote(f'item-{document_id}')}"


async def _list(
    request: Request,
    newsletters: NewsletterService,
    caller: Caller,
    fields: Mapping[str, str],
    *,
    fault: str = "",
    status: int = 200,
) -> Response:
    t, (since, until) = translator(request), last_days(utc_today())
    usual = {"since": since.isoformat(), "until": until.isoformat(), "readers": "public"}
    values = {
        "letters": await newsletters.all(),
        "group_choices": await group_choices(request),
        "group_names": await group_names(request, caller),
        "languages_offered": own_names(),
        "fields": usual | {"arrangement": Arrangement.BORDER.value, "language": t.language} | dict(fields),
        "title_of": title_of,
        "fault": fault,
        "has_mail": newsletters.has_mail,
    }
    return page(request, "newsletter/list.html", values, caller=caller, status=status)


async def _page(
    request: Request,
    newsletters: NewsletterService,
    caller: Caller,
    letter_id: str,
    sent: FormData | None = None,
    *,
    fault: str = "",
    status: int = 200,
) -> Response:
    composed = await newsletters.read(letter_id)
    values: dict[str, Any] = {
        "composed": composed,
        "saved": LetterForm.saved(composed.letter),
        "typed": LetterForm.saved(composed.letter) if sent is None else LetterForm.of(sent),
        "address": str(sent.get("address", "")) if sent else "",
        "fault": fault,
        "tested": request.query_params.get("tested") == "1",
        "is_saved": request.query_params.get("saved") == "1",
        "has_mail": newsletters.has_mail,
        "files": FILES,
        "languages_offered": own_names(),
        "longest_title": LONGEST_TITLE,
        "longest_word": LONGEST_WORD,
        "counts": await newsletters.counts(letter_id),
        "group_names": await group_names(request, caller),
        **_letter_values(composed, newsletters.public_url),
    }
    template = "newsletter/sent.html" if composed.letter.is_sent else "newsletter/edit.html"
    return page(request, template, values, caller=caller, status=status)


async def _confirm(
    request: Request,
    newsletters: NewsletterService,
    caller: Caller,
    letter_id: str,
    *,
    fault: str = "",
    status: int = 200,
) -> Response:
    prepared = await newsletters.prepare(letter_id)
    if prepared.composed.letter.is_sent:
        return RedirectResponse(f"{LIST}/{letter_id}", 303)
    values = {
        "composed": prepared.composed,
        "recipients": prepared.recipients,
        "group_names": await group_names(request, caller),
        "fault": fault,
        "has_mail": newsletters.has_mail,
        **_letter_values(prepared.composed, newsletters.public_url),
    }
    return page(request, "newsletter/send.html", values, caller=caller, status=status)


async def _check_there(newsletters: NewsletterService, letter_id: str) -> None:
    """Refuse a form of another page for what it is, whether or not there is such a letter. Raises HTTPException."""
    try:
        await newsletters.read(letter_id)
    except NothingThere as error:
        raise HTTPException(403, STALE) from error


def _letter_values(composed: ComposedLetter, base: str) -> dict[str, Any]:
    t = Translator(composed.letter.language)
    return letter_values(composed, t, base) | {"lt": t, "default_title": default_title(t, composed.letter)}


def _seen(sent: FormData) -> int:
    """Return the version the form was made for. Raises InvalidField."""
    seen = str(sent.get("seen", ""))
    if not seen.isascii() or not seen.isdecimal() or len(seen) > 9:
        raise InvalidField("seen", "the form does not say which version it was made for")
    return int(seen)


def _is_readers(readers: str) -> bool:
    kind, _, group = readers.partition(":")
    return is_group_id(group) if kind == "group" else readers in ("public", "member")


def _fault(error: Exception) -> str:
    """Return the message for what went wrong."""
    match error:
        case ChangedMeanwhile():
            return "newsletter.fault.changed"
        case LimitReached():
            return "newsletter.fault.limit"
        case NoMail():
            return "newsletter.fault.nomail"
        case InvalidField(field="address"):
            return "newsletter.fault.address"
    return "newsletter.fault.text"

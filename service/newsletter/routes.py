"""Letters through the API, for staff: draft, edit, take away, try, send."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi import Path as InPath
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.status import HTTP_201_CREATED, HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from service.auth.staff_only import StaffCaller
from service.exports.formats import NOTE_WRITERS
from service.http.openapi import problems
from service.newsletter.changes import ItemChange, LetterEdit
from service.newsletter.model import NoMail
from service.newsletter.schemas import (
    LetterChange,
    LetterIn,
    LetterOut,
    LettersOut,
    SendIn,
    SentOut,
    TestIn,
    head_out,
    letter_out,
    readership_of,
)
from service.newsletter.service import NewsletterDependency

router = APIRouter(tags=["staff"])
ANY: Final = "*"
LetterId = Annotated[str, InPath(max_length=40)]
IfMatch = Annotated[
    str,
    Header(
        pattern=r'^(\*|(W/)?"?[0-9]{1,9}"?)$',
        description="The `ETag` of the letter as it was read, or `*`",
        examples=["*"],
    ),
]
CHANGE_ERRORS = problems(400, 401, 403, 404, 409, 412, 413, 422, 503)
SEND_ERRORS = problems(400, 401, 403, 404, 409, 412, 413, 422, 503)


class LetterFormat(StrEnum):
    """What a letter can be taken away as."""

    HTML = "html"
    TXT = "txt"
    DOCX = "docx"
    ODT = "odt"
    PDF = "pdf"


FILES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The letter: for a mail program, a web page, a word processor, or to be printed",
        "content": {
            name: {"schema": {"type": "string", "format": "binary"}}
            for name in ("text/html", "text/plain", *(writer.media_type for writer in NOTE_WRITERS.values()))
        },
    }
}


@router.get("/staff/newsletters", responses=problems(401, 503), summary="Letters, the latest first")
async def list_letters(newsletters: NewsletterDependency, caller: StaffCaller) -> LettersOut:
    """Return drafts and what was sent, each with how its mails stand."""
    return LettersOut(letters=[head_out(listed) for listed in await newsletters.all()])


@router.post(
    "/staff/newsletters",
    status_code=HTTP_201_CREATED,
    responses=problems(400, 401, 409, 413, 422, 503),
    summary="Draft a letter of what came in between two days",
)
async def create_letter(payload: LetterIn, newsletters: NewsletterDependency, caller: StaffCaller) -> LetterOut:
    """Draft a letter: documents by border and theme with a sentence each, events and deadlines, all of it ticked."""
    composed = await newsletters.create(
        caller,
        since=payload.since,
        until=payload.until,
        readership=readership_of(payload.readers),
        arrangement=payload.arrangement,
        language=payload.language,
        title=payload.title,
    )
    return letter_out(composed, {}, newsletters.public_url)


@router.get("/staff/newsletters/{letter_id}", responses=problems(401, 404, 422, 503), summary="A letter")
async def read_letter(
    letter_id: LetterId, newsletters: NewsletterDependency, caller: StaffCaller, response: Response
) -> LetterOut:
    """Return a letter with the sentences that can be chosen, and what has to be left out now."""
    composed = await newsletters.read(letter_id)
    response.headers["ETag"] = f'"{composed.letter.version}"'
    return letter_out(composed, await newsletters.counts(letter_id), newsletters.public_url)


@router.patch("/staff/newsletters/{letter_id}", responses=CHANGE_ERRORS, summary="Change a letter")
async def change_letter(
    letter_id: LetterId,
    payload: LetterChange,
    newsletters: NewsletterDependency,
    caller: StaffCaller,
    response: Response,
    if_match: IfMatch,
) -> LetterOut:
    """Choose, reorder, add a word. Refused when somebody changed the letter meanwhile, or when it was sent."""
    items = payload.items
    edit = LetterEdit(
        payload.title,
        payload.opening,
        payload.closing,
        payload.language,
        None
        if items is None
        else [ItemChange(item.document_id, item.ticked, item.word, item.chosen) for item in items],
    )
    composed = await newsletters.change(letter_id, caller, _seen(if_match), edit.apply)
    response.headers["ETag"] = f'"{composed.letter.version}"'
    return letter_out(composed, {}, newsletters.public_url)


@router.post("/staff/newsletters/{letter_id}/refresh", responses=CHANGE_ERRORS, summary="Take in what came since")
async def refresh_letter(
    letter_id: LetterId,
    newsletters: NewsletterDependency,
    caller: StaffCaller,
    response: Response,
    if_match: IfMatch,
) -> LetterOut:
    """Add what came in since the draft was made; of exchanged texts offer the sentences they have now."""
    composed = await newsletters.refresh(letter_id, caller, _seen(if_match))
    response.headers["ETag"] = f'"{composed.letter.version}"'
    return letter_out(composed, {}, newsletters.public_url)


@router.delete(
    "/staff/newsletters/{letter_id}",
    status_code=HTTP_204_NO_CONTENT,
    responses=CHANGE_ERRORS,
    summary="Delete a draft",
)
async def delete_letter(
    letter_id: LetterId, newsletters: NewsletterDependency, caller: StaffCaller, if_match: IfMatch
) -> None:
    """Delete a letter that was not sent."""
    await newsletters.delete(letter_id, caller, _seen(if_match))


@router.get(
    "/staff/newsletters/{letter_id}/export",
    responses={**FILES, **problems(401, 404, 422, 503)},
    response_class=Response,
    summary="A letter as a file",
)
async def export_letter(
    letter_id: LetterId,
    newsletters: NewsletterDependency,
    caller: StaffCaller,
    format: Annotated[LetterFormat, Query(description="What to write")],
) -> Response:
    """Return what is ticked, as far as every reader of the letter may see it now."""
    return (await newsletters.export(letter_id, format.value)).response()


@router.post(
    "/staff/newsletters/{letter_id}/test",
    status_code=HTTP_202_ACCEPTED,
    responses=SEND_ERRORS,
    response_class=Response,
    summary="Send a letter to oneself",
)
async def test_letter(
    letter_id: LetterId, payload: TestIn, newsletters: NewsletterDependency, caller: StaffCaller
) -> None:
    """Have the job send the letter as it stands to one address, which is forgotten afterwards."""
    try:
        await newsletters.test(letter_id, caller, None, payload.address)
    except NoMail as error:
        raise HTTPException(409, str(error)) from error


@router.post(
    "/staff/newsletters/{letter_id}/send",
    status_code=HTTP_202_ACCEPTED,
    responses=SEND_ERRORS,
    summary="Send a letter to its subscribers",
)
async def send_letter(
    letter_id: LetterId, payload: SendIn, newsletters: NewsletterDependency, caller: StaffCaller
) -> SentOut:
    """Close a letter for good and hand its mails to the job. Refused when it says something else by now."""
    try:
        return SentOut(recipients=await newsletters.send(letter_id, caller, payload.state, to_all=payload.to_all))
    except NoMail as error:
        raise HTTPException(409, str(error)) from error


def _seen(if_match: str) -> int | None:
    """Return the version a change was made to, None for any."""
    return None if if_match == ANY else int(if_match.removeprefix("W/").strip('"'))

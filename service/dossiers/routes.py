"""Dossiers through the API: list, make, read, fill, order, share, and take away as a council note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Body, Depends, Header, Query, Request
from fastapi import Path as InPath
from pydantic import Field
from starlette.responses import Response
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from service.auth.callers import Caller
from service.auth.dependencies import ApiCaller
from service.dossiers.model import MOST_ITEMS
from service.dossiers.schemas import (
    AddedOut,
    AnyItem,
    DossierIn,
    DossierOut,
    DossiersOut,
    ItemChange,
    OrderIn,
    ShareIn,
    ShareOut,
    dossier_out,
    dossiers_out,
    share_out,
)
from service.dossiers.service import DossiersDependency
from service.exports.formats import NOTE_WRITERS, NoteFormat
from service.http.fields import one_of
from service.http.openapi import problems
from service.http.rate_limits import address_of
from service.web.translating import INTERFACE_LANGUAGES, Translator

router = APIRouter(tags=["dossiers"])
DossierId = Annotated[str, InPath(max_length=40)]
ItemId = Annotated[str, InPath(max_length=40)]
IfMatch = Annotated[str, Header(max_length=200, description="The state the change is made to, or `*`")]
LinkToken = Annotated[str, Query(max_length=100, description="What the link holds after `t=`")]
NOT_TO_BE_SHARED = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}  # an address that holds a secret
Language = Annotated[one_of(INTERFACE_LANGUAGES), Query(description="Of headings and dates")]  # type: ignore[valid-type]
Items = Annotated[
    Sequence[Annotated[str, Field(max_length=40)]], Query(max_length=MOST_ITEMS, description="Only these")
]
NOTES: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The note, for a word processor or to be printed",
        "content": {
            writer.media_type: {"schema": {"type": "string", "format": "binary"}} for writer in NOTE_WRITERS.values()
        },
    }
}
READ_ERRORS = problems(401, 404, 422, 503)
CHANGE_ERRORS = problems(400, 401, 404, 412, 413, 422, 428, 503)
ADD_ERRORS = problems(400, 401, 404, 409, 413, 422, 503)


async def writing_caller(request: Request, dossiers: DossiersDependency, caller: ApiCaller) -> Caller:
    """Return who wants to change something. Raises Unauthenticated, TooManyRequests."""
    dossiers.take_write(caller, address_of(request.scope))
    return caller


class NoteChoice(NamedTuple):
    """Which note somebody wants; without `items` it is on what is ticked."""

    format: NoteFormat
    language: str
    items: Sequence[str] | None


async def note_choice(
    format: Annotated[NoteFormat, Query(description="What to write")],
    lang: Language = "fr",  # type: ignore[valid-type]
    item: Items = (),
) -> NoteChoice:
    return NoteChoice(format, lang, item or None)


ChosenNote = Annotated[NoteChoice, Depends(note_choice)]
Writer = Annotated[Caller, Depends(writing_caller)]


@router.get("/dossiers", responses=problems(401, 503), summary="One's dossiers")
async def list_dossiers(dossiers: DossiersDependency, caller: ApiCaller) -> DossiersOut:
    """Return one's own dossiers, and those that were shared with one's organisation or groups."""
    return dossiers_out(await dossiers.list_for(caller), lambda head: head.role_of(caller), dossiers.public_url)


@router.post(
    "/dossiers",
    status_code=HTTP_201_CREATED,
    responses=problems(400, 401, 409, 413, 422, 503),
    summary="Begin a dossier",
)
async def create(payload: DossierIn, dossiers: DossiersDependency, caller: Writer) -> AddedOut:
    """Make an empty dossier of one's own."""
    return AddedOut(id=await dossiers.create(caller, payload.title))


@router.get("/dossiers/{dossier_id}", responses=READ_ERRORS, summary="A dossier")
async def read(
    dossier_id: DossierId, dossiers: DossiersDependency, caller: ApiCaller, response: Response
) -> DossierOut:
    """Return a dossier with what the caller may see of its items; of others it tells nothing, not even a count."""
    view = await dossiers.read(dossier_id, caller)
    response.headers["ETag"] = view.etag
    return dossier_out(view, dossiers.public_url)


@router.patch(
    "/dossiers/{dossier_id}", status_code=HTTP_204_NO_CONTENT, responses=CHANGE_ERRORS, summary="Rename a dossier"
)
async def rename(
    dossier_id: DossierId, payload: DossierIn, dossiers: DossiersDependency, caller: Writer, if_match: IfMatch = ""
) -> None:
    """Give a dossier of one's own another title. `If-Match` is the dossier's ETag."""
    await dossiers.rename(dossier_id, caller, payload.title, if_match)


@router.delete(
    "/dossiers/{dossier_id}",
    status_code=HTTP_204_NO_CONTENT,
    responses=problems(401, 404, 422, 503),
    summary="Delete a dossier",
)
async def delete(dossier_id: DossierId, dossiers: DossiersDependency, caller: Writer) -> None:
    """Delete a dossier of one's own with all that is in it; its links open nothing any more."""
    await dossiers.delete(dossier_id, caller)


@router.post(
    "/dossiers/{dossier_id}/items",
    status_code=HTTP_201_CREATED,
    responses=ADD_ERRORS,
    summary="Put something into a dossier",
)
async def add_item(
    dossier_id: DossierId,
    payload: Annotated[
        AnyItem,
        Body(
            examples=[{"kind": "passage", "document_id": "notes/teletravail", "start": 0, "end": 31}],
        ),
    ],
    dossiers: DossiersDependency,
    caller: Writer,
) -> AddedOut:
    """Put a passage, an answer, a comparison or a note at the end. Quotes are of documents the caller may see."""
    return AddedOut(id=await dossiers.add(dossier_id, caller, payload.draft()))


@router.patch(
    "/dossiers/{dossier_id}/items/{item_id}",
    status_code=HTTP_204_NO_CONTENT,
    responses=CHANGE_ERRORS,
    summary="Change an item",
)
async def change_item(
    dossier_id: DossierId,
    item_id: ItemId,
    payload: ItemChange,
    dossiers: DossiersDependency,
    caller: Writer,
    if_match: IfMatch = "",
) -> None:
    """Give a note another text, or tick an item for the council note. `If-Match` is the item's `version`."""
    await dossiers.change_item(
        dossier_id, item_id, caller, text=payload.text, is_ticked=payload.ticked, seen=if_match.strip('"')
    )


@router.delete(
    "/dossiers/{dossier_id}/items/{item_id}",
    status_code=HTTP_204_NO_CONTENT,
    responses=problems(401, 404, 412, 422, 503),
    summary="Take an item out",
)
async def remove_item(
    dossier_id: DossierId, item_id: ItemId, dossiers: DossiersDependency, caller: Writer, if_match: IfMatch = ""
) -> None:
    """Take an item out of a dossier. With `If-Match`, only while it is of that `version`."""
    await dossiers.remove_item(dossier_id, item_id, caller, if_match.strip('"'))


@router.patch(
    "/dossiers/{dossier_id}/order", status_code=HTTP_204_NO_CONTENT, responses=CHANGE_ERRORS, summary="Order the items"
)
async def reorder(
    dossier_id: DossierId, payload: OrderIn, dossiers: DossiersDependency, caller: Writer, if_match: IfMatch = ""
) -> None:
    """Put the items into another order, each that the caller sees once. `If-Match` is the dossier's ETag."""
    await dossiers.reorder(dossier_id, caller, payload.items, if_match)


@router.post(
    "/dossiers/{dossier_id}/shares", status_code=HTTP_201_CREATED, responses=ADD_ERRORS, summary="Share a dossier"
)
async def share(dossier_id: DossierId, payload: ShareIn, dossiers: DossiersDependency, caller: Writer) -> ShareOut:
    """Share with one's organisation, a group one is in, or by a link, which is told this once."""
    made, url = await dossiers.share(
        dossier_id, caller, payload.kind, group=payload.group, may_edit=payload.may_edit, days=payload.days
    )
    return share_out(made, url or None)


@router.delete(
    "/dossiers/{dossier_id}/shares/{share_id}",
    status_code=HTTP_204_NO_CONTENT,
    responses=problems(401, 404, 422, 503),
    summary="End a share",
)
async def end_share(
    dossier_id: DossierId,
    share_id: Annotated[str, InPath(max_length=40)],
    dossiers: DossiersDependency,
    caller: Writer,
) -> None:
    """End a share at once."""
    await dossiers.end_share(dossier_id, share_id, caller)


@router.get(
    "/dossiers/{dossier_id}/export",
    responses={**NOTES, **READ_ERRORS},
    response_class=Response,
    summary="A dossier as a council note",
)
async def export(
    dossier_id: DossierId,
    dossiers: DossiersDependency,
    caller: ApiCaller,
    choice: ChosenNote,
) -> Response:
    """Return what is ticked, or the items named, with numbered citations and the list of sources."""
    view = await dossiers.read(dossier_id, caller)
    return (await dossiers.council_note(view, Translator(choice.language), choice.format, choice.items)).response()


@router.get(
    "/shared/export",
    responses={**NOTES, **READ_ERRORS},
    response_class=Response,
    summary="The dossier of a link as a council note",
)
async def export_shared(
    t: LinkToken,
    dossiers: DossiersDependency,
    caller: ApiCaller,
    choice: ChosenNote,
) -> Response:
    """Return what is ticked of the dossier, or the items named, as far as whoever has the link may see them."""
    view = await dossiers.read_shared(t, caller)
    response = (await dossiers.council_note(view, Translator(choice.language), choice.format, choice.items)).response()
    response.headers.update(NOT_TO_BE_SHARED)
    return response


@router.get("/shared", responses=READ_ERRORS, summary="The dossier of a link")
async def read_shared(t: LinkToken, dossiers: DossiersDependency, caller: ApiCaller, response: Response) -> DossierOut:
    """Return the dossier a link was given for; without a key, what is public of it."""
    view = await dossiers.read_shared(t, caller)
    response.headers.update(NOT_TO_BE_SHARED)
    return dossier_out(view, dossiers.public_url, is_by_link=True)

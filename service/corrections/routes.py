"""Correct the metadata and the audience of a document, see what was corrected, and take it back. For staff."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header

from service.auth.staff_only import StaffCaller
from service.corrections.schemas import (
    CorrectionIn,
    CorrectionOut,
    CorrectionsOut,
    correction_out,
    corrections_out,
)
from service.corrections.service import CorrectionsDependency
from service.http.openapi import problems

router = APIRouter(tags=["staff"])
Revision = Annotated[int, Header(alias="If-Match", ge=0, le=1_000_000, description="The `revision` it was made to")]
CHANGE_ERRORS = problems(400, 401, 404, 409, 412, 413, 422, 503)


@router.get("/staff/corrections", responses=problems(401, 503), summary="What was corrected of documents")
async def corrections(service: CorrectionsDependency, caller: StaffCaller) -> CorrectionsOut:
    """Return every document of which something was corrected, by id, with its history."""
    return corrections_out(await service.all())


@router.get(
    "/staff/corrections/{document_id:path}",
    responses=problems(401, 404, 422, 503),
    summary="What holds of a document, and what its source states",
)
async def correction(document_id: str, service: CorrectionsDependency, caller: StaffCaller) -> CorrectionOut:
    """Return a document's metadata, what its source states, and every change so far."""
    return correction_out(await service.find(document_id))


@router.patch(
    "/staff/corrections/{document_id:path}", responses=CHANGE_ERRORS, summary="Correct the metadata of a document"
)
async def correct(
    document_id: str, payload: CorrectionIn, service: CorrectionsDependency, caller: StaffCaller, if_match: Revision
) -> CorrectionOut:
    """Correct the fields that are sent. Narrower readers hold from the next request on."""
    return correction_out(await service.correct(document_id, payload.values(), caller, revision=if_match))


@router.delete(
    "/staff/corrections/{document_id:path}",
    responses=problems(401, 404, 409, 412, 422, 503),
    summary="Take every correction of a document back",
)
async def take_back(
    document_id: str, service: CorrectionsDependency, caller: StaffCaller, if_match: Revision
) -> CorrectionOut:
    """Return to what the source states; the history stays."""
    return correction_out(await service.take_back(document_id, caller, revision=if_match))

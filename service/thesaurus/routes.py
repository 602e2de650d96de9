"""The thesaurus through the API, for staff: search it, add to it, take back what was added here."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from service.auth.staff_only import StaffCaller
from service.history.schemas import changes_out
from service.http.openapi import problems
from service.thesaurus.additions import AddedLabel, LabelKind
from service.thesaurus.schemas import (
    AddedLabelOut,
    BroaderIn,
    ConceptIn,
    Key,
    KeyOut,
    LabelIn,
    LabelText,
    Language,
    ThesaurusOut,
    concepts_out,
)
from service.thesaurus.service import ThesaurusDependency

router = APIRouter(tags=["staff"])
TURTLE: Final = "text/turtle"
Words = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$", description="Part of a name")]
ChangeProblems = problems(400, 401, 404, 409, 413, 422, 503)


@router.get("/staff/thesaurus", responses=problems(401, 422, 503), summary="Search the thesaurus")
async def look(
    thesaurus: ThesaurusDependency,
    caller: StaffCaller,
    q: Words = "",
    scheme: Annotated[str, Query(max_length=60, pattern=r"^[^\x00]*$", examples=["themes"])] = "",
) -> ThesaurusOut:
    """Return at most 50 concepts with such a name, and all that was added here."""
    view = await thesaurus.look(q, scheme)
    return ThesaurusOut(
        total=view.total,
        concepts=concepts_out(view.concepts, view.added.notes),
        added_labels=[
            AddedLabelOut(uri=label.uri, kind=label.kind, language=label.language, text=label.text)
            for label in view.added.labels
        ],
        changes=changes_out(view.changes),
    )


@router.get(
    "/staff/thesaurus/export",
    response_class=Response,
    responses=problems(401, 404, 503) | {200: {"content": {TURTLE: {"schema": {"type": "string"}}}}},
    summary="The thesaurus with what was added, in Turtle",
)
async def export(thesaurus: ThesaurusDependency, caller: StaffCaller) -> Response:
    """Return the operator's file and the additions as one SKOS file."""
    return Response(await thesaurus.export(), media_type=TURTLE)


@router.post(
    "/staff/thesaurus/labels",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=ChangeProblems,
    summary="Give a concept another name",
)
async def add_label(payload: LabelIn, thesaurus: ThesaurusDependency, caller: StaffCaller) -> None:
    """Add a label; searches expand by it within seconds."""
    await thesaurus.add_label(payload.label(), caller, although_known=payload.although_known)


@router.delete(
    "/staff/thesaurus/labels",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 409, 422, 503),
    summary="Take back a label that was added here",
)
async def remove_label(
    thesaurus: ThesaurusDependency,
    caller: StaffCaller,
    concept: Annotated[Key, Query()],
    kind: LabelKind,
    language: Language,
    text: Annotated[LabelText, Query()],
) -> None:
    """Remove a label from the additions; the operator's own are not touched."""
    await thesaurus.remove_label(AddedLabel(concept, kind, language, text), caller)


@router.post(
    "/staff/thesaurus/concepts", status_code=HTTP_201_CREATED, responses=ChangeProblems, summary="Add a concept"
)
async def add_concept(payload: ConceptIn, thesaurus: ThesaurusDependency, caller: StaffCaller) -> KeyOut:
    """Add a concept to a scheme and return its key."""
    key = await thesaurus.add_concept(payload.new_concept(), caller, although_known=payload.although_known)
    return KeyOut(key=key)


@router.delete(
    "/staff/thesaurus/concepts",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 409, 422, 503),
    summary="Take back a concept that was added here",
)
async def remove_concept(thesaurus: ThesaurusDependency, caller: StaffCaller, concept: Annotated[Key, Query()]) -> None:
    """Remove a concept with its labels, unless another one added here stands below it."""
    await thesaurus.remove_concept(concept, caller)


@router.post(
    "/staff/thesaurus/broader",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=ChangeProblems,
    summary="Put a concept below another one",
)
async def add_broader(payload: BroaderIn, thesaurus: ThesaurusDependency, caller: StaffCaller) -> None:
    """State that a concept is narrower than another one; a circle is refused."""
    await thesaurus.add_broader(payload.concept, payload.broader, caller)


@router.delete(
    "/staff/thesaurus/broader",
    status_code=HTTP_204_NO_CONTENT,
    response_class=Response,
    responses=problems(401, 404, 409, 422, 503),
    summary="Undo that a concept was put below another one here",
)
async def remove_broader(
    thesaurus: ThesaurusDependency,
    caller: StaffCaller,
    concept: Annotated[Key, Query()],
    broader: Annotated[Key, Query()],
) -> None:
    """Remove such a statement from the additions."""
    await thesaurus.remove_broader(concept, broader, caller)

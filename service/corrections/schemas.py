"""The wire format of corrections, and how a form is read as one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, StringConstraints, ValidationError
from starlette.datastructures import FormData

from index.documents import Metadata
from index.store.corrections import CORRECTABLE, Correction, as_json
from service.uploads.forms import DAYS, LISTS, split_values
from service.uploads.schemas import Group, UploadMetadata

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00-\x1f\x7f]*$")]
GroupId = Annotated[Group, Field(json_schema_extra={"pattern": "^[a-z0-9][a-z0-9-]{0,63}$"})]  # sent as JSON
Title = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=300, pattern=r"^[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
    ),
]


class CorrectionIn(UploadMetadata):
    """The fields to correct; those left out stay. A value that the source states as well takes a correction back."""

    title: Title = "…"
    groups: list[GroupId] = Field(default=[], max_length=20)
    notice: Text = ""
    rights: Text = ""
    address: Text = ""
    replaces: Text = Field(default="", description="The id of the document it replaces")
    replaced_by: Text = Field(default="", description="The id of the document that replaces it")

    def values(self) -> dict[str, Any]:
        """Return the fields that were sent, as a Metadata holds them."""
        sent = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: tuple(dict.fromkeys(value)) if isinstance(value, list) else value for name, value in sent.items()}


class FieldChangeOut(BaseModel):
    """One field as it was and as it became; what was or is empty is null."""

    at: str = Field(examples=["2026-11-26T17:03:00+00:00"])
    by: str = Field(description="Empty where the source named narrower readers", examples=["Anne"])
    field: str = Field(examples=["audience"])
    before: Any
    after: Any


class CorrectionOut(BaseModel):
    """What holds of a document, what its source states, which fields were corrected, and every change so far."""

    document_id: str = Field(examples=["notes/teletravail"])
    revision: int = Field(description="For `If-Match` when it is corrected")
    corrected: list[str] = Field(examples=[["audience", "title"]])
    metadata: dict[str, Any]
    stated: dict[str, Any]
    history: list[FieldChangeOut] = Field(description="The oldest first")


class CorrectionsOut(BaseModel):
    corrections: list[CorrectionOut]


def correction_out(correction: Correction) -> CorrectionOut:
    return CorrectionOut(
        document_id=correction.document_id,
        revision=correction.revision,
        corrected=sorted(correction.values),
        metadata=as_json(correction.metadata),
        stated=as_json(correction.stated),
        history=[
            FieldChangeOut(at=change.at, by=change.by, field=change.field, before=change.before, after=change.after)
            for change in correction.history
        ],
    )


def corrections_out(corrections: Sequence[Correction]) -> CorrectionsOut:
    return CorrectionsOut(corrections=[correction_out(correction) for correction in corrections])


_SEPARATORS: Final = {"legal_instruments": "; "}
SEVERAL: Final = ("themes", "groups")  # fields of the form that are ticked


def digest_of(metadata: Metadata) -> str:
    """Return what changes with everything that a form shows."""
    return hashlib.sha256(json.dumps(as_json(metadata), sort_keys=True).encode()).hexdigest()[:16]


def as_fields(metadata: Metadata) -> dict[str, Any]:
    """Return the metadata as the form shows them: lists as one text, but for what is ticked."""
    values: dict[str, Any] = {}
    for name in CORRECTABLE:
        value = getattr(metadata, name)
        if isinstance(value, tuple) and name not in SEVERAL:
            value = _SEPARATORS.get(name, ", ").join(value)
        values[name] = list(value) if isinstance(value, tuple) else str(value or "")
    return values


def read_form(form: FormData, shown: Mapping[str, Any]) -> CorrectionIn:
    """Return the fields of a form that are not as they were shown. Raises RequestValidationError."""
    values: dict[str, Any] = {}
    for name in CORRECTABLE:
        texts = [text.strip() for text in form.getlist(name) if isinstance(text, str)]
        parts = split_values(name, texts) if name in LISTS else []
        if (sorted(parts) == sorted(shown[name])) if name in SEVERAL else ("".join(texts[:1]) == shown[name]):
            continue
        if name in LISTS:
            values[name] = [part.upper() for part in parts] if name in ("countries", "borders") else parts
        else:
            values[name] = "".join(texts[:1]) or (None if name in DAYS else "")
    try:
        return CorrectionIn.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_context=False, include_input=False)
        raise RequestValidationError([detail | {"loc": ("body", *detail["loc"])} for detail in details]) from error

"""Read an upload's form, for page and API alike: what it says of its files, and the files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from index.documents import GROUP_FORM
from index.reasons import Reason
from service.errors import InvalidField
from service.http.problems import FieldError
from service.uploads.schemas import UploadMetadata
from service.uploads.store import UploadedFile

MOST_FILES: Final = 50
MOST_FIELDS: Final = 200
DAYS: Final = ("published", "valid_from", "valid_to", "deadline", "starts", "ends")
_LINE: Final = Reason("allowed-line")
_ALLOWED: Final = {
    "borders": Reason("allowed-border-code"),
    "countries": Reason("allowed-country-code"),
    "groups": GROUP_FORM,
    "title": Reason("allowed-title"),
    **dict.fromkeys(("notice", "rights", "address", "replaces", "replaced_by"), Reason("allowed-text")),
    **dict.fromkeys(("kind", "audience", "language", "themes"), Reason("allowed-choice")),
    **dict.fromkeys(DAYS, Reason("allowed-date")),
}
LISTS: Final = ("groups", "countries", "borders", "themes", "legal_instruments")


def read_metadata(form: FormData) -> UploadMetadata:
    """Return what a form says of its files.

    Raises RequestValidationError naming each field that is not understood, InvalidField for days that cannot be.
    """
    values: dict[str, Any] = {}
    for name in UploadMetadata.model_fields:
        texts = [text.strip() for text in form.getlist(name) if isinstance(text, str) and text.strip()]
        if name in LISTS:
            values[name] = split_values(name, texts)
        elif texts:
            values[name] = texts[-1]
    for name in ("countries", "borders"):
        values[name] = [code.upper() for code in values[name]]
    try:
        metadata = UploadMetadata.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_context=False, include_input=False)
        raise RequestValidationError([detail | {"loc": ("body", *detail["loc"])} for detail in details]) from error
    if contradiction := metadata.find_contradiction():
        field, allowed = contradiction
        raise InvalidField(field, Reason("expected", allowed=allowed))
    return metadata


def explain(errors: Iterable[FieldError]) -> list[FieldError]:
    """Return errors as a page can say them in the reader's language: what each field expects, if nothing else is known.

    Pydantic says in English what is wrong, and that for programs.
    """
    return [
        error
        if isinstance(error.message, Reason)
        else FieldError(error.field, Reason("expected", allowed=_ALLOWED.get(error.field.partition(".")[0], _LINE)))
        for error in errors
    ]


def split_values(name: str, texts: Iterable[str]) -> list[str]:
    """Return the values of a field that takes several: in one text, or one each."""
    separator = r"[|;\n]" if name == "legal_instruments" else r"[|;,\n]"
    return [part.strip() for text in texts for part in re.split(separator, text) if part.strip()]


def read_files(form: FormData) -> list[UploadedFile]:
    """Return the files of a form. Raises InvalidField when there is none."""
    sent = [file for file in form.getlist("files") if isinstance(file, UploadFile) and file.filename]
    if not sent:
        raise InvalidField("files", Reason("upload-no-file"))
    return [UploadedFile(file.filename or "", file.file) for file in sent]

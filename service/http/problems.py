"""What goes wrong, as a client reads it: RFC 9457 problem details. Every status of the service is chosen here."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from index.errors import PasserelleError, UnknownDocument
from service.errors import (
    AuditUnavailable,
    ChangedMeanwhile,
    Conflict,
    DeadlinePassed,
    Forbidden,
    InvalidField,
    IssuerUnavailable,
    LimitReached,
    NotAllowed,
    NothingThere,
    NotReady,
    Overloaded,
    TooManyRequests,
    TranslationNotOffered,
    TranslationUnavailable,
    Unauthenticated,
    UndrawablePage,
    VersionRequired,
)

MEDIA_TYPE = "application/problem+json"


class FieldError(NamedTuple):
    """Which part of a request is wrong and what is expected there."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One answer that is not the one hoped for."""

    status: int
    detail: str
    errors: Sequence[FieldError] = ()
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    def content(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = [error._asdict() for error in self.errors]
        return body

    def response(self) -> Response:
        return JSONResponse(self.content(), self.status, self.headers, media_type=MEDIA_TYPE)


def problem_of(error: Exception) -> Problem:
    """Return what to tell a client about an exception; an unexpected one is a 500 that reveals nothing."""
    match error:
        case RequestValidationError():
            errors = [_field_error(detail) for detail in error.errors()]
            return Problem(422, "The request is not of the expected form.", errors)
        case InvalidField():
            return Problem(422, "The request is not of the expected form.", [FieldError(error.field, error.message)])
        case UnknownDocument():
            return Problem(404, "There is no such document.")
        case NothingThere():
            return Problem(404, str(error))
        case NotAllowed():
            return Problem(403, str(error))
        case LimitReached() | Conflict():
            return Problem(409, str(error))
        case ChangedMeanwhile():
            return Problem(412, str(error))
        case VersionRequired():
            return Problem(428, str(error))
        case UndrawablePage():
            return Problem(422, str(error))
        case Unauthenticated():
            return Problem(401, str(error), headers={"WWW-Authenticate": 'Bearer realm="passerelle"'})
        case Forbidden():
            challenge = f'Bearer realm="passerelle", error="insufficient_scope", scope="{error.scope}"'
            return Problem(403, str(error), headers={"WWW-Authenticate": challenge})
        case TooManyRequests():
            return _try_again(429, str(error), error.retry_after_s)
        case DeadlinePassed():
            return _try_again(504, "This took too long and was given up.", 10)
        case AuditUnavailable():
            return _try_again(503, "This cannot be noted in the audit log now, so it was not done.", 300)
        case IssuerUnavailable():
            return _try_again(503, "Who you are cannot be checked now: the sign-in service does not answer.", 30)
        case TranslationNotOffered():
            return Problem(404, str(error))
        case TranslationUnavailable():
            return _try_again(503, str(error), 60)
        case NotReady():
            return _try_again(503, str(error), 5)
        case Overloaded():
            return _try_again(503, "Too many requests at once. Try again shortly.", 2)
        case HTTPException(status_code=400):
            unread = FieldError("body", "cannot be read; expected JSON in UTF-8")
            return Problem(400, "The request's body cannot be read.", [unread])
        case HTTPException():
            return Problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))
        case sqlite3.DatabaseError(sqlite_errorcode=sqlite3.SQLITE_FULL) | OSError(errno=errno.ENOSPC | errno.EDQUOT):
            detail = "The service's disk is full: nothing can be written until it has room. Searches are answered."
            return _try_again(503, detail, 300)
        case sqlite3.DatabaseError():
            detail = "The index cannot be read. `python -m index verify` says what is wrong and which command mends it."
            return _try_again(503, detail, 30)
        case PasserelleError():
            return _try_again(503, str(error), 30)
        case _:
            return Problem(500, "Something went wrong inside the service. It has been logged.")


def _try_again(status: int, detail: str, after_s: int) -> Problem:
    return Problem(status, detail, headers={"Retry-After": str(after_s)})


def _field_error(detail: Mapping[str, Any]) -> FieldError:
    """Return pydantic's error as (field, message); never echo the input, which may be anything."""
    location = [str(part) for part in detail["loc"][1:]]  # the first says which part of the request it is
    if detail["type"] == "json_invalid":
        location = []
    names = [part for part in location if not part.isdecimal()]
    return FieldError(".".join(names) or "body", str(detail["msg"]).removeprefix("Value error, "))


async def as_problem(request: Request, error: Exception) -> Response:
    """Answer an exception with its problem details."""
    return problem_of(error).response()

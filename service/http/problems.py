"""What goes wrong, as a client reads it: RFC 9457 problem details. Every status of the service is chosen here."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from index.errors import PasserelleError, UnknownDocument
from service.auth.callers import Unauthenticated
from service.auth.provider import IssuerUnavailable
from service.auth.scopes import Forbidden
from service.http.concurrency import Overloaded as Overloaded
from service.http.rate_limits import TooMany
from service.library.open_index import NotReady
from service.pictures.service import UndrawablePage

MEDIA_TYPE = "application/problem+json"


class DeadlinePassed(Exception):
    """A request took longer than any may."""


class FieldError(NamedTuple):
    """Which part of a request is wrong and what is wanted there."""

    field: str
    message: str


class InvalidField(Exception):
    """A value that only the document at hand can judge, such as an offset past its end."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.error = FieldError(field, message)


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
    """Return what to tell a client about an exception. What nobody foresaw is a 500 that says nothing of the inside."""
    match error:
        case RequestValidationError():
            return Problem(422, "The request is not of the wanted form.", [_field_error(one) for one in error.errors()])
        case InvalidField():
            return Problem(422, "The request is not of the wanted form.", [error.error])
        case UnknownDocument():
            return Problem(404, "There is no such document.")
        case UndrawablePage():
            return Problem(422, str(error))
        case Unauthenticated():
            return Problem(401, str(error), headers={"WWW-Authenticate": 'Bearer realm="passerelle"'})
        case Forbidden():
            challenge = f'Bearer realm="passerelle", error="insufficient_scope", scope="{error.scope.value}"'
            return Problem(403, str(error), headers={"WWW-Authenticate": challenge})
        case TooMany():
            return Problem(429, str(error), headers={"Retry-After": str(error.retry_after_s)})
        case DeadlinePassed():
            return Problem(504, "This took too long and was given up.", headers={"Retry-After": "10"})
        case IssuerUnavailable():
            told = "Who you are cannot be checked now: the sign-in service does not answer."
            return Problem(503, told, headers={"Retry-After": "30"})
        case NotReady():
            return Problem(503, str(error), headers={"Retry-After": "5"})
        case Overloaded():
            return Problem(503, "Too many requests at once. Try again shortly.", headers={"Retry-After": "2"})
        case HTTPException(status_code=400):
            unread = FieldError("body", "cannot be read; wanted JSON in UTF-8")
            return Problem(400, "The request's body cannot be read.", [unread])
        case HTTPException():
            return Problem(error.status_code, str(error.detail), headers=dict(error.headers or {}))
        case sqlite3.DatabaseError(sqlite_errorcode=sqlite3.SQLITE_FULL) | OSError(errno=errno.ENOSPC | errno.EDQUOT):
            told = "The service's disk is full: nothing can be written until it has room. Searches are answered."
            return Problem(503, told, headers={"Retry-After": "300"})
        case sqlite3.DatabaseError():
            told = "The index cannot be read. `python -m index verify` says what is wrong and which command mends it."
            return Problem(503, told, headers={"Retry-After": "30"})
        case PasserelleError():
            return Problem(503, str(error), headers={"Retry-After": "30"})
        case _:
            return Problem(500, "Something went wrong inside the service. It has been logged.")


def _field_error(one: dict[str, Any]) -> FieldError:
    """Return pydantic's error as (field, message); never echo the input, which may be anything."""
    place = [str(part) for part in one["loc"][1:]]  # the first says which part of the request it is
    if one["type"] == "json_invalid":
        place = []
    names = [part for part in place if not part.isdecimal()]
    return FieldError(".".join(names) or "body", str(one["msg"]).removeprefix("Value error, "))


async def as_problem(request: Request, error: Exception) -> Response:
    return problem_of(error).response()

"""The OpenAPI document: every status an operation can give, with problem details in one schema."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict, Field
from starlette.routing import BaseRoute

from service.http.problems import MEDIA_TYPE

MEANINGS = {
    400: "The body cannot be read: not JSON, or not UTF-8",
    401: "The key is unknown, expired, revoked or malformed",
    403: "The key is not for this operation",
    404: "There is no such document for this caller",
    409: "It cannot be done as things stand; `detail` says why",
    412: "Somebody changed it since the state `If-Match` names; nothing was done",
    413: "The body is too large",
    422: "A field is not of the expected form; `errors` names it",
    428: "`If-Match` is missing: it says which state the change was made to",
    429: "This caller or this address asks too often; `Retry-After` says when it may again",
    503: "The index cannot be searched now, or too many requests wait",
    504: "It took longer than any request may",
}
DESCRIPTION = """Search and answers over the resource centre, with citations that can be checked.

Without a key a caller sees what is public. `Authorization: Bearer KEY` shows what the key's audience may see.
Every error is an RFC 9457 problem."""


class FieldProblem(BaseModel):
    field: str = Field(examples=["filters.languages"])
    message: str = Field(examples=["unknown value; allowed: fr, en, de, es, it, nl"])


class ProblemOut(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(examples=["about:blank"])
    title: str = Field(examples=["Unprocessable Content"])
    status: int = Field(examples=[422])
    detail: str
    errors: list[FieldProblem] = []


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of an operation for these statuses; 401 brings 403, 429 and 504 with it."""
    if 401 in statuses:
        statuses = tuple(sorted({*statuses, 403, 429, 504}))
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses: dict[int | str, dict[str, Any]] = {
        status: {"description": MEANINGS[status], "content": content} for status in statuses
    }
    if 401 in responses:
        responses[401]["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return responses


def allowed_methods(app: FastAPI, path: str) -> str:
    """Return the methods of the operation a path belongs to, "" for none: a route names only its own."""
    templates = {template: re.sub(r"\\\{\w+\\\}", ".+", re.escape(template)) for template in app.openapi()["paths"]}
    matching = [template for template, pattern in templates.items() if re.fullmatch(pattern, path)]
    if not matching:
        return ""
    nearest = max(matching, key=lambda template: len(re.sub(r"\{\w+\}", "", template)))
    return ", ".join(sorted(method.upper() for method in app.openapi()["paths"][nearest]))


def openapi_document(title: str, version: str, routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Describe the routes, with one schema for problems and with how a key is sent."""
    document = get_openapi(title=title, version=version, description=DESCRIPTION, routes=routes)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    problem = ProblemOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas["Problem"] = problem
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    for path in document["paths"].values():
        for operation in path.values():
            if "401" in operation["responses"]:
                operation["security"] = [{}, {"key": []}]
    return document

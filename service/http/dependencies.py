"""What routes and pages depend on: the running service's parts, by their type, as FastAPI dependencies.

Each feature declares its own, beside its use case:

    Search = Annotated[SearchService, Depends(provided(SearchService))]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from fastapi import Request

Part = TypeVar("Part")


class Components:
    """One running service's parts, one a type. The composition root fills it, nobody else writes to it."""

    def __init__(self) -> None:
        self._parts: dict[Any, Any] = {}

    def add(self, kind: Callable[..., Part] | type[Part], part: Part) -> None:
        """Let `part` be given to whoever depends on `kind`, its class or the protocol it fulfils."""
        self._parts[kind] = part

    def get(self, kind: Callable[..., Part] | type[Part]) -> Part:
        """Return the part of this type. Raises KeyError when the composition root forgot it."""
        return cast(Part, self._parts[kind])


def components_of(request: Request) -> Components:
    return cast(Components, request.app.state.components)


def provided(kind: Callable[..., Part] | type[Part]) -> Callable[[Request], Part]:
    """Return a dependency that gives the running service's part of this type."""

    def get(request: Request) -> Part:
        return components_of(request).get(kind)

    return get

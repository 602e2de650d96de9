"""What routes and pages depend on: the running service's components by their type, as FastAPI dependencies.

Each feature declares its own, beside its use case:

    SearchDependency = Annotated[SearchService, Depends(provided(SearchService))]
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Request

from service.settings import Settings

Component = TypeVar("Component")


class Components:
    """One running service's components, one a type. `service.app` fills it, nobody else writes to it."""

    def __init__(self) -> None:
        self._by_kind: dict[Any, Any] = {}

    def add(self, kind: Callable[..., Component] | type[Component], component: Component) -> None:
        """Give `component` to whatever depends on `kind`, its class or the protocol it fulfils."""
        self._by_kind[kind] = component

    def get(self, kind: Callable[..., Component] | type[Component]) -> Component:
        """Return the component of this type. Raises KeyError when `service.app` forgot it."""
        return cast(Component, self._by_kind[kind])


def components_of(request: Request) -> Components:
    return cast(Components, request.app.state.components)


def provided(kind: Callable[..., Component] | type[Component]) -> Callable[[Request], Awaitable[Component]]:
    """Return a dependency that gives the running service's component of this type."""

    async def get(request: Request) -> Component:  # not a plain function, which FastAPI would call in a thread
        return components_of(request).get(kind)

    return get


SettingsDependency = Annotated[Settings, Depends(provided(Settings))]

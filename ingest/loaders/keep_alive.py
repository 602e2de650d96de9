"""Say that slow work goes on, so that the time limit of a file starts again."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Final

_CALLBACK: Final[ContextVar[Callable[[], None]]] = ContextVar("_CALLBACK")


def on_keep_alive(callback: Callable[[], None]) -> None:
    """Have `keep_alive` call this from now on."""
    _CALLBACK.set(callback)


def keep_alive() -> None:
    """Report that slow work goes on (a page of OCR is done); nothing happens if nobody waits."""
    callback = _CALLBACK.get(None)
    if callback is not None:
        callback()

"""How long each stage of a query takes, told to whoever wants to know; nobody here knows a metrics library."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Observe = Callable[[str, float], None]  # a stage's name and the seconds it took


def ignore(stage: str, seconds: float) -> None:
    """Observe nothing."""


@contextmanager
def timed(observe: Observe, stage: str) -> Iterator[None]:
    """Tell how long the block took, also when it fails."""
    began = time.perf_counter()
    try:
        yield
    finally:
        observe(stage, time.perf_counter() - began)

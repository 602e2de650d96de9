"""How long each stage of a query takes, reported to an observer; nothing here knows a metrics library."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

StageObserver = Callable[[str, float], None]  # a stage's name and the seconds it took


def ignore_timing(stage: str, seconds: float) -> None:
    """Observe nothing."""


@contextmanager
def time_stage(observe: StageObserver, stage: str) -> Iterator[None]:
    """Report how long the body took, also when it fails."""
    began = time.perf_counter()
    try:
        yield
    finally:
        observe(stage, time.perf_counter() - began)

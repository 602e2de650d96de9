"""The passages a model is measured on: ranges of its activations, centres of its token vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PASSAGES: Final = Path(__file__).with_name("calibration.txt")


def calibration_passages() -> list[str]:
    """Return passages of our own writing, in six languages."""
    return [line for line in _PASSAGES.read_text(encoding="utf-8").splitlines() if line.strip()]

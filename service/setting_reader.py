"""Read settings one by one from `PASSERELLE_*`, and gather everything that is wrong before saying so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")


class SettingReader:
    """Reads one setting after the other and gathers what is wrong in `faults`."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []

    def __call__(self, name: str, default: T, parse: Callable[[str], T], wanted: str) -> T:
        """Return the parsed value, or the default when the setting is missing or blank."""
        said = self.environ.get(f"PASSERELLE_{name}", "").strip()
        if not said:
            return default
        try:
            return parse(said)
        except ValueError:
            shown = "(hidden)" if name.endswith(("SECRET", "KEY")) else repr(said)
            self.faults.append(f"PASSERELLE_{name}={shown}: wanted {wanted}")
            return default


def whole(least: int, most: int) -> Callable[[str], int]:
    def parse(said: str) -> int:
        number = int(said)
        if not least <= number <= most:
            raise ValueError(said)
        return number

    return parse


def one_of(allowed: tuple[str, ...]) -> Callable[[str], str]:
    def parse(said: str) -> str:
        if said.lower() not in allowed:
            raise ValueError(said)
        return said.lower()

    return parse


def host(said: str) -> str:
    if any(character.isspace() or character in "/?#@" for character in said):
        raise ValueError(said)
    return said


def web_address(said: str) -> str:
    parts = urlsplit(said)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(said)
    _ = parts.port  # raises ValueError when it is no port
    return said.rstrip("/")


def origin(said: str) -> str:
    parts = urlsplit(said)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(said)
    _ = parts.port  # raises ValueError when it is no port
    return f"{parts.scheme}://{parts.netloc}"


def values(said: str) -> tuple[str, ...]:
    """Return what stands between the commas."""
    return tuple(dict.fromkeys(filter(None, (value.strip() for value in said.split(",")))))

"""What is to be harvested, as an operator writes it down: a TOML file with one `[[harvest]]` table a feed."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ingest.sources.catalogue import SourceUnavailable
from ingest.sources.dates import InvalidMetadata
from ingest.sources.metadata import audience_of, kind_of, language_of

FORMATS: Final = ("feed", "sitemap", "oai")
_STATED: Final = {"audience": audience_of, "kind": kind_of, "language": language_of}


@dataclass(frozen=True, slots=True)
class Harvest:
    """One feed (RSS or Atom), sitemap or OAI-PMH repository; `stated` is what its documents are said to be.

    `only` is a regular expression that an address must hold; `most` documents are fetched in one run, the rest in the
    next ones. Requests to one host lie `delay_s` apart, and runs `every_s`.
    """

    name: str
    format: str
    address: str
    only: str = ""
    set: str = ""  # of an OAI-PMH repository
    most: int = 500
    delay_s: float = 1.0
    every_s: float = 3600.0
    stated: Mapping[str, str] = field(default_factory=dict)


def read_plan(path: Path) -> list[Harvest]:
    """Return the harvests of a plan. Raises SourceUnavailable naming the table, what is wrong and what is wanted."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceUnavailable(f"{path}: cannot be read as TOML ({error}).") from error
    tables = said.get("harvest")
    if not isinstance(tables, list) or not tables or set(said) != {"harvest"}:
        raise SourceUnavailable(f"{path}: wanted one [[harvest]] table or more, and nothing else.")
    plan = [_harvest(f"{path}, [[harvest]] {number}", one) for number, one in enumerate(tables, start=1)]
    names = [one.name for one in plan]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SourceUnavailable(f"{path}: {', '.join(sorted(twice))}: this name stands there twice.")
    return plan


def _harvest(where: str, said: Mapping[str, Any]) -> Harvest:
    own: dict[str, Any] = {
        one.name: said[one.name] for one in fields(Harvest) if one.name in said and one.name != "stated"
    }
    unknown = set(said) - set(own) - set(_STATED)
    if unknown:
        raise SourceUnavailable(f"{where}: unknown: {', '.join(sorted(unknown))}.")
    for name, (right, wanted) in _WANTED.items():
        if not right(own.get(name, _OPTIONAL.get(name))):
            raise SourceUnavailable(f"{where}: {name} = {said.get(name)!r}; wanted {wanted}.")
    try:
        stated = {name: str(read(said[name])) for name, read in _STATED.items() if name in said}
    except InvalidMetadata as error:
        raise SourceUnavailable(f"{where}: {error}") from error
    return Harvest(**own, stated=stated)


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username


def _is_pattern(value: object) -> bool:
    try:
        re.compile(value if isinstance(value, str) else "(")
    except re.error:
        return False
    return True


def _is_number(least: float) -> Any:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value >= least


_OPTIONAL: Final = {"only": "", "set": "", "most": 500, "delay_s": 1.0, "every_s": 3600.0}
_WANTED: Final = {
    "name": (lambda value: isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", value), "a-z, 0-9, -"),
    "format": (lambda value: value in FORMATS, f"one of {', '.join(FORMATS)}"),
    "address": (_is_address, "an http or https address without a password in it"),
    "only": (_is_pattern, "a regular expression"),
    "set": (lambda value: isinstance(value, str), "a set's name"),
    "most": (lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0, "a whole number"),
    "delay_s": (_is_number(0), "seconds"),
    "every_s": (_is_number(0), "seconds"),
}

"""Read what is to be harvested from an operator's plan: a TOML file with one `[[harvest]]` table a feed."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ingest.sources.catalogue import SourceUnavailable
from ingest.sources.metadata import InvalidMetadata, parse_audience, parse_groups, parse_kind, parse_language

FORMATS: Final = ("feed", "sitemap", "oai")
_STATED: Final = {
    "audience": parse_audience,
    "groups": lambda groups: "|".join(parse_groups(groups)),
    "kind": parse_kind,
    "language": parse_language,
}


class WrongHarvest(SourceUnavailable):
    """A harvest's terms are not right; `field` is the first that is not."""

    def __init__(self, where: str, field: str, message: str) -> None:
        self.field = field
        super().__init__(f"{where}: {message}")


@dataclass(frozen=True, slots=True)
class Harvest:
    """One feed (RSS or Atom), sitemap or OAI-PMH repository; `stated` is what holds for all its documents.

    `only` is a regular expression that must match in an address; `most` documents are fetched in one run, the rest in
    the next ones. Requests to one host are `delay_s` apart, runs `every_s`.
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

    @property
    def scope(self) -> str:
        """Return what changes when another list is read, or other entries of it are chosen."""
        return json.dumps([self.format, self.address, self.set, self.only])

    def terms(self) -> dict[str, Any]:
        """Return the harvest as the table of a plan that describes it."""
        own = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name != "stated"}
        stated: dict[str, Any] = dict(self.stated)
        return own | stated | {"groups": [group for group in stated.get("groups", "").split("|") if group]}


def read_plan(path: Path) -> list[Harvest]:
    """Return the harvests of a plan. Raises SourceUnavailable naming the table, what is wrong and what is expected."""
    try:
        plan = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SourceUnavailable(f"{path}: cannot be read as TOML ({error}).") from error
    tables = plan.get("harvest")
    if not isinstance(tables, list) or not tables or set(plan) != {"harvest"}:
        raise SourceUnavailable(f"{path}: expected one [[harvest]] table or more, and nothing else.")
    harvests = [parse_harvest(f"{path}, [[harvest]] {number}", table) for number, table in enumerate(tables, start=1)]
    names = [harvest.name for harvest in harvests]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise SourceUnavailable(f"{path}: {', '.join(sorted(repeated))}: this name is used twice.")
    return harvests


def parse_harvest(where: str, table: Mapping[str, Any]) -> Harvest:
    """Return the harvest of a table; `where` names the table in messages. Raises WrongHarvest."""
    names = {entry.name for entry in fields(Harvest)} - {"stated"}
    own: dict[str, Any] = {name: value for name, value in table.items() if name in names}
    unknown = set(table) - names - set(_STATED)
    if unknown:
        raise WrongHarvest(where, min(unknown), f"unknown: {', '.join(sorted(unknown))}.")
    for name, (is_right, expected) in _CHECKS.items():
        if not is_right(own.get(name, _OPTIONAL.get(name))):
            raise WrongHarvest(where, name, f"{name} = {table.get(name)!r}; expected {expected}.")
    try:
        stated = {name: str(parse(table[name])) for name, parse in _STATED.items() if name in table}
    except InvalidMetadata as error:
        raise WrongHarvest(where, error.key, str(error)) from error
    return Harvest(**own, stated=stated)


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
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
_CHECKS: Final = {
    "name": (lambda value: isinstance(value, str) and re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}", value), "a-z, 0-9, -"),
    "format": (lambda value: value in FORMATS, f"one of {', '.join(FORMATS)}"),
    "address": (_is_address, "an http or https address without a password in it"),
    "only": (_is_pattern, "a regular expression"),
    "set": (lambda value: isinstance(value, str), "a set's name"),
    "most": (lambda value: isinstance(value, int) and not isinstance(value, bool) and value > 0, "a whole number"),
    "delay_s": (_is_number(0), "seconds"),
    "every_s": (_is_number(0), "seconds"),
}

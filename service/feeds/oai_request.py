"""What a harvester asks: the arguments each verb takes, selective harvesting, and resumption tokens."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from service.feeds.ledger import Record
from service.feeds.oai_dc import sets_of

_LISTS: Final = (frozenset({"metadataPrefix"}), frozenset({"from", "until", "set"}), "resumptionToken")
_ARGUMENTS: Final[Mapping[str, tuple[frozenset[str], frozenset[str], str]]] = {  # needed, allowed, alone
    "Identify": (frozenset(), frozenset(), ""),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"}), ""),
    "ListSets": (frozenset(), frozenset(), "resumptionToken"),
    "ListIdentifiers": _LISTS,
    "ListRecords": _LISTS,
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}), frozenset(), ""),
}
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_SECOND: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


class OaiError(Exception):
    """A condition of OAI-PMH; `code` is the protocol's word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_arguments(said: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the arguments, `verb` among them. Raises OaiError for a wrong verb or arguments that do not go with it."""
    verbs = [value for name, value in said if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise OaiError("badVerb", f"Wanted: one of {', '.join(_ARGUMENTS)}, once.")
    needed, allowed, alone = _ARGUMENTS[verbs[0]]
    arguments = {name: value for name, value in said if name != "verb"}
    if len(arguments) != len(said) - 1:
        raise OaiError("badArgument", "An argument is there twice.")
    is_alone = bool(alone) and arguments.keys() == {alone}
    if not is_alone and not needed <= arguments.keys() <= needed | allowed:
        raise OaiError("badArgument", f"{verbs[0]} wants {sorted(needed)}, may have {sorted(allowed)}, nothing else.")
    if any(not value.isprintable() for value in arguments.values()):
        raise OaiError("badArgument", "An argument holds characters that cannot be printed.")
    return {"verb": verbs[0], **arguments}


@dataclass(frozen=True, slots=True)
class Query:
    """Which records are wanted; both ends are included."""

    prefix: str
    begin: datetime | None = None
    end: datetime | None = None
    wanted_set: str = ""

    @classmethod
    def parse(cls, said: Mapping[str, str]) -> Query:
        begin, end = said.get("from", ""), said.get("until", "")
        if begin and end and len(begin) != len(end):
            raise OaiError("badArgument", "`from` and `until` must be equally exact.")
        query = cls(said["metadataPrefix"], _moment(begin), _moment(end, is_end=True), said.get("set", ""))
        if query.begin and query.end and query.begin > query.end:
            raise OaiError("badArgument", "`from` must not lie after `until`.")
        return query

    def matches(self, one: Record) -> bool:
        return (
            (self.begin is None or one.changed >= self.begin)
            and (self.end is None or one.changed <= self.end)
            and (not self.wanted_set or self._is_in_set(one))
        )

    def _is_in_set(self, one: Record) -> bool:
        """Say whether the record is in the wanted set or in one below it ("theme" holds "theme:health")."""
        return any(f"{name}:".startswith(f"{self.wanted_set}:") for name in sets_of(one.card.metadata))


@dataclass(frozen=True, slots=True)
class Resumption:
    """Where a list goes on: after the record `last` that changed at `changed`; `done` records were given before."""

    query: Query
    changed: datetime
    last: str
    done: int

    @property
    def token(self) -> str:
        query = self.query
        ends = [stamp(one) if one else "" for one in (query.begin, query.end)]
        said = [query.prefix, *ends, query.wanted_set, stamp(self.changed), self.last, self.done]
        return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, token: str) -> Resumption:
        """Return what a token says. Raises OaiError for any other text."""
        try:
            said: Any = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
            prefix, begin, end, wanted_set, changed, last, done = said
            if not all(isinstance(one, str) for one in said[:6]) or not isinstance(done, int) or done < 0:
                raise ValueError(token)
            moment = _moment(changed)
            if moment is None:
                raise ValueError(token)
            return cls(Query(prefix, _moment(begin), _moment(end), wanted_set), moment, last, done)
        except (ValueError, TypeError, binascii.Error, OaiError) as error:
            raise OaiError("badResumptionToken", "This token was not given here. Begin again.") from error

    def is_before(self, one: Record) -> bool:
        return (self.changed, self.last) < (one.changed, one.card.id)


def _moment(said: str, *, is_end: bool = False) -> datetime | None:
    """Return a UTC datestamp, None for none; a day's end is its last second. Raises OaiError."""
    if not said:
        return None
    try:
        if _DAY.fullmatch(said):
            day = datetime.fromisoformat(said).replace(tzinfo=UTC)
            return day + timedelta(days=1, seconds=-1) if is_end else day
        if _SECOND.fullmatch(said):
            return datetime.fromisoformat(said)
    except ValueError as error:
        raise OaiError("badArgument", f"{said} is no date.") from error
    raise OaiError("badArgument", "Wanted: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")

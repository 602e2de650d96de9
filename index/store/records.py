"""What is written to the store and how it meets SQL: metadata to columns and back, a filter to one WHERE clause."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from index.documents import Audience, Kind, Metadata, Passage
from index.types import Filter

LISTED: Final = ("countries", "borders", "themes", "legal_instruments")
_DATES: Final = ("published", "valid_from", "valid_to")


class FileRecord(NamedTuple):
    """What is remembered of a file that became a document; an equal `stamp` means nothing to do."""

    source: str
    path: str
    size: int
    modified_ns: int
    stamp: str
    document_id: str


class EmbeddedPassage(NamedTuple):
    """A passage with its section's number and the key of its vector: a hash of the embedder and the embedded text."""

    passage: Passage
    section: int
    embedded: bytes


class Condition(NamedTuple):
    """A WHERE clause over documents `d` and passages `p`, and the values of its question marks."""

    sql: str
    values: tuple[Any, ...]


def metadata_to_json(metadata: Metadata) -> str:
    said = {one.name: getattr(metadata, one.name) for one in fields(metadata)}
    return json.dumps(
        {name: value for name, value in said.items() if value not in ("", (), None) or name == "title"}, default=str
    )


@lru_cache(maxsize=8192)  # a search reads the cards of a hundred documents, mostly the same ones as the last
def metadata_from_json(stored: str) -> Metadata:
    said = json.loads(stored)
    for name in LISTED:
        said[name] = tuple(said.get(name, ()))
    for name in _DATES:
        if name in said:
            said[name] = date.fromisoformat(said[name])
    said["kind"], said["audience"] = Kind(said["kind"]), Audience(said["audience"])
    return Metadata(**said)


def condition(within: Filter) -> Condition:
    """Return what a passage and its document must fulfil to be found under the filter."""
    clauses = ["d.audience <= ?"]
    values: list[Any] = [within.audience.rank]

    def any_of(column: str, wanted: frozenset[Any]) -> None:
        if wanted:
            clauses.append(f"{column} IN ({', '.join('?' * len(wanted))})")
            values.extend(sorted(str(one) for one in wanted))

    any_of("p.language", within.languages)
    any_of("d.kind", within.kinds)
    for name, wanted in (("themes", within.themes), ("countries", within.countries), ("borders", within.borders)):
        if wanted:
            marks = ", ".join("?" * len(wanted))
            clauses.append(
                f"d.id IN (SELECT document_id FROM document_values WHERE field = '{name}' AND value IN ({marks}))"
            )
            values.extend(sorted(wanted))
    if within.other_borders_than:
        marks = ", ".join("?" * len(within.other_borders_than))
        clauses.append(
            f"d.id NOT IN (SELECT document_id FROM document_values WHERE field = 'borders' AND value IN ({marks}))"
        )
        values.extend(sorted(within.other_borders_than))
    if within.without:
        clauses.append("d.id NOT IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(within.without)))
    if within.published_from is not None:
        clauses.append("d.published >= ?")
        values.append(f"{within.published_from:04d}")
    if within.published_to is not None:
        clauses.append("d.published < ?")
        values.append(f"{within.published_to + 1:04d}")
    if within.valid_on is not None:
        clauses.append("(d.valid_from IS NULL OR d.valid_from <= ?) AND (d.valid_to IS NULL OR d.valid_to >= ?)")
        values.extend([within.valid_on.isoformat()] * 2)
    if within.current_on is not None:
        clauses.append("(d.valid_to IS NULL OR d.valid_to >= ?)")
        values.append(within.current_on.isoformat())
    return Condition(" AND ".join(clauses), tuple(values))

"""What is written to the store, and how it meets SQL: metadata as JSON and back, a filter as one WHERE clause."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple

from index.documents import Access, Audience, Kind, Metadata, Passage
from index.types import Filter

LISTED: Final = ("countries", "borders", "themes", "legal_instruments")  # what documents are filtered by
_DATES: Final = ("published", "valid_from", "valid_to", "deadline", "starts", "ends")


class FileRecord(NamedTuple):
    """What is remembered of a file that became a document; a row of the table `files`.

    A file whose `sha256` (of its content) and `choices` (a hash of all else that shapes its document) are the same
    need not be read again. `text_key` is the same for two files with the same words; a short
    text's is its audience alone.
    """

    source: str
    path: str
    size: int
    modified_ns: int
    sha256: str
    document_id: str
    choices: str = ""
    text_key: str = ""
    is_duplicate: bool = False  # its document is the one made of another file
    lacks_audience: bool = False  # nobody stated one: only staff see its document

    @property
    def location(self) -> str:
        return f"{self.source}/{self.path}"

    @classmethod
    def from_row(cls, row: Sequence[Any]) -> FileRecord:
        """Return the record of a row of `files`, whose last two columns are 0 or 1."""
        return cls(*row[:8], *map(bool, row[8:]))


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
    """Return the metadata as JSON; what is empty is left out, but for the title."""
    values = {field.name: getattr(metadata, field.name) for field in fields(metadata)}
    return json.dumps(
        {name: value for name, value in values.items() if value not in ("", (), None) or name == "title"}, default=str
    )


@lru_cache(maxsize=8192)  # a search reads the cards of a hundred documents, mostly the same ones as the last
def metadata_from_json(stored: str) -> Metadata:
    """Return the metadata that `metadata_to_json` wrote."""
    values = json.loads(stored)
    for name in (*LISTED, "groups"):
        values[name] = tuple(values.get(name, ()))
    for name in _DATES:
        if name in values:
            values[name] = date.fromisoformat(values[name])
    values["kind"], values["audience"] = Kind(values["kind"]), Audience(values["audience"])
    return Metadata(**values)


def groups_to_json(groups: Sequence[str]) -> str:
    """Return the groups as the column `groups` holds them."""
    return json.dumps(groups, separators=(",", ":"))


def build_visibility(access: Access, table: str = "") -> Condition:
    """Return what a row with the columns `audience` and `groups` must fulfil to be seen: the truth of who sees what."""
    prefix = f"{table}." if table else ""
    clause = f"{prefix}audience <= ?"
    if access.audience is not Audience.STAFF:
        clause += f" AND ({prefix}groups = '[]'"
        if access.groups:
            own = _marks(access.groups)
            clause += f" OR EXISTS (SELECT 1 FROM json_each({prefix}groups) WHERE value IN ({own}))"
        clause += ")"
    return Condition(clause, (access.audience.rank, *sorted(access.groups)))


def build_condition(within: Filter) -> Condition:
    """Return what a passage and its document must fulfil to be found under the filter."""
    visible = build_visibility(within.access, "d")
    clauses = [visible.sql]
    values: list[Any] = [*visible.values]

    def require(clause: str, *bound: Any) -> None:
        clauses.append(clause)
        values.extend(bound)

    for column, allowed in (("p.language", within.languages), ("d.kind", within.kinds)):
        if allowed:
            require(f"{column} IN ({_marks(allowed)})", *sorted(str(value) for value in allowed))
    for name, allowed in (("themes", within.themes), ("countries", within.countries), ("borders", within.borders)):
        if allowed:
            require(f"d.id IN ({_documents_with(name, allowed)})", *sorted(allowed))
    if within.other_borders_than:
        excluded = within.other_borders_than
        require(f"d.id NOT IN ({_documents_with('borders', excluded)})", *sorted(excluded))
    if within.without:
        require("d.id NOT IN (SELECT value FROM json_each(?))", json.dumps(sorted(within.without)))
    if within.published_from is not None:
        require("d.published >= ?", f"{within.published_from:04d}")
    if within.published_to is not None:
        require("d.published < ?", f"{within.published_to + 1:04d}")
    if within.valid_on is not None:
        day = within.valid_on.isoformat()
        require("(d.valid_from IS NULL OR d.valid_from <= ?) AND (d.valid_to IS NULL OR d.valid_to >= ?)", day, day)
    if within.current_on is not None:
        require("(d.valid_to IS NULL OR d.valid_to >= ?)", within.current_on.isoformat())
    return Condition(" AND ".join(clauses), tuple(values))


def _documents_with(field: str, values: Collection[str]) -> str:
    return f"SELECT document_id FROM document_values WHERE field = '{field}' AND value IN ({_marks(values)})"


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))

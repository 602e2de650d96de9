"""Who reads, as the server knows it: policies on every table of a document, which hold whatever a statement forgets.

They are a second wall behind the store's own filters. Each session says for whom it reads, by two settings; without
them it reads nothing. The index itself (ingestion, maintenance, what is derived from all documents) says so too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import psycopg

from index.documents import Access
from index.errors import StoreError
from index.postgresql.session import Row, Session


class Reader(NamedTuple):
    """What the settings say: an audience, "all" for the index itself or "" for nobody; and groups, in JSON."""

    audience: str
    groups: str = "[]"


NOBODY: Final = Reader("")
INDEX: Final = Reader("all")


@lru_cache(maxsize=1024)
def reader_of(access: Access) -> Reader:
    """Return what the settings say of an access."""
    return Reader(str(access.audience), json.dumps(sorted(access.groups)))


@dataclass(frozen=True, slots=True)
class ReadingSession:
    """A connection whose every statement reads for somebody."""

    session: Session
    reader: Reader

    def execute(self, query: str, values: Sequence[Any] = (), /) -> psycopg.Cursor[Row]:
        """Return the rows of a statement. Raises StoreError."""
        return self.session.execute(query, values, self.reader)

    def executemany(self, query: str, values: Iterable[Sequence[Any]], /) -> None:
        """Run a statement for each of the values, in order. Raises StoreError."""
        self.session.executemany(query, values, self.reader)

    def stream(self, query: str, values: Sequence[Any] = ()) -> Iterator[Row]:
        """Yield the rows of a query, some thousands at a time, inside a transaction. Raises StoreError."""
        return self.session.stream(query, values, self.reader)


def require_bound_role(session: Session, name: str) -> None:
    """Raise StoreError for a role that no policy binds."""
    role = session.execute("SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
    if (row := role.fetchone()) is not None and row[1]:
        raise StoreError(
            f"{name}: the role {row[0]!r} is a superuser or has BYPASSRLS, so that the policies on who sees which "
            "document would not hold for it. Name an ordinary role in PASSERELLE_DATABASE that owns the database: "
            "docs/operations.md says how to make it."
        )


# Each in a SELECT of its own: the server looks once a statement, not once a row. Compared within it: what is compared
# with a setting outside is expected to hold for one row of 200, and planned for.
_IS_INDEX: Final = "(SELECT coalesce(current_setting('passerelle.audience', true) = 'all', false))"
_IS_STAFF: Final = "(SELECT coalesce(current_setting('passerelle.audience', true) = 'staff', false))"
_RANK: Final = (
    "(SELECT CASE current_setting('passerelle.audience', true)"
    " WHEN 'public' THEN 0 WHEN 'member' THEN 1 WHEN 'staff' THEN 2 END)"
)
_GROUPS: Final = (
    "ARRAY(SELECT json_array_elements_text(CAST(nullif(current_setting('passerelle.groups', true), '') AS json)))"
)
_OWN_READERS: Final = (
    f"audience <= {_RANK} AND ({_IS_STAFF} OR groups = '[]' OR EXISTS (SELECT 1 FROM"
    f" json_array_elements_text(CAST(groups AS json)) AS own (name) WHERE own.name = ANY ({_GROUPS})))"
)
_DOCUMENT: Final = "EXISTS (SELECT 1 FROM documents d WHERE d.id = document_id)"  # whose own policy applies
READERS: Final = {  # by table; what is not read document by document is for the index alone
    "documents": _OWN_READERS,
    "versions": f"{_OWN_READERS} AND {_DOCUMENT}",
    "sections": _DOCUMENT,
    "passages": _DOCUMENT,
    "document_values": "document_id IN (SELECT id FROM documents)",  # read for many documents at once
    "files": _IS_STAFF,
    "vectors": "",
    "token_codes": "",
    "passage_vectors": "",
    "removed_rows": "",
}


def add_policies(session: Session, tables: Iterable[str]) -> None:
    """Have only the index write to these tables, and everybody read what is theirs. Their owner is bound as well."""
    for table in tables:
        session.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        session.execute(f"CREATE POLICY index_itself ON {table} USING ({_IS_INDEX})")
        if readers := READERS.get(table):
            session.execute(f"CREATE POLICY readers ON {table} FOR SELECT USING ({_IS_INDEX} OR ({readers}))")

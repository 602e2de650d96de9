"""What only the upkeep of a store asks of it: backup, verify, rebuild."""

from __future__ import annotations

from index.documents import Passage
from index.settings import IndexSettings
from index.store.store import Store
from index.store.withdrawals import Withdrawals


def open_whole(settings: IndexSettings, *, create: bool = False) -> Store:
    """Return the store of these settings as it is, with what was withdrawn: it is kept, checked and rebuilt as well."""
    store = Store(settings.store, create=create, originals=settings.originals)
    store.withdrawn = Withdrawals(settings.folder / "nothing is withdrawn here")
    return store


def originals_named(store: Store) -> list[str]:
    """Return the SHA-256 of every original file that a document or a former version was read from."""
    found = store.db.execute(
        "SELECT original FROM documents WHERE original <> ''"
        " UNION SELECT original FROM versions WHERE original <> '' ORDER BY 1"
    )
    return [one for (one,) in found]


def keyed_passages(store: Store, document_id: str) -> list[tuple[Passage, bytes]]:
    """Return a document's passages, each with the key of its vector."""
    keys = dict(store.db.execute("SELECT row, embedded FROM passages WHERE document_id = ?", (document_id,)))
    return [(passage, keys[row]) for row, passage in store.passages(keys).items()]


def without_passages(store: Store) -> list[str]:
    """Return the ids of the documents that have no passages: those an index being rebuilt has yet to do."""
    found = store.db.execute("SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM passages) ORDER BY id")
    return [one for (one,) in found]


def drop_orphans(store: Store) -> None:
    """Delete the vectors and token codes that no passage uses."""
    with store.writing() as db:
        for table in ("vectors", "token_codes"):
            db.execute(f"DELETE FROM {table} WHERE embedded NOT IN (SELECT embedded FROM passages)")

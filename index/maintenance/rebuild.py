"""A second index beside the first: the same documents, cut and embedded anew, while the first goes on being searched.

The second store takes over every table but those an index makes itself, then fills in the passages of the documents
that have none. That is repeated until nothing is left to do, the last time while no job can write, and then one small
file is swapped. Killed anywhere, it goes on from what it had; nobody reads the second index before it is whole.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from index.documents import Access, Audience
from index.errors import StoreError
from index.lexical.tantivy_index import TantivyIndex
from index.maintenance.verify import check_store
from index.ranking import late_interaction
from index.settings import IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import (
    FOLDERS,
    CurrentIndex,
    allocate_folder,
    first_index,
    make_current,
    places_of,
    previous_settings,
    read_current_index,
    settings_of,
)
from index.store.locks import job_lock
from index.store.opening import open_store, writing_lock
from index.store.store import Store
from index.types import Embedder
from index.update import Indexer, PreparedDocument

LOCK: Final = "rebuild.lock"
_MADE_FROM: Final = "made from"
_OWN_TABLES: Final = ("facts", "passages", "vectors", "token_codes", "removed_rows")
_GROUP: Final = 16  # documents embedded at a time
_ROUNDS: Final = 5  # before the job is made to wait for the last one


@dataclass
class Rebuild:
    """Makes the index anew with the model of `settings` and the splitter.

    `on_progress` is called with the numbers of documents done and to do.
    """

    settings: IndexSettings
    embedder: Embedder
    splitter: PassageSplitter
    on_progress: Callable[[int, int], None] = lambda done, todo: None
    _done: int = field(default=0, init=False)

    def run(self, *, everything: bool = False) -> str:
        """Rebuild what differs from the settings, else the derived indexes alone; return what was done."""
        with job_lock(self.settings.data / LOCK):
            current = settings_of(self.settings, read_current_index(self.settings))
            with closing(_open_all(current)) as store:
                choices = self._choices()
                stale = [name for name, choice in choices.items() if store.fact(name) not in ("", choice)]
                if not stale and not everything:
                    with writing_lock(self.settings, wait=True):
                        renew_derived(current, store)
                    return f"{current.place}: model and splitter are the same; the derived indexes were made anew."
                to = settings_of(self.settings, self._target(store.lineage))
                self._fill(store, to, choices)
        why = f" ({', '.join(stale)} changed)" if stale else ""
        return f"{to.place} is the current index now{why}. `python -m index rebuild --back` returns to {current.place}."

    def back(self) -> str:
        """Bring the index from before up to what changed since, and have it be the current one."""
        with job_lock(self.settings.data / LOCK):
            to = previous_settings(self.settings)
            current = settings_of(self.settings, read_current_index(self.settings))
            with closing(_open_all(current)) as store:
                self._fill(store, to, {"embedder": self.embedder.name})
        return f"{to.place} is the current index again. `python -m index rebuild --back` returns to {current.place}."

    def _fill(self, first: Store, to: IndexSettings, choices: dict[str, str]) -> None:
        """Make the index of `to` hold what `first` holds, and switch to it. Raises StoreError when it is not sound."""
        with closing(_open_all(to, create=True)) as second:
            for name, choice in choices.items():
                second.require(name, choice)
            second.record(_MADE_FROM, first.lineage)
            indexer = Indexer(second, self.embedder, TantivyIndex(to.lexical))
            for _ in range(_ROUNDS):
                if not self._run_round(first, indexer):
                    break
            with writing_lock(self.settings, wait=True):
                while self._run_round(first, indexer):
                    pass
                second.passage_table.drop_unused_vectors()
                indexer.finish()
                second.database.connections.tidy()
                if faults := check_store(second, with_texts=False):
                    raise StoreError(f"{second.name}: not sound, so nothing was switched: {faults[0].wrong}")
                make_current(self.settings, to)

    def _run_round(self, first: Store, indexer: Indexer) -> int:
        """Copy what the first store holds by now, fill in passages, and return how many documents that took."""
        second = indexer.store
        copy_tables(first, second)
        todo = second.document_table.without_passages()
        for start in range(0, len(todo), _GROUP):
            documents = [
                second.document(document_id, Access(Audience.STAFF)) for document_id in todo[start : start + _GROUP]
            ]
            indexer.put([PreparedDocument(document, self.splitter.passages(document)) for document in documents])
            self._done += len(documents)
            self.on_progress(self._done, self._done + len(todo) - start - len(documents))
        return len(todo)

    def _choices(self) -> dict[str, str]:
        return {
            "embedder": self.embedder.name,
            "token codes": late_interaction.VERSION,
            "splitter": self.splitter.name,
        }

    def _target(self, lineage: str) -> CurrentIndex:
        """Return the folder of an earlier attempt at the same, else a new one."""
        index = read_current_index(self.settings)
        in_use = {index.folder, index.before.folder if index.before else ""}
        expected = self._choices() | {_MADE_FROM: lineage}
        places = places_of(self.settings)
        for folder in (f"{FOLDERS}/{number}" for number in places.numbers()):
            if folder in in_use or not places.holds(folder):
                continue
            candidate = replace(first_index(self.settings), folder=folder)
            try:
                with closing(open_store(settings_of(self.settings, candidate))) as store:
                    if all(store.fact(name) == choice for name, choice in expected.items()):
                        return candidate
            except StoreError:
                continue
        return replace(first_index(self.settings), folder=allocate_folder(self.settings))


def _open_all(settings: IndexSettings, *, create: bool = False) -> Store:
    """Return the store with what was withdrawn: that is rebuilt as well, and stays withdrawn."""
    return open_store(settings, create=create, hide_withdrawn=False)


def copy_tables(first: Store, second: Store) -> None:
    """Copy every table of `first` that is not made by an index itself; passages of what changed are dropped."""
    if first.database.connections.is_server:
        _copy_schema(first, second)
    else:
        _copy_file(first.path, second)


def _copy_schema(first: Store, second: Store) -> None:
    from index.postgresql.places import schema_of_connections

    source = schema_of_connections(first.database.connections)
    with second.database.transaction() as db:
        db.execute(
            f"DELETE FROM documents d WHERE NOT EXISTS (SELECT 1 FROM {source}.documents f"
            " WHERE f.id = d.id AND ROW(f.*) IS NOT DISTINCT FROM ROW(d.*))"
        )
        for table, key in (("documents", "id"), ("sections", "document_id"), ("document_values", "document_id")):
            db.execute(
                f"INSERT INTO {table} SELECT * FROM {source}.{table} WHERE {key} NOT IN (SELECT {key} FROM {table})"
            )
        for table in ("files", "versions"):
            db.execute(f"DELETE FROM {table}")
            db.execute(f"INSERT INTO {table} SELECT * FROM {source}.{table}")


def _copy_file(first: Path, second: Store) -> None:
    db = second.database.connection
    db.execute("ATTACH ? AS first", (str(first),))
    db.execute("PRAGMA foreign_keys = OFF")  # a table is emptied and filled again: nothing may follow it
    try:
        with second.database.transaction():
            db.execute(
                "DELETE FROM main.passages WHERE document_id NOT IN (SELECT d.id FROM main.documents d"
                " JOIN first.documents f ON f.id = d.id AND f.fingerprint = d.fingerprint)"
            )
            tables = db.execute(
                "SELECT name FROM first.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            ).fetchall()
            for (table,) in tables:
                if table not in _OWN_TABLES:
                    db.execute(f'DELETE FROM main."{table}"')
                    db.execute(f'INSERT INTO main."{table}" SELECT * FROM first."{table}"')
    finally:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DETACH first")


def renew_derived(settings: IndexSettings, store: Store) -> None:
    """Make anew what is derived from the store now; near copies and the thesaurus are read anew when next needed."""
    shutil.rmtree(settings.lexical, ignore_errors=True)
    settings.near_copies.unlink(missing_ok=True)
    settings.thesaurus_cache.unlink(missing_ok=True)
    TantivyIndex(settings.lexical).update(store)

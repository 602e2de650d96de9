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

from index.documents import Audience
from index.errors import StoreError
from index.lexical.tantivy_index import TantivyIndex
from index.maintenance.verify import store_findings
from index.maintenance.whole_store import drop_orphans, open_whole, without_passages
from index.ranking import late_interaction as late
from index.settings import STORE, IndexSettings
from index.splitting import PassageSplitter
from index.store.current_index import FOLDERS, Place, at, before, first_place, new_folder, place_of, switch
from index.store.locks import INGESTION, exclusive
from index.store.store import Store
from index.types import Embedder
from index.update import Indexer, Prepared

LOCK: Final = "rebuild.lock"
_MADE_FROM: Final = "made from"
_OWN_TABLES: Final = ("facts", "passages", "vectors", "token_codes", "removed_rows")
_GROUP: Final = 16  # documents embedded at a time
_ROUNDS: Final = 5  # before the job is made to wait for the last one


@dataclass
class Rebuild:
    """Makes the index anew with the model of `settings` and the splitter. `told` hears of documents done and to do."""

    settings: IndexSettings
    embedder: Embedder
    splitter: PassageSplitter
    told: Callable[[int, int], None] = lambda done, todo: None
    _done: int = field(default=0, init=False)

    def run(self, *, everything: bool = False) -> str:
        """Rebuild what differs from the settings, else the derived indexes alone; return what was done."""
        with exclusive(self.settings.data / LOCK):
            now = at(self.settings, place_of(self.settings))
            with closing(open_whole(now)) as first:
                stale = [name for name, choice in self._choices().items() if first.fact(name) not in ("", choice)]
                if not stale and not everything:
                    with exclusive(self.settings.data / INGESTION, waiting=True):
                        renew_derived(now, first)
                    return f"{now.folder}: model and splitter are the same; the derived indexes were made anew."
                to = at(self.settings, self._target(first.lineage))
                self._fill(first, to, self._choices())
        why = f" ({', '.join(stale)} changed)" if stale else ""
        return f"{to.folder} is the current index now{why}. `python -m index rebuild --back` returns to {now.folder}."

    def back(self) -> str:
        """Bring the index from before up to what changed since, and have it be the current one."""
        with exclusive(self.settings.data / LOCK):
            to, now = before(self.settings), at(self.settings, place_of(self.settings))
            with closing(open_whole(now)) as present:
                self._fill(present, to, {"embedder": self.embedder.name})
        return f"{to.folder} is the current index again. `python -m index rebuild --back` returns to {now.folder}."

    def _fill(self, first: Store, to: IndexSettings, choices: dict[str, str]) -> None:
        """Make the index of `to` say what `first` says, and switch to it. Raises StoreError when it is not sound."""
        with closing(open_whole(to, create=True)) as second:
            for name, choice in choices.items():
                second.require(name, choice)
            second.record(_MADE_FROM, first.lineage)
            indexer = Indexer(second, self.embedder, TantivyIndex(to.lexical))
            for _ in range(_ROUNDS):
                if not self._round(first, indexer):
                    break
            with exclusive(self.settings.data / INGESTION, waiting=True):
                while self._round(first, indexer):
                    pass
                drop_orphans(second)
                indexer.finish()
                second.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                if faults := store_findings(second, whole=False):
                    raise StoreError(f"{to.store}: not sound, so nothing was switched: {faults[0].wrong}")
                switch(self.settings, to)

    def _round(self, first: Store, indexer: Indexer) -> int:
        """Take over what the first store says by now, fill in passages, and return how many documents that took."""
        second = indexer.store
        take_over(first.path, second)
        todo = without_passages(second)
        for start in range(0, len(todo), _GROUP):
            documents = [second.document(one, Audience.STAFF) for one in todo[start : start + _GROUP]]
            indexer.put([Prepared(one, self.splitter.passages(one)) for one in documents])
            self._done += len(documents)
            self.told(self._done, self._done + len(todo) - start - len(documents))
        return len(todo)

    def _choices(self) -> dict[str, str]:
        return {
            "embedder": self.embedder.name,
            "token codes": late.VERSION,
            "splitter": self.splitter.name,
        }

    def _target(self, lineage: str) -> Place:
        """Return the folder of an earlier attempt that wanted the same, else a new one."""
        place = place_of(self.settings)
        taken = {place.folder, place.before.folder if place.before else ""}
        wanted = self._choices() | {_MADE_FROM: lineage}
        for path in sorted((self.settings.data / FOLDERS).glob(f"[0-9]*/{STORE}")):
            folder = f"{FOLDERS}/{path.parent.name}"
            if folder in taken:
                continue
            try:
                with closing(Store(path)) as store:
                    if all(store.fact(name) == choice for name, choice in wanted.items()):
                        return replace(first_place(self.settings), folder=folder)
            except StoreError:
                continue
        return replace(first_place(self.settings), folder=new_folder(self.settings))


def take_over(first: Path, second: Store) -> None:
    """Copy every table of `first` that is not made by an index itself; passages of what changed are dropped."""
    db = second.db
    db.execute("ATTACH ? AS first", (str(first),))
    db.execute("PRAGMA foreign_keys = OFF")  # a table is emptied and filled again: nothing may follow it
    try:
        with second.writing():
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
    (settings.data / "thesaurus.json").unlink(missing_ok=True)
    TantivyIndex(settings.lexical).update(store)

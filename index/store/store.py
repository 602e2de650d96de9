"""The store: one database, an SQLite file or PostgreSQL's, of documents, passages, vectors, and how they were made.

Everything else (FAISS, tantivy) is derived from it. Readers see the state between two transactions, never inside one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import IO

from index.clock import utc_now
from index.documents import Access, Audience, Document, Passage
from index.errors import StoreError, UnknownDocument
from index.store.corrections import KEPT, Correction, Corrections, HiddenDocuments, Values, hidden_ids
from index.store.corrections import NAME as CORRECTIONS
from index.store.database import Connection, Database, increment_generation
from index.store.documents import DocumentTable, FileTable, insert_document, insert_file
from index.store.entry_table import EntryTable
from index.store.originals import FolderOriginals, Originals
from index.store.passages import PassageTable, delete_unused_vectors, insert_passages, mark_removed
from index.store.records import EmbeddedPassage as EmbeddedPassage
from index.store.records import FileRecord as FileRecord
from index.store.versions import DocumentVersion, VersionTable, delete_versions, find_version, keep_former
from index.store.withdrawals import NAME as WITHDRAWALS
from index.store.withdrawals import Withdrawal, Withdrawals, withdrawn_ids
from index.types import Codes, DocumentCard, Filter, ListedDocument, Rows, Vectors


class Store:
    """One index's documents, passages, former versions and original files, and the transactions that change them.

    `database` is open, or the SQLite file of one. `data` is the folder of the small files that go with it, if not the
    database's own, and `originals` are the files as they were read, if not those in a folder there.
    Withdrawn documents are visible to nobody, stored or not; without `hide_withdrawn` (for a check or a rebuild of all
    that is stored) none is hidden. `clock` dates former versions and withdrawals.
    """

    def __init__(
        self,
        database: Path | Database,
        *,
        create: bool = False,
        data: Path | None = None,
        originals: Originals | None = None,
        hide_withdrawn: bool = True,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        if isinstance(database, Path):
            data = data or database.parent
            database = Database.of_file(database, create=create)
        self.clock = clock
        self.database = database
        self.data = data or Path()
        self.originals: Originals = originals or FolderOriginals(self.data / "originals")
        self.corrections = self._open_corrections()
        self.withdrawals = self._open_withdrawals() if hide_withdrawn else None
        self.hidden = HiddenDocuments(self.withdrawals, self.corrections) if self.withdrawals else None
        self.document_table = DocumentTable(self.database, self.hidden)
        self.passage_table = PassageTable(self.database, self.hidden)
        self.version_table = VersionTable(self.database)
        self.file_table = FileTable(self.database)

    def _open_corrections(self) -> Corrections:
        return Corrections.of_table(self.database) if self._is_shared else Corrections.of_file(self._corrections_file)

    def _open_withdrawals(self) -> Withdrawals:
        return Withdrawals.of_table(self.database) if self._is_shared else Withdrawals.of_file(self._withdrawals_file)

    @property
    def _is_shared(self) -> bool:
        return self.database.connections.is_server

    @property
    def _corrections_file(self) -> Path:
        return self.data / CORRECTIONS

    @property
    def _withdrawals_file(self) -> Path:
        return self.data / WITHDRAWALS

    # the database: snapshots, and the facts it states about itself

    @property
    def name(self) -> str:
        """Return what the store is called in messages: an embedded one's file."""
        return self.database.name

    @property
    def path(self) -> Path:
        """Return the file of an embedded store."""
        return Path(self.name)

    def close(self) -> None:
        """Close this thread's connection."""
        self.database.close()

    def snapshot(self) -> AbstractContextManager[None]:
        """Hold one snapshot while the body runs: whatever is read inside belongs to one generation."""
        return self.database.snapshot()

    def fact(self, name: str) -> str:
        """Return a recorded fact, "" when there is none."""
        return self.database.fact(name)

    def record(self, name: str, value: str) -> None:
        """Record a fact in place of the one of that name."""
        self.database.record(name, value)

    def require(self, name: str, value: str) -> None:
        """Record a choice the index is made with, or hold it to the recorded one. Raises IndexMismatch."""
        self.database.require(name, value)

    @property
    def generation(self) -> int:
        """Return a number that grows by one with each document put or removed."""
        return self.database.generation

    @property
    def lineage(self) -> str:
        """Return this store's own id, so that a derived index of another store is never built upon."""
        return self.database.lineage

    # reading

    def document(self, document_id: str, access: Access) -> Document:
        """Return a document whole. Raises UnknownDocument, also when it may not be seen."""
        return self.document_table.read(document_id, access)

    def cards(self, document_ids: Sequence[str], access: Access) -> dict[str, DocumentCard]:
        """Return the documents of these ids that may be seen, without their texts."""
        return self.document_table.cards(document_ids, access)

    def related_by_succession(self, document_id: str, access: Access) -> list[DocumentCard]:
        """Return the documents that say they replaced this one, or were replaced by it, as far as they may be seen."""
        return self.document_table.related_by_succession(document_id, access)

    def list_documents(self, access: Access) -> list[ListedDocument]:
        """Return every document that may be seen, by id, with its fingerprint and when its text came in."""
        return self.document_table.list_documents(access)

    def member_groups(self) -> list[str]:
        """Return the groups, by name, that have documents their members see."""
        return self.document_table.member_groups()

    def select_ids(self, within: Filter) -> list[str]:
        """Return the ids of the documents that pass the filter, whatever language their passages are in."""
        return list(self.document_table.select_ids(within))

    def versions(self, document_id: str, access: Access) -> list[DocumentVersion]:
        """Return the versions of a document that may be seen, oldest first. Raises UnknownDocument."""
        with self.snapshot():
            self._require_visible(document_id, access)
            return self.version_table.list_versions(document_id, access)

    def version(self, document_id: str, name: str, access: Access) -> Document:
        """Return a version whole, by its key or number, for those who may see both it and the present one.

        Raises UnknownDocument.
        """
        with self.snapshot():
            version = find_version(self.versions(document_id, access), document_id, name)
            if version.until is None:
                return self.document(document_id, access)
            return self.version_table.read_former(document_id, version.number, access)

    def passages(self, rows: Iterable[int], access: Access) -> dict[int, Passage]:
        """Return the passages of these rows, chosen by a filter of this access; a row that is gone is left out."""
        return self.passage_table.read(rows, access)

    def rows(self, within: Filter) -> Rows:
        """Return the rows of the passages that pass the filter, sorted: what every arm is tested against."""
        return self.passage_table.select_rows(within)

    def vectors_of(self, document_id: str, access: Access) -> Vectors:
        """Return the vectors of a document's passages in the text's order. Raises UnknownDocument."""
        self._require_visible(document_id, access)
        return self.passage_table.vectors_of(document_id)

    def _require_visible(self, document_id: str, access: Access) -> None:
        if not self.cards([document_id], access):
            raise UnknownDocument(f"No document {document_id!r}.")

    def count(self) -> tuple[int, int]:
        """Return how many documents and how many passages there are, of every audience."""
        return self.document_table.count(), self.passage_table.count()

    def fingerprint(self, document_id: str) -> str:
        """Return the stored document's fingerprint, "" when there is no such document."""
        return self.document_table.fingerprint(document_id)

    def owner(self, document_id: str) -> tuple[str, str] | None:
        """Return the (source, path) a document came from, None when there is no such document."""
        return self.document_table.owner(document_id)

    def files(self, source: str) -> dict[str, FileRecord]:
        """Return what is remembered of the source's files, by path."""
        return self.file_table.of_source(source)

    def paths(self, document_id: str) -> list[str]:
        """Return the paths below their sources of all files this document was found in, its own first."""
        return self.file_table.paths_of(document_id)

    # writing

    def put(
        self,
        document: Document,
        passages: Sequence[EmbeddedPassage],
        vectors: Mapping[bytes, Vectors],
        file: FileRecord | None = None,
        codes: Mapping[bytes, Codes] | None = None,
        also: Callable[[Connection], None] | None = None,
    ) -> None:
        """Put a document in place of the one with its id, in one transaction. `vectors` holds those not yet stored.

        What `also` does belongs to that transaction.
        """
        with self.database.transaction() as db:
            since = keep_former(db, document, self.clock())
            stale = _delete_document(db, document.id)
            insert_document(db, document, since)
            insert_passages(db, document.id, passages, vectors, codes or {})
            if file is not None:
                insert_file(db, file)
            delete_unused_vectors(db, stale)
            if also is not None:
                also(db)

    def remove(self, document_id: str) -> None:
        """Remove a document and everything of it, former versions too, in one transaction."""
        with self.database.transaction() as db:
            delete_versions(db, document_id)
            delete_unused_vectors(db, _delete_document(db, document_id))

    def forget_versions(self, document_id: str) -> int:
        """Delete a document's former versions for good and return how many there were."""
        with self.database.transaction() as db:
            return delete_versions(db, document_id)

    def touch(self, file: FileRecord) -> None:
        """Remember a file whose document did not change."""
        with self.database.transaction() as db:
            insert_file(db, file)

    def forget_file(self, file: FileRecord) -> None:
        """Forget a file that is gone while its document stays, read from another file."""
        self.file_table.delete(file)

    # withdrawals: documents that staff took out by hand

    def withdrawn_ids(self) -> frozenset[str]:
        """Return the ids of the documents that nobody may see now. Raises StoreError when the list cannot be read."""
        return withdrawn_ids(self.withdrawals)

    def hidden_state(self) -> tuple[frozenset[str], str]:
        """Return what changes whenever a stored document is hidden from somebody, or shown again. Raises StoreError."""
        return self.withdrawn_ids(), self.corrections.digest

    def list_withdrawals(self) -> list[Withdrawal]:
        """Return every withdrawal, the newest first. Raises StoreError."""
        return self.withdrawals.all() if self.withdrawals else []

    def hidden_ids(self, access: Access) -> frozenset[str]:
        """Return the ids of the stored documents that are hidden from an access: withdrawn, or narrowed since.

        Raises StoreError.
        """
        return hidden_ids(self.hidden, access)

    def without_hidden(self, within: Filter) -> Filter:
        """Return the filter that also leaves out what is hidden now: the one every arm is to search within."""
        return within.without_documents(self.hidden_ids(within.access))

    def withdraw(self, document_id: str, by: str, reason: str) -> Withdrawal:
        """Hide a document from everybody at once; the next run removes it and leaves its files alone.

        Repeating it changes nothing. Raises UnknownDocument.
        """
        withdrawals = self._require_withdrawals()
        if earlier := withdrawals.find(document_id):
            return earlier
        title = self.document(document_id, Access(Audience.STAFF)).metadata.title
        at = self.clock().isoformat(timespec="seconds")
        files = self.file_table.of_document(document_id)
        withdrawal = withdrawals.add(Withdrawal(document_id, title, at, by, reason, files))
        self.database.next_generation()
        return withdrawal

    def reinstate(self, document_id: str) -> None:
        """Let a withdrawn document be seen again: at once while it is stored, else from the next run on.

        Raises UnknownDocument when it was not withdrawn.
        """
        if not self._require_withdrawals().remove(document_id):
            raise UnknownDocument(f"{document_id!r} is not withdrawn.")
        self.database.next_generation()

    # corrections: what staff corrected by hand

    def correction(self, document_id: str) -> Correction:
        """Return what was corrected of a document, with what its source states. Raises UnknownDocument, StoreError."""
        stated = self.document(document_id, Access(Audience.STAFF)).metadata
        return self.corrections.find(document_id) or Correction(document_id, stated)

    def correct(
        self, document_id: str, values: Values, by: str, revision: int, taken_back: Collection[str] = ()
    ) -> Correction:
        """Correct a document's metadata: narrower readers hold at once, all else when ingestion applies it.

        What is `taken_back` returns to what the source states.

        Raises UnknownDocument, CorrectedMeanwhile, StoreError.
        """
        stated = self.document(document_id, Access(Audience.STAFF)).metadata
        at = self.clock().isoformat(timespec="seconds")
        correction = self.corrections.change(
            document_id, stated, values, by=by, at=at, revision=revision, taken_back=taken_back
        )
        self.record(KEPT, "yes")
        self.database.next_generation()
        return correction

    def check_lists(self) -> None:
        """Raise StoreError where staff withdrew or corrected something that whoever reads this index would not see."""
        if not self._is_shared:
            if self.fact(KEPT) and not self.corrections.entries.exist:
                raise StoreError(
                    f"{self.corrections.entries.name}: is gone, though documents were corrected. Restore it from a "
                    "backup: without it every correction would be undone, and what was narrowed shown again."
                )
            return
        if isinstance(self.corrections.entries, EntryTable):
            self.corrections.entries.require_copied(Corrections.of_file(self._corrections_file).entries)
        if self.withdrawals and isinstance(self.withdrawals.entries, EntryTable):
            self.withdrawals.entries.require_copied(Withdrawals.of_file(self._withdrawals_file).entries)

    def list_corrections(self) -> list[Correction]:
        """Return every correction, by document id. Raises StoreError."""
        return self.corrections.all()

    def _require_withdrawals(self) -> Withdrawals:
        if self.withdrawals is None:
            raise ValueError(f"{self.name}: opened without its withdrawals, so none can be made or undone")
        return self.withdrawals

    # originals: the files as they were read

    def read_original(self, sha256: str) -> AbstractContextManager[Path]:
        """Yield the file of this content, checked, while the body runs. Raises UnusableOriginal, StoreError."""
        return self.originals.read(sha256)

    def keep_original(self, content: IO[bytes]) -> str:
        """Keep a file's content, once, and return its SHA-256. Raises OSError, StoreError."""
        return self.originals.keep(content)

    def originals_of(self, document_id: str) -> set[str]:
        """Return the SHA-256 of the files that a document and its former versions were read from."""
        return self.document_table.originals_of(document_id)

    def drop_originals(self, contents: Iterable[str]) -> None:
        """Delete kept files that no document and no former version was read from. Raises StoreError.

        Nobody can write meanwhile, so that none goes that is about to be named: whoever kept it before, and names it
        after, has to look once more (`ingest.sync.run`).
        """
        for sha256 in contents:
            with self.database.transaction():
                if not self.document_table.needs_original(sha256):
                    self.originals.remove(sha256)


def _delete_document(db: Connection, document_id: str) -> list[tuple[bytes]]:
    """Delete a document, note its rows as removed, and return the keys of the vectors it used."""
    increment_generation(db)
    used = mark_removed(db, document_id)
    db.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    return used

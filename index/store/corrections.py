"""What staff corrected in the metadata of documents: kept whatever index is current, with who changed what and when.

Like the withdrawals they are in a small file of the data folder, in PostgreSQL in a table that all indexes share: an
index that is rebuilt, restored or swapped for the one before must neither lose a correction nor show anybody what was
narrowed since.
Ingestion applies the corrections when it writes a document. Until then readers see what both allow: the stored
document's audience and groups, and the corrected ones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final

from index.documents import Access, Audience, Metadata
from index.errors import PasserelleError
from index.store.database import Database
from index.store.entries import Entries, EntryKind
from index.store.entry_table import EntryTable
from index.store.records import metadata_from_json, metadata_to_json
from index.store.sealed_entries import SealedEntries
from index.store.withdrawals import Withdrawals

NAME: Final = "corrections.json"
FACT: Final = "corrections"  # of a store: the digest of the corrections that it has applied
KEPT: Final = "corrections kept"  # of a store: set once something was corrected, so that the file's loss is noticed
CORRECTABLE: Final = tuple(
    metadata_field.name
    for metadata_field in fields(Metadata)
    if metadata_field.name not in ("translation_of", "solved")
)
Values = Mapping[str, Any]  # of the metadata by name, as a Metadata holds them


class CorrectedMeanwhile(PasserelleError):
    """Somebody corrected the document since the state that a correction was made to. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field as it was and as it is, who changed it and when (ISO 8601, UTC); the values as JSON has them.

    `by` is "" where the source did, by naming narrower readers.
    """

    at: str
    by: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Correction:
    """What was corrected of a document: `stated` is what its source states, `values` what holds in its place.

    `revision` grows by one with each change. Where everything was taken back there are no values, but a history.
    """

    document_id: str
    stated: Metadata
    values: Values = field(default_factory=dict)
    revision: int = 0
    history: tuple[FieldChange, ...] = ()

    @property
    def metadata(self) -> Metadata:
        """Return what holds of the document."""
        return self.apply(self.stated)

    def apply(self, stated: Metadata) -> Metadata:
        """Return what holds where the source states this."""
        follows = stated.valid_to is not None and stated.valid_to == stated.closes and "valid_to" not in self.values
        values: dict[str, Any] = {**({"valid_to": None} if follows else {}), **self.values}
        return replace(stated, **values)

    def change(self, values: Values, by: str, at: str) -> Correction:
        """Return the correction with these values; one that the source states as well is taken back."""
        requested = replace(self, values={**self.values, **values})
        holding = {name: getattr(requested.metadata, name) for name in requested.values}
        kept = {name: value for name, value in holding.items() if value != getattr(self.stated, name)}
        changed = replace(self, values=kept, revision=self.revision + 1)
        before, after = as_json(self.metadata), as_json(changed.metadata)
        history = tuple(
            FieldChange(at, by, name, before.get(name), after.get(name))
            for name in CORRECTABLE
            if before.get(name) != after.get(name)
        )
        return replace(changed, history=self.history + history) if history or kept != self.values else self

    def restate(self, stated: Metadata, at: str) -> Correction:
        """Return the correction where the source states this from now on.

        A source that names narrower readers than before, and than the correction, ends what was corrected of them.
        """
        restated = replace(self, stated=stated)
        if are_within(self.stated, stated) or are_within(restated.metadata, stated):
            return restated
        readers = {"audience": stated.audience, "groups": stated.groups}
        return restated.change(readers, by="", at=at)


def are_within(metadata: Metadata, other: Metadata) -> bool:
    """Say whether everybody who may see a document of some metadata may see one of the other, too."""
    if metadata.audience is Audience.STAFF or other.audience is Audience.STAFF:
        return metadata.audience is Audience.STAFF
    in_groups = not other.groups or (bool(metadata.groups) and {*metadata.groups} <= {*other.groups})
    return in_groups and metadata.audience.rank >= other.audience.rank


class Corrections:
    """The corrections. Whoever reads them sees the last change, from any thread or process."""

    def __init__(self, entries: Entries[Correction]) -> None:
        self.entries = entries
        self._hidden: tuple[Mapping[str, Correction], dict[Access, frozenset[str]]] = {}, {}

    @classmethod
    def of_file(cls, path: Path) -> Corrections:
        """Return the corrections of embedded indexes."""
        return cls(SealedEntries(path, _KIND, "corrections"))

    @classmethod
    def of_table(cls, database: Database) -> Corrections:
        """Return the corrections of all indexes in one PostgreSQL database."""
        return cls(EntryTable(database, "corrections", _KIND))

    def all(self) -> list[Correction]:
        """Return every correction, by document id. Raises StoreError when they cannot be read."""
        corrections = self.entries.all()
        return [corrections[document_id] for document_id in sorted(corrections)]

    def find(self, document_id: str) -> Correction | None:
        """Return a document's correction, None where there never was one. Raises StoreError."""
        return self.entries.all().get(document_id)

    def hidden_from(self, access: Access) -> frozenset[str]:
        """Return the ids of the documents that are no longer for those of this access. Raises StoreError."""
        corrections, (known, hidden) = self.entries.all(), self._hidden
        if corrections is not known:
            hidden = {}
            self._hidden = corrections, hidden
        if access not in hidden:
            hidden[access] = frozenset(
                document_id
                for document_id, correction in corrections.items()
                if access.audience is not Audience.STAFF and not access.may_see(correction.metadata)
            )
        return hidden[access]

    @property
    def digest(self) -> str:
        """Return what changes with each correction, "" where there is none: a store records which it has applied."""
        revisions = [(correction.document_id, correction.revision) for correction in self.all()]
        return hashlib.sha256(json.dumps(revisions).encode()).hexdigest()[:16] if revisions else ""

    def change(
        self,
        document_id: str,
        stated: Metadata,
        values: Values,
        *,
        by: str,
        at: str,
        revision: int,
        taken_back: Collection[str] = (),
    ) -> Correction:
        """Correct these fields, and return others to what the source states by now.

        `stated` is what it states if nothing was corrected before.

        Raises CorrectedMeanwhile when the correction is not of this revision any more, StoreError.
        """

        def change(entries: dict[str, Correction]) -> None:
            correction = entries.get(document_id, Correction(document_id, stated))
            if correction.revision != revision:
                raise CorrectedMeanwhile(
                    f"{document_id!r} was corrected by somebody else meanwhile. Look at what it is now, and try again."
                )
            returned = {name: getattr(correction.stated, name) for name in taken_back}
            changed = correction.change({**values, **returned}, by, at)
            if changed.revision:
                entries[document_id] = changed

        return self.entries.change(change).get(document_id, Correction(document_id, stated))

    def restate(self, document_id: str, stated: Metadata, at: str) -> Correction:
        """Note what a source states now of a document that was corrected, and return what holds.

        Nothing is written where it is known. Raises KeyError for a document that never was corrected, StoreError.
        """
        known = self.entries.all()[document_id]
        if known.stated == stated:
            return known

        def restate(entries: dict[str, Correction]) -> None:
            entries[document_id] = entries[document_id].restate(stated, at)

        return self.entries.change(restate)[document_id]


@dataclass(frozen=True)
class HiddenDocuments:
    """The stored documents that somebody may not see all the same: withdrawn, or narrowed by a correction."""

    withdrawals: Withdrawals
    corrections: Corrections

    def ids_for(self, access: Access) -> frozenset[str]:
        """Return their ids. Raises StoreError when it cannot be known which they are."""
        return self.withdrawals.ids | self.corrections.hidden_from(access)


def hidden_ids(hidden: HiddenDocuments | None, access: Access) -> frozenset[str]:
    """Return the ids of the stored documents that are hidden from an access; none where nothing is to be hidden."""
    return hidden.ids_for(access) if hidden else frozenset()


def as_json(metadata: Metadata) -> dict[str, Any]:
    """Return the metadata as JSON has them, without what is empty."""
    values: dict[str, Any] = json.loads(metadata_to_json(metadata))
    return values


def _to_json(correction: Correction) -> dict[str, Any]:
    return {
        "stated": as_json(correction.stated),
        "values": json.loads(json.dumps(dict(correction.values), default=str)),
        "revision": correction.revision,
        "history": [
            {name: getattr(change, name) for name in ("at", "by", "field", "before", "after")}
            for change in correction.history
        ],
    }


def _from_json(document_id: str, entry: Mapping[str, Any]) -> Correction:
    stated = metadata_from_json(json.dumps(entry["stated"]))
    present = {name: value for name, value in {**as_json(stated), **entry["values"]}.items() if value is not None}
    corrected = metadata_from_json(json.dumps(present))
    values = {name: getattr(corrected, name) for name in entry["values"]}
    history = tuple(FieldChange(**change) for change in entry["history"])
    return Correction(document_id, stated, values, int(entry["revision"]), history)


_KIND: Final = EntryKind(
    _from_json, _to_json, "removing it would undo every correction, and show again what was narrowed."
)

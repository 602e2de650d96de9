"""Documents that say nearly the same in the same words: print and www versions, other names, a date that changed.

MinHash (Broder 1997) over triples of words estimates how much two documents share; candidates come from equal bands of
their signatures (Indyk & Motwani 1998). Signatures are derived from the texts and kept in one file beside the index,
512 bytes a document: the 218 shared documents (2.5 million characters) take 0.4 s once, and only what changed later on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from index.store.atomic_files import write_atomically
from index.store.store import Store
from index.types import WorkLink

NEAR: Final = 0.8  # share of word triples in common; among the shared documents a copy has 0.91, the nearest other 0.58
_HASHES: Final = 128
_BANDS, _ROWS = 25, 5  # of a pair that shares 0.8, one of 20,000 is missed; 0.35 is looked at in one case of eight
_SHORT: Final = 12  # words; a shorter text is only ever the copy of an equal one
_FORMAT: Final = "near-copies-1"
_WORD: Final = re.compile(r"\w+")
Signatures = npt.NDArray[np.uint32]


def sign(text: str) -> Signatures:
    """Return the MinHash of a text's word triples, uint32 of shape (128,)."""
    from rensa import RMinHash

    words = _WORD.findall(text.casefold())
    triples = [" ".join(words[at : at + 3]) for at in range(len(words) - 2)]
    hashed = RMinHash(num_perm=_HASHES, seed=1)
    hashed.update(triples if len(words) >= _SHORT else [" ".join(words)])
    return np.array(hashed.digest(), np.uint32)


def near_pairs(signatures: Signatures) -> Iterator[tuple[int, int]]:
    """Yield pairs of positions that tie together what is near: of many equal ones each is paired with the first."""
    for band in range(_BANDS):
        part = np.ascontiguousarray(signatures[:, band * _ROWS : (band + 1) * _ROWS])
        keys = part.view(np.dtype((np.void, part.dtype.itemsize * _ROWS))).ravel()
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.r_[True, keys[order][1:] != keys[order][:-1]])
        for alike in np.split(order, starts[1:]):
            while len(alike) > 1:
                first, others = alike[0], alike[1:]
                near = (signatures[others] == signatures[first]).mean(axis=1) >= NEAR
                yield from ((int(first), int(other)) for other in others[near])
                alike = others[~near]


@dataclass(frozen=True)
class NearCopies:
    """The signatures of one generation's documents, by id."""

    ids: tuple[str, ...] = ()
    signatures: Signatures = field(default_factory=lambda: np.empty((0, _HASHES), np.uint32))

    def links(self, seen: Collection[str]) -> list[WorkLink]:
        """Return which of the documents of these ids are near copies of which others of them."""
        visible = np.flatnonzero(np.array([document_id in seen for document_id in self.ids], bool))
        pairs = near_pairs(self.signatures[visible]) if len(visible) > 1 else ()
        return [WorkLink(self.ids[visible[other]], self.ids[visible[first]]) for first, other in pairs]


def load_near_copies(store: Store, cache: Path) -> NearCopies:
    """Return the signatures of the store's documents; those of unchanged documents come from the file `cache`."""
    documents = store.document_table
    listed = documents.fingerprints()
    prints = [fingerprint for _, fingerprint in listed]
    known = _read(cache)
    missing = {document_id for document_id, fingerprint in listed if fingerprint not in known}
    new = {document_id: sign(text) for document_id, text in documents.texts(sorted(missing))}
    of_documents = [
        new[document_id] if document_id in new else known[fingerprint] for document_id, fingerprint in listed
    ]
    signatures = np.array(of_documents, np.uint32).reshape(len(of_documents), _HASHES)
    if missing or len(known) != len(set(prints)):
        _write(cache, prints, signatures)
    return NearCopies(tuple(document_id for document_id, _ in listed), signatures)


def _read(cache: Path) -> dict[str, Signatures]:
    try:
        with cache.open("rb") as file, np.load(file) as stored:  # by name numpy leaves a damaged one open
            known = zip(stored["prints"].tolist(), stored["signatures"], strict=True)
            return dict(known) if str(stored["format"]) == _FORMAT else {}
    except (OSError, ValueError, KeyError, RuntimeError, BadZipFile, EOFError):  # RuntimeError: "is encrypted"
        return {}


def _write(cache: Path, prints: Sequence[str], signatures: Signatures) -> None:
    with write_atomically(cache) as file:
        np.savez(file, format=np.array(_FORMAT), prints=np.array(prints, np.str_), signatures=signatures)

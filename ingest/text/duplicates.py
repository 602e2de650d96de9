"""The same document in two files: byte for byte, or the same words in two formats. One is indexed, both are told.

The rule is the smallest that is sound. Two files are the same when they have the same bytes, or at least FEWEST_WORDS
words and every word, number and date of the one as often in the other (text, headings and title; order, punctuation and
capitals do not count, since formats differ there). A changed amount or date makes another version, and versions are
never merged: `replaces` and `replaced_by` say how they hang together. Nor are two files merged that are for different
audiences, or of which the later states an id of its own: somebody wants both.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from index.documents import Document
from index.store.store import FileRecord

FEWEST_WORDS: Final = 80
SAME: Final = ":same"  # at the end of a stamp: the file's document is that of another file
_KEY: Final = ":text="
_WORD: Final = re.compile(r"[^\W_]+")


def text_key(document: Document) -> str:
    """Return what two files of the same audience and words have in common, "" for a short text."""
    words = Counter(_WORD.findall(document.text.lower()))
    if words.total() < FEWEST_WORDS:
        return ""
    said = _folded(document.text)
    for head in [document.metadata.title, *_headings(document)]:
        if _folded(head) not in said:
            words.update(_WORD.findall(head.lower()))
    counted = hashlib.sha256(repr(sorted(words.items())).encode()).hexdigest()[:16]
    return f"{document.metadata.audience}-{counted}"


def _headings(document: Document) -> Iterator[str]:
    """Yield each heading once, also one that stands above others and has no text of its own; the title's not again."""
    told: set[tuple[str, ...]] = {(document.metadata.title,)}
    for section in document.sections:
        chain = tuple(section.heading.split(" > ")) if section.heading else ()
        for depth in range(1, len(chain) + 1):
            if chain[:depth] not in told:
                told.add(chain[:depth])
                yield chain[depth - 1]


def _folded(text: str) -> str:
    return "".join(_WORD.findall(text.lower()))


def stamped(stamp: str, key: str, *, is_same: bool) -> str:
    """Return the stamp of a file that was read, with its text's key, and SAME when it repeats another file."""
    return f"{stamp}{_KEY}{key}{SAME if is_same else ''}"


class Known:
    """The documents seen so far, by their bytes and by their words."""

    def __init__(self, records: Iterable[FileRecord] = ()) -> None:
        self._found: dict[str, tuple[str, str]] = {}
        for record in records:
            if not record.stamp.endswith(SAME):
                key = record.stamp.partition(_KEY)[2]
                self.add(record.stamp.partition(":")[0], key, record.document_id, f"{record.source}/{record.path}")

    def add(self, original: str, key: str, document_id: str, place: str) -> None:
        for known in _keys(original, key):
            self._found.setdefault(known, (document_id, place))

    def twin(self, original: str, key: str, place: str) -> str | None:
        """Return the id of the document that another file with these bytes or words has made."""
        for known in _keys(original, key):
            document_id, other = self._found.get(known, ("", place))
            if other != place:
                return document_id
        return None


def _keys(original: str, key: str) -> tuple[str, ...]:
    return (f"{key.partition('-')[0]}-{original}", key) if key else ()

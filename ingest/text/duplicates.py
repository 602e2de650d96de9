"""Recognise the same document in two files, byte for byte or word for word; one is indexed, both are reported.

The rule is the smallest that is sound. Two files are the same if they have the same bytes (a copy, a symbolic link), or
at least FEWEST_WORDS words and every word, number and date of one as often in the other (text, headings and title;
order, punctuation and capitals do not count, since formats differ there). A changed amount or date makes another
version, and versions are never merged: `replaces` and `replaced_by` relate them. Nor are two files merged that are for
different audiences or groups, or of which the later states an id of its own: somebody wants both.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from index.documents import Document, Metadata
from index.store.store import FileRecord

FEWEST_WORDS: Final = 80
_WORD: Final = re.compile(r"[^\W_]+")


def text_key(document: Document) -> str:
    """Return a key that files for the same readers with the same words share; for a short text what names these."""
    readers = _name_readers(document.metadata)
    words = Counter(_WORD.findall(document.text.lower()))
    if words.total() < FEWEST_WORDS:
        return f"{readers}-"
    letters = _letters(document.text)
    for heading in [document.metadata.title, *_headings(document)]:
        if _letters(heading) not in letters:
            words.update(_WORD.findall(heading.lower()))
    digest = hashlib.sha256(repr(sorted(words.items())).encode()).hexdigest()[:16]
    return f"{readers}-{digest}"


def _name_readers(metadata: Metadata) -> str:
    """Return a name without hyphens for whom a document is: its audience, with a hash of its groups if it has some."""
    groups = hashlib.sha256(" ".join(sorted(metadata.groups)).encode()).hexdigest()[:16]
    return f"{metadata.audience}:{groups}" if metadata.groups else metadata.audience.value


def _headings(document: Document) -> Iterator[str]:
    """Yield each heading once but the title, also headings without text of their own above others."""
    seen: set[tuple[str, ...]] = {(document.metadata.title,)}
    for section in document.sections:
        chain = tuple(section.heading.split(" > ")) if section.heading else ()
        for depth in range(1, len(chain) + 1):
            if chain[:depth] not in seen:
                seen.add(chain[:depth])
                yield chain[depth - 1]


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text.lower()))


class KnownFiles:
    """The files read so far with the documents they made, by their bytes and by their words."""

    def __init__(self, records: Iterable[FileRecord] = ()) -> None:
        self._owners: dict[str, tuple[str, str]] = {}
        for record in records:
            if not record.is_duplicate:
                self.add(record)

    def add(self, record: FileRecord) -> None:
        for key in _keys(record):
            self._owners.setdefault(key, (record.document_id, record.location))

    def find_twin(self, record: FileRecord) -> str | None:
        """Return the id of the document that another file with these bytes or words has made, None without any."""
        for key in _keys(record):
            document_id, location = self._owners.get(key, ("", record.location))
            if location != record.location:
                return document_id
        return None


def _keys(record: FileRecord) -> tuple[str, ...]:
    """Return the record's keys: its bytes for its readers, and its words if they are many; none if it was not read."""
    readers, _, words = record.text_key.partition("-")
    same_bytes = (f"{readers}-{record.sha256}",) if readers else ()
    return (*same_bytes, record.text_key) if words else same_bytes

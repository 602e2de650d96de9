"""One tantivy index on disk over what one audience or group may see: its fields, how it is written and read.

Each has its own, so that neither BM25's statistics nor the known words hold anything of a document that is
hidden from it. 100,000 passages take 12 MB, and those for all members are in each group's index again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from index.documents import LANGUAGES
from index.lexical.analysis import terms
from index.types import StoredPassage

LAYOUT: Final = 4  # of the files; another one is built anew
OTHER: Final = "xx"  # all languages that are only folded
NEVER, ALWAYS = 0, 99_999_999
SPELT_LENGTH: Final = 5  # letters of a word whose spelling is kept beside its term: shorter ones are not corrected
_WRITER_BYTES: Final = 32_000_000


def as_number(day: date | None, otherwise: int) -> int:
    return day.year * 10_000 + day.month * 100 + day.day if day else otherwise


def index_fields(stored: StoredPassage) -> dict[str, Any]:
    """Return what is indexed of a passage: its terms, each with its language, and what filters ask of its document."""
    passage, metadata = stored.passage, stored.metadata
    language = passage.language if passage.language in LANGUAGES else OTHER
    text = f"{passage.context}\n{passage.text}"
    name = "\n".join((metadata.title, *metadata.legal_instruments[:1]))  # the others it only rests on
    body = terms(text, language, folded_too=True)
    spellings = {(term.text, text[term.start : term.end].lower()) for term in body if term.text.isalpha()}
    return {
        "row": stored.row,
        "body": " ".join(f"{language}:{term.text}" for term in body),
        "written": " ".join(f"{language}:{term}={word}" for term, word in spellings if len(word) >= SPELT_LENGTH),
        "name": " ".join({f"{language}:{term.text}" for term in terms(name, language, folded_too=True)}),
        "document": passage.document_id,
        "language": passage.language,
        "kind": metadata.kind.value,
        "theme": list(metadata.themes),
        "country": list(metadata.countries),
        "border": list(metadata.borders),
        "published": as_number(metadata.published, NEVER),
        "valid_from": as_number(metadata.valid_from, NEVER),
        "valid_to": as_number(metadata.valid_to, ALWAYS),
    }


class AudienceIndex:
    """One folder of tantivy's segments. `searcher` is the snapshot taken by the last `open` or `commit`."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self._tantivy = tantivy
        self.folder = folder
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("row", stored=False, indexed=True, fast=True)
        builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
        builder.add_text_field("written", tokenizer_name="whitespace", index_option="basic")
        builder.add_text_field("name", tokenizer_name="whitespace", index_option="basic")
        for name in ("document", "language", "kind", "theme", "country", "border"):
            builder.add_text_field(name, tokenizer_name="raw", index_option="freq")
        for name in ("published", "valid_from", "valid_to"):
            builder.add_integer_field(name, indexed=True, fast=True)
        self.schema = builder.build()
        self.searcher: Any = None
        self._index: Any = None
        self._writer: Any = None
        self.spellings = lru_cache(maxsize=4096)(self._spellings)

    def open(self) -> None:
        """Open the folder, made if need be, and take a snapshot."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._writer = None  # one that failed holds what must not be written any more
        self._index = self._tantivy.Index(self.schema, path=str(self.folder), reuse=True)
        self._take_snapshot()

    def remove(self, rows: Iterable[int]) -> None:
        """Remove the passages of these rows; a row that is not there changes nothing."""
        writer = self._open_writer()
        for row in rows:
            writer.delete_documents_by_term("row", row)

    def add(self, row: int, fields: Mapping[str, Any]) -> None:
        """Add a passage's fields; adding a row again replaces it."""
        writer = self._open_writer()
        writer.delete_documents_by_term("row", row)
        writer.add_document(self._tantivy.Document.from_dict(fields, self.schema))

    def commit(self) -> None:
        """Write what was added and removed, and take a snapshot."""
        writer, self._writer = self._open_writer(), None
        writer.commit()
        writer.wait_merging_threads()
        self._take_snapshot()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return the words with the number of passages that hold each, by language; removed passages count no more."""
        everything = self._tantivy.Query.all_query()
        return {
            language: {
                term.partition(":")[2]: count
                for term, count in self.searcher.terms_with_prefix("body", f"{language}:", filter_query=everything)
                if count
            }
            for language in LANGUAGES
        }

    def rarity(self, term: str) -> float:
        """Return the term's inverse document frequency, as BM25 defines it."""
        count = self.searcher.doc_freq("body", term)
        return math.log(1 + (self.searcher.num_docs - count + 0.5) / (count + 0.5))

    def _spellings(self, language: str, term: str) -> tuple[str, ...]:
        """Return the words a term was made of, as passages spell them, the most frequent first."""
        prefix, everything = f"{language}:{term}=", self._tantivy.Query.all_query()
        counted = self.searcher.terms_with_prefix("written", prefix, filter_query=everything)
        return tuple(word.removeprefix(prefix) for word, count in counted if count)

    def _open_writer(self) -> Any:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_BYTES, 1)
        return self._writer

    def _take_snapshot(self) -> None:
        self._index.reload()
        self.searcher = self._index.searcher()
        self.spellings.cache_clear()

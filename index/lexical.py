"""tantivy (BM25, k1 1.2, b 0.75) behind LexicalIndex, over our own terms.

Terms carry their language ("fr:hopital"), so one field serves all and a query is analysed once for each language it
may meet. The index is derived: it knows the store and the generation it stands at, takes over the difference, and is
built anew when it belongs to another store or another analysis. Queries are built from terms, never parsed.
"""

from __future__ import annotations

import fcntl
import json
import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

from index.analysis import VERSION, terms
from index.documents import LANGUAGES
from index.interfaces import Filter, Hit, Rows, StoredPassage
from index.rewording import OFF, Reworder, Weights, Wording, spoken
from index.store import Store
from index.thesaurus import Thesaurus

_LOG: Final = logging.getLogger(__name__)
_OTHER: Final = "xx"
_NEVER, _ALWAYS = 0, 99_999_999
_WRITER_BYTES: Final = 64_000_000


def _document_terms(text: str, language: str) -> list[str]:
    language = language if language in LANGUAGES else _OTHER
    return [f"{language}:{term.text}" for term in terms(text, language, folded_too=True)]


def _day(day: date | None, otherwise: int) -> int:
    return day.year * 10_000 + day.month * 100 + day.day if day else otherwise


class TantivyIndex:
    """One folder, one tantivy index. `update` writes; `search` reads the snapshot the last `update` took."""

    def __init__(self, folder: Path, thesaurus: Thesaurus | None = None, weights: Weights | None = None) -> None:
        import tantivy

        self._tantivy = tantivy
        self._folder = folder
        self.thesaurus = thesaurus or Thesaurus()
        self._weights = weights or OFF
        builder = tantivy.SchemaBuilder()
        builder.add_integer_field("row", stored=False, indexed=True, fast=True)
        for name in ("body", "document", "language", "kind", "theme", "country", "border"):
            builder.add_text_field(name, tokenizer_name="whitespace" if name == "body" else "raw", index_option="freq")
        for name in ("audience", "published", "valid_from", "valid_to"):
            builder.add_integer_field(name, indexed=True, fast=True)
        self._schema = builder.build()
        self._index: Any = None
        self._searcher: Any = None
        self._reworder: Reworder | None = None

    # the write side

    def update(self, store: Store) -> None:
        """Take over what changed in the store since this index was last brought up to it. Safe to repeat."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock(), store.reading():
            state = self._state()
            wanted = {"lineage": store.lineage, "analysis": VERSION, "generation": store.generation}
            if {**state, "generation": None, "row": None} != {**wanted, "generation": None, "row": None}:
                shutil.rmtree(self._folder / "segments", ignore_errors=True)
                state = {"generation": -1, "row": 0}
            self._open()
            if state["generation"] != wanted["generation"]:
                self._remember({**wanted, "row": self._take_over(store, state)})
            self._searcher = self._index.searcher()
            if self._weights != OFF:
                self._reworder = Reworder(self._counts(), self.thesaurus, self._weights)

    def _take_over(self, store: Store, state: dict[str, Any]) -> int:
        """Write what changed, or everything anew where a killed writer's files are in the way; return the last row."""
        try:
            row = self._write(store.rows_removed_since(state["generation"]), store.passages_after(state["row"]))
            return max(row, int(state["row"]))
        except ValueError as error:  # tantivy's for every failure to write
            _LOG.warning("%s: building the lexical index anew (%s)", self._folder, error)
        shutil.rmtree(self._folder / "segments", ignore_errors=True)
        self._open()
        return self._write((), store.passages_after(0))

    def _write(self, removed: Iterable[int], added: Iterator[StoredPassage]) -> int:
        """Apply the difference and return the highest row added, 0 for none; adding a row again replaces it."""
        writer, highest = self._index.writer(_WRITER_BYTES, 1), 0
        for row in removed:
            writer.delete_documents_by_term("row", row)
        for stored in added:
            writer.delete_documents_by_term("row", stored.row)
            writer.add_document(self._tantivy.Document.from_dict(_fields(stored), self._schema))
            highest = stored.row
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        return highest

    def _open(self) -> None:
        segments = self._folder / "segments"
        segments.mkdir(exist_ok=True)
        self._index = self._tantivy.Index(self._schema, path=str(segments), reuse=True)
        self._index.reload()

    def _state(self) -> dict[str, Any]:
        try:
            state: dict[str, Any] = json.loads((self._folder / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return state

    def _remember(self, state: dict[str, Any]) -> None:
        unfinished = self._folder / "state.unfinished"
        unfinished.write_text(json.dumps(state), encoding="utf-8")
        unfinished.replace(self._folder / "state.json")

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def _counts(self) -> dict[str, dict[str, int]]:
        """Return the index's words with the number of passages that hold each, by language."""
        return {
            language: {
                term.partition(":")[2]: count
                for term, count in self._searcher.terms_with_prefix("body", f"{language}:")
            }
            for language in LANGUAGES
        }

    # the read side

    def search(
        self,
        query: str,
        k: int,
        within: Filter,
        *,
        asked_in: str = "",
        language: str | None = None,
        rows: Rows | None = None,
    ) -> list[Hit]:
        """Return at most k hits that pass the filter, best first, ties by row; a blank query has none.

        `asked_in` is the query's language, if known: its stop words count in no language. `language` looks in
        passages of that language only, `rows` among those rows only.
        """
        languages = (language,) if language else (*LANGUAGES, _OTHER)
        wanted = dict.fromkeys(f"{one}:{term.text}" for one in languages for term in spoken(query, one, asked_in))
        if not wanted or k < 1:
            return []
        query_, occur = self._tantivy.Query, self._tantivy.Occur
        either = [(occur.Should, self._term(term)) for term in wanted]
        if self._reworder is not None:
            either += [(occur.Should, self._best_of(one)) for one in self._reworder.reword(query, asked_in, languages)]
        must = [(occur.Must, query_.const_score_query(one, 0.0)) for one in self._conditions(within)]
        if within.other_borders_than:
            own = query_.term_set_query(self._schema, "border", sorted(within.other_borders_than))
            must.append((occur.MustNot, own))
        if rows is not None:
            among = query_.term_set_query(self._schema, "row", [int(row) for row in rows])
            must.append((occur.Must, query_.const_score_query(among, 0.0)))
        found = self._searcher.search(
            query_.boolean_query([(occur.Must, query_.boolean_query(either)), *must]), k, count=False
        ).hits
        places = self._searcher.fast_field_values("row", [address for _, address in found])
        hits = [Hit(row, score) for (score, _), row in zip(found, places, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))

    def _term(self, term: str) -> Any:
        return self._tantivy.Query.term_query(self._schema, "body", term, "freq")

    def _best_of(self, wordings: list[Wording]) -> Any:
        """Return the query that scores a passage by the best wording it holds."""
        query, must = self._tantivy.Query, self._tantivy.Occur.Must
        said = []
        for one in wordings:
            words = [self._term(f"{one.language}:{word}") for word in one.words]
            every = words[0] if len(words) == 1 else query.boolean_query([(must, word) for word in words])
            said.append(query.boost_query(every, one.weight))
        return query.disjunction_max_query(said)

    def _conditions(self, within: Filter) -> Iterator[Any]:
        query, integer = self._tantivy.Query, self._tantivy.FieldType.Integer

        def between(name: str, low: int | None, high: int | None) -> Any:
            return query.range_query(self._schema, name, integer, low, high)

        yield between("audience", None, within.audience.rank)
        sets: tuple[tuple[str, Iterable[str]], ...] = (
            ("language", within.languages),
            ("kind", within.kinds),
            ("theme", within.themes),
            ("country", within.countries),
            ("border", within.borders),
        )
        for name, values in sets:
            if values:
                yield query.term_set_query(self._schema, name, sorted(str(value) for value in values))
        if within.published_from is not None or within.published_to is not None:
            low = within.published_from * 10_000 if within.published_from is not None else 1
            yield between("published", low, (within.published_to or 9998) * 10_000 + 9_999)
        if within.valid_on is not None:
            yield between("valid_from", None, _day(within.valid_on, _NEVER))
            yield between("valid_to", _day(within.valid_on, _ALWAYS), None)
        if within.current_on is not None:
            yield between("valid_to", _day(within.current_on, _ALWAYS), None)


def _fields(stored: StoredPassage) -> dict[str, Any]:
    passage, metadata = stored.passage, stored.metadata
    said = f"{passage.context}\n{passage.text}"
    return {
        "row": stored.row,
        "body": " ".join(_document_terms(said, passage.language)),
        "document": passage.document_id,
        "language": passage.language,
        "kind": metadata.kind.value,
        "theme": list(metadata.themes),
        "country": list(metadata.countries),
        "border": list(metadata.borders),
        "audience": metadata.audience.rank,
        "published": _day(metadata.published, _NEVER),
        "valid_from": _day(metadata.valid_from, _NEVER),
        "valid_to": _day(metadata.valid_to, _ALWAYS),
    }

"""tantivy (BM25, k1 1.2, b 0.75) behind LexicalIndex, over our own terms: one index an audience.

Terms carry their language ("fr:hopital"), so one field serves all and a query is analysed once for each language it
may meet. The index is derived: it knows the store and the generation it stands at, takes over the difference, and is
built anew when it belongs to another store, another analysis or another layout of its files.
"""

from __future__ import annotations

import fcntl
import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from index.documents import LANGUAGES, Audience
from index.errors import StoreError
from index.lexical.analysis import VERSION, fold
from index.lexical.queries import Queries
from index.lexical.query_expansion import OFF, Reworder, Weights, spoken
from index.lexical.segments import LAYOUT, OTHER, WRITTEN, Segments, fields
from index.lexical.spelling import nearest_spelling
from index.lexical.thesaurus import Thesaurus
from index.store.checksums import folder_sums, keep_sealed, kept_sealed
from index.store.store import Store
from index.types import Filter, Hit, Rows, StoredPassage

_LOG: Final = logging.getLogger(__name__)


def _replaced(query: str, start: int, end: int, word: str) -> str:
    """Return the query with a word in place of its characters [start, end), and with their capital."""
    return query[:start] + (word.capitalize() if query[start].isupper() else word) + query[end:]


class TantivyIndex:
    """One folder, one tantivy index an audience. `update` writes; `search` reads the snapshot of the last `update`.

    What an audience finds, in which order, and how its words are corrected and taken apart rests on its own documents
    alone: a word that only a hidden document has is as unknown as one that nobody wrote.
    """

    def __init__(self, folder: Path, thesaurus: Thesaurus | None = None, weights: Weights | None = None) -> None:
        self._folder, self._state_file = folder, folder / "state.json"
        self.thesaurus = thesaurus or Thesaurus()
        self._weights = weights or OFF
        self._seen_by = {audience: Segments(folder / audience.value) for audience in Audience}
        self._queries = Queries(self._seen_by[Audience.PUBLIC].schema)
        self._reworders: dict[Audience, Reworder] = {}

    def update(self, store: Store) -> None:
        """Take over what changed in the store since this index was last brought up to it. Safe to repeat."""
        try:
            self._update(store)
        except (OSError, ValueError) as error:  # tantivy's for every failure to write
            raise StoreError(
                f"{self._folder}: the lexical index cannot be written ({error}). See that the disk has room and that "
                "this user may write there; what is missing is made anew by itself then."
            ) from error

    def _update(self, store: Store) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock(), store.reading():
            state = kept_sealed(self._state_file)
            wanted = {
                "lineage": store.lineage,
                "analysis": VERSION,
                "layout": LAYOUT,
                "generation": store.generation,
                "without": sorted(store.withdrawn.ids),
            }
            if self.fault(store):
                state = {"generation": -1, "row": 0, "without": wanted["without"]}
                self._clear()
            self._open()
            if state["generation"] < wanted["generation"] or state.get("without", []) != wanted["without"]:
                row = self._take_over(store, state)
                keep_sealed(self._state_file, {**wanted, "row": row, "files": self._sums()})
            if self._weights != OFF:
                self._reworders = {
                    audience: Reworder(segments.counts(), self.thesaurus, self._weights)
                    for audience, segments in self._seen_by.items()
                }

    def fault(self, store: Store) -> str:
        """Say why this index is built anew and not built upon: another store's, or damaged; "" when it is sound."""
        state = kept_sealed(self._state_file)
        if not state.keys() >= {"lineage", "analysis", "layout", "generation", "row", "files"}:
            return "there is none"
        if (state["lineage"], state["analysis"], state["layout"]) != (store.lineage, VERSION, LAYOUT):
            return "it was made from another store, or in another way"
        found = self._sums()
        damaged = sorted(name for name, checksum in state["files"].items() if found.get(name) != checksum)
        if damaged:
            _LOG.warning("%s: damaged (%s); it is built anew", self._folder, ", ".join(damaged))
            return f"its files {', '.join(damaged)} are missing or damaged"
        if state["generation"] > store.generation and state["generation"] > store.newest_generation():
            return "it is ahead of its store"
        return ""

    def _sums(self) -> dict[str, int]:
        return {
            f"{audience}/{name}": checksum
            for audience in Audience
            for name, checksum in folder_sums(self._folder / audience.value).items()
        }

    def _take_over(self, store: Store, state: dict[str, Any]) -> int:
        """Write what changed, or everything anew where a killed writer's files are in the way; return the last row.

        What is withdrawn leaves as if it were removed, though it is stored still: its words must correct nobody's.
        """
        hidden, before = store.withdrawn.ids, frozenset(state.get("without", []))
        gone = store.rows_removed_since(state["generation"])
        if newly := hidden - before:
            gone += [row for row, document, _ in store.placed() if document in newly]
        back = before - hidden
        try:
            added = store.passages_after(0 if back else state["row"])
            new = (one for one in added if one.row > state["row"] or one.passage.document_id in back)
            row = self._write(gone, new, hidden)
            return max(row, int(state["row"]))
        except ValueError as error:  # tantivy's for every failure to write
            _LOG.warning("%s: building the lexical index anew (%s)", self._folder, error)
        self._clear()
        self._open()
        return self._write((), store.passages_after(0), hidden)

    def _write(self, removed: Iterable[int], added: Iterable[StoredPassage], hidden: frozenset[str]) -> int:
        """Apply the difference and return the highest row added, 0 for none."""
        gone, highest = list(removed), 0
        for segments in self._seen_by.values():
            segments.remove(gone)
        for stored in added:
            highest = max(highest, stored.row)
            if stored.passage.document_id in hidden:
                continue
            said = fields(stored)
            for audience, segments in self._seen_by.items():
                if audience.may_see(stored.metadata.audience):
                    segments.add(stored.row, said)
        for segments in self._seen_by.values():
            segments.commit()
        return highest

    def _open(self) -> None:
        for segments in self._seen_by.values():
            segments.open()

    def _clear(self) -> None:
        for folder in (one for one in self._folder.iterdir() if one.is_dir()):
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    def corrected(self, query: str, within: Filter, asked_in: str) -> str:
        """Return the query with its words spelt as the audience's passages spell them: slips, half-words, accents."""
        reworder, segments = self._reworders.get(within.audience), self._seen_by[within.audience]
        if reworder is None:
            return query
        for one in reversed(reworder.corrections(query, asked_in)):
            if words := segments.written(one.language, one.term):
                query = _replaced(query, one.start, one.end, nearest_spelling(query[one.start : one.end], words))
        for term in reversed(spoken(query, asked_in, asked_in) if asked_in else []):
            typed = query[term.start : term.end]
            if typed.isascii() and len(typed) >= WRITTEN and typed.isalpha() and not typed.isupper():
                words = segments.written(asked_in, term.text)
                accented = next((word for word in words if fold(word) == typed.lower()), "")
                if accented and typed.lower() not in words:
                    query = _replaced(query, term.start, term.end, accented)
        return query

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
        languages = (language,) if language else (*LANGUAGES, OTHER)
        wanted = dict.fromkeys(f"{one}:{term.text}" for one in languages for term in spoken(query, one, asked_in))
        if not wanted or k < 1:
            return []
        searcher, reworder = self._seen_by[within.audience].searcher, self._reworders.get(within.audience)
        reworded = reworder.reword(query, asked_in, languages) if reworder else []
        hits = _found(searcher, self._queries.any_of(wanted, reworded, within, rows), k)
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))

    def named(self, query: str, within: Filter, rows: Rows, asked_in: str) -> dict[int, float]:
        """Return how much of what the query says is in the name of each of these rows' documents, in [0, 1].

        A name is the title and the first legal instrument; terms count by their rarity. Rows without one are left out.
        """
        segments, weights = self._seen_by[within.audience], dict[str, float]()
        for language in (*LANGUAGES, OTHER):
            said = {f"{language}:{term.text}" for term in spoken(query, language, asked_in)}
            rarity = {term: segments.rarity(term) for term in sorted(said)}
            weights |= {term: one / sum(rarity.values()) for term, one in rarity.items()}
        if not weights or not len(rows):
            return {}
        return dict(_found(segments.searcher, self._queries.named(weights, rows), len(rows)))


def _found(searcher: Any, query: Any, k: int) -> list[Hit]:
    found = searcher.search(query, k, count=False).hits
    places = searcher.fast_field_values("row", [address for _, address in found])
    return [Hit(row, score) for (score, _), row in zip(found, places, strict=True)]

"""tantivy's BM25 (k1 1.2, b 0.75) over our own terms: one index an audience.

Terms carry their language ("fr:hopital"), so one field serves all and a query is analysed once for each language it
may meet. The index is derived: it knows the store and the generation it is of, takes over the difference, and is
built anew when it belongs to another store, another analysis or another layout of its files.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from index.documents import LANGUAGES, Audience
from index.errors import StoreError
from index.lexical.analysis import VERSION, fold
from index.lexical.audience_index import LAYOUT, OTHER, SPELT_LENGTH, AudienceIndex, index_fields
from index.lexical.queries import QueryBuilder
from index.lexical.query_expansion import NO_EXPANSION, ExpansionWeights, QueryExpander, query_terms
from index.lexical.spelling import nearest_spelling
from index.lexical.thesaurus import Thesaurus
from index.store.checksums import folder_checksums, read_sealed, write_sealed
from index.store.locks import exclusive_lock
from index.store.store import Store
from index.types import Filter, Hit, Rows, StoredPassage

_LOG: Final = logging.getLogger(__name__)


class TantivyIndex:
    """One folder, one tantivy index an audience. `update` writes; `search` reads the snapshot of the last `update`.

    What an audience finds, in which order, and how its words are corrected and split depends on its own documents
    alone: a word that only a hidden document has is as unknown as one that nobody wrote.
    """

    def __init__(
        self, folder: Path, thesaurus: Thesaurus | None = None, weights: ExpansionWeights = NO_EXPANSION
    ) -> None:
        self._folder, self._state_file = folder, folder / "state.json"
        self._thesaurus = thesaurus or Thesaurus()
        self._weights = weights
        self._indexes = {audience: AudienceIndex(folder / audience.value) for audience in Audience}
        self._queries = QueryBuilder(self._indexes[Audience.PUBLIC].schema)
        self._expanders: dict[Audience, QueryExpander] = {}

    # writing

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
        with exclusive_lock(self._folder / "lock"), store.snapshot():
            state = read_sealed(self._state_file)
            target = {
                "lineage": store.lineage,
                "analysis": VERSION,
                "layout": LAYOUT,
                "generation": store.generation,
                "without": sorted(store.withdrawn_ids()),
            }
            if self.fault(store):
                state = {"generation": -1, "row": 0, "without": target["without"]}
                self._clear()
            self._open()
            if state["generation"] < target["generation"] or state.get("without", []) != target["without"]:
                row = self._take_over(store, state)
                write_sealed(self._state_file, {**target, "row": row, "files": self._checksums()})
            if self._weights != NO_EXPANSION:
                self._expanders = {
                    audience: QueryExpander(index.counts(), self._thesaurus, self._weights)
                    for audience, index in self._indexes.items()
                }

    def fault(self, store: Store) -> str:
        """Say why this index is built anew and not built upon: another store's, or damaged; "" when it is sound."""
        state = read_sealed(self._state_file)
        if not state.keys() >= {"lineage", "analysis", "layout", "generation", "row", "files"}:
            return "there is none"
        if (state["lineage"], state["analysis"], state["layout"]) != (store.lineage, VERSION, LAYOUT):
            return "it was made from another store, or in another way"
        checksums = self._checksums()
        damaged = sorted(name for name, checksum in state["files"].items() if checksums.get(name) != checksum)
        if damaged:
            _LOG.warning("%s: damaged (%s); it is built anew", self._folder, ", ".join(damaged))
            return f"its files {', '.join(damaged)} are missing or damaged"
        if state["generation"] > store.generation and state["generation"] > store.database.newest_generation():
            return "it is ahead of its store"
        return ""

    def _checksums(self) -> dict[str, int]:
        return {
            f"{audience}/{name}": checksum
            for audience in Audience
            for name, checksum in folder_checksums(self._folder / audience.value).items()
        }

    def _take_over(self, store: Store, state: dict[str, Any]) -> int:
        """Write what changed, or everything anew where a killed writer's files are in the way; return the last row.

        Withdrawn documents are removed here though they are stored still: their words must not correct a query.
        """
        passages = store.passage_table
        hidden, hidden_before = store.withdrawn_ids(), frozenset(state.get("without", []))
        removed = passages.removed_since(state["generation"])
        if newly_hidden := hidden - hidden_before:
            removed += [row for row, document_id, _ in passages.iterate_rows() if document_id in newly_hidden]
        reinstated = hidden_before - hidden
        try:
            added = (
                stored
                for stored in passages.iterate_after(0 if reinstated else state["row"])
                if stored.row > state["row"] or stored.passage.document_id in reinstated
            )
            return max(self._write(removed, added, hidden), int(state["row"]))
        except ValueError as error:  # tantivy's for every failure to write
            _LOG.warning("%s: building the lexical index anew (%s)", self._folder, error)
        self._clear()
        self._open()
        return self._write((), passages.iterate_after(0), hidden)

    def _write(self, removed: Iterable[int], added: Iterable[StoredPassage], hidden: frozenset[str]) -> int:
        """Apply the difference and return the highest row added, 0 for none."""
        removed, highest = list(removed), 0
        for index in self._indexes.values():
            index.remove(removed)
        for stored in added:
            highest = max(highest, stored.row)
            if stored.passage.document_id in hidden:
                continue
            fields = index_fields(stored)
            for audience, index in self._indexes.items():
                if audience.may_see(stored.metadata.audience):
                    index.add(stored.row, fields)
        for index in self._indexes.values():
            index.commit()
        return highest

    def _open(self) -> None:
        for index in self._indexes.values():
            index.open()

    def _clear(self) -> None:
        for folder in (path for path in self._folder.iterdir() if path.is_dir()):
            shutil.rmtree(folder, ignore_errors=True)

    # reading

    def correct_spelling(self, query: str, within: Filter, query_language: str) -> str:
        """Return the query with its words spelt as the audience's passages spell them: typos, half-words, accents."""
        expander, index = self._expanders.get(within.audience), self._indexes[within.audience]
        if expander is None:
            return query
        for correction in reversed(expander.corrections(query, query_language)):
            if spellings := index.spellings(correction.language, correction.term):
                start, end = correction.start, correction.end
                query = _replace_word(query, start, end, nearest_spelling(query[start:end], spellings))
        for term in reversed(query_terms(query, query_language, query_language) if query_language else []):
            typed = query[term.start : term.end]
            if typed.isascii() and len(typed) >= SPELT_LENGTH and typed.isalpha() and not typed.isupper():
                spellings = index.spellings(query_language, term.text)
                accented = next((word for word in spellings if fold(word) == typed.lower()), "")
                if accented and typed.lower() not in spellings:
                    query = _replace_word(query, term.start, term.end, accented)
        return query

    def search(
        self,
        query: str,
        k: int,
        within: Filter,
        *,
        query_language: str = "",
        language: str | None = None,
        rows: Rows | None = None,
    ) -> list[Hit]:
        """Return at most k hits that pass the filter, best first, ties by row; a blank query has none.

        `query_language` is the query's own, if known: its stop words count in no language. `language` looks in
        passages of that language only, `rows` among those rows only.
        """
        languages = (language,) if language else (*LANGUAGES, OTHER)
        terms = dict.fromkeys(
            f"{name}:{term.text}" for name in languages for term in query_terms(query, name, query_language)
        )
        if not terms or k < 1:
            return []
        searcher, expander = self._indexes[within.audience].searcher, self._expanders.get(within.audience)
        expansions = expander.expand(query, query_language, languages) if expander else []
        hits = _run(searcher, self._queries.match_any(terms, expansions, within, rows), k)
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))

    def name_shares(self, query: str, within: Filter, rows: Rows, query_language: str) -> dict[int, float]:
        """Return how much of the query's words is in the name of each of these rows' documents, in [0, 1].

        A name is the title and the first legal instrument; terms count by their rarity. Rows without one are left out.
        """
        index, weights = self._indexes[within.audience], dict[str, float]()
        for language in (*LANGUAGES, OTHER):
            terms = {f"{language}:{term.text}" for term in query_terms(query, language, query_language)}
            rarity = {term: index.rarity(term) for term in sorted(terms)}
            weights |= {term: own / sum(rarity.values()) for term, own in rarity.items()}
        if not weights or not len(rows):
            return {}
        return dict(_run(index.searcher, self._queries.match_names(weights, rows), len(rows)))


def _replace_word(query: str, start: int, end: int, word: str) -> str:
    """Return the query with a word in place of its characters [start, end), and with their capital."""
    return query[:start] + (word.capitalize() if query[start].isupper() else word) + query[end:]


def _run(searcher: Any, query: Any, k: int) -> list[Hit]:
    scored = searcher.search(query, k, count=False).hits
    rows = searcher.fast_field_values("row", [address for _, address in scored])
    return [Hit(row, score) for (score, _), row in zip(scored, rows, strict=True)]

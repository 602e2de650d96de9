"""tantivy's BM25 (k1 1.2, b 0.75) over our own terms: one index an audience, and one for the members of each group.

Terms carry their language ("fr:hopital"), so one field serves all and a query is analysed once for each language it
may meet. The index is derived: it knows the store and the generation it is of, takes over the difference, and is
built anew when it belongs to another store, another analysis or another layout of its files.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from typing import Any, Final

import numpy as np

from index.documents import LANGUAGES, Access, Audience
from index.errors import StoreError
from index.lexical.analysis import VERSION, fold, terms
from index.lexical.audience_index import LAYOUT, OTHER, SPELT_LENGTH, AudienceIndex, index_fields
from index.lexical.queries import QueryBuilder
from index.lexical.query_expansion import NO_EXPANSION, ExpansionWeights, QueryExpander, query_terms
from index.lexical.spelling import nearest_spelling
from index.lexical.thesaurus import Thesaurus
from index.store.checksums import folder_checksums, read_sealed, write_sealed
from index.store.locks import exclusive_lock
from index.store.store import Store
from index.types import Filter, Hit, Rows, ScarceWord, StoredPassage

AUDIENCES: Final = tuple(Access(audience) for audience in Audience)
REMEMBERED: Final = 16  # vocabularies, of audiences and sets of groups; 110 bytes a word, made when first needed
Hidden = Mapping[Access, frozenset[str]]  # documents that are stored and hidden from each
_LOG: Final = logging.getLogger(__name__)


class TantivyIndex:
    """One folder, one tantivy index an audience or group. `update` writes; `search` reads the last update's snapshot.

    What somebody finds, in which order, and how their words are corrected and split depends on the documents they may
    see alone: a word that only a hidden document has is as unknown as one that nobody wrote. A group's index holds
    what those see who are in no other group; whoever is in several searches each, and a passage has its best score.
    """

    def __init__(
        self, folder: Path, thesaurus: Thesaurus | None = None, weights: ExpansionWeights = NO_EXPANSION
    ) -> None:
        self._folder, self._state_file = folder, folder / "state.json"
        self._thesaurus = thesaurus or Thesaurus()
        self._weights = weights
        self._indexes = self._make_indexes(())
        self._queries = QueryBuilder(self._indexes[Access()].schema)
        self._expanders: dict[Access, QueryExpander] = {}

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
            target: dict[str, Any] = {
                "lineage": store.lineage,
                "analysis": VERSION,
                "layout": LAYOUT,
                "generation": store.generation,
                "without": sorted(store.withdrawn_ids()),
                "groups": store.document_table.member_groups(),
            }
            target["narrowed"] = _narrowed(store, self._make_indexes(target["groups"]))
            if self.fault(store):
                state = {"generation": -1, "row": 0, "without": target["without"], "narrowed": target["narrowed"]}
                self._clear()
            is_behind = (
                state["generation"] < target["generation"]
                or state.get("without", []) != target["without"]
                or state.get("narrowed", {}) != target["narrowed"]
            )
            self._indexes = self._make_indexes((target if is_behind else state).get("groups", ()))
            if is_behind:
                self._clear(but=self._make_indexes(state.get("groups", ())))  # what a killed writer left of others
                self._open()
                row = self._take_over(store, state)
                write_sealed(self._state_file, {**target, "row": row, "files": self._checksums(self._indexes)})
                self._clear(but=self._indexes)
            else:
                self._open()
            self._expanders = {access: self._make_expander(access) for access in AUDIENCES}

    def fault(self, store: Store) -> str:
        """Say why this index is built anew and not built upon: another store's, or damaged; "" when it is sound."""
        state = read_sealed(self._state_file)
        if not state.keys() >= {"lineage", "analysis", "layout", "generation", "row", "files"}:
            return "there is none"
        if (state["lineage"], state["analysis"], state["layout"]) != (store.lineage, VERSION, LAYOUT):
            return "it was made from another store, or in another way"
        checksums = self._checksums(self._make_indexes(state.get("groups", ())))
        damaged = sorted(name for name, checksum in state["files"].items() if checksums.get(name) != checksum)
        if damaged:
            _LOG.warning("%s: damaged (%s); it is built anew", self._folder, ", ".join(damaged))
            return f"its files {', '.join(damaged)} are missing or damaged"
        if state["generation"] > store.generation and state["generation"] > store.database.newest_generation():
            return "it is ahead of its store"
        return ""

    def _checksums(self, indexes: Mapping[Access, AudienceIndex]) -> dict[str, int]:
        return {
            f"{index.folder.name}/{name}": checksum
            for index in indexes.values()
            for name, checksum in folder_checksums(index.folder).items()
        }

    def _take_over(self, store: Store, state: dict[str, Any]) -> int:
        """Write what changed, or everything anew where a killed writer's files are in the way; return the last row.

        Withdrawn documents are removed here though they are stored still, and narrowed ones from the indexes of those
        they are no longer for: their words must not correct a query.
        """
        passages = store.passage_table
        withdrawn, withdrawn_before = store.withdrawn_ids(), frozenset(state.get("without", []))
        hidden = {access: store.hidden_ids(access) for access in self._indexes}
        narrowed = _changed(state.get("narrowed", {}), _narrowed(store, self._indexes))
        removed = passages.removed_since(state["generation"])
        if newly_hidden := (withdrawn - withdrawn_before) | narrowed:
            removed += [row for row, document_id, _ in passages.iterate_rows() if document_id in newly_hidden]
        reinstated = (withdrawn_before - withdrawn) | narrowed  # again in the indexes of those who may see them
        new = self._indexes.keys() - self._make_indexes(state.get("groups", ())).keys()
        try:
            added = (
                (stored, self._indexes.keys() if is_new else new)
                for stored in passages.iterate_after(0 if reinstated or new else state["row"])
                if (is_new := stored.row > state["row"] or stored.passage.document_id in reinstated) or new
            )
            return max(self._write(removed, added, hidden), int(state["row"]))
        except ValueError as error:  # tantivy's for every failure to write
            _LOG.warning("%s: building the lexical index anew (%s)", self._folder, error)
        self._clear()
        self._open()
        return self._write((), ((stored, self._indexes.keys()) for stored in passages.iterate_after(0)), hidden)

    def _write(self, removed: Iterable[int], added: Iterable[tuple[StoredPassage, Set[Access]]], hidden: Hidden) -> int:
        """Apply the difference, each passage to the indexes named with it; return the highest row, 0 for none."""
        removed, highest = list(removed), 0
        for index in self._indexes.values():
            index.remove(removed)
        for stored, indexes in added:
            highest = max(highest, stored.row)
            document_id = stored.passage.document_id
            may_see = [access for access in indexes if access.may_see(stored.metadata)]
            if readers := [access for access in may_see if document_id not in hidden[access]]:
                fields = index_fields(stored)
                for access in readers:
                    self._indexes[access].add(stored.row, fields)
        for index in self._indexes.values():
            index.commit()
        return highest

    def _make_indexes(self, groups: Iterable[str]) -> dict[Access, AudienceIndex]:
        return {audience: AudienceIndex(self._folder / audience.audience.value) for audience in AUDIENCES} | {
            _member_of(group): AudienceIndex(self._folder / f"group-{group}") for group in groups
        }

    def _open(self) -> None:
        for index in self._indexes.values():
            index.open()

    def _clear(self, but: Mapping[Access, AudienceIndex] | None = None) -> None:
        kept = {index.folder for index in (but or {}).values()}
        for folder in (path for path in self._folder.iterdir() if path.is_dir() and path not in kept):
            shutil.rmtree(folder, ignore_errors=True)

    # reading

    def correct_spelling(self, query: str, within: Filter, query_language: str) -> str:
        """Return the query with its words spelt as the passages within spell them: typos, half-words, accents."""
        expander = self._expander(within.access)
        if expander is None:
            return query
        for correction in reversed(expander.corrections(query, query_language)):
            if spellings := self._spellings(within.access, correction.language, correction.term):
                start, end = correction.start, correction.end
                query = _replace_word(query, start, end, nearest_spelling(query[start:end], spellings))
        for term in reversed(query_terms(query, query_language, query_language) if query_language else []):
            typed = query[term.start : term.end]
            if typed.isascii() and len(typed) >= SPELT_LENGTH and typed.isalpha() and not typed.isupper():
                spellings = self._spellings(within.access, query_language, term.text)
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
        corrects: bool = True,
    ) -> list[Hit]:
        """Return at most k hits that pass the filter, best first, ties by row; a blank query has none.

        `query_language` is the query's own, if known: its stop words count in no language. `language` looks in
        passages of that language only, `rows` among those rows only. `corrects`: also what unknown words may mean.
        """
        languages = (language,) if language else (*LANGUAGES, OTHER)
        terms = dict.fromkeys(
            f"{name}:{term.text}" for name in languages for term in query_terms(query, name, query_language)
        )
        if not terms or k < 1:
            return []
        expander = self._expander(within.access)
        expansions = expander.expand(query, query_language, languages, corrects=corrects) if expander else []
        matching = self._queries.match_any(terms, expansions, within, rows)
        hits = _best_hits(_run(index.searcher, matching, k) for index in self._indexes_of(within.access))
        return sorted(hits, key=lambda hit: (-hit.score, hit.row))[:k]

    def rows_with(self, words: str, within: Filter) -> Rows:
        """Return the rows that hold all of these words, in any of their forms, and pass the filter, in order.

        In a language where they are all stop words, every passage holds them.
        """
        by_language = {name: {f"{name}:{term.text}" for term in terms(words, name)} for name in (*LANGUAGES, OTHER)}
        matching = self._queries.match_all(by_language, within)
        searchers = [index.searcher for index in self._indexes_of(within.access)]
        rows = {hit.row for searcher in searchers for hit in _run(searcher, matching, max(1, searcher.num_docs))}
        return np.array(sorted(rows), np.int64)

    def scarce_words(self, query: str, within: Filter, query_language: str) -> list[ScarceWord]:
        """Return the words of the query that hardly a passage has, though the thesaurus calls them otherwise too."""
        expander = self._expander(within.access)
        return expander.scarce_words(query, query_language) if expander else []

    def name_shares(self, query: str, within: Filter, rows: Rows, query_language: str) -> dict[int, float]:
        """Return how much of the query's words is in the name of each of these rows' documents, in [0, 1].

        A name is the title and the first legal instrument; terms count by their rarity. Rows without one are left out.
        """
        if not len(rows):
            return {}
        shares = (self._name_shares(index, query, rows, query_language) for index in self._indexes_of(within.access))
        return dict(_best_hits(shares))

    def _name_shares(self, index: AudienceIndex, query: str, rows: Rows, query_language: str) -> list[Hit]:
        weights: dict[str, float] = {}
        for language in (*LANGUAGES, OTHER):
            terms = {f"{language}:{term.text}" for term in query_terms(query, language, query_language)}
            rarity = {term: index.rarity(term) for term in sorted(terms)}
            weights |= {term: own / sum(rarity.values()) for term, own in rarity.items()}
        return _run(index.searcher, self._queries.match_names(weights, rows), len(rows)) if weights else []

    def _indexes_of(self, access: Access) -> list[AudienceIndex]:
        """Return the indexes that hold together what somebody may see, and nothing else."""
        groups = [member for group in sorted(access.groups) if (member := _member_of(group)) in self._indexes]
        return [self._indexes[own] for own in groups or [Access(access.audience)]]

    def _expander(self, access: Access) -> QueryExpander | None:
        """Return what expands queries with the words that somebody may see, None when nothing is to be expanded."""
        if self._weights == NO_EXPANSION:
            return None
        known = Access(
            access.audience, frozenset(group for group in access.groups if _member_of(group) in self._indexes)
        )
        expander = self._expanders.get(known)
        if expander is None:
            expander = self._make_expander(known)
            if len(self._expanders) >= REMEMBERED:
                self._expanders = {audience: self._expanders[audience] for audience in AUDIENCES}
            self._expanders[known] = expander
        return expander

    def _make_expander(self, access: Access) -> QueryExpander:
        counts: dict[str, dict[str, int]] = {language: {} for language in LANGUAGES}
        for index in self._indexes_of(access):
            for language, words in index.counts().items():
                own = counts[language]
                own.update((word, max(count, own.get(word, 0))) for word, count in words.items())
        return QueryExpander(counts, self._thesaurus, self._weights)

    def _spellings(self, access: Access, language: str, term: str) -> tuple[str, ...]:
        spellings = (word for index in self._indexes_of(access) for word in index.spellings(language, term))
        return tuple(dict.fromkeys(spellings))


def _member_of(group: str) -> Access:
    return Access(Audience.MEMBER, frozenset({group}))


def _best_hits(hits_by_index: Iterable[Iterable[Hit]]) -> list[Hit]:
    """Return every row once, with the best of its scores."""
    best: dict[int, float] = {}
    for hits in hits_by_index:
        for row, score in hits:
            best[row] = max(score, best.get(row, score))
    return [Hit(row, score) for row, score in best.items()]


def _replace_word(query: str, start: int, end: int, word: str) -> str:
    """Return the query with a word in place of its characters [start, end), and with their capital."""
    return query[:start] + (word.capitalize() if query[start].isupper() else word) + query[end:]


def _run(searcher: Any, query: Any, k: int) -> list[Hit]:
    scored = searcher.search(query, k, count=False).hits
    rows = searcher.fast_field_values("row", [address for _, address in scored])
    return [Hit(row, score) for (score, _), row in zip(scored, rows, strict=True)]


def _narrowed(store: Store, indexes: Mapping[Access, AudienceIndex]) -> dict[str, list[str]]:
    """Return the documents that corrections hide from whom an index is for, by its folder's name; none is left out."""
    narrowed = {
        index.folder.name: sorted(store.hidden_ids(access) - store.withdrawn_ids()) for access, index in indexes.items()
    }
    return {name: ids for name, ids in narrowed.items() if ids}


def _changed(before: Mapping[str, list[str]], now: Mapping[str, list[str]]) -> frozenset[str]:
    """Return the documents that are hidden by corrections from other readers than before."""
    names = before.keys() | now.keys()
    return frozenset().union(*({*before.get(name, ())} ^ {*now.get(name, ())} for name in names))

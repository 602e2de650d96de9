"""The one pipeline, served and evaluated: allowed rows, two arms, fusion, passages grouped by document."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, Literal, NamedTuple

import numpy as np

from index.documents import Access, Kind
from index.lexical.analysis import fold
from index.lexical.borders import borders_named
from index.lexical.query_language import detect_query_language, is_short, lower_capitals
from index.lexical.query_syntax import ParsedQuery, parse_query
from index.lexical.thesaurus import ConceptSuggestion, Thesaurus
from index.ranking.cross_encoder import rerank
from index.ranking.exact_names import score_exact_names
from index.ranking.fusion import Candidate, ConvexFusion, reciprocal_rank_fusion
from index.ranking.grouping import count_facets, group_by_document
from index.ranking.late_interaction import centre_tokens, maxsim
from index.ranking.near_copies import NearCopies
from index.ranking.neighbours import Neighbours, VisibleVectors, find_nearest
from index.ranking.nonsense import is_nonsense
from index.ranking.reader import Reader
from index.ranking.stage_timing import StageObserver, ignore_timing, time_stage
from index.ranking.token_similarity import TokenSimilarity, compare_tokens
from index.ranking.works import Works, group_by_work
from index.store.filter_columns import FilterColumns
from index.store.store import Store
from index.types import (
    Embedder,
    Filter,
    Hit,
    LexicalIndex,
    QueryReading,
    RankedDocument,
    RankedPassage,
    Ranking,
    Reranker,
    Rows,
    Selection,
    TokenEmbedder,
    VectorIndex,
    Vectors,
)

Arm = Literal["engine", "dense", "lexical", "rrf"]
DEPTH: Final = 100  # passages of each arm
RERANKED: Final = 100  # passages whose tokens the second stage compares
COMPARED: Final = 30  # passages of one document that are compared token by token; most documents have fewer
REMEMBERED: Final = 256  # filters and callers of different groups
EVERYTHING_PUBLIC: Final = Filter()
KEY_WORDS: Final = 6  # words of a query that is no question, but what is typed into a box
LABELS: Final = 5000  # of the thesaurus, whose vectors are kept
_NO_ROWS: Final = np.empty(0, np.int64)
_WORD: Final = re.compile(r"\w+")


class _Query(NamedTuple):
    """What both arms need of a query: its language ("" if not known), its filter, and the rows that pass it.

    `rows` are those rows where the query itself narrows the filter, else None. `spelt` is the text in the spelling of
    the passages, the same as the text when it is searched for as typed.
    """

    text: str
    spelt: str
    language: str
    within: Filter
    selected: Selection
    rows: Rows | None
    corrects: bool


class _Retrieved(NamedTuple):
    """What both arms return for a query, its vector, and its token vectors where there is a second stage."""

    dense: list[Hit]
    lexical: list[Hit]
    vector: Vectors
    tokens: Vectors | None


@dataclass(frozen=True)
class SearchEngine:
    """One generation of the index, ready to be searched from several threads.

    Nothing outside the filter is read, scored or counted: the allowed rows are resolved before either arm searches.
    """

    store: Store
    embedder: Embedder
    vectors: VectorIndex
    lexical: LexicalIndex
    columns: FilterColumns
    generation: int
    token_centre: Vectors | None = None  # of the token codes; None: no second stage
    query_centres: Mapping[str, Vectors] = field(default_factory=dict)  # of each language a query can be asked in
    near_copies: NearCopies = field(default_factory=NearCopies)
    thesaurus: Thesaurus = field(default_factory=Thesaurus)
    reranker: Reranker | None = None
    reader: Reader | None = None  # not asked in a search; answers are chosen with it
    fusion: ConvexFusion = field(default_factory=ConvexFusion)
    observe: StageObserver = ignore_timing
    _selections: dict[Filter, Selection] = field(default_factory=dict, repr=False)
    _label_vectors: dict[str, Vectors] = field(default_factory=dict, repr=False)
    _works: dict[tuple[Access, frozenset[str]], Works] = field(default_factory=dict, repr=False)

    def search(
        self,
        query: str,
        k: int = 10,
        within: Filter = EVERYTHING_PUBLIC,
        reader_language: str = "",
        *,
        as_typed: bool = False,
    ) -> Ranking:
        """Return at most k documents, best first, each with its passages that answer, and counts for the facets.

        Of a text in several languages the version in the query's is shown; a name of a few words belongs to no
        language, then it is the one in the reader's, if known, or else the one that answers best. `as_typed` corrects
        no spelling, and leaves nothing out but what a minus sign says.
        """
        parsed = self._parse(query, as_typed)
        with self.store.snapshot():
            resolved = self._resolve(parsed, within, as_typed=as_typed)
            language = resolved.language
            hits = self._rank(resolved, DEPTH, "engine")
            with time_stage(self.observe, "read"):
                passages = self.store.passage_table.read_without_texts((hit.row for hit in hits), within.access)
                ranked = [RankedPassage(passages[hit.row], hit.score) for hit in hits if hit.row in passages]
                ids = dict.fromkeys(passage.document_id for passage, _ in ranked)
                documents = group_by_document(ranked, self.store.cards(list(ids), within.access))
                works = self._works_of(within.access)
                others = self.store.cards(works.other_versions(documents), within.access)
                preferred = reader_language if is_short(parsed.text) else language
                grouped = group_by_work(documents, works, others, preferred, within)[:k]
                shown = self._with_texts(grouped, within.access)
        return Ranking(query, self.generation, shown, count_facets(documents), language, _reading(parsed, resolved))

    def count_superseded(self, query: str, within: Filter, *, as_typed: bool = False) -> Counter[Kind]:
        """Return how many documents of each kind that are no longer in force the same search would list.

        Calls that are closed and events that are over are among them.
        """
        wider = replace(within, current_on=None)
        if within.current_on is None or len(self._select(within)) == len(self._select(wider)):
            return Counter()
        listed = [ranked.document.metadata for ranked in self.search(query, DEPTH, wider, as_typed=as_typed).documents]
        return Counter(each.kind for each in listed if each.valid_to and each.valid_to < within.current_on)

    def rank(
        self, query: str, depth: int, within: Filter, arm: Arm = "engine", *, query_language: str | None = None
    ) -> list[Hit]:
        """Return at most `depth` hits by one arm alone or by the engine, best first.

        `query_language` is detected where it is not given and needed.
        """
        if arm == "dense":  # the model alone, and what is typed
            return self._rank(self._resolve(self._parse(query), within, "", as_typed=True), depth, arm)
        return self._rank(self._resolve(self._parse(query), within, query_language), depth, arm)

    def _rank(self, resolved: _Query, depth: int, arm: Arm) -> list[Hit]:
        if not len(resolved.selected) or not resolved.text.strip():
            return []
        if arm == "lexical":
            return self._search_lexical(resolved, depth, resolved.rows)
        if arm == "dense":
            with time_stage(self.observe, "embed"):
                vector, _ = self._embed(resolved.text)
            return self._search_dense(resolved, vector, depth)[:depth]
        retrieved = self._retrieve(resolved, depth)
        if arm == "rrf":
            return reciprocal_rank_fusion([retrieved.dense, retrieved.lexical])[:depth]
        with time_stage(self.observe, "fuse"):
            candidates, language = self._candidates(resolved, retrieved)
            by_row = {candidate.row: candidate for candidate in candidates}
            first = [by_row[hit.row] for hit in self.fusion.fuse(candidates, language)[:RERANKED]]
        with time_stage(self.observe, "rerank"):
            first = self._with_late_interaction(first, retrieved.tokens, language)
            if self._is_nonsense(resolved, retrieved, first):
                return []
            hits = self.fusion.fuse(first, language)[:depth]
            read = partial(self.store.passages, access=resolved.within.access)
            return rerank(self.reranker, resolved.text, hits, read) if self.reranker else hits

    def score_candidates(self, query: str, within: Filter) -> tuple[list[Candidate], str]:
        """Return what either arm returns with the scores of all stages, and the query's language.

        It is what the fusion weighs, without its choice of the best hundred: for choosing its weights.
        """
        resolved = self._resolve(self._parse(query), within)
        retrieved = self._retrieve(resolved, DEPTH)
        candidates, language = self._candidates(resolved, retrieved)
        return self._with_late_interaction(candidates, retrieved.tokens, language), language

    def neighbours(self, document_id: str, k: int, within: Filter) -> Neighbours:
        """Return a document's other language versions and at most k works near it. Raises UnknownDocument."""
        within = self.store.without_hidden(within)
        with self.store.snapshot():
            own = self.store.vectors_of(document_id, within.access)
            works = self._works_of(within.access)
            visible = VisibleVectors(self.vectors, self.columns, self._select(within))
            related = find_nearest(document_id, own, visible, works, k)
            versions = [version for version in works.members_of(document_id) if version != document_id]
            cards = self.store.cards([*versions, *related], within.access)
        return Neighbours(
            tuple(cards[version] for version in versions if version in cards),
            tuple(cards[other] for other in related if other in cards),
        )

    def count(self, within: Filter) -> int:
        """Return how many works pass the filter: translations and near copies count once."""
        selected = self._select(self.store.without_hidden(within))
        numbers = np.unique(self.columns.documents[selected.positions])
        ids = list(self.columns.document_numbers)  # in the order of their numbers
        with self.store.snapshot():
            works = self._works_of(within.access)
        return len({works.members_of(ids[number]) for number in numbers})

    def compare_tokens(self, query: str, document_ids: Sequence[str], within: Filter) -> TokenSimilarity:
        """Compare the query's tokens with the passages of these documents that pass the filter; of a long one with
        those nearest to the query."""
        query = self._parse(query).text
        selected = self._select(self.store.without_hidden(within))
        vector, tokens = self._embed(query)
        if tokens is not None and self.token_centre is not None:
            tokens = centre_tokens(tokens, self.token_centre)
        rows = [self._nearest(vector, self.columns.rows_of(document_id, selected)) for document_id in document_ids]
        with self.store.snapshot():
            nearest = np.concatenate([*rows, _NO_ROWS]).tolist()
            return compare_tokens(self.store, self.embedder, query, tokens, nearest, within.access)

    def concepts(self, query: str, reader_language: str) -> list[ConceptSuggestion]:
        """Return the concepts of the thesaurus that the query names, labelled in the reader's language."""
        text = self._parse(query).text
        return self.thesaurus.suggest(text, detect_query_language(text), reader_language)

    # reading a query

    def _parse(self, query: str, as_typed: bool = False) -> ParsedQuery:
        return parse_query(query, lambda text: bool(self.thesaurus.countries_named(text)), as_typed=as_typed)

    def _resolve(
        self, parsed: ParsedQuery, within: Filter, query_language: str | None = None, *, as_typed: bool = False
    ) -> _Query:
        within = self.store.without_hidden(within)
        with time_stage(self.observe, "filter"):
            selected = self._select(within)
            if is_narrowed := bool(parsed.phrases or parsed.excluded):
                selected = self._narrow(selected, parsed, within)
        text = lower_capitals(parsed.text)
        language = detect_query_language(text) if query_language is None else query_language
        spelt = text if as_typed else self.lexical.correct_spelling(text, within, language)
        rows = selected.rows[selected.positions] if is_narrowed else None
        return _Query(parsed.text, spelt, language, within, selected, rows, corrects=not as_typed)

    def _narrow(self, selected: Selection, parsed: ParsedQuery, within: Filter) -> Selection:
        """Return the rows that hold the phrases, of documents that hold nothing that is left out.

        A country is left out with the documents about it, any other word with those in which it stands.
        """
        mask = np.unpackbits(selected.bits, count=len(selected.rows), bitorder="little").astype(bool)
        for phrase in parsed.phrases:
            mask &= np.isin(selected.rows, self._rows_with_phrase(phrase, within))
        for words in parsed.excluded:
            if countries := self.thesaurus.countries_named(words):
                rows = selected.rows[self._select(replace(within, countries=countries)).positions]
            else:
                rows = self.lexical.rows_with(words, within)
            mask &= ~self.columns.share_document(rows)
        return Selection.of(selected.rows, mask)

    def _rows_with_phrase(self, phrase: str, within: Filter) -> Rows:
        """Return the rows whose text has the phrase word for word; capitals, accents and line breaks do not count."""
        words = _phrase_words(phrase)
        passages = self.store.passages(self.lexical.rows_with(phrase, within).tolist(), within.access)
        rows = [row for row, passage in passages.items() if f" {words} " in f" {_phrase_words(passage.text)} "]
        return np.array(rows, np.int64)

    def _supplement(self, query: _Query) -> str:
        """Return the query as the model is to read it: beside a word that the passages hardly have, what they call it.

        Of the thesaurus' labels it is the one nearest to the word: the concept of sport is also called piscine. A
        question says enough around a word, and is read as it stands.
        """
        text = query.spelt
        if "?" in text or len(_WORD.findall(text)) > KEY_WORDS:
            return text
        for word in reversed(self.lexical.scarce_words(text, query.within, query.language)):
            typed = self._label_vector(text[word.start : word.end])
            label = max(word.labels, key=lambda label: float(typed @ self._label_vector(label)))
            if fold(label) != fold(text[word.start : word.end]):
                text = f"{text[: word.end]} {label}{text[word.end :]}"
        return text

    def _label_vector(self, label: str) -> Vectors:
        if label not in self._label_vectors:
            if len(self._label_vectors) > LABELS:
                self._label_vectors.clear()
            self._label_vectors[label] = self.embedder.embed_query(label)
        return self._label_vectors[label]

    def _is_nonsense(self, query: _Query, retrieved: _Retrieved, candidates: Sequence[Candidate]) -> bool:
        """Say whether the query finds nothing, because no passage this audience may see has one of its words."""
        if retrieved.lexical or retrieved.tokens is None or not candidates:
            return False
        best = max(candidate.late_interaction for candidate in candidates)
        if not is_nonsense(query.text, len(retrieved.tokens), best):
            return False
        everywhere = replace(Filter.seen_by(query.within.access), without=query.within.without)
        return not self.lexical.search(query.text, 1, everywhere, query_language=query.language)

    # retrieval: what both arms return for a query

    def _retrieve(self, query: _Query, depth: int) -> _Retrieved:
        with time_stage(self.observe, "embed"):
            # The model was taught to read words spelt rightly, and not in capitals throughout.
            vector, tokens = self._embed(self._supplement(query) if query.corrects else query.spelt)
        dense = self._search_dense(query, vector, depth)
        with time_stage(self.observe, "lexical"):
            lexical = self._search_lexical(query, max(depth, DEPTH), query.rows)
        return _Retrieved(dense, lexical, vector, tokens)

    def _embed(self, text: str) -> tuple[Vectors, Vectors | None]:
        """Return a query's vector and, from the same forward pass, its tokens where there is a second stage."""
        if self.token_centre is None or not isinstance(self.embedder, TokenEmbedder):
            return self.embedder.embed_query(text), None
        return self.embedder.embed_query_tokens(text)

    def _search_dense(self, query: _Query, vector: Vectors, depth: int) -> list[Hit]:
        with time_stage(self.observe, "dense"):
            return self.vectors.search(vector, max(depth, DEPTH), query.selected)

    def _search_lexical(self, query: _Query, depth: int, rows: Rows | None = None) -> list[Hit]:
        return self.lexical.search(
            query.text, depth, query.within, query_language=query.language, rows=rows, corrects=query.corrects
        )

    def _candidates(self, query: _Query, retrieved: _Retrieved) -> tuple[list[Candidate], str]:
        """Give every passage that either arm returned the scores of both; return them with the query's language.

        Where that is not known, it is the one whose passages share most with the query.
        """
        cosines, matches = dict(retrieved.dense), dict(retrieved.lexical)
        only_dense = np.array([row for row in cosines if row not in matches], np.int64)
        matches |= dict(self._search_lexical(query, len(only_dense), only_dense))
        only_lexical = np.array([row for row in matches if row not in cosines], np.int64)
        known = only_lexical[self.columns.holds(only_lexical)]  # the lexical index may be a step ahead
        cosines |= dict(zip(known.tolist(), self.vectors.scores(retrieved.vector, known).tolist(), strict=True))
        rows = np.array(list(cosines), np.int64)
        shares = self.lexical.name_shares(query.text, query.within, rows, query.language)
        names = score_exact_names(shares, self.columns.document_number)
        of_border = self._rows_of_border(query, rows)
        candidates = [
            Candidate(
                row,
                dense=cosine,
                lexical=matches.get(row, 0.0),
                language=self.columns.language(row),
                exact_name=names.get(row, 0.0),
                is_of_border=row in of_border,
            )
            for row, cosine in sorted(cosines.items())
        ]
        return candidates, query.language or _most_matched_language(candidates)

    def _rows_of_border(self, query: _Query, rows: Rows) -> frozenset[int]:
        """Return those of the rows whose documents are about a border that the query names, be it by a place on it."""
        borders = borders_named(self.thesaurus.keys_named(query.text, query.language), self.thesaurus.by_key)
        if not borders:
            return frozenset()
        selected = self._select(replace(Filter.seen_by(query.within.access), borders=borders))
        return frozenset(rows[np.isin(rows, selected.rows[selected.positions])].tolist())

    def _with_late_interaction(
        self, candidates: list[Candidate], tokens: Vectors | None, language: str
    ) -> list[Candidate]:
        """Return the candidates with their MaxSim, or as they are where token codes are missing."""
        if tokens is None or self.token_centre is None:
            return candidates
        codes = self.store.passage_table.token_codes(
            (candidate.row for candidate in candidates), self.embedder.dimension // 8
        )
        if any(candidate.row not in codes for candidate in candidates):
            return candidates
        centre = self.query_centres.get(language, self.token_centre)
        scores = maxsim(centre_tokens(tokens, centre), [codes[candidate.row] for candidate in candidates])
        return [
            candidate._replace(late_interaction=float(score))
            for candidate, score in zip(candidates, scores, strict=True)
        ]

    # reading

    def _with_texts(self, shown: Sequence[RankedDocument], access: Access) -> tuple[RankedDocument, ...]:
        """Return the documents, each passage with its text; all texts are read at once."""
        ranked = [passage for document in shown for passage, _ in document.passages]
        texts = iter(self.store.passage_table.fill_texts(ranked, access))
        return tuple(
            replace(document, passages=tuple(RankedPassage(next(texts), score) for _, score in document.passages))
            for document in shown
        )

    def _nearest(self, vector: Vectors, rows: Rows) -> Rows:
        """Return the rows in order, no more than COMPARED: of a long document those nearest to the question."""
        if len(rows) <= COMPARED:
            return rows
        nearest: Rows = np.sort(rows[np.argsort(-self.vectors.scores(vector, rows), kind="stable")[:COMPARED]])
        return nearest

    def _works_of(self, access: Access) -> Works:
        key = access, self.store.hidden_ids(access)
        works = self._works.get(key)
        if works is None:
            documents = self.store.document_table
            seen = frozenset(documents.select_ids(Filter.seen_by(access)))
            works = Works.from_links([*documents.links(access), *self.near_copies.links(seen)])
            if len(self._works) >= REMEMBERED:
                self._works.clear()
            self._works[key] = works
        return works

    def _select(self, within: Filter) -> Selection:
        selected = self._selections.get(within)
        if selected is None:
            selected = self.columns.select(self.store, within)
            if len(self._selections) >= REMEMBERED:
                self._selections.clear()
            self._selections[within] = selected
        return selected


def _reading(parsed: ParsedQuery, query: _Query) -> QueryReading:
    """Return how the query was read; accents and capitals alone are no correction worth a word."""
    is_corrected = fold(query.spelt) != fold(query.text)
    return QueryReading(query.spelt if is_corrected else query.text, is_corrected, parsed.phrases, parsed.excluded)


def _phrase_words(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))


def _most_matched_language(candidates: Iterable[Candidate]) -> str:
    """Return the language of the passage that shares most with the query, "" when none shares anything."""
    best = max(candidates, key=lambda candidate: candidate.lexical, default=None)
    return best.language if best and best.lexical > 0 else ""

"""The one pipeline, served and evaluated: allowed rows, two arms, fusion, passages grouped by document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np

from index.documents import Audience
from index.lexical.query_language import calm, is_short, query_language
from index.lexical.thesaurus import Offered
from index.ranking import late_interaction as late
from index.ranking import token_similarity as close_reading
from index.ranking.cross_encoder import read_again
from index.ranking.exact_names import named
from index.ranking.fusion import Candidate, ConvexFusion, reciprocal_rank_fusion
from index.ranking.grouping import facet_counts, grouped
from index.ranking.near_copies import NearCopies
from index.ranking.neighbours import Neighbours, nearest
from index.ranking.stage_timing import Observe, ignore, timed
from index.ranking.token_similarity import CloseReading
from index.ranking.works import Works, one_a_work
from index.store.columns import Columns
from index.store.store import Store
from index.types import (
    Embedder,
    Filter,
    Hit,
    LexicalIndex,
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
DEPTH: Final = 100  # passages taken from each arm
RERANKED: Final = 100  # passages whose tokens the second stage reads
READ: Final = 30  # passages of one document that are read closely; most documents have fewer
EVERYTHING_PUBLIC: Final = Filter()
_NONE: Final = np.empty(0, np.int64)


@dataclass(frozen=True)
class SearchEngine:
    """One generation of the index, ready to be searched from several threads.

    Nothing outside the filter is read, scored or counted: the allowed rows are resolved before either arm searches.
    """

    store: Store
    embedder: Embedder
    vectors: VectorIndex
    lexical: LexicalIndex
    columns: Columns
    generation: int
    centre: Vectors | None = None  # of the token codes; None: no second stage
    query_centres: Mapping[str, Vectors] = field(default_factory=dict)  # of each language a query can be asked in
    copies: NearCopies = field(default_factory=NearCopies)
    reranker: Reranker | None = None
    fusion: ConvexFusion = field(default_factory=ConvexFusion)
    observe: Observe = ignore
    _allowed: dict[Filter, Selection] = field(default_factory=dict, repr=False)
    _works: dict[tuple[Audience, frozenset[str]], Works] = field(default_factory=dict, repr=False)

    def search(self, query: str, k: int = 10, within: Filter = EVERYTHING_PUBLIC, reader: str = "") -> Ranking:
        """Return at most k documents, best first, each with its passages that answer, and counts for the facets.

        Of a text in several languages the version in the query's is shown; a name of a few words belongs to no
        language, then it is the one in the `reader`'s, if known, or else the one that answers best.
        """
        with self.store.reading():
            hits = self.rank(query, DEPTH, within)
            with timed(self.observe, "read"):
                places = self.store.places(hit.row for hit in hits)
                found = [RankedPassage(places[hit.row], hit.score) for hit in hits if hit.row in places]
                cards = self.store.cards(list(dict.fromkeys(one.passage.document_id for one in found)), within.audience)
                documents = grouped(found, cards)
                works = self._works_for(within.audience)
                others = self.store.cards(works.versions(documents), within.audience)
                language = reader if is_short(query) else query_language(query)
                shown = one_a_work(documents, works, others, language, within)[:k]
                shown = tuple(replace(one, passages=self._with_texts(one.passages)) for one in shown)
        return Ranking(query, self.generation, shown, facet_counts(documents))

    def _with_texts(self, ranked: Sequence[RankedPassage]) -> tuple[RankedPassage, ...]:
        texts = self.store.with_texts(one.passage for one in ranked)
        return tuple(one._replace(passage=passage) for one, passage in zip(ranked, texts, strict=True))

    def rank(self, query: str, depth: int, within: Filter, arm: Arm = "engine") -> list[Hit]:
        """Return at most `depth` hits by one arm alone or by the engine, best first."""
        within = self.store.standing(within)
        with timed(self.observe, "filter"):
            allowed = self._selected(within)
        if not len(allowed) or not query.strip():
            return []
        asked_in = query_language(query)
        if arm == "lexical":
            return self.lexical.search(query, depth, within, asked_in=asked_in)
        with timed(self.observe, "embed"):
            vector, tokens = self._embed(query if arm == "dense" else self._readable(query, within, asked_in))
        with timed(self.observe, "dense"):
            dense = self.vectors.search(vector, max(depth, DEPTH), allowed)
        if arm == "dense":
            return dense[:depth]
        with timed(self.observe, "lexical"):
            lexical = self.lexical.search(query, max(depth, DEPTH), within, asked_in=asked_in)
        if arm == "rrf":
            return reciprocal_rank_fusion([dense, lexical])[:depth]
        with timed(self.observe, "fuse"):
            candidates = self._candidates(query, asked_in, vector, dense, lexical, within)
            asked_in = asked_in or _most_reached(candidates)
            first = self.fusion.fuse(candidates, asked_in)[:RERANKED]
        with timed(self.observe, "rerank"):
            hits = self.fusion.fuse(self._reranked(candidates, first, tokens, asked_in), asked_in)[:depth]
            return read_again(self.reranker, query, hits, self.store.passages) if self.reranker else hits

    def weighed(self, query: str, within: Filter) -> tuple[list[Candidate], str]:
        """Return what either arm found with the scores of all three stages, and the language asked in.

        It is what the fusion weighs, without its choice of the best hundred: for choosing its weights.
        """
        asked_in, within = query_language(query), self.store.standing(within)
        vector, tokens = self._embed(self._readable(query, within, asked_in))
        dense = self.vectors.search(vector, DEPTH, self._selected(within))
        lexical = self.lexical.search(query, DEPTH, within, asked_in=asked_in)
        candidates = self._candidates(query, asked_in, vector, dense, lexical, within)
        everything = [Hit(one.row, 0.0) for one in candidates]
        asked_in = asked_in or _most_reached(candidates)
        return self._reranked(candidates, everything, tokens, asked_in), asked_in

    def neighbours(self, document_id: str, k: int, within: Filter) -> Neighbours:
        """Return a document's other language versions and at most k works near it. Raises UnknownDocument."""
        within = self.store.standing(within)
        with self.store.reading():
            own = self.store.vectors_of(document_id, within.audience)
            works = self._works_for(within.audience)
            found = nearest(document_id, own, self.vectors, self.columns, self._selected(within), works, k)
            others = [one for one in works.members.get(document_id, ()) if one != document_id]
            cards = self.store.cards([*others, *found], within.audience)
        return Neighbours(*(tuple(cards[one] for one in ids if one in cards) for ids in (others, found)))

    def read_closely(self, query: str, document_ids: Sequence[str], within: Filter) -> CloseReading:
        """Return the passages of these documents that pass the filter, token by token; of a long one the nearest."""
        allowed = self._selected(self.store.standing(within))
        vector, said = self._embed(query)
        tokens = late.centred(said, self.centre) if said is not None and self.centre is not None else None
        rows = [self._nearest(vector, self.columns.of_document(one, allowed)) for one in document_ids]
        with self.store.reading():
            return close_reading.read(self.store, self.embedder, query, tokens, np.concatenate([*rows, _NONE]).tolist())

    def _nearest(self, vector: Vectors, rows: Rows) -> Rows:
        """Return the rows in order, no more than READ: of a long document those nearest to the question."""
        if len(rows) <= READ:
            return rows
        nearest: Rows = np.sort(rows[np.argsort(-self.vectors.scores(vector, rows), kind="stable")[:READ]])
        return nearest

    def concepts(self, query: str, reader: str) -> list[Offered]:
        """Return the concepts of the thesaurus that the query names, labelled in the reader's language."""
        return self.lexical.thesaurus.offered(query, query_language(query), reader)

    def _reranked(
        self, candidates: list[Candidate], first: list[Hit], tokens: Vectors | None, asked_in: str
    ) -> list[Candidate]:
        """Return the first stage's best with their MaxSim, or as they are where token codes are missing."""
        by_row = {one.row: one for one in candidates}
        best = [by_row[hit.row] for hit in first]
        if tokens is None or self.centre is None:
            return best
        codes = self.store.token_codes((one.row for one in best), self.embedder.dimension // 8)
        if any(one.row not in codes for one in best):
            return best
        scores = late.maxsim(
            late.centred(tokens, self.query_centres.get(asked_in, self.centre)), [codes[one.row] for one in best]
        )
        return [one._replace(late=float(score)) for one, score in zip(best, scores, strict=True)]

    def _readable(self, query: str, within: Filter, asked_in: str) -> str:
        """Return the query as the model was taught to read: spelt rightly, and not in capitals throughout."""
        return self.lexical.corrected(calm(query), within, asked_in)

    def _embed(self, query: str) -> tuple[Vectors, Vectors | None]:
        """Return the query's vector and, from the same forward pass, its tokens where there is a second stage."""
        if self.centre is None or not isinstance(self.embedder, TokenEmbedder):
            return self.embedder.embed_query(query), None
        return self.embedder.embed_query_tokens(query)

    def _candidates(
        self, query: str, asked_in: str, vector: Vectors, dense: list[Hit], lexical: list[Hit], within: Filter
    ) -> list[Candidate]:
        """Give every passage that either arm found the scores of both."""
        cosines, matches = dict(dense), dict(lexical)
        only_dense = np.array([row for row in cosines if row not in matches], np.int64)
        matches |= dict(self.lexical.search(query, len(only_dense), within, asked_in=asked_in, rows=only_dense))
        only_lexical = np.array([row for row in matches if row not in cosines], np.int64)
        known = only_lexical[self.columns.holds(only_lexical)]  # the lexical index may be a step ahead
        cosines |= dict(zip(known.tolist(), self.vectors.scores(vector, known).tolist(), strict=True))
        shares = self.lexical.named(query, within, np.array(list(cosines), np.int64), asked_in)
        sure = named(shares, self.columns.document)
        return [
            Candidate(row, cosine, matches.get(row, 0.0), self.columns.language(row), named=sure.get(row, 0.0))
            for row, cosine in sorted(cosines.items())
        ]

    def _works_for(self, audience: Audience) -> Works:
        hidden = self.store.withdrawn.ids
        if (audience, hidden) not in self._works:
            links = [*self.store.links(audience), *self.copies.links(audience, hidden)]
            self._works[audience, hidden] = Works.of(links)
        return self._works[audience, hidden]

    def _selected(self, within: Filter) -> Selection:
        if within not in self._allowed:
            if len(self._allowed) > 256:
                self._allowed.clear()
            self._allowed[within] = self.columns.select(self.store, within)
        return self._allowed[within]


def _most_reached(candidates: Iterable[Candidate]) -> str:
    """Return the language whose passages share most with the query, "" when none does."""
    best = max(candidates, key=lambda one: one.lexical, default=None)
    return best.language if best and best.lexical > 0 else ""

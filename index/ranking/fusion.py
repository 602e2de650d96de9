"""Two arms, one ranking, fair to every language.

The lexical arm can only vote for passages that share words with the query, that is for the query's own language; plain
reciprocal rank fusion (Cormack et al. 2009) therefore drowns the others (0.789 → 0.582 nDCG@10 on a mixed
collection). Here scores are combined instead (a convex combination, Bruch et al. 2023), and a passage in a language
the query's words cannot reach is given the lexical share that its dense score lets one expect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from index.types import Hit

_RRF: Final = 60  # Cormack et al. 2009
_Scores = npt.NDArray[np.float64]


class Candidate(NamedTuple):
    """A passage either arm has found, with both arms' scores (cosine; BM25, 0 without a shared term).

    `late` is its MaxSim, once the second stage has read its tokens; `named` is how surely the query says its
    document's name.
    """

    row: int
    dense: float
    lexical: float
    language: str
    late: float = 0.0
    named: float = 0.0


@dataclass(frozen=True, slots=True)
class ConvexFusion:
    """Cosine + late_weight * MaxSim + lexical_weight * lexical share (BM25 as a part of the query's best).

    A document that the query names gets `name_weight` besides (`index/ranking/exact_names.py`).

    The weights are in units of cosine, so they belong to the model; chosen on public sets (benchmarks/README.md).
    """

    lexical_weight: float = 0.08
    late_weight: float = 1.0
    name_weight: float = 0.08

    def fuse(self, candidates: Sequence[Candidate], query_language: str) -> list[Hit]:
        """Return one hit a candidate, best first, ties by row."""
        if not candidates:
            return []
        dense = np.array([one.dense for one in candidates])
        lexical = np.array([one.lexical for one in candidates])
        own = np.array([one.language == query_language for one in candidates])
        share = lexical / max(float(lexical.max()), 1e-9)
        if own.any() and not own.all():
            expected = _expected_share(dense[own], share[own], dense[~own])
            share[~own] = np.maximum(share[~own], expected)
        late = np.array([one.late for one in candidates])
        named = np.array([one.named for one in candidates])
        scores = dense + self.late_weight * late + self.lexical_weight * share + self.name_weight * named
        order = sorted(range(len(candidates)), key=lambda i: (-scores[i], candidates[i].row))
        return [Hit(candidates[i].row, float(scores[i])) for i in order]


def _expected_share(dense: _Scores, share: _Scores, asked: _Scores) -> _Scores:
    """Return the lexical share a passage of this dense score has on average in the query's language (least squares)."""
    if len(dense) < 3 or np.ptp(dense) < 1e-6:
        return np.full(len(asked), float(share.mean()))
    slope, level = np.polyfit(dense, share, 1)
    expected: _Scores = np.clip(max(slope, 0.0) * asked + (level if slope > 0 else share.mean()), 0.0, 1.0)
    return expected


def reciprocal_rank_fusion(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Return the rows of all rankings by the sum of 1 / (60 + rank), best first, ties by row (Cormack et al. 2009)."""
    scores: Counter[int] = Counter()
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=1):
            scores[hit.row] += 1 / (_RRF + rank)  # type: ignore[assignment]  # Counter sums floats as well
    return sorted((Hit(row, float(score)) for row, score in scores.items()), key=lambda hit: (-hit.score, hit.row))

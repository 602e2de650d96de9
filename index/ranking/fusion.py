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
    """A passage that either arm returned, with both arms' scores (cosine; BM25, 0 without a shared term).

    `late_interaction` is its MaxSim, once the second stage has read its tokens; `exact_name` is how surely the query
    is its document's name; `is_of_border` says that its document is about a border that the query names.
    """

    row: int
    dense: float
    lexical: float
    language: str
    late_interaction: float = 0.0
    exact_name: float = 0.0
    is_of_border: bool = False


@dataclass(frozen=True, slots=True)
class ConvexFusion:
    """Cosine + late_interaction_weight * MaxSim + lexical_weight * lexical share (BM25 as a part of the query's best).

    A document that the query names gets `exact_name_weight` besides (`index/ranking/exact_names.py`), one about a
    border that the query names `border_weight` (`index/lexical/borders.py`).

    The weights are in units of cosine, so they belong to the model; chosen on public sets, that of borders on
    answers-dev (benchmarks/README.md).
    """

    lexical_weight: float = 0.08
    late_interaction_weight: float = 1.0
    exact_name_weight: float = 0.08
    border_weight: float = 0.02

    def fuse(self, candidates: Sequence[Candidate], query_language: str) -> list[Hit]:
        """Return one hit a candidate, best first, ties by row."""
        if not candidates:
            return []
        dense = np.array([candidate.dense for candidate in candidates])
        lexical = np.array([candidate.lexical for candidate in candidates])
        is_own = np.array([candidate.language == query_language for candidate in candidates])
        share = lexical / max(float(lexical.max()), 1e-9)
        if is_own.any() and not is_own.all():
            expected = _expected_share(dense[is_own], share[is_own], dense[~is_own])
            share[~is_own] = np.maximum(share[~is_own], expected)
        max_sim = np.array([candidate.late_interaction for candidate in candidates])
        exact_name = np.array([candidate.exact_name for candidate in candidates])
        is_of_border = np.array([candidate.is_of_border for candidate in candidates])
        scores = (
            dense
            + self.late_interaction_weight * max_sim
            + self.lexical_weight * share
            + self.exact_name_weight * exact_name
            + self.border_weight * is_of_border
        )
        order = sorted(range(len(candidates)), key=lambda i: (-scores[i], candidates[i].row))
        return [Hit(candidates[i].row, float(scores[i])) for i in order]


def _expected_share(dense: _Scores, share: _Scores, others: _Scores) -> _Scores:
    """Return the share that passages with the dense scores `others` would have on average (least squares).

    `dense` and `share` are those of the passages in the query's language.
    """
    if len(dense) < 3 or np.ptp(dense) < 1e-6:
        return np.full(len(others), float(share.mean()))
    slope, level = np.polyfit(dense, share, 1)
    expected: _Scores = np.clip(max(slope, 0.0) * others + (level if slope > 0 else share.mean()), 0.0, 1.0)
    return expected


def reciprocal_rank_fusion(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Return the rows of all rankings by the sum of 1 / (60 + rank), best first, ties by row (Cormack et al. 2009)."""
    scores: Counter[int] = Counter()
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=1):
            scores[hit.row] += 1 / (_RRF + rank)  # type: ignore[assignment]  # Counter sums floats as well
    return sorted((Hit(row, float(score)) for row, score in scores.items()), key=lambda hit: (-hit.score, hit.row))

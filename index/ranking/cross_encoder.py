"""An optional last stage: a cross-encoder reads the question together with each of the best passages.

Nogueira & Cho 2019. sentence-transformers' CrossEncoder as a Reranker; off unless PASSERELLE_RERANKER names a model,
for one that is worth it takes 50 ms and more a passage on two cores.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from index.documents import Passage
from index.errors import ModelUnavailable
from index.types import Hit, Reranker

RERANKED: Final = 30  # passages
_REMEDY: Final = "Give a sentence-transformers CrossEncoder (folder, or hub name this machine can reach), or nothing."


class CrossEncoderReranker:
    """A CrossEncoder of one label, by folder or hub name. Raises ModelUnavailable."""

    def __init__(self, name: str) -> None:
        os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        from sentence_transformers import CrossEncoder

        try:
            self._model: Any = CrossEncoder(name, device="cpu")
        except (OSError, ValueError, ImportError) as error:
            raise ModelUnavailable(
                f"The reranker {name!r} (PASSERELLE_RERANKER) cannot be had: {str(error).splitlines()[0]} {_REMEDY}"
            ) from error
        if self._model.num_labels != 1:
            labels = self._model.num_labels
            raise ModelUnavailable(
                f"The reranker {name!r} (PASSERELLE_RERANKER) has {labels} labels, expected one. {_REMEDY}"
            )

    def score(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        """Return a score a text, in order; higher is better."""
        if not texts:
            return []
        scores = self._model.predict([(query, text) for text in texts], show_progress_bar=False)
        return [float(score) for score in scores]


@cache
def load_reranker(name: str) -> Reranker | None:
    """Return the settings' reranker, loaded once for all generations; None for no name. Raises ModelUnavailable."""
    return CrossEncoderReranker(name) if name else None


def rerank(
    reranker: Reranker, query: str, hits: Sequence[Hit], passages: Callable[[Iterable[int]], Mapping[int, Passage]]
) -> list[Hit]:
    """Return the hits, the best of them in the reranker's order, above the others; ties stay as they were.

    Its scores are of another kind, so that the best keep their places' scores: these still fall, and mean the same.
    """
    best = hits[:RERANKED]
    by_row = passages(hit.row for hit in best)
    known = [hit for hit in best if hit.row in by_row]
    scores = reranker.score(query, [f"{by_row[hit.row].context}\n{by_row[hit.row].text}" for hit in known])
    order = sorted(range(len(known)), key=lambda number: -scores[number])
    return [
        *(Hit(known[number].row, hit.score) for number, hit in zip(order, known, strict=True)),
        *hits[RERANKED:],
    ]

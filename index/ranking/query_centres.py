"""The mean token vector of each language: what late interaction subtracts from a query before it compares.

Token vectors of one language share a direction that says nothing but the language. Passages keep the model's one centre
in their codes, so that these never change; queries are centred towards their own language's. Measured once on the
calibration passages of each language and kept in the store: they belong to the model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import numpy as np

from index.dense.calibration import calibration_passages
from index.lexical.query_language import detect_query_language
from index.ranking.late_interaction import mean_token
from index.store.store import Store
from index.types import Embedder, TokenEmbedder, Vectors

# Of the way from the model's centre: all of it gains most across languages and displaces the question's own language
# (fr → fr -0.020, it → it -0.147 nDCG@10), which the gate refuses; tables in benchmarks/README.md, Late interaction.
OWN_SHARE: Final = 0.7
_FACT: Final = "language centres"


def load_query_centres(store: Store, embedder: Embedder) -> Mapping[str, Vectors]:
    """Return what queries of each language are centred by, (dimension,); none for a model without token vectors."""
    codes_centre = store.passage_table.token_centre()
    if codes_centre is None or not isinstance(embedder, TokenEmbedder):
        return {}
    own = _recorded(store)
    if not own:
        own = measure_centres(embedder)
        store.record(_FACT, json.dumps({language: centre.tobytes().hex() for language, centre in own.items()}))
    return {language: OWN_SHARE * centre + (1 - OWN_SHARE) * codes_centre for language, centre in own.items()}


def _recorded(store: Store) -> dict[str, Vectors]:
    stored = json.loads(store.fact(_FACT) or "{}")
    return {language: np.frombuffer(bytes.fromhex(centre), np.float32) for language, centre in stored.items()}


def measure_centres(embedder: TokenEmbedder) -> dict[str, Vectors]:
    """Return the mean token vector of each language's calibration passages."""
    passages = calibration_passages()
    tokens: dict[str, list[Vectors]] = {}
    for passage, embedded in zip(passages, embedder.embed_passage_tokens(passages), strict=True):
        tokens.setdefault(detect_query_language(passage), []).append(embedded.tokens)
    return {language: mean_token(of_language) for language, of_language in tokens.items() if language}

"""What speaks for an answer and against it, once the sentences are ranked: the evidence its confidence rests on.

Off-topic questions show in the search's own scores. A question that names the right things and asks what no document
says shows, where it shows at all, in its words one by one: which of them does the best document not have?
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.lexical.analysis import fold
from service.answering.features import FAR, FeatureTable, FloatArray
from service.answering.reading import reader_evidence
from service.answering.term_weights import Rarity, Terms, terms_of

OF_THE_BEST: Final = (  # features of the best candidate that are evidence too
    "near",
    "near_content",
    "near_asked",
    "near_with_both",
    "least_near",
    "standing_content",
    "widest_gap",
    "passage",
    "coverage",
    "coverage_around",
    "novelty",
    "lacks_number",
    "lacks_duration",
    "lacks_date",
    "is_same_language",
)
_STEM: Final = 5  # letters of a name that must be found: endings differ between languages


@dataclass(frozen=True, slots=True)
class SearchSignals:
    """What the search says of a question: the best cosine and BM25, and the best documents of either arm."""

    nearest: float
    lexical: float
    dense_documents: Sequence[str]
    lexical_documents: Sequence[str]


def gather_evidence(
    features: FeatureTable, scores: FloatArray, signals: SearchSignals, terms: Terms
) -> dict[str, float]:
    """Return the evidence for the best candidate by name; there must be one. `scores` rank the candidates."""
    order = np.argsort(-scores, kind="stable")
    best = int(order[0])
    ranked = scores[order]
    likely = np.exp(scores - scores.max())
    likely /= likely.sum()
    documents = features.documents
    evidence = {
        "top": float(ranked[0]),
        "lead": float(ranked[0] - ranked[1]) if len(ranked) > 1 else 0.0,
        "share": float(likely.max()),
        "share_of_three": float(np.sort(likely)[-3:].sum()),
        "nearest": signals.nearest,
        "lexical": math.log1p(signals.lexical),
        "arms_agree": float(list(signals.dense_documents[:1]) == list(signals.lexical_documents[:1])),
        "arms_share": float(len(set(signals.dense_documents) & set(signals.lexical_documents))),
        "document_score": documents[0].score,
        "document_lead": documents[0].score - documents[1].score if len(documents) > 1 else 0.0,
    }
    evidence |= {f"best_{name}": float(features.column(name)[best]) for name in OF_THE_BEST}
    words = _word_nearness(features, best) | _missing_words(features, best, terms)
    return evidence | words | reader_evidence(features, best)


def _word_nearness(features: FeatureTable, best: int) -> dict[str, float]:
    """Return how near the question's content words come to the best sentence, its document, and anything read."""
    document, piece = features.positions[best]
    near = features.documents[document].near
    everywhere = np.max([each.near.max(axis=1) for each in features.documents if each.pieces], axis=0, initial=FAR)
    words = [list(tokens) for _, tokens in features.question.words]
    here = sorted(float(near[tokens, piece].mean()) for tokens in words) or [0.0]
    around = sorted(float(near[tokens].max(axis=1).mean()) for tokens in words) or [0.0]
    anywhere = sorted(float(everywhere[tokens].mean()) for tokens in words) or [0.0]
    return {
        "word_here": float(np.mean(here)),
        "least_word_here": here[0],
        "two_least_words_here": float(np.mean(here[:2])),
        "word_in_document": float(np.mean(around)),
        "least_word_in_document": around[0],
        "two_least_words_in_document": float(np.mean(around[:2])),
        "word_anywhere": float(np.mean(anywhere)),
        "least_word_anywhere": anywhere[0],
    }


def _missing_words(features: FeatureTable, best: int, terms: Terms) -> dict[str, float]:
    """Return what of the question stands nowhere in the best document: terms (in its language), names, numbers."""
    question, document = features.question, features.documents[features.positions[best][0]]
    meta = document.document.metadata
    rarity = Rarity.of([piece for each in features.documents for piece in each.pieces], terms)
    question_terms = terms_of(terms, question.text, question.language)
    title_terms = terms_of(terms, meta.title, meta.language)
    held = title_terms.union(*(terms_of(terms, piece.text, piece.language) for piece in document.pieces))
    is_same_language = features.candidates[best].language == question.language
    missing = question_terms - held if is_same_language else frozenset[str]()
    text = fold(f"{meta.title} {document.document.text}")
    beginning = question.text.lstrip("¿¡ ")
    names = [word for word, _ in question.words if word[:1].isupper() and not beginning.startswith(word)]
    numbers = [word for word, _ in question.words if word.isdigit()]
    unknown = [term for term in question_terms if not rarity.counts[term]]
    return {
        "missing": rarity.share(missing, question_terms),
        "rarest_missing": max(map(rarity.of_term, missing), default=0.0),
        "unknown": len(unknown) / max(1, len(question_terms)),
        "names_missing": sum(fold(name)[:_STEM] not in text for name in names) / max(1, len(names)),
        "numbers_missing": float(any(not re.search(rf"(?<!\d){number}(?!\d)", text) for number in numbers)),
    }

"""What speaks for an answer and against it, once the sentences are ranked: the evidence a question is judged by.

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
from service.answering.features import FAR, Table, Weighed
from service.answering.term_weights import Rarity, Terms, terms_of

TAKEN: Final = (
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
class Found:
    """What the search says of a question: the best cosine and BM25, and the best documents of either arm."""

    nearest: float
    lexical: float
    dense_documents: Sequence[str]
    lexical_documents: Sequence[str]


def evidence(weighed: Weighed, scores: Table, found: Found, terms: Terms) -> dict[str, float]:
    """Return the evidence for the best candidate by name; there must be one."""
    order = np.argsort(-scores, kind="stable")
    best = int(order[0])
    ranked = scores[order]
    likely = np.exp(scores - scores.max())
    likely /= likely.sum()
    said = {
        "top": float(ranked[0]),
        "lead": float(ranked[0] - ranked[1]) if len(ranked) > 1 else 0.0,
        "share": float(likely.max()),
        "share_of_three": float(np.sort(likely)[-3:].sum()),
        "nearest": found.nearest,
        "lexical": math.log1p(found.lexical),
        "arms_agree": float(list(found.dense_documents[:1]) == list(found.lexical_documents[:1])),
        "arms_share": float(len(set(found.dense_documents) & set(found.lexical_documents))),
        "document_score": weighed.documents[0].score,
        "document_lead": weighed.documents[0].score - weighed.documents[1].score if len(weighed.documents) > 1 else 0.0,
    }
    said |= {f"best_{name}": float(weighed.column(name)[best]) for name in TAKEN}
    return said | _words_found(weighed, best) | _words_missing(weighed, best, terms)


def _words_found(weighed: Weighed, best: int) -> dict[str, float]:
    """Return how near the question's content words come to the best sentence, its document, and anything read."""
    document, piece = weighed.places[best]
    near = weighed.documents[document].near
    everywhere = np.max([one.near.max(axis=1) for one in weighed.documents if one.pieces], axis=0, initial=FAR)
    words = [list(tokens) for _, tokens in weighed.question.words]
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


def _words_missing(weighed: Weighed, best: int, terms: Terms) -> dict[str, float]:
    """Return what of the question stands nowhere in the best document: terms (in its language), names, numbers."""
    question, one = weighed.question, weighed.documents[weighed.places[best][0]]
    rarity = Rarity.of([piece for each in weighed.documents for piece in each.pieces], terms)
    wanted = terms_of(terms, question.text, question.language)
    title = terms_of(terms, one.document.metadata.title, one.document.metadata.language)
    held = title.union(*(terms_of(terms, piece.text, piece.language) for piece in one.pieces))
    missing = wanted - held if weighed.candidates[best].language == question.language else frozenset[str]()
    text = fold(f"{one.document.metadata.title} {one.document.text}")
    begun = question.text.lstrip("¿¡ ")
    names = [word for word, _ in question.words if word[:1].isupper() and not begun.startswith(word)]
    numbers = [word for word, _ in question.words if word.isdigit()]
    unknown = [term for term in wanted if not rarity.counts[term]]
    return {
        "missing": rarity.share(missing, wanted),
        "rarest_missing": max(map(rarity.of_term, missing), default=0.0),
        "unknown": len(unknown) / max(1, len(wanted)),
        "names_missing": sum(fold(one)[:_STEM] not in text for one in names) / max(1, len(names)),
        "numbers_missing": float(any(not re.search(rf"(?<!\d){one}(?!\d)", text) for one in numbers)),
    }

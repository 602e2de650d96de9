"""Whether a sentence says the contrary of what it is taken from: a "not" that was put in, or one that was left out.

Known by the small words of six languages. A negation put in always counts. One left out counts only where the
sentence keeps most of the words of the clause that had it: "taxed in Luxembourg" may well be drawn from "not taxed in
France but in Luxembourg".
"""

from __future__ import annotations

import re
from typing import Final

from index.lexical.analysis import terms

KEPT: Final = 0.75  # of the words of a negated clause stand in the sentence, when it turns the clause round
_FRENCH: Final = (
    r"(?:ne|n['’])\s*(?:\w+[\s'’]+){0,5}?(?:plus|rien|guère|point|personne|nul(?:le)?s?)"
    r"|aucune?|ni|nul(?:le)?|jamais|pas|non|sans|hors|sauf|interdit\w*|exclu\w*|impossible|refus\w*"
)
_NEGATIONS: Final = {
    "fr": _FRENCH,
    "en": r"not|\w+n['’]t|no(?!\.?\s?\d)|none|never|neither|nor|cannot|without|except|forbidden|prohibited|excluded"
    r"|impossible|refus\w*",
    "de": r"nichts?|kein\w*|nie|niemals|niemand|weder|ohne|außer|verboten|untersagt|unzulässig|unmöglich"
    r"|ausgeschlossen",
    "es": r"no(?!\.?\s?\d)|nunca|jamás|ning[uú]n\w*|nada|nadie|ni|tampoco|sin|salvo|prohibid\w*|excluid\w*|imposible",
    "it": r"non|mai|nessun\w*|niente|nulla|né|neppure|nemmeno|senza|salvo|tranne|vietat\w*|esclus\w*|impossibile",
    "nl": r"niet|niets|geen|nooit|niemand|noch|zonder|behalve|verboden|uitgesloten|onmogelijk",
}
_PATTERNS: Final = {language: re.compile(rf"\b(?:{words})\b", re.IGNORECASE) for language, words in _NEGATIONS.items()}
_PARTICLES: Final = re.compile(r"\b(?:ne|n['’]|plus|rien|guère|point)", re.IGNORECASE)  # of French, beside those above
_ANY: Final = re.compile(rf"\b(?:{'|'.join(_NEGATIONS.values())})\b", re.IGNORECASE)
_CLAUSE_END: Final = re.compile(r"(?<=[.!?;:])\s+|,\s+(?=mais|but|sondern|aber|sino|pero|ma|maar)")


def negates(text: str, language: str) -> bool:
    """Say whether the text holds a negation of its language, in any of the six where that is not known."""
    return _PATTERNS.get(language, _ANY).search(text) is not None


def turns_round(sentence: str, proof: str, language: str, proof_language: str) -> bool:
    """Say whether the sentence has a negation that the proof has not, or lacks one that its own words had there."""
    is_negated = negates(sentence, language)
    if is_negated or not negates(proof, proof_language):
        return is_negated and not negates(proof, proof_language)
    words = {term.text for term in terms(sentence, language)}
    clauses = [clause for clause in _CLAUSE_END.split(proof) if clause.strip()]
    shares = [(_share_kept(clause, words, proof_language), negates(clause, proof_language)) for clause in clauses]
    best = max(shares, default=(0.0, False))
    return best[1] and best[0] >= KEPT


def _share_kept(clause: str, words: set[str], language: str) -> float:
    """Return how many of a clause's words, but for its negation, the sentence keeps."""
    if language in ("fr", ""):
        clause = _PARTICLES.sub(" ", clause)
    own = {term.text for term in terms(_PATTERNS.get(language, _ANY).sub(" ", clause), language)}
    return len(own & words) / len(own) if own else 0.0

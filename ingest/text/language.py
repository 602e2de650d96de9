"""Detect the language of each section; short and doubtful sections take their document's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from index.documents import LANGUAGES, SectionText

if TYPE_CHECKING:
    from lingua import LanguageDetector

FEWEST_LETTERS: Final = 60
SAMPLE: Final = 1500  # characters; more changes nothing and costs time
SURE: Final = 0.85
VERY_SURE: Final = 0.98  # to overrule the document's stated language


class Guess(NamedTuple):
    """The likeliest language of a text, "" for too few letters, and the detector's confidence from 0 to 1."""

    language: str
    confidence: float


@cache
def _detector() -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [IsoCode639_1.from_str(code.upper()) for code in LANGUAGES]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()


def detect_language(text: str) -> Guess:
    """Return the likeliest of the six languages; ("", 0.0) for fewer than FEWEST_LETTERS letters."""
    sample = text if len(text) <= SAMPLE else text[(len(text) - SAMPLE) // 2 :][:SAMPLE]
    if sum(map(str.isalpha, sample)) < FEWEST_LETTERS:
        return Guess("", 0.0)
    best = _detector().compute_language_confidence_values(sample)[0]
    return Guess(best.language.iso_code_639_1.name.lower(), best.value)


def assign_languages(sections: Sequence[SectionText], stated: str = "") -> tuple[str, list[SectionText]]:
    """Return the document's language and its sections, each with its own.

    The document's language is `stated`, else that of most of its sections' text, else that of all of it together. A
    section has the detected language if that is sure, else the document's. A stated language other than the six holds
    for the whole document.
    """
    if stated and stated not in LANGUAGES:
        return stated, [section._replace(language=section.language or stated) for section in sections]
    guesses = [detect_language(section.text) for section in sections]
    document = stated or _majority_language(sections, guesses)
    threshold = VERY_SURE if stated else SURE
    assigned = [
        section._replace(language=section.language or (guess.language if guess.confidence >= threshold else document))
        for section, guess in zip(sections, guesses, strict=True)
    ]
    return document, assigned


def _majority_language(sections: Sequence[SectionText], guesses: Sequence[Guess]) -> str:
    lengths: Counter[str] = Counter()
    for section, guess in zip(sections, guesses, strict=True):
        if guess.confidence >= SURE:
            lengths[guess.language] += len(section.text)
    if lengths:
        return lengths.most_common(1)[0][0]
    sample = "\n".join(f"{section.heading}\n{section.text}" for section in sections)[:SAMPLE]
    if not any(map(str.isalpha, sample)):
        return ""
    best = _detector().detect_language_of(sample)
    return best.iso_code_639_1.name.lower() if best else ""

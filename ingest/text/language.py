"""Which language a section is in; short and doubtful sections are in their document's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Final

from index.documents import LANGUAGES, SectionText

if TYPE_CHECKING:
    from lingua import LanguageDetector

FEWEST_LETTERS: Final = 60
SAMPLE: Final = 1500  # characters; more changes nothing and costs time
SURE: Final = 0.85
VERY_SURE: Final = 0.98  # to say otherwise than the document's stated language


@cache
def _detector() -> LanguageDetector:
    from lingua import IsoCode639_1, LanguageDetectorBuilder

    codes = [IsoCode639_1.from_str(code.upper()) for code in LANGUAGES]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()


def detected(text: str) -> tuple[str, float]:
    """Return the likeliest of the six languages and how sure that is, from 0 to 1; ("", 0.0) for too few letters."""
    sample = text if len(text) <= SAMPLE else text[(len(text) - SAMPLE) // 2 :][:SAMPLE]
    if sum(map(str.isalpha, sample)) < FEWEST_LETTERS:
        return "", 0.0
    best = _detector().compute_language_confidence_values(sample)[0]
    return best.language.iso_code_639_1.name.lower(), best.value


def with_languages(sections: Sequence[SectionText], stated: str = "") -> tuple[str, list[SectionText]]:
    """Return the document's language and its sections, each with its own.

    The document's is `stated`, else that of most of its sections' text, else that of all of it together. A section's
    is the detected one when that is sure, else the document's. A document in a language that is not among the six is
    taken at its word.
    """
    if stated and stated not in LANGUAGES:
        return stated, [section._replace(language=section.language or stated) for section in sections]
    guesses = [detected(section.text) for section in sections]
    document = stated or _of_most(sections, guesses)
    needed = VERY_SURE if stated else SURE
    placed = [
        section._replace(language=section.language or (language if sure >= needed else document))
        for section, (language, sure) in zip(sections, guesses, strict=True)
    ]
    return document, placed


def _of_most(sections: Sequence[SectionText], guesses: Sequence[tuple[str, float]]) -> str:
    lengths: Counter[str] = Counter()
    for section, (language, sure) in zip(sections, guesses, strict=True):
        if sure >= SURE:
            lengths[language] += len(section.text)
    if lengths:
        return lengths.most_common(1)[0][0]
    said = "\n".join(f"{section.heading}\n{section.text}" for section in sections)[:SAMPLE]
    if not any(map(str.isalpha, said)):
        return ""
    best = _detector().detect_language_of(said)
    return best.iso_code_639_1.name.lower() if best else ""

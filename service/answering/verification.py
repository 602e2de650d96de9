"""Whether what a language model says is borne out: its quotes stand in the documents, and its sentence in its quotes.

A prompt hidden in a document makes a model write what its author wants, and any true quote may be put under it. Hence
each figure, month, address, symbol and name of a sentence must stand in its quotes, it must not say the contrary, most
of its other words must have a word there that means the same, and the two must be near in meaning.

German writes every noun with a capital, and other languages the first word of a sentence: there a name is told from a
word by whether the quotes hold a word near in meaning, which surnames and firms have not (`Nearness`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from babel import Locale

from index.documents import LANGUAGES
from index.lexical.analysis import fold, terms
from index.lexical.stopwords import STOP_WORDS
from index.types import Embedder
from service.answering import comparable_facts as facts
from service.answering.negation import turns_round

LEAST_WORDS: Final = 3  # a shorter quote stands in many places and proves nothing
LEAST_LETTERS: Final = 12
LONGEST: Final = 600  # characters of one sentence
MOST_ALONE: Final = 0.25  # of a sentence's words may have none that is near
WORDIER: Final = 2.5  # how many times longer than its quotes a sentence may be, beside SPARE characters
SPARE: Final = 60

_ALIKE: Final = {sign: f"[{group}]" for group in ("'’ʼ‘", '"“”„«»', "-‐‑–—") for sign in group}
_LETTER: Final = re.compile(r"[^\W\d_]")
_MARKUP: Final = re.compile(r"[<>`{}|]|\]\s*\(|^\s*#|\*\*|__")
_TOKEN: Final = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")
_ANY_STOP_WORDS: Final = frozenset().union(*STOP_WORDS.values())
_BEGINNING: Final = re.compile(r"(?:^|[.!?:]\s)[\s\"'«„“(‘–—-]*\Z")


def find_quote(text: str, quote: str) -> tuple[int, int] | None:
    """Return where the quote stands in the text as [start, end), None when it does not or is too short to prove.

    Blanks of any kind count as one; typographic and typed apostrophes, quotation marks and hyphens as the same. Every
    other character must agree. What is quoted is then the text's own slice.
    """
    words = quote.split()
    if len(words) < LEAST_WORDS or len(_LETTER.findall(quote)) < LEAST_LETTERS:
        return None
    match = re.search(r"\s+".join("".join(map(_pattern, word)) for word in words), text)
    return match.span() if match else None


class Nearness(NamedTuple):
    """Cosines from which two texts or words are taken to mean the same; the figures are multilingual-e5-small's.

    Paraphrases lie at 0.88 to 0.98, sentences on one theme at 0.83 (95 %: 0.874); a translation may lie at 0.87, and
    what is on another subject at 0.853 at most. Words of the test's sentences: 0.882 to 0.978 translated, names up to
    0.879. Cities in other languages: Bruxelles and Brussels 0.947, two cities 0.906 at most.
    """

    sentence: float = 0.87
    translation: float = 0.86
    word: float = 0.875
    noun: float = 0.885  # with a capital that may be a name's
    name: float = 0.92


E5_SMALL: Final = Nearness()


class Word(NamedTuple):
    """A word of a sentence; `stem` is "" for one that says nothing by itself."""

    text: str
    stem: str
    is_name: bool  # with a capital that no rule of its language gives it


@dataclass(frozen=True)
class SupportCheck:
    """Judges whether the quotes under a sentence support it."""

    embedder: Embedder
    nearness: Nearness = E5_SMALL

    def is_supported(
        self,
        sentence: str,
        quotes: Sequence[str],
        *,
        known: str = "",
        language: str = "",
        quote_languages: Collection[str] = (),
    ) -> bool:
        """Say whether the quotes support the sentence.

        `known` is what may be named besides: the question, the titles. Languages that are not known are "".
        """
        proof = " ".join(quotes)
        if not sentence.strip() or len(sentence) > min(LONGEST, WORDIER * len(proof) + SPARE):
            return False
        is_same_language = all(other == language for other in quote_languages)
        if adds_facts(sentence, proof, known, language):
            return False
        (proof_language,) = set(quote_languages) if len(set(quote_languages)) == 1 else ("",)
        if turns_round(facts.normalise(sentence), facts.normalise(proof), language, proof_language):
            return False
        if self._adds_words(sentence, proof, known, language, is_same_language):
            return False
        least = self.nearness.sentence if is_same_language else self.nearness.translation
        vectors = self.embedder.embed_passages([sentence, proof, *_SENTENCE_END.split(proof)])
        return float((vectors[1:] @ vectors[0]).max()) >= least

    def _adds_words(self, sentence: str, proof: str, known: str, language: str, is_same_language: bool) -> bool:
        """Say whether the sentence has a name the quotes have not, or too many words without one that is near."""
        words = words_of(facts.normalise(sentence), language)
        stated = facts.normalise(f"{proof} {known}")
        written = {fold(token) for token in _TOKEN.findall(stated)} | {fold(token) for token in facts.words_of(stated)}
        stems = {term.text for term in terms(stated, language)}
        unsupported = [
            word for word in words if word.stem and fold(word.text) not in written and word.stem not in stems
        ]
        unsupported = [word for word in unsupported if not _is_named_otherwise(word.text, stated)]
        if any(word.is_name for word in unsupported) and is_same_language:
            return True
        alone = self._without_near(unsupported, proof)
        return any(word.text[0].isupper() for word in alone) or len(alone) > MOST_ALONE * len(words)

    def _without_near(self, words: Sequence[Word], proof: str) -> list[Word]:
        """Return the words that no word of the proof is near to."""
        tokens = dict.fromkeys(_TOKEN.findall(facts.normalise(proof)))
        others = [token for token in tokens if len(token) > 2 and token.lower() not in _ANY_STOP_WORDS]
        if not words or not others:
            return list(words)
        vectors = self.embedder.embed_passages([word.text for word in words] + others)
        near = (vectors[: len(words)] @ vectors[len(words) :].T).max(axis=1)
        least = [self._floor(word) for word in words]
        return [word for word, cosine, floor in zip(words, near, least, strict=True) if cosine < floor]

    def _floor(self, word: Word) -> float:
        if word.is_name:
            return self.nearness.name
        return self.nearness.noun if word.text[0].isupper() else self.nearness.word


def adds_facts(sentence: str, proof: str, known: str = "", language: str = "") -> bool:
    """Say whether the sentence has a figure, month, address, sign or foreign word that the proof has not.

    Words of another alphabet may also stand in `known`.
    """
    if facts.has_hidden(sentence) or _MARKUP.search(sentence):
        return True
    claim, shown = facts.normalise(sentence), facts.normalise(proof)
    if _MARKUP.search(claim):
        return True
    numbers = facts.figures(shown) | facts.spelt_figures(shown, "")
    return bool(
        (facts.figures(claim) | facts.spelt_figures(claim, language)) - numbers
        or facts.months(claim, language) - facts.months(shown)
        or facts.mixed_words(claim) - facts.mixed_words(shown)
        or _strange_addresses(claim, shown)
        or facts.spelt_addresses(claim) - facts.spelt_addresses(shown)
        or facts.signs(claim) - facts.signs(shown) - ({"€"} if "eur" in shown.casefold() else set())
        or facts.foreign_words(claim) - facts.foreign_words(f"{shown} {facts.normalise(known)}")
    )


def words_of(sentence: str, language: str) -> list[Word]:
    """Return the words of a normalised sentence, in order."""
    by_place = {term.start: term.text for term in terms(sentence, language)}
    words = []
    for match in _TOKEN.finditer(sentence):
        stem = next((by_place[at] for at in range(match.start(), match.end()) if at in by_place), "")
        is_capital = match[0][0].isupper()
        may_be_usual = language == "de" or _BEGINNING.search(sentence[: match.start()]) is not None
        is_name = is_capital and (not may_be_usual or (len(match[0]) > 1 and match[0].isupper()))
        words.append(Word(match[0], stem, is_name))
    return words


def _strange_addresses(claim: str, shown: str) -> set[str]:
    """Return the sentence's addresses that are none of the proof's, nor the site one of them is on."""
    proved = facts.addresses(shown)
    sites = {address.partition("/")[0] for address in proved if "@" not in address}
    return {address for address in facts.addresses(claim) if address not in proved | sites}


def _is_named_otherwise(word: str, stated: str) -> bool:
    """Say whether a word names a country or language that the text names in another language."""
    folded = fold(word)
    text = fold(stated)
    return any(name in text for names in _places() if folded in names for name in names)


@lru_cache(maxsize=1)
def _places() -> tuple[frozenset[str], ...]:
    """Return what each country and each language is called in the six languages."""
    locales = [Locale(language) for language in LANGUAGES]
    codes = [("territories", code) for code in map(str, locales[0].territories) if len(code) == 2]
    codes += [("languages", code) for code in (*LANGUAGES, "lb", "pt", "ca", "eu")]
    return tuple(
        frozenset(fold(str(getattr(locale, kind)[code])) for locale in locales if code in getattr(locale, kind))
        for kind, code in codes
    )


def _pattern(character: str) -> str:
    group = _ALIKE.get(character)
    if group is None:
        return re.escape(character)
    return group.replace("-", r"\-")

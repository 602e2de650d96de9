"""What a situation and a case have in common and what sets them apart, each statement with the words it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from index.documents import Document, Section
from index.lexical.sentence_splitting import split_sentences
from service.experiences.situations import Situation
from service.forum.suggestions import Quote
from service.library.concepts import Mention, Thesaurus

COMPARED: Final = {"obstacle": 0, "instrument": 1, "theme": 2}  # facets that can be comparable, in the order shown
LEGAL_FORMS: Final = tuple(f"territory-type/{form}" for form in ("egtc", "eurodistrict", "eurocity", "euroregion"))
MOST_COMMON: Final = 6
MOST_INSTRUMENTS: Final = 2


class Common(NamedTuple):
    """Both name the same thing: `here` in the situation's words (None when it has no name), `there` in the case's."""

    facet: str
    value: str
    here: Quote | None
    there: Quote


class Difference(NamedTuple):
    """Where the case is not like the situation; a quote where it rests on words rather than on the catalogue."""

    facet: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    quote: Quote | None = None


class QuotedMention(NamedTuple):
    """A mention of a concept, and the sentence it is in."""

    mention: Mention
    quote: Quote


Mentions = Mapping[str, QuotedMention]  # by concept


def compare(
    situation: Situation, case: Document, passage: Quote, thesaurus: Thesaurus
) -> tuple[tuple[Common, ...], tuple[Difference, ...]]:
    """Return what is comparable and what differs; without a shared concept, the nearest passage is comparable."""
    here = _in_situation(situation, thesaurus)
    there = _in_document(case, thesaurus)
    common = _common(here, there, thesaurus, situation.language)
    if not common:
        common = (Common("passage", "", None, passage),)
    return common, tuple(_differences(situation, case, here, there, thesaurus))


def _in_situation(situation: Situation, thesaurus: Thesaurus) -> Mentions:
    section = Section("", 0, len(situation.text), "", situation.language)
    return _by_concept(situation.text, (section,), situation.language, thesaurus)


@lru_cache(maxsize=1024)  # the same cases come again and again
def _in_document(case: Document, thesaurus: Thesaurus) -> Mentions:
    return _by_concept(case.text, case.sections, case.metadata.language, thesaurus)


def _by_concept(text: str, sections: tuple[Section, ...], language: str, thesaurus: Thesaurus) -> Mentions:
    """Return where a text first names each concept, itself or a narrower one, in its most exact words."""
    nearest: dict[str, tuple[int, QuotedMention]] = {}
    for section in sections:
        section_language = section.language or language
        section_text = text[section.start : section.end]
        spans = split_sentences(section_text, section_language)
        for mention in thesaurus.mentions(section_text, section_language):
            span = next(((start, end) for start, end in spans if start <= mention.start < end), None)
            if span is None:
                continue
            start, end = section.start + span[0], section.start + span[1]
            quoted = QuotedMention(mention, Quote(text[start:end], start, end, section.label))
            for distance, concept in enumerate(thesaurus.lineage(mention.concept)):
                if concept not in nearest or distance < nearest[concept][0]:
                    nearest[concept] = (distance, quoted)
    return {concept: quoted for concept, (_, quoted) in nearest.items()}


def _common(here: Mentions, there: Mentions, thesaurus: Thesaurus, language: str) -> tuple[Common, ...]:
    """Return the shared concepts, the most exact ones: where both name a hospital, "health" is not listed as well."""
    shared = [concept for concept in here if concept in there and _facet(concept) in COMPARED]
    wider = {above for concept in shared for above in thesaurus.lineage(concept) if above != concept}
    exact = [concept for concept in shared if concept not in wider and concept in thesaurus.concepts]
    exact.sort(key=lambda concept: (COMPARED[_facet(concept)], here[concept].quote.start, concept))
    return tuple(
        Common(_facet(concept), thesaurus.concepts[concept].label(language), here[concept].quote, there[concept].quote)
        for concept in exact[:MOST_COMMON]
    )


def _facet(concept: str) -> str:
    return concept.partition("/")[0]


def _differences(
    situation: Situation, case: Document, here: Mentions, there: Mentions, thesaurus: Thesaurus
) -> Iterator[Difference]:
    meta = case.metadata
    yield Difference("border", tuple(sorted(situation.borders)), meta.borders)
    if new := tuple(country for country in meta.countries if country not in situation.countries):
        yield Difference("country", tuple(sorted(situation.countries)), new)
    for form in LEGAL_FORMS:
        if form in there and form not in here and form in thesaurus.concepts:
            label = thesaurus.concepts[form].label(situation.language)
            yield Difference("legal form", (), (label,), there[form].quote)
    for concept in [concept for concept in _instruments(there, thesaurus) if concept not in here][:MOST_INSTRUMENTS]:
        label = thesaurus.concepts[concept].label(situation.language)
        yield Difference("instrument", (), (label,), there[concept].quote)
    if meta.language and situation.language and meta.language != situation.language:
        yield Difference("language", (situation.language,), (meta.language,))
    if meta.published:
        yield Difference("published", (), (str(meta.published.year),))
    if meta.valid_to:
        yield Difference("valid to", (), (meta.valid_to.isoformat(),))


def _instruments(there: Mentions, thesaurus: Thesaurus) -> Iterator[str]:
    """Yield the legal instruments a text names themselves, not by a narrower one."""
    for concept, quoted in there.items():
        if concept.startswith("instrument/") and quoted.mention.concept == concept and concept in thesaurus.concepts:
            yield concept

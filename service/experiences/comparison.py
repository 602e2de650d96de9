"""What a situation and a case have in common and what sets them apart, each statement with the words it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from index.documents import Document, Section
from service.answering.sentence_splitting import sentences
from service.forum.service import Quote
from service.library.concepts import Mention, Thesaurus

SAID: Final = {"obstacle": 0, "instrument": 1, "theme": 2}  # what can be comparable, in the order it is told
LEGAL_FORMS: Final = ("type/egtc", "type/eurodistrict", "type/eurocity", "type/euroregion")
MOST_COMMON: Final = 6
MOST_INSTRUMENTS: Final = 2


@dataclass(frozen=True, slots=True)
class Situation:
    """What somebody describes, at which borders it is (none known: empty), and where it stands when in a document.

    `likely` are borders it may be at, the likeliest first, where none is known.
    """

    text: str
    language: str
    borders: frozenset[str] = frozenset()
    document_id: str = ""
    likely: tuple[str, ...] = ()

    @property
    def countries(self) -> frozenset[str]:
        return frozenset(country for border in self.borders for country in border.split("-"))


class Common(NamedTuple):
    """Both name the same thing: `here` in the situation's words (none when it has no name), `there` in the case's."""

    facet: str
    value: str
    here: Quote | None
    there: Quote


class Difference(NamedTuple):
    """Where the case is not like the situation; a quote where it rests on words rather than on what is catalogued."""

    facet: str
    here: tuple[str, ...]
    there: tuple[str, ...]
    quote: Quote | None = None


class Named(NamedTuple):
    """A mention in a text, and the sentence it stands in."""

    mention: Mention
    quote: Quote


def compare(
    situation: Situation, case: Document, passage: Quote, thesaurus: Thesaurus
) -> tuple[tuple[Common, ...], tuple[Difference, ...]]:
    """Return what is comparable and what differs; a case without a shared name is comparable by its nearest passage."""
    own = _in_situation(situation, thesaurus)
    theirs = _in_document(case, thesaurus)
    common = _common(own, theirs, thesaurus, situation.language)
    if not common:
        common = (Common("passage", "", None, passage),)
    return common, tuple(_differences(situation, case, own, theirs, thesaurus))


def _in_situation(situation: Situation, thesaurus: Thesaurus) -> dict[str, Named]:
    section = Section("", 0, len(situation.text), "", situation.language)
    return _by_concept(situation.text, (section,), situation.language, thesaurus)


@lru_cache(maxsize=1024)  # the same cases come again and again
def _in_document(case: Document, thesaurus: Thesaurus) -> dict[str, Named]:
    return _by_concept(case.text, case.sections, case.metadata.language, thesaurus)


def _by_concept(text: str, sections: tuple[Section, ...], language: str, thesaurus: Thesaurus) -> dict[str, Named]:
    """Return where a text first names each concept, itself or one below it, in its most exact words."""
    found: dict[str, tuple[int, Named]] = {}
    for section in sections:
        spoken = section.language or language
        said = text[section.start : section.end]
        spans = sentences(said, spoken)
        for mention in thesaurus.mentions(said, spoken):
            span = next((one for one in spans if one[0] <= mention.start < one[1]), None)
            if span is None:
                continue
            start, end = section.start + span[0], section.start + span[1]
            named = Named(mention, Quote(text[start:end], start, end, section.label))
            for far, concept in enumerate(thesaurus.lineage(mention.concept)):
                if concept not in found or far < found[concept][0]:
                    found[concept] = (far, named)
    return {concept: named for concept, (_, named) in found.items()}


def _common(own: dict[str, Named], theirs: dict[str, Named], thesaurus: Thesaurus, language: str) -> tuple[Common, ...]:
    """Return the shared concepts, the most exact ones: "hospital" is not told as "health" once more."""
    shared = [one for one in own if one in theirs and one.partition("/")[0] in SAID]
    wider = {above for one in shared for above in thesaurus.lineage(one) if above != one}
    exact = [one for one in shared if one not in wider and one in thesaurus.concepts]
    exact.sort(key=lambda one: (SAID[one.partition("/")[0]], own[one].quote.start, one))
    return tuple(
        Common(one.partition("/")[0], thesaurus.concepts[one].label(language), own[one].quote, theirs[one].quote)
        for one in exact[:MOST_COMMON]
    )


def _differences(
    situation: Situation, case: Document, own: dict[str, Named], theirs: dict[str, Named], thesaurus: Thesaurus
) -> Iterator[Difference]:
    meta = case.metadata
    yield Difference("border", tuple(sorted(situation.borders)), meta.borders)
    if new := tuple(one for one in meta.countries if one not in situation.countries):
        yield Difference("country", tuple(sorted(situation.countries)), new)
    for form in LEGAL_FORMS:
        if form in theirs and form not in own and form in thesaurus.concepts:
            label = thesaurus.concepts[form].label(situation.language)
            yield Difference("legal form", (), (label,), theirs[form].quote)
    exact = [one for one, named in theirs.items() if one.startswith("instrument/") and named.mention.concept == one]
    for one in [one for one in exact if one not in own and one in thesaurus.concepts][:MOST_INSTRUMENTS]:
        yield Difference("instrument", (), (thesaurus.concepts[one].label(situation.language),), theirs[one].quote)
    if meta.language and situation.language and meta.language != situation.language:
        yield Difference("language", (situation.language,), (meta.language,))
    if meta.published:
        yield Difference("published", (), (str(meta.published.year),))
    if meta.valid_to:
        yield Difference("valid to", (), (meta.valid_to.isoformat(),))

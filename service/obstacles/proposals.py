"""What a report seems to be about and who could act, each value with what led to it. Staff decide.

Three witnesses: the concepts the thesaurus recognises in the text, expressions people use for a kind of trouble
(`obstacles_cues`), and the nearest documents with the law they rest on. The last only speaks where it must, for what
is near is not always alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from index.documents import THEMES
from index.types import DocumentCard
from service.library.concepts import Mention, Thesaurus
from service.obstacles.cues import CUES, LEVEL_OF_LAW, LEVEL_OF_THEME, LEVEL_OF_TYPE, TYPE_OF_THEME
from service.obstacles.model import Classification, Level, Proposal, Reason

TELLING: Final = ("theme/", "instrument/", "obstacle/", "type/", "structure/")  # what a text is about, not where
MOST_THEMES: Final = 2
MOST_TYPES: Final = 2
MOST_REASONS: Final = 4  # of one value
# What a reason weighs for the level: law named in the text is nearly certain, a body that is named may only be asking.
NAMED_LAW, LAW_OF_THEME, THEME, TYPE, NEAR_LAW, BODY = 3.0, 1.5, 1.2, 1.0, 0.5, 0.4


@dataclass(frozen=True)
class Proposer:
    """Proposes by one thesaurus; without one, by expressions and the nearest documents alone."""

    thesaurus: Thesaurus

    def propose(self, text: str, language: str, *, border: str = "", nearest: Sequence[DocumentCard] = ()) -> Proposal:
        """Return what a text seems to be about; `border` is what its writer said, `nearest` documents near to it."""
        mentions = self.thesaurus.mentions(text, language)
        reasons = [*self._themes(text, mentions, nearest), *self._borders(text, language, mentions, border)]
        borders = _best(reasons, "borders", 3)
        reasons += self._countries(text, mentions, borders)
        reasons += self._types(text, mentions)
        types = _best(reasons, "types", MOST_TYPES)
        weighed = list(self._levels(text, language, mentions, borders, types, nearest))
        level = _heaviest(weighed)
        reasons += [reason for _, reason in sorted(weighed, key=lambda one: -one[0]) if reason.value == level]
        said = Classification(
            themes=_best(reasons, "themes", MOST_THEMES),
            borders=borders,
            countries=tuple(sorted({one.value for one in reasons if one.field == "countries"})),
            types=types,
            level=level,
        )
        named = frozenset(one.concept for one in mentions if one.concept.startswith(TELLING))
        return Proposal(said, _of(said, reasons), named)

    def _themes(self, text: str, mentions: Sequence[Mention], nearest: Sequence[DocumentCard]) -> Iterator[Reason]:
        for mention in mentions:
            for top in self._tops(mention.concept, "theme/"):
                if top in THEMES:
                    yield Reason("themes", top, _words(text, mention), via=(mention.concept,))
        if not any(self._tops(mention.concept, "theme/") for mention in mentions):
            for card in nearest[:3]:
                for theme in card.metadata.themes[:1]:
                    yield Reason("themes", theme, document_id=card.id)

    def _borders(self, text: str, language: str, mentions: Sequence[Mention], border: str) -> Iterator[Reason]:
        if border:
            yield Reason("borders", border)
            return
        for one in sorted(self.thesaurus.borders_named(text, language)):
            key = f"border/{one}"
            for mention in mentions:
                country = mention.concept.removeprefix("country/")
                is_near = key in (mention.concept, *self.thesaurus.beside.get(mention.concept, ()))
                if is_near or (country != mention.concept and country in one.split("-")):
                    yield Reason("borders", one, _words(text, mention), via=(mention.concept,))

    def _countries(self, text: str, mentions: Sequence[Mention], borders: Sequence[str]) -> Iterator[Reason]:
        for border in borders:
            for country in border.split("-"):
                yield Reason("countries", country, via=(f"border/{border}",))
        for mention in mentions:
            if mention.concept.startswith("country/"):
                yield Reason("countries", mention.concept.removeprefix("country/"), _words(text, mention))

    def _types(self, text: str, mentions: Sequence[Mention]) -> Iterator[Reason]:
        for mention in mentions:
            scheme, _, name = mention.concept.partition("/")
            if scheme == "obstacle":
                for _ in range(2):  # who names the obstacle itself leaves less to guess
                    yield Reason("types", name, _words(text, mention), via=(mention.concept,))
            elif scheme == "theme" and name in TYPE_OF_THEME:
                yield Reason("types", TYPE_OF_THEME[name], _words(text, mention), via=(mention.concept,))
        for name, cue in CUES.items():
            for found in cue.finditer(text):
                yield Reason("types", name, found[0])

    def _levels(
        self,
        text: str,
        language: str,
        mentions: Sequence[Mention],
        borders: Sequence[str],
        types: Sequence[str],
        nearest: Sequence[DocumentCard],
    ) -> Iterator[tuple[float, Reason]]:
        themes = {mention.concept: _words(text, mention) for mention in mentions}
        for concept, words in themes.items():
            scheme, _, name = concept.partition("/")
            if scheme == "instrument":
                yield from self._law(NAMED_LAW, words, (concept,))
            elif scheme == "level":
                for top in self._tops(concept, "level/"):
                    yield BODY, Reason("level", top, words, via=(concept,))
            elif scheme == "theme":
                laws = [one for one in self.thesaurus.beside.get(concept, ()) if self._holds_at(one, borders)]
                for law in laws:
                    yield from self._law(LAW_OF_THEME / len(laws), words, (concept, law))
                if name in LEVEL_OF_THEME:
                    yield THEME, Reason("level", LEVEL_OF_THEME[name], words, via=(concept,))
        for name in types:
            if name in LEVEL_OF_TYPE:
                yield TYPE / len(types), Reason("level", LEVEL_OF_TYPE[name], via=(f"obstacle/{name}",))
        for card in nearest[:3]:
            for instrument in card.metadata.legal_instruments:
                for mention in self.thesaurus.mentions(instrument, card.metadata.language or language):
                    if mention.concept.startswith("instrument/") and self._holds_at(mention.concept, borders):
                        for weight, reason in self._law(NEAR_LAW, "", (mention.concept,)):
                            yield weight, reason._replace(document_id=card.id)

    def _law(self, weight: float, words: str, via: tuple[str, ...]) -> Iterator[tuple[float, Reason]]:
        """Yield the level at which the last of `via`, a legal instrument, is made and changed."""
        for above in self.thesaurus.lineage(via[-1]):
            if above in LEVEL_OF_LAW:
                path = via if above == via[-1] else (*via, above)
                yield weight, Reason("level", LEVEL_OF_LAW[above], words, via=path)
                return

    def _holds_at(self, concept: str, borders: Sequence[str]) -> bool:
        """Say whether a legal instrument counts at these borders: many treaties hold at one only."""
        if not concept.startswith("instrument/"):
            return False
        own = {
            one.removeprefix("border/") for one in self.thesaurus.beside.get(concept, ()) if one.startswith("border/")
        }
        return not own or bool(own & set(borders))

    def _tops(self, concept: str, scheme: str) -> list[str]:
        return [
            one.removeprefix(scheme)
            for one in self.thesaurus.lineage(concept)
            if one.startswith(scheme) and not self.thesaurus.above.get(one)
        ]


def _words(text: str, mention: Mention) -> str:
    return text[mention.start : mention.end]


def _best(reasons: Iterable[Reason], name: str, most: int) -> tuple[str, ...]:
    """Return the values with the most reasons; one with less than half of the first's is not told."""
    votes = Counter(one.value for one in reasons if one.field == name)
    ranked = votes.most_common(most)
    return tuple(value for value, count in ranked if count * 2 > ranked[0][1])


def _heaviest(weighed: Iterable[tuple[float, Reason]]) -> Level | None:
    weights: Counter[str] = Counter()
    for weight, reason in weighed:
        weights[reason.value] += weight  # type: ignore[assignment]  # typeshed: a Counter's values are int
    return Level(max(weights, key=lambda one: weights[one])) if weights else None


def _of(said: Classification, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the reasons for what is proposed, each once."""
    chosen: dict[str, tuple[str, ...]] = {
        "themes": said.themes,
        "borders": said.borders,
        "countries": said.countries,
        "types": said.types,
        "level": (said.level,) if said.level else (),
    }
    kept: list[Reason] = []
    for one in dict.fromkeys(reasons):
        same = [other for other in kept if (other.field, other.value) == (one.field, one.value)]
        if one.value in chosen[one.field] and len(same) < MOST_REASONS:
            kept.append(one)
    return tuple(kept)

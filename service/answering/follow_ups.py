"""Follow-up questions: what a new turn of a conversation leaves open is taken from the turns before it.

"Et pour la Belgique ?" asks the earlier question of another place; "Et qui l'exploite ?" asks another question about
the same thing. Both are told by small words, the thesaurus and what a turn lacks, without a language model; a turn that
names its own subject carries nothing over. What was carried is said, so that a reader can remove it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from index.lexical.analysis import terms
from index.lexical.query_language import detect_query_language
from index.lexical.stopwords import STOP_WORDS
from service.answering.answer_types import expected_kinds
from service.answering.follow_up_words import ASKED_WITH, ASKS, BEFORE_NOUNS, GOES_ON, PLACED, UNNAMED
from service.library.concepts import Thesaurus
from service.library.kind_names import kinds_named

MOST_TURNS: Final = 6  # earlier turns that are read, the latest
LONGEST_TURN: Final = 500  # characters that are read of each
CERTAIN: Final = 6  # words from which a turn's language is told by itself
UNKNOWN: Final = "fr"  # read as this where no language can be told: most are asked in it
SHORTEST: Final = 3  # letters of a noun
OWN_SUBJECT: Final = 3  # words of its own with which a turn says what it is about
TERRITORIES: Final = ("border/", "country/", "place/")
_WORD_BEFORE: Final = re.compile(r"(?:(?<=[\s’'])|^)(\w+)[’'\s]*$")
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Carried:
    """Something an earlier turn spoke of, in its words; `concepts` are those of the thesaurus they name."""

    kind: Literal["territory", "concept", "kind", "words"]
    text: str
    concepts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ResolvedQuestion:
    """The question really asked. `conversation` holds the earlier turns it goes on from, none for a new subject."""

    text: str
    turn: str
    carried: tuple[Carried, ...] = ()
    conversation: tuple[str, ...] = ()
    names_territory: bool = False  # whether the turn itself does, so that an earlier one no longer holds


@dataclass(frozen=True)
class _Turn:
    """One turn as it was typed, with what it names."""

    text: str
    language: str
    named: tuple[Carried, ...]

    @cached_property
    def stripped(self) -> str:
        """The turn without the word it goes on with."""
        return GOES_ON[self.language].sub("", self.text, count=1)

    @property
    def by_itself(self) -> str:
        """The turn as a sentence of its own: "qui l'exploite ?" for "Et qui l'exploite ?"."""
        opening = "¿" if self.goes_on and self.text.startswith("¿") else ""
        return opening + self.stripped

    @property
    def goes_on(self) -> bool:
        return self.stripped != self.text

    @property
    def is_question(self) -> bool:
        return bool(ASKS[self.language].search(self.stripped) or expected_kinds(self.stripped))

    @property
    def is_placed(self) -> bool:
        return bool(PLACED[self.language].match(self.stripped))

    @cached_property
    def own_words(self) -> tuple[str, ...]:
        """Its words that say what it is about: neither a territory, a kind of document nor an interrogative."""
        apart = [named.text for named in self.named if named.kind in ("territory", "kind")]
        return tuple(_content_words(self.stripped, self.language, apart))

    @property
    def leaves_unnamed(self) -> bool:
        """Whether it speaks of something by a pronoun that nothing before it in the turn can stand for."""
        match = UNNAMED[self.language].search(self.stripped)
        if not match:
            return False
        before = _content_words(self.stripped[: match.start()], self.language, ())
        return len(list(before)) <= 1

    @property
    def has_name(self) -> bool:
        """Whether it names somebody or something by a proper name that is no territory."""
        return any(
            word[:1].isupper() and self.language != "de" and not self.stripped.startswith(word)
            for word in self.own_words
        )


@dataclass(frozen=True)
class _Question:
    """A question as the conversation has made it: its clauses, and what it speaks of beside them."""

    turn: _Turn
    clauses: tuple[str, ...]
    subject: tuple[Carried, ...]  # everything it is about
    added: tuple[Carried, ...] = ()  # what the clauses do not say themselves
    carried: tuple[Carried, ...] = ()
    turns: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        added = f" ({', '.join(carried.text for carried in self.added)})" if self.added else ""
        return " ".join(self.clauses) + added


def resolve(
    turn: str, conversation: Sequence[str], thesaurus: Thesaurus, without: Collection[str] = ()
) -> ResolvedQuestion:
    """Return the question a turn asks after the earlier turns of a conversation, oldest first.

    `without` holds texts of what is not to be carried over. The last MOST_TURNS turns are read, of each LONGEST_TURN
    characters; blank ones are left out.
    """
    question: _Question | None = None
    earlier = [text[:LONGEST_TURN] for text in map(str.strip, conversation) if text][-MOST_TURNS:]
    language = detect_query_language(" ".join([*earlier, turn]))
    for text in earlier:
        question = _ask(_read(text, language, thesaurus), question, thesaurus)
    last = _ask(_read(turn, language, thesaurus), question, thesaurus, without)
    if not last.carried:
        return ResolvedQuestion(turn, turn)
    is_placed = any(named.kind == "territory" for named in last.turn.named)
    return ResolvedQuestion(last.text, turn, last.carried, last.turns, is_placed)


def _read(text: str, language: str, thesaurus: Thesaurus) -> _Turn:
    """Return a turn with what it names, in the language it is in: a short one is likely in the conversation's."""
    detected = detect_query_language(text)
    choices = [language, detected] if len(text.split()) < CERTAIN else [detected, language]
    languages = dict.fromkeys(choice or UNKNOWN for choice in choices)
    readings = [_Turn(text, choice, tuple(_named(text, choice, thesaurus))) for choice in languages]
    return max(readings, key=lambda reading: len(reading.named))  # the first of equals


def _named(text: str, language: str, thesaurus: Thesaurus) -> Iterator[Carried]:
    """Yield the territories, concepts and kinds of documents a text names, in order."""
    spans: dict[tuple[int, int], list[str]] = {}
    for mention in thesaurus.mentions(text, language):
        spans.setdefault((mention.start, mention.end), []).append(mention.concept)
    for (start, end), concepts in spans.items():
        is_territory = any(concept.startswith(TERRITORIES) for concept in concepts)
        if text[start:end].lower() not in ASKED_WITH[language]:
            yield Carried("territory" if is_territory else "concept", text[start:end], tuple(concepts))
    for kind, words in kinds_named(text, language):
        yield Carried("kind", words, (kind.value,))


def _content_words(text: str, language: str, apart: Iterable[str]) -> Iterator[str]:
    """Yield the words of a text that are neither function words, nor interrogatives, nor part of `apart`."""
    for words in apart:
        text = text.replace(words, " ")
    for term in terms(text, language):
        word = text[term.start : term.end]
        if not term.text.startswith("art:") and word.lower() not in ASKED_WITH[language]:
            yield word


def _ask(turn: _Turn, before: _Question | None, thesaurus: Thesaurus, without: Collection[str] = ()) -> _Question:
    """Return what the turn asks after the question before it."""
    if before is None or not _is_open(turn, before, thesaurus):
        return _Question(turn, (turn.text,), _subject(turn))
    kept = tuple(
        carried
        for carried in before.subject
        if carried.text not in without and not _is_replaced(carried, turn, before, thesaurus)
    )
    turns = (*(before.turns), before.turn.text)
    if not turn.is_question and (turn.is_placed or not turn.own_words):
        gone = [carried.text for carried in before.subject if carried not in kept]
        clauses = tuple(filter(None, (_cut(clause, gone, before.turn.language) for clause in before.clauses)))
        added = tuple(carried for carried in before.added if carried in kept)
        return _Question(turn, (*clauses, turn.text), (*kept, *turn.named), added, kept, turns)
    return _Question(turn, (turn.by_itself,), (*kept, *turn.named), kept, kept, turns)


def _subject(turn: _Turn) -> tuple[Carried, ...]:
    """Return what a turn is about, in its order: what it names, and nouns that neither thesaurus nor gazetteer knows.

    Nouns are told by what stands before them, in German by their capital; other words, verbs mostly, are what was
    asked and not about what.
    """
    text, stretches = turn.text, list[tuple[int, int]]()
    known = [(text.index(named.text), text.index(named.text) + len(named.text)) for named in turn.named]
    for term in terms(text, turn.language):
        start, end = term.start, term.end
        if any(start < stop and begin < end for begin, stop in known) or not _is_noun(text, start, end, turn.language):
            continue
        between = text[stretches[-1][1] : start].lower().split() if stretches else []
        if stretches and len(between) <= 1 and set(between) <= BEFORE_NOUNS[turn.language]:
            start = stretches.pop()[0]
        stretches.append((start, end))
    subject = [(start, Carried("words", text[start:end])) for start, end in stretches]
    subject += [(start, named) for (start, _), named in zip(known, turn.named, strict=True)]
    return tuple(carried for _, carried in sorted(subject, key=lambda pair: pair[0]))


def _is_noun(text: str, start: int, end: int, language: str) -> bool:
    word = text[start:end]
    if len(word) < SHORTEST or word.lower() in ASKED_WITH[language] or word.lower() in STOP_WORDS[language]:
        return False
    before = re.split(r"[\s’']+", text[:start].lower().rstrip(" ’'"))[-1]
    return (word[0].isupper() and start > 0) or (language != "de" and before in BEFORE_NOUNS[language])


def _is_open(turn: _Turn, before: _Question, thesaurus: Thesaurus) -> bool:
    """Say whether a turn leaves its subject to the turn before."""
    words = len(turn.own_words)
    if not words or (turn.leaves_unnamed and words <= OWN_SUBJECT + 2):
        return True
    if not turn.is_question:
        return words <= OWN_SUBJECT if turn.goes_on else words == 1 and not turn.named
    names_another = turn.has_name or any(
        named.kind == "concept" and not _is_near(named, before.subject, thesaurus) for named in turn.named
    )
    return not names_another and words <= (OWN_SUBJECT if turn.goes_on else OWN_SUBJECT - 1)


def _is_near(named: Carried, subject: Iterable[Carried], thesaurus: Thesaurus) -> bool:
    """Say whether a concept is one of the subject's, above or below one of them, or related to one."""
    others = {concept for carried in subject for concept in carried.concepts}
    above = {broader for concept in others for broader in thesaurus.lineage(concept)}
    beside = {related for concept in others for related in thesaurus.beside.get(concept, ())}
    return any(
        concept in above | beside or not others.isdisjoint(thesaurus.lineage(concept)) for concept in named.concepts
    )


def _is_replaced(carried: Carried, turn: _Turn, before: _Question, thesaurus: Thesaurus) -> bool:
    """Say whether the turn names another in its place: a territory, a kind, or a sister of a concept."""
    named = [concept for other in turn.named if other.kind == carried.kind for concept in other.concepts]
    if carried.kind == "territory" and turn.is_placed and turn.has_name and not turn.is_question:
        return True  # "et à Gmünd": a place the gazetteer does not know
    if not named:
        return False
    if carried.kind == "territory":
        return not _stays(carried, named, before, thesaurus)
    if carried.kind == "kind":
        return True
    parents = {broader for concept in named for broader in thesaurus.above.get(concept, ())}
    return turn.is_placed and any(
        not parents.isdisjoint(thesaurus.above.get(concept, ())) or concept in named for concept in carried.concepts
    )


def _stays(carried: Carried, named: Sequence[str], before: _Question, thesaurus: Thesaurus) -> bool:
    """Say whether a territory still holds beside the one now named.

    A place stays when it lies at a border of the country named; of two countries the first that borders on it stays,
    since the question was about going from there to somewhere else.
    """
    countries = [concept.removeprefix("country/") for concept in named if concept.startswith("country/")]
    if len(named) != 1 or len(countries) != 1:
        return False
    (country,) = countries
    if any(concept.startswith("place/") for concept in carried.concepts):
        near = {border for concept in carried.concepts for border in thesaurus.beside.get(concept, ())}
        return any(border.startswith("border/") and country in border[7:].split("-") for border in near)
    former = [code for other in before.subject for code in _countries(other)]
    neighbours = [code for code in dict.fromkeys(former) if _border(code, country) in thesaurus.concepts]
    return len(set(former)) > 1 and _countries(carried)[:1] == neighbours[:1] and bool(neighbours)


def _countries(carried: Carried) -> list[str]:
    return [concept.removeprefix("country/") for concept in carried.concepts if concept.startswith("country/")]


def _border(first: str, second: str) -> str:
    return "border/" + "-".join(sorted((first, second)))


def _cut(clause: str, gone: Iterable[str], language: str) -> str:
    """Return a clause without these words and the small words that lead to them; "" when it says nothing any more."""
    stop = STOP_WORDS[language]
    for words in gone:
        match = re.search(rf"(?:\w+-)*{re.escape(words)}(?:-\w+)*", clause)
        if not match:
            continue
        before, after = clause[: match.start()], clause[match.end() :]
        while (word := _WORD_BEFORE.search(before)) and word[1].lower() in {*stop, "l", "d"}:
            before = before[: word.start()]
        clause = f"{before} {after.lstrip()}"
    clause = _BLANKS.sub(" ", clause).strip(" ,;:")
    return clause if any(True for _ in _content_words(clause, language, ())) else ""

"""Which way a text commutes: the countries where somebody lives, and those where they work.

The rule for one direction seldom holds for the other, and the words of both are the same. Each territory that a text
names goes to the nearest word of living or working; where verbs stand first ("travaillant en Belgique") one that comes
before it counts for more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from service.library.concepts import Thesaurus

VERB_LAST: Final = frozenset({"de", "nl"})  # a verb may stand behind its place
BEHIND: Final = 4  # words that a cue behind its place counts as further away elsewhere
NEXT_CLAUSE: Final = 2  # the same, for each clause that lies between
FARTHEST: Final = 9  # words between a cue and its place
_WORD: Final = re.compile(r"[^\W_]+|[,;:.()!?–—]")
_STOP: Final = frozenset(".!?")
_NOT: Final = frozenset(["non", "no", "not", "nicht", "niet"])  # "les non-résidents" say nothing of where they live
_CLAUSE: Final = re.compile(r"[,;:.()!?–—]|et|and|und|y|e|en|but|mais|aber|maar|pero|ma|mientras|mentre")

_LIVING: Final = {  # words, or patterns of them
    "fr": r"habit(e|es|ent|ant|ants|er|ons|ez|ais|ait)|habitante?s?|vi[st]|viv(ons|ez|ent|ant)|demeur\w+"
    r"|rési(de|dant)\w*|domicil\w+|log(e|es|eons|ez|ent)|riverain\w*",
    "en": r"liv(e|es|ing|ed)|resid(e|es|ing|ed|ent|ents|ence)|domicil\w*|inhabitants?|settled",
    "de": r"wohn(e|en|t|te|ten|end|ende|haft|hafte|haften|sitz|ort|er|ern)|leb(e|en|t|te|ten|end)|ansässig\w*"
    r"|(ein|be)wohner\w*|zuhause|daheim",
    "es": r"viv(o|e|en|es|imos|ís|ir|iendo|ía)|resid(o|e|en|es|imos|ir|iendo|ente|entes|encia)|habit(o|a|an|amos)"
    r"|domicili\w*|habitantes?|vecin[oa]s?",
    "it": r"viv(o|e|ono|i|iamo|ere|endo)|abit(o|a|ano|i|iamo|are|ante|anti|ando)|risied\w+|resident[ei]|residenza"
    r"|domicili\w*",
    "nl": r"woo?n(t|de|den|en|end|ende|achtig|achtige|plaats)?|leeft?|leven|inwoners?|gevestigd",
}
_WORKING: Final = {
    "fr": r"travail\w*|boulot|emplo(i|yeu|yé)\w*|patronn?e?|embauch\w+|bosse\w*|boîte|entreprise|société|usine|boutique"
    r"|bureau|poste|chantier|activité|exerc\w+|occup(e|ent|ant|é|és)",
    "en": r"work(s|ing|ed|place)?|jobs?|employ(er|ers|ed|ment)|boss|company|office|factory|shop|commut(e|es|ing)",
    "de": r"arbeit\w*|beschäftig\w*|tätig\w*|stelle|job|jobbe|firma|betrieb|chef|pend(le|eln|elt|elnd)|angestellt\w*"
    r"|büro",
    "es": r"trabaj(o|a|an|as|amos|ar|ando|aba|e)|emple(o|ador\w*|ad[oa]s?)|empresa|jefe|oficina|fábrica|tienda|puesto",
    "it": r"lavor(o|a|ano|i|iamo|are|ando|ava|ativ\w+)|impieg\w+|datore|azienda|ditta|ufficio|fabbrica|negozio|posto",
    "nl": r"werk(t|en|te|ten|end|ende|gevers?|plek|plaats|zaam)?|baan|job|bedrijf|baas|kantoor|dienst|tewerkgesteld\w*",
}


class Commute(NamedTuple):
    """Codes of the countries somebody lives in, and works in; empty where the text does not say."""

    homes: frozenset[str] = frozenset()
    works: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Say whether both ends are known."""
        return bool(self.homes and self.works)

    def agrees(self, other: Commute) -> int:
        """Return 1 for the same way, -1 for the way back, 0 where neither is said."""
        same = len(self.homes & other.homes) + len(self.works & other.works)
        back = len(self.homes & other.works) + len(self.works & other.homes)
        return (same > back) - (back > same)


UNSAID: Final = Commute()


class _Cue(NamedTuple):
    at: int  # the number of its word
    is_home: bool


def commute_of(text: str, language: str, thesaurus: Thesaurus) -> Commute:
    """Return which way the text commutes."""
    if language not in _LIVING:
        return Commute()
    words = list(_WORD.finditer(text))
    lower = [word[0].lower() for word in words]
    cues = [
        _Cue(at, is_home)
        for at, word in enumerate(lower)
        for is_home, pattern in ((True, _LIVING[language]), (False, _WORKING[language]))
        if re.fullmatch(pattern, word) and not _NOT.intersection(lower[max(0, at - 1) : at])
    ]
    homes, works = set[str](), set[str]()
    for at, country in _countries(text, [word.start() for word in words], language, thesaurus) if cues else ():
        distance, is_home = min((_distance(cue.at, at, lower, language), cue.is_home) for cue in cues)
        if distance <= FARTHEST:
            (homes if is_home else works).add(country)
    return Commute(frozenset(homes - works), frozenset(works - homes))


def restate(question: str, language: str, thesaurus: Thesaurus) -> str:
    """Return a question about a commuter by country, "" for one that does not say both ends, or by country already.

    Rules speak of countries, "the resident of Belgium who works in France"; a question's towns lead to texts about
    these towns. Grammar is left as it is: the models read "à France" as well as "en France".
    """
    if not commute_of(question, language, thesaurus).is_whole:
        return ""
    text, at = "", 0
    for mention in thesaurus.mentions(question, language):
        concept = thesaurus.concepts[mention.concept]
        if mention.start >= at and concept.scheme == "territories" and len(concept.countries) == 1:
            country = thesaurus.concepts[f"country/{concept.countries[0]}"]
            text += question[at : mention.start] + country.label(language)
            at = mention.end
    return text + question[at:] if text else ""


def _countries(text: str, starts: list[int], language: str, thesaurus: Thesaurus) -> Iterator[tuple[int, str]]:
    """Yield the number of the word each territory begins with, and the country it is in, where that is one."""
    for mention in thesaurus.mentions(text, language):
        concept = thesaurus.concepts[mention.concept]
        countries = (concept.id,) if concept.scheme == "countries" else concept.countries
        if len(countries) == 1 and concept.scheme in ("countries", "territories"):
            yield sum(start <= mention.start for start in starts) - 1, countries[0]


def _distance(cue: int, place: int, words: list[str], language: str) -> int:
    between = words[min(cue, place) + 1 : max(cue, place)]
    clauses = sum(_CLAUSE.fullmatch(word) is not None for word in between)
    is_noun = language == "en" and cue == place + 1  # "Danish residents"
    behind = BEHIND if cue > place and language not in VERB_LAST and not is_noun else 0
    ended = 100 if any(word in _STOP for word in between) else 0
    return abs(cue - place) + NEXT_CLAUSE * clauses + behind + ended

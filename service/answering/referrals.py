"""Where a question leads that is not answered by a sentence: a document's overview, a list with its count, a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from index.documents import THEMES
from index.lexical.analysis import terms
from index.types import DocumentCard, Filter
from service.answering.intents import Intent, IntentKind
from service.library.concepts import Thesaurus
from service.library.filters import search_path
from service.library.kind_names import kinds_named
from service.library.open_index import OpenIndex
from service.web.citations import overview_path

LOOKED_AT: Final = 5  # documents among which the one to be summed up is looked for
LEAST_SHARE: Final = 0.5  # of the words that name it, those that stand in its title
_SAYS_NOTHING: Final = {  # beside filters: words that add no condition of their own
    language: frozenset(words.split())
    for language, words in {
        "fr": "avez as-tu avez-vous y-a-t-il a-t-il document documents existe existent parlent parle traitent traite"
        " portent porte concernent concernant base disponibles frontière frontières thème dis",
        "en": "document documents there deal concerning concern available base border borders theme got",
        "de": "gibt dokument dokumente habt haben handeln betreffen verfügbar grenze grenzen thema",
        "es": "hay documento documentos tenéis tienen tratan existen disponibles frontera fronteras tema",
        "it": "documento documenti avete trattano esistono disponibili confine frontiera tema riguardano",
        "nl": "document documenten jullie gaan bestaan beschikbaar grens grenzen thema betreffen",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Referral:
    """Where a question leads: a path on this site; `count` where it is a count, `document` where it is one.

    `within` is the filter a list is about, as far as the question names one; `is_whole` says that it says everything.
    """

    kind: IntentKind
    path: str
    count: int | None = None
    document: DocumentCard | None = None
    within: Filter | None = None

    @property
    def is_whole(self) -> bool:
        return self.count is not None


def refer(intent: Intent, question: str, index: OpenIndex, within: Filter, thesaurus: Thesaurus) -> Referral:
    """Return where the question leads, within what its caller may see."""
    match intent.kind:
        case "summary":
            card = _find_document(intent, index, within)
            path = overview_path(card.id) if card else search_path(intent.subject or question, within)
            return Referral(intent.kind, path, document=card)
        case "comparison":
            return Referral(intent.kind, comparison_path(question))
        case _:
            narrowed, is_whole = _narrow(intent, within, thesaurus)
            count = index.engine.count(narrowed) if is_whole else None
            return Referral(intent.kind, search_path(question, narrowed), count, within=narrowed)


def comparison_path(question: str) -> str:
    """Return the path of what compares, for a question that asks for a comparison."""
    return "/compare?" + urlencode({"q": question})


def _find_document(intent: Intent, index: OpenIndex, within: Filter) -> DocumentCard | None:
    """Return the document the words name best by its title, None when no title holds half of them."""
    subject = set(_words(intent.subject, intent.language)) - _SAYS_NOTHING[intent.language]
    if not subject:
        return None
    cards = [ranked.document for ranked in index.engine.search(intent.subject, LOOKED_AT, within).documents]

    def share(card: DocumentCard) -> float:
        languages = {intent.language, card.metadata.language}
        title = {word for language in languages for word in _words(card.metadata.title, language)}
        return len(subject & title) / len(subject)

    best = max(cards, key=share, default=None)  # the first of equals, so the nearest
    return best if best and share(best) >= LEAST_SHARE else None


def _words(text: str, language: str) -> Iterator[str]:
    return (term.text for term in terms(text, language))


def _narrow(intent: Intent, within: Filter, thesaurus: Thesaurus) -> tuple[Filter, bool]:
    """Return the filter narrowed to what the words name, and whether they name nothing beside it."""
    text, language = intent.subject, intent.language
    kinds = dict(kinds_named(text, language))
    borders, countries = thesaurus.borders_named(text, language), thesaurus.countries_named(text, language)
    mentions = thesaurus.mentions(text, language)
    themes = {name: mention for mention in mentions if (name := mention.concept.removeprefix("theme/")) in THEMES}
    narrowed = replace(
        within,
        kinds=within.kinds or frozenset(kinds),
        themes=within.themes or frozenset(themes),
        borders=within.borders or (borders if len(borders) == 1 else frozenset()),
        countries=within.countries or frozenset(countries if not borders and len(countries) == 1 else ()),
    )
    is_placed = len(borders) == 1 or len(countries) <= 1
    territories = [mention for mention in mentions if mention.concept.startswith(("border/", "country/")) and is_placed]
    spans = [(mention.start, mention.end) for mention in (*territories, *themes.values())]
    spans += [(text.index(words), text.index(words) + len(words)) for words in kinds.values()]
    left = [
        term
        for term in terms(text, language)
        if not any(start <= term.start < end for start, end in spans)
        and text[term.start : term.end].lower() not in _SAYS_NOTHING[language]
    ]
    return narrowed, not left

"""What a report seems to be about and who could act, each value with the reasons that led to it. Staff decide.

Three sources of evidence: the concepts the thesaurus recognises in the text, expressions people use for a kind of
trouble (`CUES`), and documents near enough to be shown as prior solutions, with the law they rest on. Each reason has
a weight, and a value is proposed from a floor on (`Floor`): one word may have several meanings, and one near document
may be near by chance. Where nothing reaches the floor nothing is proposed.

The tables hold what speaks for a type of obstacle or for who can act, in six languages. Concepts do most of the work:
the thesaurus has their names in every language. The expressions are for what people say without naming a concept
("nobody knows whom to ask"). Types are names of the thesaurus's obstacles.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from index.documents import THEMES
from index.types import DocumentCard
from service.library.concepts import Mention, Thesaurus
from service.obstacles.model import Classification, Level, Proposal, Reason

TAX_AND_SOCIAL: Final = "tax-social-mismatch"
TYPE_OF_THEME: Final = {
    **dict.fromkeys(
        ("income-tax", "double-taxation", "fiscal-compensation", "vat", "local-taxation", "inheritance", "telework"),
        TAX_AND_SOCIAL,
    ),
    **dict.fromkeys(
        ("social-security-coordination", "a1-certificate", "pension", "family-benefits", "unemployment-benefit"),
        TAX_AND_SOCIAL,
    ),
    "recognition-of-diplomas": "document-recognition",
    "driving-licence": "document-recognition",
    "vehicle-registration": "document-recognition",
    "ticketing": "pricing-mismatch",
    "rail-interoperability": "technical-standards",
    "police-cooperation": "territoriality",
    "liability": "liability-insurance",
    "state-aid": "funding-rules",
    "budget": "funding-rules",
    "worker-information": "information-lack",
    "passenger-information": "information-lack",
    "data-sharing": "data-exchange",
    "statistics": "missing-statistics",
    "language-learning": "language-skills",
}
CUES: Final = {
    name: re.compile(rf"\b(?:{expressions})\w*", re.IGNORECASE)
    for name, expressions in {
        "tax-social-mismatch": r"imp[ôo]ts?\b|imposé|fiscal|cotis|taxe[sd]?\b|income tax|double tax"
        r"|social security|Steuer"
        r"|versteuer|Sozialversicherung|Beiträge|impuesto|tribut|cotiza|seguridad social|impost[ae]\b|contributi\b"
        r"|previdenz|belasting|premies|sociale zekerheid",
        "procedure-length": r"délai|des mois|\d+ mois|formulaire|démarche|paperasse|attend|months|weeks"
        r"|paperwork|forms\b|Wartezeit|Formular|monatelang|Monate|Antrag|meses|trámite"
        r"|formulario|plazo|mesi\b|modul[io]\b|pratiche|maanden|formulier|wachten",
        "document-recognition": r"diplôme|attestation|certificat|reconnaît|reconnu|traduction assermentée|diploma"
        r"|certificate|recogni[sz]|Bescheinigung|anerkannt|Anerkennung|Zeugnis|reconoce"
        r"|título|certificado|riconosc|attestato|erkend|erkenn|bewijs",
        "information-lack": r"personne ne sait|ne sait pas|savons pas|à qui s.adresser|qui contacter"
        r"|nobody knows|no one knows|who to ask|whom to ask|weiß niemand|niemand weiß"
        r"|an wen|nadie sabe|a quién|nessuno sa|a chi rivolg|niemand weet|bij wie",
        "liability-insurance": r"assur[eéa]|assureur|responsabilité|insur|liab|Versicher|Haftung|haftet|seguro"
        r"|asegurad|responsabilidad|assicura|responsabilità|verzeker|aansprakelijk",
        "funding-rules": r"subvention|financement|financer|cofinanc|fonds\b|funding|grant\b|Förder|Zuschuss"
        r"|subvención|financia|finanziament|contribut[io]\b|subsidie|financiering",
        "pricing-mismatch": r"tarif|billet|abonnement|fare\b|fares\b|ticket|Fahrkarte|Fahrschein|tarifa"
        r"|billete|bigliett|tariff|abbonament|kaartje|vervoerbewijs",
        "data-exchange": r"échanger des données|transmettre|partager (?:des|les) données|fichier|RGPD|GDPR"
        r"|share data|Daten (?:austausch|weiter|über)|Datenschutz|intercambiar datos"
        r"|compartir|scambiare|trasmettere|gegevens delen|uitwissel",
        "missing-statistics": r"statisti|chiffres|figures\b|(?-i:Zahlen)\b|cifras|dati statistici|cijfers",
        "non-comparable-data": r"comparable|vergleichbar|confrontabil|vergelijkbaar|nomenclature",
        "language-skills": r"langue|interprète|parlent? pas|speak|language|Sprache|spricht|sprechen|idioma"
        r"|habla|lingua|parla|taal\b|spreekt|spreken",
        "technical-standards": r"norme|signalisation|gabarit|tension|écartement|homologu|standard|voltage|gauge"
        r"|signal+ing|Norm\b|Normen|Spurweite|Spannung|Zugsicherung|ancho de vía|homologa"
        r"|omologa|scartamento|spoorwijdte|spanning",
        "missing-legal-basis": r"pas (?:de|d.) (?:accord|convention|texte|base)"
        r"|aucun(?:e)? (?:accord|convention|texte|règle)|n.est pas prévu|rien ne prévoit"
        r"|no agreement|no legal|not allowed|kein Abkommen|keine Vereinbarung"
        r"|nicht erlaubt|no hay (?:convenio|acuerdo)|non c.è (?:un )?accordo"
        r"|nessun accordo|geen (?:akkoord|verdrag|overeenkomst)",
        "conflicting-laws": r"contradict|incompatib|(?:deux|les) droits|l.un (?:exige|interdit)|conflict"
        r"|widerspr|unvereinbar|contradic|contrast|tegenstrijdig",
        "competence-asymmetry": r"compéten(?:t|ce)|pas d.interlocuteur|interlocuteur|counterpart|zuständig"
        r"|Ansprechpartner|competencia|interlocutor|competenza|interlocutore|bevoegd",
        "territoriality": r"hors (?:de |du )?(?:notre |son |leur )?territoire|s.arrête à la frontière"
        r"|demi-tour|jurisdiction|an der Grenze (?:um|halt)|fuera de|fuori dal"
        r"|buiten het grondgebied",
        "governance-lack": r"chacun de son côté|sans coordination|coordonn|coordinat|abgestimmt|Abstimmung"
        r"|coordina|afstemming",
        "resources-lack": r"manque de (?:moyens|personnel|bras)|faute de (?:moyens|personnel|budget)"
        r"|short of staff|no staff|Personalmangel|falta de (?:medios|personal)"
        r"|mancanza di (?:personale|mezzi)|personeelstekort",
        "political-will": r"volonté politique|political will|politischer Wille|voluntad política"
        r"|volontà politica|politieke wil",
    }.items()
}

# Lengths of time, and words of conversation: alone they do not make an obstacle.
WEAK: Final = re.compile(
    r"des mois|\d+ mois|months|weeks|monate|meses|mesi|maanden|attend|speak|spr[ie]|habla|parla?\b|parlent",
    re.IGNORECASE,
)

LEVEL_OF_TYPE: Final = {
    **dict.fromkeys(("eu-law-gap", "transposition"), "european"),
    **dict.fromkeys(
        ("conflicting-laws", "missing-legal-basis", "territoriality", "tax-social-mismatch", "document-recognition"),
        "national",
    ),
    **dict.fromkeys(("technical-standards", "data-exchange", "missing-statistics", "liability-insurance"), "national"),
    **dict.fromkeys(
        ("pricing-mismatch", "governance-lack", "information-lack", "resources-lack", "language-skills"), "local"
    ),
    **dict.fromkeys(("cultural-differences", "terminology", "political-will"), "local"),
}
# Where no instrument of the thesaurus hangs on a theme: who decides about it nearly everywhere.
LEVEL_OF_THEME: Final = {
    **dict.fromkeys(
        ("bus", "tram", "ticketing", "cycling", "park-and-ride", "carpooling", "passenger-information"), "local"
    ),
    **dict.fromkeys(("local-urban-plan", "scot", "building-permit", "planning-consultation", "housing"), "local"),
    **dict.fromkeys(("drinking-water", "waste-water", "waste", "district-heating", "noise"), "local"),
    **dict.fromkeys(("school", "childcare", "sport", "arts", "heritage", "language-learning", "tourism"), "local"),
    **dict.fromkeys(
        ("income-tax", "double-taxation", "fiscal-compensation", "local-taxation", "inheritance"), "national"
    ),
    **dict.fromkeys(("taxi", "pharmacy", "emergency-care", "health-professionals", "vehicle-registration"), "national"),
    **dict.fromkeys(
        ("apprenticeship", "fire-service", "police-cooperation", "crime", "judicial-cooperation"), "national"
    ),
    **dict.fromkeys(("vat", "customs", "state-aid", "social-security-coordination", "a1-certificate"), "european"),
}
LEVEL_OF_LAW: Final = {
    "instrument/eu-law": "european",
    "instrument/coe-law": "european",
    "instrument/bilateral-treaty": "national",
    "instrument/multilateral-convention": "national",
    "instrument/french-law": "national",
}

TOPICAL: Final = ("theme/", "instrument/", "obstacle/", "type/", "structure/")  # what a text is about, not where
MOST_THEMES: Final = 2
MOST_TYPES: Final = 2
MOST_REASONS: Final = 4  # of one value
MOST_NEAR: Final = 5  # near documents that count
# For a theme: a word, a name of several words (few mean something else), a document that is near.
WORD, NAME, NEAR = 1.0, 2.0, 1.0
# For a type: the obstacle named, an expression for it, a word that often means nothing of the kind, a theme it is of.
OBSTACLE, CUE, WEAK_CUE, TYPICAL = 2.0, 1.0, 0.5, 0.5
# For the level: law named in the text is nearly certain, a body named may only be concerned.
NAMED_LAW, LAW_OF_THEME, THEME, TYPE, NEAR_LAW, BODY = 3.0, 1.5, 1.2, 1.0, 0.5, 0.4


class Evidence(NamedTuple):
    """A reason and how much it weighs."""

    weight: float
    reason: Reason


@dataclass(frozen=True, slots=True)
class Floor:
    """How much must speak for a value before it is proposed. Chosen on one half of `benchmarks/obstacles.jsonl`."""

    theme: float = 2.0
    type: float = 1.0
    level: float = 1.0


PROPOSED: Final = Floor()


@dataclass(frozen=True)
class Proposer:
    """Proposes with a thesaurus; without one, by expressions and near documents alone."""

    thesaurus: Thesaurus
    floor: Floor = PROPOSED

    def propose(self, text: str, language: str, *, border: str = "", nearest: Sequence[DocumentCard] = ()) -> Proposal:
        """Return what a text seems to be about; `border` is what its writer gave.

        `nearest` are documents near enough to be shown for this text, the nearest first; those that are merely the
        nearest of all there are would speak for anything.
        """
        mentions, near = self.thesaurus.mentions(text, language), nearest[:MOST_NEAR]
        of_themes = list(self._themes(text, mentions, near))
        themes = _strongest(of_themes, self.floor.theme, MOST_THEMES)
        of_borders = list(self._borders(text, language, mentions, border))
        borders = _most_named(of_borders, 3)
        of_countries = list(self._countries(text, mentions, borders))
        on_theme = [mention for mention in mentions if self._is_on(mention.concept, themes)]
        of_types = list(self._types(text, on_theme))
        types = _strongest(of_types, self.floor.type, MOST_TYPES)
        of_levels = list(self._levels(text, language, on_theme, borders, types, near))
        level = _strongest(of_levels, self.floor.level, 1)
        about = Classification(
            themes=themes,
            borders=borders,
            countries=tuple(sorted({reason.value for reason in of_countries})),
            types=types,
            level=Level(level[0]) if level else None,
        )
        by_weight = sorted((*of_themes, *of_types, *of_levels), key=lambda evidence: -evidence.weight)
        reasons = [*of_borders, *of_countries, *(evidence.reason for evidence in by_weight)]
        concepts = frozenset(mention.concept for mention in mentions if mention.concept.startswith(TOPICAL))
        recognised = _most_named((evidence.reason for evidence in of_themes if evidence.reason.words), MOST_THEMES)
        return Proposal(about, _reasons_for(about, reasons), concepts, recognised)

    def _themes(self, text: str, mentions: Sequence[Mention], nearest: Sequence[DocumentCard]) -> Iterator[Evidence]:
        for mention in mentions:
            words = _words(text, mention)
            for top in self._tops(mention.concept, "theme/"):
                if top in THEMES:
                    weight = NAME if len(words.split()) > 1 else WORD
                    yield Evidence(weight, Reason("themes", top, words, via=(mention.concept,)))
        for card in nearest:
            for theme in card.metadata.themes[:1]:
                yield Evidence(NEAR, Reason("themes", theme, document_id=card.id))

    def _is_on(self, concept: str, themes: Collection[str]) -> bool:
        """Say whether a concept is of one of the themes, or of none at all; the others are words read wrongly."""
        tops = self._tops(concept, "theme/")
        return not tops or not set(tops).isdisjoint(themes)

    def _borders(self, text: str, language: str, mentions: Sequence[Mention], border: str) -> Iterator[Reason]:
        if border:
            yield Reason("borders", border)
            return
        for code in sorted(self.thesaurus.borders_named(text, language)):
            key = f"border/{code}"
            for mention in mentions:
                country = mention.concept.removeprefix("country/")
                is_near = key in (mention.concept, *self.thesaurus.beside.get(mention.concept, ()))
                if is_near or (country != mention.concept and country in code.split("-")):
                    yield Reason("borders", code, _words(text, mention), via=(mention.concept,))

    def _countries(self, text: str, mentions: Sequence[Mention], borders: Sequence[str]) -> Iterator[Reason]:
        for border in borders:
            for country in border.split("-"):
                yield Reason("countries", country, via=(f"border/{border}",))
        for mention in mentions:
            if mention.concept.startswith("country/"):
                yield Reason("countries", mention.concept.removeprefix("country/"), _words(text, mention))

    def _types(self, text: str, mentions: Sequence[Mention]) -> Iterator[Evidence]:
        for mention in mentions:
            scheme, _, name = mention.concept.partition("/")
            words = _words(text, mention)
            if scheme == "obstacle":
                yield Evidence(OBSTACLE, Reason("types", name, words, via=(mention.concept,)))
            elif scheme == "theme" and name in TYPE_OF_THEME:
                yield Evidence(TYPICAL, Reason("types", TYPE_OF_THEME[name], words, via=(mention.concept,)))
        for name, cue in CUES.items():
            for match in cue.finditer(text):
                yield Evidence(WEAK_CUE if WEAK.match(match[0]) else CUE, Reason("types", name, match[0]))

    def _levels(
        self,
        text: str,
        language: str,
        mentions: Sequence[Mention],
        borders: Sequence[str],
        types: Sequence[str],
        nearest: Sequence[DocumentCard],
    ) -> Iterator[Evidence]:
        themes = {mention.concept: _words(text, mention) for mention in mentions}
        for concept, words in themes.items():
            scheme, _, name = concept.partition("/")
            if scheme == "instrument":
                yield from self._law(NAMED_LAW, words, (concept,))
            elif scheme == "level":
                for top in self._tops(concept, "level/"):
                    yield Evidence(BODY, Reason("level", top, words, via=(concept,)))
            elif scheme == "theme":
                laws = [law for law in self.thesaurus.beside.get(concept, ()) if self._holds_at(law, borders)]
                for law in laws:
                    yield from self._law(LAW_OF_THEME / len(laws), words, (concept, law))
                if name in LEVEL_OF_THEME:
                    yield Evidence(THEME, Reason("level", LEVEL_OF_THEME[name], words, via=(concept,)))
        for name in types:
            if name in LEVEL_OF_TYPE:
                yield Evidence(TYPE / len(types), Reason("level", LEVEL_OF_TYPE[name], via=(f"obstacle/{name}",)))
        for card in nearest:
            yield from self._law_of(card, language, borders)

    def _law_of(self, card: DocumentCard, language: str, borders: Sequence[str]) -> Iterator[Evidence]:
        """Yield the levels of the law a near document rests on; each level counts once for a document."""
        levels: dict[str, Reason] = {}
        for instrument in card.metadata.legal_instruments:
            for mention in self.thesaurus.mentions(instrument, card.metadata.language or language):
                if mention.concept.startswith("instrument/") and self._holds_at(mention.concept, borders):
                    for _, reason in self._law(NEAR_LAW, "", (mention.concept,)):
                        levels.setdefault(reason.value, reason._replace(document_id=card.id))
        for reason in levels.values():
            yield Evidence(NEAR_LAW, reason)

    def _law(self, weight: float, words: str, via: tuple[str, ...]) -> Iterator[Evidence]:
        """Yield the level at which the last of `via`, a legal instrument, is made and changed."""
        for above in self.thesaurus.lineage(via[-1]):
            if above in LEVEL_OF_LAW:
                path = via if above == via[-1] else (*via, above)
                yield Evidence(weight, Reason("level", LEVEL_OF_LAW[above], words, via=path))
                return

    def _holds_at(self, concept: str, borders: Sequence[str]) -> bool:
        """Say whether a concept is a legal instrument that holds at these borders; many treaties hold at one only."""
        if not concept.startswith("instrument/"):
            return False
        related = self.thesaurus.beside.get(concept, ())
        own = {key.removeprefix("border/") for key in related if key.startswith("border/")}
        return not own or bool(own & set(borders))

    def _tops(self, concept: str, scheme: str) -> list[str]:
        return [
            key.removeprefix(scheme)
            for key in self.thesaurus.lineage(concept)
            if key.startswith(scheme) and not self.thesaurus.above.get(key)
        ]


def _words(text: str, mention: Mention) -> str:
    return text[mention.start : mention.end]


def _most_named(reasons: Iterable[Reason], most: int) -> tuple[str, ...]:
    """Return the values with the most reasons; those with less than half of the first's are left out."""
    ranked = Counter(reason.value for reason in reasons).most_common(most)
    return tuple(value for value, count in ranked if count * 2 > ranked[0][1])


def _strongest(evidence: Iterable[Evidence], floor: float, most: int) -> tuple[str, ...]:
    """Return the values whose reasons together reach the floor, the strongest first.

    A reason that is given twice counts once; values with half the weight of the first or less are left out.
    """
    heaviest: dict[tuple[str, ...], float] = {}
    for weight, reason in evidence:
        path = () if reason.field == "themes" else reason.via  # a word is one sign of its theme, whatever it means
        key = (reason.value, reason.words.casefold(), reason.document_id, *path)
        heaviest[key] = max(weight, heaviest.get(key, 0.0))
    weights: defaultdict[str, float] = defaultdict(float)
    for (value, *_), weight in heaviest.items():
        weights[value] += weight
    ranked = sorted(weights.items(), key=lambda pair: -pair[1])[:most]
    return tuple(value for value, weight in ranked if weight >= floor and weight * 2 > ranked[0][1])


def _reasons_for(about: Classification, reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Return the reasons for what is proposed, each once."""
    chosen: dict[str, tuple[str, ...]] = {
        "themes": about.themes,
        "borders": about.borders,
        "countries": about.countries,
        "types": about.types,
        "level": (about.level,) if about.level else (),
    }
    kept: list[Reason] = []
    counts = Counter[tuple[str, str]]()
    for reason in dict.fromkeys(reasons):
        key = (reason.field, reason.value)
        if reason.value in chosen[reason.field] and counts[key] < MOST_REASONS:
            kept.append(reason)
            counts[key] += 1
    return tuple(kept)

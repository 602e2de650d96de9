"""What a report seems to be about and who could act, each value with the reasons that led to it. Staff decide.

Three sources of evidence: the concepts the thesaurus recognises in the text, expressions people use for a kind of
trouble (`CUES`), and the nearest documents with the law they rest on. The last are used only where nothing else says
anything, for what is near is not always alike.

The tables hold what speaks for a type of obstacle or for who can act, in six languages. Concepts do most of the work:
the thesaurus has their names in every language. The expressions are for what people say without naming a concept
("nobody knows whom to ask"). Types are names of the thesaurus's obstacles.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

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
        "missing-statistics": r"statisti|chiffres|figures\b|Zahlen\b|cifras|dati statistici|cijfers",
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
# The weight of a reason for the level: law named in the text is nearly certain, a body named may only be concerned.
NAMED_LAW, LAW_OF_THEME, THEME, TYPE, NEAR_LAW, BODY = 3.0, 1.5, 1.2, 1.0, 0.5, 0.4


@dataclass(frozen=True)
class Proposer:
    """Proposes with a thesaurus; without one, by expressions and the nearest documents alone."""

    thesaurus: Thesaurus

    def propose(self, text: str, language: str, *, border: str = "", nearest: Sequence[DocumentCard] = ()) -> Proposal:
        """Return what a text seems to be about; `border` is what its writer gave, `nearest` documents near to it."""
        mentions = self.thesaurus.mentions(text, language)
        reasons = [*self._themes(text, mentions, nearest), *self._borders(text, language, mentions, border)]
        borders = _best(reasons, "borders", 3)
        reasons += self._countries(text, mentions, borders)
        reasons += self._types(text, mentions)
        types = _best(reasons, "types", MOST_TYPES)
        level_reasons = list(self._levels(text, language, mentions, borders, types, nearest))
        level = _heaviest(level_reasons)
        by_weight = sorted(level_reasons, key=lambda weighted: -weighted[0])
        reasons += [reason for _, reason in by_weight if reason.value == level]
        about = Classification(
            themes=_best(reasons, "themes", MOST_THEMES),
            borders=borders,
            countries=tuple(sorted({reason.value for reason in reasons if reason.field == "countries"})),
            types=types,
            level=level,
        )
        concepts = frozenset(mention.concept for mention in mentions if mention.concept.startswith(TOPICAL))
        return Proposal(about, _reasons_for(about, reasons), concepts)

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

    def _types(self, text: str, mentions: Sequence[Mention]) -> Iterator[Reason]:
        for mention in mentions:
            scheme, _, name = mention.concept.partition("/")
            if scheme == "obstacle":
                for _ in range(2):  # who names the obstacle itself leaves less to guess
                    yield Reason("types", name, _words(text, mention), via=(mention.concept,))
            elif scheme == "theme" and name in TYPE_OF_THEME:
                yield Reason("types", TYPE_OF_THEME[name], _words(text, mention), via=(mention.concept,))
        for name, cue in CUES.items():
            for match in cue.finditer(text):
                yield Reason("types", name, match[0])

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
                laws = [law for law in self.thesaurus.beside.get(concept, ()) if self._holds_at(law, borders)]
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


def _best(reasons: Iterable[Reason], name: str, most: int) -> tuple[str, ...]:
    """Return the values with the most reasons; those with less than half of the first's are left out."""
    votes = Counter(reason.value for reason in reasons if reason.field == name)
    ranked = votes.most_common(most)
    return tuple(value for value, count in ranked if count * 2 > ranked[0][1])


def _heaviest(weighted: Iterable[tuple[float, Reason]]) -> Level | None:
    weights: Counter[str] = Counter()
    for weight, reason in weighted:
        weights[reason.value] += weight  # type: ignore[assignment]  # typeshed: a Counter's values are int
    return Level(max(weights, key=lambda level: weights[level])) if weights else None


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

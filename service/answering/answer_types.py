"""What kind of thing a question asks for, and whether a sentence offers one: a number, a date, a name, a reason …

Known by the small words of six languages; what they do not say is left to the other features.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final


def _any_word(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b", re.IGNORECASE)


QUESTION_WORDS: Final = {
    "number": _any_word(
        r"combien|quel(?:le)? (?:nombre|part|proportion|pourcentage|taux|montant|longueur|distance|délai|durée|budget)",
        r"quel(?:le)? (?:prix|capital|seuil|âge|coût|superficie|largeur|hauteur|minimum|maximum)|nombre de",
        r"how (?:many|much|far|big|old|large|tall|high|wide|often)|at most how",
        r"what (?:is the )?(?:share|percentage|proportion|number|amount|rate|size|length|distance|ceiling|price|cost)",
        r"wie ?(?:viele?n?|viel|weit|hoch|groß|oft|schwer|teuer|breit|alt)",
        r"welche[rnms]? (?:anteil|anzahl|zahl|betrag|höhe|prozentsatz|entfernung|teil|preis)",
        r"cuánt[oa]s?|qué (?:porcentaje|parte|número|cantidad|importe|distancia|precio)",
        r"quant[oaie]|quale (?:percentuale|quota|importo|numero|distanza|prezzo)|che (?:percentuale|quota|prezzo)",
        r"hoeveel|hoe (?:vaak|ver|groot|hoog|veel|duur)|welke? (?:percentage|deel|aantal|bedrag|prijs|tarief)",
    ),
    "duration": _any_word(
        r"combien de (?:temps|jours|mois|ans|années|semaines|heures|minutes)|pendant combien|quel délai|quelle durée",
        r"how (?:long|many (?:days|weeks|months|years|hours|minutes))",
        r"wie lange|wie viele (?:tage|wochen|monate|jahre|stunden|minuten)",
        r"cuánto (?:tiempo|dura|tarda)|cuántos (?:días|meses|años)",
        r"quanto (?:tempo|dura|è durato)|per quanto|quanti (?:giorni|mesi|anni)",
        r"hoe ?lang|hoeveel (?:dagen|weken|maanden|jaar|uur|minuten)",
    ),
    "date": _any_word(
        r"quand|quelle (?:date|année)|depuis quel(?:le)?|quel (?:jour|mois)|à quelles? (?:heures?|date)",
        r"when|(?:what|which) (?:year|day|date|time|month)|since (?:what|which)",
        r"wann|seit welchem|ab welchem|welche[rsnm]? (?:jahr|datum|tag|monat|uhrzeit)",
        r"cuándo|(?:en )?qué (?:año|fecha|mes|día)|quando|(?:in )?(?:che|quale) (?:anno|data|giorno|mese)|dal quale",
        r"wanneer|sinds welke?|vanaf welke|welke? (?:jaar|datum|dag|maand)",
    ),
    "person": _any_word(
        r"qui|who|whose|whom|wer|wem|wen|wessen|quién(?:es)?|chi|wie(?= (?:is|was|heeft|betaalt|mag|moet|kan|beslist))",
        r"quel(?:le)? (?:organisme|autorité|institution|service|ministère|société|entreprise|tribunal|juge|caisse)",
        r"which (?:body|authority|court|company|ministry|institution)|welche (?:behörde|stelle|kasse|firma)",
    ),
    "place": _any_word(
        r"où|dans quel(?:le)? (?:ville|pays|commune|village|lieu)|quel (?:pays|lieu)|quelle (?:ville|commune)",
        r"where|(?:which|what) (?:town|city|country|place|village)|wo|woher|wohin|welche[rmn]? (?:stadt|land|ort)",
        r"dónde|qué (?:ciudad|país|pueblos?|municipio)|dove|(?:quale|che) (?:città|paese|comune)|waar",
        r"welke? (?:stad|land|gemeente|plaats)",
    ),
    "text": _any_word(
        r"(?:quel(?:le)?s?|which|what|welche[rsnm]?|qué|quale|welke?) (?:\w+ )?(?:article|artikel|artículo|articolo)s?",
        r"quel(?:le)?s? (?:règlement|directive|loi|texte|traité|convention|accord|code|décret|droit|clé)",
        r"(?:which|what) (?:regulation|law|act|treaty|agreement)|welche[rsnm]? (?:gesetz|verordnung|recht|abkommen)",
        r"qué (?:ley|acuerdo|tratado|convenio)|quale (?:legge|accordo|trattato)|welke? (?:wet|verdrag)",
        r"droit de quel pays",
    ),
    "reason": _any_word(r"pourquoi|why|warum|weshalb|wieso|por qué|perché|come mai|waarom"),
}
_YES_OR_NO: Final = re.compile(
    r"^\W*(?:est-ce|peut-on|faut-il|doit-on|can|may|must|is|are|do|does|did|has|have|was|were|will|should|could|darf"
    r"|dürfen|kann|können|muss|müssen|ist|sind|gibt|hat|haben|gilt|wird|braucht|soll|puede|pueden|debe|hay|es|son|può"
    r"|possono|deve|devono|è|sono|ha|mag|mogen|kan|kunnen|moet|moeten|heeft|hebben|geldt|zijn|wordt)\b"
    r"|\w+-(?:t-)?(?:il|elle|on|ils|elles|je|nous|vous|ce)\b|\best-ce qu",
    re.IGNORECASE,
)
_MONTH: Final = (
    "janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|january|february|march|april"
    "|may|june|july|august|september|october|november|december|januar|februar|märz|juni|juli|oktober|dezember|enero"
    "|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio"
    "|giugno|luglio|settembre|ottobre|dicembre|januari|februari|maart|mei|augustus"
)
_DATE: Final = re.compile(
    rf"\b(?:1[5-9]\d\d|20[0-4]\d)\b|\b\d{{1,2}}(?:er|\.|º|°)?\s+(?:de\s+)?(?:{_MONTH})\b"
    r"|\b\d{1,2}\s?(?:h|heures?|uhr|uur|ore|horas|[ap]m)\b",
    re.IGNORECASE,
)
_NUMBER_WORD: Final = _any_word(
    "un|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|quarante|cinquante|soixante|cent",
    "mille|moitié|tiers|quart|demi|double|one|two|three|four|five|seven|eight|nine|ten|eleven|twelve|fifteen|twenty",
    "thirty|forty|fifty|sixty|hundred|thousand|half|third|quarter|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf",
    "zwölf|fünfzehn|zwanzig|dreißig|hundert|tausend|hälfte|hälftig|drittel|viertel|halb|dos|tres|cuatro|cinco|seis",
    "siete|ocho|nueve|diez|veinte|treinta|cien|mil|mitad|medio|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|venti",
    "trenta|cento|metà|mezzo|twee|drie|vijf|zes|zeven|negen|tien|twintig|dertig|honderd|duizend|helft|einmal|zweimal",
)
_TIME: Final = _any_word(
    "jours?|mois|ans?|années?|semaines?|heures?|minutes?|days?|weeks?|months?|years?|hours?|tage?n?|wochen?|monate?n?",
    "jahre?n?|stunden?|minuten?|días?|mes(?:es)?|años?|semanas?|horas?|minutos?|giorn[oi]|mes[ei]|ann[oi]|settiman[ae]",
    "or[ae]|minut[oi]|dag(?:en)?|weken?|maand(?:en)?|jaar|jaren|uur|uren",
)
_NAME: Final = re.compile(r"(?<=[\w,;:)»’'\"] )[A-ZÀ-Ý][\w-]{2,}|\b[A-Z]{2,}\b")
_TEXT: Final = re.compile(
    r"\b(?:art(?:icles?|ikels?|ículos?|icol[oi]|ikelen)?\.?|§+)\s*[LRD]?\.?\s?\d|\b\d{2,4}/\d{2,4}\b"
    r"|\b(?:règlement|directive|loi|convention|traité|accord|regulation|act|treaty|agreement|gesetz|verordnung|vertrag"
    r"|abkommen|recht|droit|law|ley|tratado|acuerdo|convenio|legge|trattato|accordo|convenzione|wet|verdrag)\b",
    re.IGNORECASE,
)
_REASON: Final = _any_word(
    "car|parce|puisque|afin|en raison|faute|because|since|so that|owing|due to|weil|denn|da|damit|wegen|porque|ya que",
    "debido|perché|poiché|a causa|omdat|want|doordat|zodat",
)
_VERDICT: Final = _any_word(
    "oui|non|pas|aucune?|ni|jamais|interdite?|peut|peuvent|doit|doivent|faut|suffit|obligatoire|seulement|yes|no|not",
    "never|may|must|can|cannot|only|nor|ja|nein|nicht|keine?|darf|dürfen|muss|müssen|kann|nur|weder|sí|nunca|puede",
    "debe|solo|sólo|mai|può|deve|soltanto|nee|niet|geen|mag|moet|kan|alleen",
)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a sentence holds that a question may ask for. `number` leaves out those of dates."""

    number: bool
    figure: bool
    date: bool
    duration: bool
    name: bool
    text: bool
    reason: bool
    verdict: bool

    def offers(self, kind: str) -> bool:
        """Say whether it holds something of a kind of `expected_kinds`."""
        return bool(getattr(self, "name" if kind in ("person", "place") else kind))


@lru_cache(maxsize=1024)
def expected_kinds(question: str) -> frozenset[str]:
    """Return what the question asks for: some kinds of QUESTION_WORDS, else "verdict" (yes or no), else nothing."""
    kinds = frozenset(kind for kind, words in QUESTION_WORDS.items() if words.search(question))
    return kinds or frozenset({"verdict"} if _YES_OR_NO.search(question) else ())


@lru_cache(maxsize=50_000)
def offer_of(sentence: str) -> Offer:
    """Return what the sentence offers."""
    undated = _DATE.sub(" ", sentence)
    figure = any(character.isdigit() for character in undated)
    number = figure or bool(_NUMBER_WORD.search(undated))
    has_count = number or any(character.isdigit() for character in sentence)
    return Offer(
        number=number,
        figure=figure,
        date=bool(_DATE.search(sentence)),
        duration=has_count and bool(_TIME.search(sentence)),
        name=bool(_NAME.search(sentence)),
        text=bool(_TEXT.search(sentence)),
        reason=bool(_REASON.search(sentence)),
        verdict=bool(_VERDICT.search(sentence)),
    )

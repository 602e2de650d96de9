"""What a question wants that no sentence gives: a document summed up, a list, a count, a comparison, in six languages.

Only plain orders count ("Résume …", "List the …", "Wie viele Studien …"): "how many days" is a question for the
documents, and a count of documents names a kind of document and nothing else that is counted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from index.lexical.query_language import detect_query_language
from service.library.kind_names import kinds_named

IntentKind = Literal["summary", "list", "count", "comparison"]


@dataclass(frozen=True, slots=True)
class Intent:
    """What is wanted, and of what: the question without the words of the order."""

    kind: IntentKind
    subject: str
    language: str


_POLITE: Final = {  # what may stand before an order
    "fr": r"(?:peux-tu|pouvez-vous|peut-on|je voudrais|merci de|me|nous|s[’']il (?:te|vous) pla[iî]t,?)\s",
    "en": r"(?:please|can you|could you|i would like(?: to)?)\s",
    "de": r"(?:bitte|kannst du|können sie|mir|uns)\s",
    "es": r"(?:por favor,?|puedes|puede|quisiera)\s",
    "it": r"(?:per favore,?|puoi|può|vorrei)\s",
    "nl": r"(?:alsjeblieft|kun je|kunt u|graag|mij|ons)\s",
}


def _orders(by_language: Mapping[str, Sequence[str]]) -> Mapping[str, re.Pattern[str]]:
    return {
        language: re.compile(rf"^\W*(?:{_POLITE[language]})*(?:{'|'.join(orders)})(?:\b|(?<=[’'\s]))", re.IGNORECASE)
        for language, orders in by_language.items()
    }


SUMMARY: Final = _orders(
    {
        "fr": (
            r"résume[rz]?(?:-(?:moi|nous))?",
            r"(?:fais(?:-moi)? )?(?:un |le )?résumé d[eu]s?",
            r"(?:fais(?:-moi)? )?(?:une |la )?synthèse d[eu]s?",
        ),
        "en": (
            r"summari[sz]e|sum up",
            r"(?:give me |make )?(?:a |the )?summary of",
            r"(?:give me )?(?:an |the )?overview of",
        ),
        "de": (r"fass(?:e|en sie)?(?=.*\bzusammen\W*$)", r"(?:gib mir )?(?:eine )?zusammenfassung(?: von| des| der)?"),
        "es": (r"resum(?:e|a|ir|en de)|resúme(?:me|nos|lo)?", r"(?:haz(?:me)? )?(?:un )?resumen del?"),
        "it": (
            r"riassumi(?:mi)?|riassumere|sintetizza(?:re)?",
            r"(?:fai(?:mi)? )?(?:un )?riassunto (?:di|del(?:la|l[’'])?)",
            r"sintesi (?:di|del(?:la|l[’'])?)",
        ),
        "nl": (r"vat (?=.*\bsamen\W*$)", r"(?:geef (?:me )?)?(?:een )?samenvatting(?: van)?"),
    }
)
LIST: Final = _orders(
    {
        "fr": (
            r"liste[rz]?(?:-(?:moi|nous))?|énumère[rz]?",
            r"(?:donne[rz]?(?:-moi)? )?la liste d[eu]s?",
            r"(?:donne[rz]?|montre[rz]?)(?:-moi)? tou(?:s|tes) les",
            r"tou(?:s|tes) les(?= (?:fiches?|notes?|études|documents|publications|articles de presse|fils)\b)",
        ),
        "en": (
            r"list(?: me| all)*|enumerate",
            r"(?:give me |show me )?(?:a |the )?list of",
            r"(?:show|give) me all",
            r"all(?= (?:the )?(?:project sheets|legal notes|studies|documents|publications|press articles|threads)\b)",
        ),
        "de": (
            r"liste(?:n sie)?(?=.*\bauf\b)|auflisten",
            r"(?:gib mir |zeige? mir )?(?:eine |die )?liste (?:der|aller|von)",
            r"(?:zeige?|nenne) mir alle",
            r"alle(?= (?:projektblätter|studien|dokumente|veröffentlichungen|rechtsnotizen)\b)",
        ),
        "es": (
            r"lista(?:r|me)?|enumera",
            r"(?:dame |muéstrame )?(?:la |una )?lista de",
            r"(?:muéstrame|dame) tod[oa]s l[oa]s",
            r"tod[oa]s l[oa]s(?= (?:fichas|notas jurídicas|estudios|documentos|publicaciones|noticias)\b)",
        ),
        "it": (
            r"elenca(?:mi|re)?",
            r"(?:dammi |mostrami )?(?:l[’']|un )?elenco (?:di|de(?:i|gli|lle|l)?)",
            r"(?:dammi |mostrami )?(?:la |una )?lista (?:di|de(?:i|gli|lle))",
            r"mostrami tutt[ei] (?:le|i|gli)",
            r"tutt[ei] (?:le|i|gli)(?= (?:schede|note giuridiche|studi|documenti|pubblicazioni)\b)",
        ),
        "nl": (
            r"(?:geef (?:me )?)?(?:een |de )?lijst (?:van|met)",
            r"som (?=.*\bop\b)",
            r"(?:toon|geef) (?:me )?alle",
            r"alle(?= (?:projectfiches|studies|documenten|publicaties|juridische nota)\b)",
        ),
    }
)
COUNT: Final = _orders(
    {
        "fr": (r"combien (?:y a-t-il )?(?:de |d[’'])", r"(?:quel est )?le nombre (?:de |d[’'])"),
        "en": (r"how many", r"(?:what is )?the number of"),
        "de": (r"wie viele", r"(?:die )?anzahl der"),
        "es": (r"cuánt[oa]s", r"(?:el )?número de"),
        "it": (r"quant[ei]", r"(?:il )?numero (?:di|delle|dei|degli)"),
        "nl": (r"hoeveel", r"(?:het )?aantal"),
    }
)
COMPARISON: Final = _orders(
    {
        "fr": (
            r"compare[rz]?(?:-(?:moi|nous))?|tableau comparatif",
            r"(?:fais(?:-moi)? )?(?:une |la )?comparaison (?:de|des|du|entre)",
        ),
        "en": (r"compare|comparative table", r"(?:make )?(?:a |the )?comparison (?:of|between)"),
        "de": (r"vergleiche?(?:n sie)?|vergleichstabelle", r"(?:ein )?vergleich (?:der|von|zwischen)"),
        "es": (r"comparar?|tabla comparativa", r"(?:una )?comparación (?:de|entre)"),
        "it": (r"confronta(?:re)?|paragona|tabella comparativa", r"(?:un )?confronto (?:di|tra|fra)"),
        "nl": (r"vergelijk(?:en)?|vergelijkende tabel", r"(?:een )?vergelijking (?:van|tussen)"),
    }
)
_DOCUMENTS: Final = {  # "documents" alone may be papers somebody has to bring: counted only where they are had
    "fr": r"documents?(?=.*\b(?:sur|avez-vous|as-tu|y a-t-il|traitent|parlent|portent|concernent)\b)",
    "en": r"documents?(?=.*\b(?:about|on|do you have|are there|deal|concern)\b)",
    "de": r"dokumente?(?=.*\b(?:über|zu|zum|zur|gibt es|habt ihr|haben sie)\b)",
    "es": r"documentos?(?=.*\b(?:sobre|hay|tenéis|tienen|tratan)\b)",
    "it": r"documenti?(?=.*\b(?:su|sul|sulla|ci sono|avete|trattano)\b)",
    "nl": r"documenten?(?=.*\b(?:over|zijn er|hebben jullie|heeft u|gaan)\b)",
}
_PAST_ORDER: Final = re.compile(
    r"^\W*(?:les?|la|l[’']|des|du|the|all|alle|die|der|das|los|las|el|i|gli|il|lo|de|het|me|moi)\s+", re.I
)


def read_intent(question: str) -> Intent | None:
    """Return what the question wants other than an answer, None for a question the documents may answer."""
    detected = detect_query_language(question)
    languages = [detected, *(language for language in SUMMARY if language != detected)] if detected else list(SUMMARY)
    orders: tuple[tuple[IntentKind, Mapping[str, re.Pattern[str]]], ...] = (
        ("summary", SUMMARY),
        ("list", LIST),
        ("comparison", COMPARISON),
        ("count", COUNT),
    )
    for language in languages:
        for kind, patterns in orders:
            match = patterns[language].match(question)
            if match and (kind != "count" or _counts_documents(question[match.end() :], language)):
                return Intent(kind, _PAST_ORDER.sub("", question[match.end() :]).strip(" ?!.,:;"), language)
    return None


def _counts_documents(counted: str, language: str) -> bool:
    """Say whether what is counted, the noun right behind "how many", is a kind of document."""
    if re.match(rf"\W*{_DOCUMENTS[language]}", counted, re.IGNORECASE):
        return True
    return any(counted.strip().lower().startswith(words.lower()) for _, words in kinds_named(counted, language))

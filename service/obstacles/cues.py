"""What in a text speaks for a type of obstacle or for who can act, in six languages.

Concepts do most of the work: the thesaurus knows their names in every language. The expressions are for what people
say without naming a concept ("nobody knows whom to ask"). Types are names of the thesaurus's obstacles.
"""

from __future__ import annotations

import re
from typing import Final

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
    name: re.compile(rf"\b(?:{said})\w*", re.IGNORECASE)
    for name, said in {
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

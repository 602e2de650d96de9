"""What people call the kinds of documents, in six languages: "fiches projet", "Studien", "discussioni del forum"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from index.documents import Kind

# Only what nobody says of anything but a document: "projet" and "étude" alone are what many documents are about.
_NAMES: Final = {
    "fr": {
        Kind.LEGAL_NOTE: r"(?:notes?|fiches?|analyses?) juridiques?",
        Kind.PUBLICATION: r"publications?|guides? pratiques?|cahiers?|brochures?",
        Kind.STUDY: r"études? de cas|études|études? (?=sur|de la mot)",
        Kind.PROJECT_SHEET: r"fiches?[ -](?:de )?projets?|fiches? d[’']expérience"
        r"|fiches?(?! de paie| de salaire|[ -](?:de )?(?:probl|diffic|contact|[ée]v[éè]n))",
        Kind.PROBLEM_SHEET: r"fiches?[ -](?:de )?(?:probl[èe]mes?|difficultés?)",
        Kind.NEWS: r"actualités|brèves|actus",
        Kind.PRESS_ARTICLE: r"articles? de presse|revue de presse|coupures de presse",
        Kind.FORUM_THREAD: r"(?:fils?|discussions?|sujets?) (?:de discussion|du forum)|fils de discussion|le forum",
        Kind.FUNDING_CALL: r"appels? (?:à|a) (?:projets?|propositions?|candidatures?|manifestation d[’']intérêt)",
        Kind.EVENT: r"[ée]v[éè]nements? (?:à venir|passés)|prochains [ée]v[éè]nements|fiches? [ée]v[éè]nements?",
        Kind.CONTACT: r"fiches?[ -]contacts?|contacts? utiles?",
    },
    "en": {
        Kind.LEGAL_NOTE: r"legal (?:notes?|sheets?|briefs?)",
        Kind.PUBLICATION: r"publications?|handbooks?",
        Kind.STUDY: r"case stud(?:y|ies)|studies",
        Kind.PROJECT_SHEET: r"project (?:sheets?|files?|factsheets?)|(?<!problem )factsheets?",
        Kind.PROBLEM_SHEET: r"problem (?:sheets?|factsheets?)",
        Kind.NEWS: r"news items?|news",
        Kind.PRESS_ARTICLE: r"press (?:articles?|cuttings?|review)|newspaper articles?",
        Kind.FORUM_THREAD: r"(?:forum )?threads?|forum (?:posts?|discussions?)|the forum",
        Kind.FUNDING_CALL: r"(?:funding )?calls? for (?:projects?|proposals?|applications?)|funding calls?",
        Kind.EVENT: r"(?:upcoming|coming|past|next) events?|event sheets?",
        Kind.CONTACT: r"contact (?:sheets?|persons?|points?)|useful contacts?",
    },
    "de": {
        Kind.LEGAL_NOTE: r"rechts(?:notizen|notiz|gutachten)|juristische[nr]? (?:notiz(?:en)?|vermerke?)",
        Kind.PUBLICATION: r"publikation(?:en)?|veröffentlichung(?:en)?|broschüren?|leitfäden",
        Kind.STUDY: r"studien?|fallstudien?",
        Kind.PROJECT_SHEET: r"projekt(?:blätter|blatt|bögen|bogen|steckbriefe?)",
        Kind.PROBLEM_SHEET: r"problem(?:blätter|blatt|bögen|bogen)",
        Kind.NEWS: r"meldungen|nachrichten|aktuelles",
        Kind.PRESS_ARTICLE: r"presse(?:artikel|berichte?)|zeitungsartikel",
        Kind.FORUM_THREAD: r"forum(?:s)?(?:beiträge|beitrag|themen|diskussion(?:en)?)|das forum|im forum",
        Kind.FUNDING_CALL: r"(?:förder|projekt)aufrufe?",
        Kind.EVENT: r"(?:kommende|nächste|vergangene)n? veranstaltungen|veranstaltungsblätter",
        Kind.CONTACT: r"kontakt(?:blätter|blatt|stellen?)|ansprechpartner(?:innen|in)?",
    },
    "es": {
        Kind.LEGAL_NOTE: r"notas? jurídicas?",
        Kind.PUBLICATION: r"publicaci(?:ón|ones)|guías prácticas",
        Kind.STUDY: r"estudios(?: de caso)?|estudio de caso",
        Kind.PROJECT_SHEET: r"fichas?(?: de)? proyectos?|fichas(?! (?:de )?(?:problema|contacto))",
        Kind.PROBLEM_SHEET: r"fichas?(?: de)? problemas?",
        Kind.NEWS: r"noticias?",
        Kind.PRESS_ARTICLE: r"artículos? de prensa",
        Kind.FORUM_THREAD: r"hilos?(?: del foro)?|discusi(?:ón|ones) del foro|el foro",
        Kind.FUNDING_CALL: r"convocatorias? de (?:proyectos|propuestas|ayudas)",
        Kind.EVENT: r"próximos eventos|eventos (?:próximos|pasados)",
        Kind.CONTACT: r"fichas?(?: de)? contactos?|contactos útiles|personas? de contacto",
    },
    "it": {
        Kind.LEGAL_NOTE: r"not[ae] giuridic(?:a|he)",
        Kind.PUBLICATION: r"pubblicazion[ei]",
        Kind.STUDY: r"studi(?: di caso)?|studio di caso",
        Kind.PROJECT_SHEET: r"sched[ae](?: (?:di )?progett[oi])?",
        Kind.PROBLEM_SHEET: r"sched[ae] (?:di )?problem[ai]",
        Kind.NEWS: r"notizi[ae]",
        Kind.PRESS_ARTICLE: r"articol[oi] di (?:stampa|giornale)",
        Kind.FORUM_THREAD: r"discussion[ei](?: del forum)?|il forum|nel forum",
        Kind.FUNDING_CALL: r"bandi|bando di finanziamento|invit[oi] a presentare (?:progetti|proposte)",
        Kind.EVENT: r"prossimi eventi|eventi (?:futuri|passati)",
        Kind.CONTACT: r"sched[ae] (?:di )?contatt[oi]|contatti utili|persone di contatto",
    },
    "nl": {
        Kind.LEGAL_NOTE: r"juridische (?:nota[’']?s?|notities)",
        Kind.PUBLICATION: r"publicaties?|brochures?",
        Kind.STUDY: r"studies|studie|gevalstudies",
        Kind.PROJECT_SHEET: r"projectfiches?|projectbladen|fiches?",
        Kind.PROBLEM_SHEET: r"probleem(?:fiches?|bladen)",
        Kind.NEWS: r"nieuwsberichten|nieuwsbericht",
        Kind.PRESS_ARTICLE: r"(?:pers|kranten)artikel(?:en|s)?",
        Kind.FORUM_THREAD: r"forum(?:draden|draad|berichten|discussies?)|draden|het forum",
        Kind.FUNDING_CALL: r"(?:project|subsidie)oproep(?:en)?",
        Kind.EVENT: r"(?:komende|aankomende|volgende|voorbije) evenementen",
        Kind.CONTACT: r"contact(?:fiches?|personen|persoon)|nuttige contacten",
    },
}
_PATTERNS: Final = {
    language: {kind: re.compile(rf"\b(?:{names})(?!\w)", re.IGNORECASE) for kind, names in names_of.items()}
    for language, names_of in _NAMES.items()
}


def kinds_named(text: str, language: str) -> Iterator[tuple[Kind, str]]:
    """Yield the kinds of documents a text names, each once, with the words it does it with."""
    for kind, pattern in _PATTERNS.get(language, {}).items():
        if match := pattern.search(text):
            yield kind, match[0]

"""What a case opens with: its legal form, its partners, its year and what worked, each in the case's own words.

A sentence is quoted only where its words say the fact themselves: "founded", "signed by", "opened in 2013", a heading
like "Results". Where none does, the fact is left out. `find_key_facts` alone says what a case opens with.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from index.documents import Document, Kind
from index.lexical.sentence_splitting import split_sentences
from service.forum.suggestions import Quote, accepted_solution

LEGAL_FORM, PARTNERS, YEAR, WORKED = "legal form", "partners", "year", "what worked"
FACETS: Final = (LEGAL_FORM, PARTNERS, YEAR, WORKED)
SHORTEST: Final = 30  # characters of a sentence that says what worked; shorter ones are names and headings
TELLING: Final = 60  # characters from which such a sentence stands without the one before it
LONGEST: Final = 420  # of any quoted sentence: a longer one is a list or a table read as one
LONGEST_HEADING: Final = 70


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})", re.IGNORECASE)


# A blank in a pattern is any white space: a no-break space, or the end of a line.
_FORM: Final = re.compile(
    r"\b(?:GECT|EVTZ|EGTC|AECT|GLCT|GÖZ|GEIE|EWIV|EEIG|GEIS|groupements? (?:européens?|local|locaux|d['’]intérêt)"
    r"|syndicats? mixtes?|associations?|établissement public|société (?:anonyme|commune|publique|d['’]économie mixte)"
    r"|filiale commune|coopérative|fondation|conventions? (?:de coopération|interhospitalière|cadre)"
    r"|European groupings?|joint (?:company|venture|authority)|foundation|co-?operative"
    r"|Verein|Zweckverband(?:es)?|GmbH|Stiftung|Genossenschaft|Europäische[rn]? Verbund|öffentlich-rechtliche"
    r"|asociaci(?:ón|ones)|consorcio|fundación|comunidad de trabajo"
    r"|associazion[ei]|consorzio|fondazione|società|gruppo europeo"
    r"|vereniging|stichting|openbaar lichaam|gemeenschappelijke regeling)\b".replace(" ", r"\s+"),
    re.IGNORECASE,
)
_FOUNDED: Final = _words(
    *(r"créé(?:e|s|es)?\b", r"création\b", "fond(?:é|ation)", "constitu(?:é|tion)", "siège", "statuts", "personnalité"),
    *(r"de droit\b", "prend la forme", r"sous (?:la )?forme\b", "devenue?s?", "transformée?", "porté(?:e|s)? par"),
    *("founded", "established", "set up", "seat", "statutes", "legal personality", "takes the form", "became"),
    *(r"under (?:French|German|Spanish|Belgian|Swiss|Luxembourg|Italian|Dutch) law", "created", "run by"),
    *("gegründet", "Gründung", "Sitz", "Satzung", "Rechtspersönlichkeit", "Rechtsform", "getragen", "errichtet"),
    *("cre[oó]", "cread[oa]", "creación", "fundad", "constitu[iy]", "sede", "estatutos", "personalidad", "de derecho"),
    *("costitui", "creat[oa]", "fondat", "statuto", "personalità", "di diritto"),
    *("opgericht", "oprichting", "zetel", "statuten", "rechtspersoon", "naar (?:Frans|Duits|Belgisch|Nederlands)"),
    r"(?:forme(?: juridique)?|legal form|forma(?: jurídica| giuridica)?|rechtsvorm)\s*\|",  # a row of a table
)
_PARTNERS: Final = _words(
    *("partenaires?", "signataires?", r"(?:co)?signée?s? (?:par|entre)", "maîtres? d['’]ouvrage", "chefs? de file"),
    *(r"portée?s? par", "associent?", "réunit", "rassemble", r"membres\s?:", r"membres sont", "cofinancée? par"),
    *("partners?", r"signed (?:by|between)", "signatories", "lead partner", r"members\s?:", "members are", "led by"),
    *(
        r"Partner\b",
        r"Träger\b",
        "unterzeichnet",
        "Unterzeichner",
        "Mitglieder sind",
        r"Mitglieder\s?:",
        "getragen von",
    ),
    *("socios", r"firmad[oa]s? (?:por|entre)", "firmantes", "beneficiario principal", "reúne a", r"miembros\s?:"),
    *("firmatari", r"firmat[oai] (?:da|tra)", "capofila", "riunisce", r"membri\s?:", r"soci\b"),
    *("ondertekend", "ondertekenaars", "leadpartner", "leden zijn", r"leden\s?:"),
)
_OPENED: Final = _words(
    *(r"ouver(?:t|te|ts|tes|ture)\b", r"ouvre\b", "inaugur", "mise? en service", "entrée? en service", "créée?"),
    *("création", "lancée?", "fondée?", "constituée?", "a commencé", "démarr"),
    *("opened", "opening", "in service", "launched", "created", "founded", "established", "set up", "began", "started"),
    *("eröffne", "Eröffnung", "in Betrieb", "in Dienst", "gegründet", "Gründung", "startete", "begann"),
    *("abri[óe]", "apertura", "inaugur", "cread", "creación", "constitu", "en servicio", "lanz"),
    *("apert[oa]", "costitui", "creat[oa]", "avviat", "lanciat", "inaugurat", "in servizio"),
    *("geopend", "opgericht", "oprichting", "gestart", "in gebruik", "in dienst"),
)
_SIGNED: Final = _words(
    *("signée?", "signature", r"entrée? en vigueur", "conclu"),
    *("signed", "signature", "concluded", "came into force"),
    *("unterzeichn", "schloss", "abgeschlossen"),
    *("firm(?:ad|ó|a|aron)", "firmat", "ondertekend", "gesloten"),
)
_ELSEWHERE: Final = re.compile(  # what is said of another case, or of the law a case rests on
    r"\b(?:à comparer|comparer|ailleurs|traité|treaty|elsewhere|compare|Vertrag von|tratado|trattato|verdrag)\b",
    re.IGNORECASE,
)
_NEGATED: Final = _words(
    *("aucune?", "ni", "sans", "pas", "jamais", "no", "not", "never", "without", "kein", "nicht", "ohne", "sin"),
    *("nessun", "non", "senza", "geen", "niet", "zonder"),
)
_A_YEAR: Final = re.compile(r"(?<![\d/.-])(?:19[5-9]|20[0-4])\d(?![\d/]|-\d)")
_A_NAME: Final = re.compile(r"(?<=[\s(«’'„“])[A-ZÀÂÉÈÊËÎÏÔÖÙÛÜÇÁÍÓÚÑÄ][\w’'-]{2,}")
_WORKED: Final = re.compile(
    r"(?:ce qui (?:marche|a marché|fonctionne)|résultats?|réalisations|premier bilan|bilan|(?:les |la )?solutions?"
    r"|la réponse|le montage|results?|what (?:works|worked)|outcomes?|the solution|achievements|progress"
    r"|ergebnisse?|was (?:funktioniert|gelang)|(?:die )?lösung(?:en)?|bilanz|erreichtes"
    r"|resultados?|lo que funciona|(?:la )?soluci(?:ón|ones)|la respuesta|logros"
    r"|risultati|(?:che cosa|ciò che) funziona|(?:la )?soluzion[ei]|la risposta"
    r"|resultaten|wat werkt|(?:de )?oplossing(?:en)?)\b",
    re.IGNORECASE,
)
_SOURCES: Final = re.compile(r"(?:sources?|quellen?|fuentes?|fonti|bronnen)\b", re.IGNORECASE)
_TROUBLE: Final = re.compile(  # headings under which dates and partners are not those of the case
    r"(?:\w+['’ ])?(?:obstacles?|difficultés?|limites?|ce qui (?:reste|freine)|reste à faire|hindernisse?|offen|grenzen"
    r"|obstáculos?|límites|lo que (?:queda|falta)|ostacol[oi]|limiti|che cosa resta|what remains|still open|limits"
    r"|hindernissen|obstakels?|wat (?:rest|blijft))\b",
    re.IGNORECASE,
)
_LIST_SIGN: Final = re.compile(r"(?:[-–•*]|\d+[.)])\s+")


class KeyFact(NamedTuple):
    """A fact a case opens with, the sentence that says it, and which of the sentence's characters say it."""

    facet: str
    quote: Quote
    marks: tuple[tuple[int, int], ...] = ()


class _Sentence(NamedTuple):
    """A sentence of a case, and the heading it is under."""

    quote: Quote
    heading: str


@lru_cache(maxsize=1024)  # the same cases come again and again
def find_key_facts(case: Document) -> tuple[KeyFact, ...]:
    """Return legal form, partners, year and what worked, in this order, as far as the case says them itself.

    A thread's first three would be those of what is talked about, not of a case, and are left out.
    """
    sentences = list(_sentences(case))
    is_thread = case.metadata.kind is Kind.FORUM_THREAD
    own = [] if is_thread else [sentence for sentence in sentences if not _TROUBLE.match(sentence.heading)]
    facts = [_legal_form(own), _partners(own), _year(own, case)]
    quoted = {fact.quote for fact in facts if fact}
    facts.append(_what_worked(_results(case, sentences), quoted))
    return tuple(fact for fact in facts if fact)


def _legal_form(sentences: Sequence[_Sentence]) -> KeyFact | None:
    for quote, _ in sentences:
        form = _FORM.search(quote.text)
        is_of_another = "?" in quote.text or _NEGATED.search(quote.text) or _ELSEWHERE.search(quote.text)
        if form and _FOUNDED.search(quote.text) and not is_of_another:
            return KeyFact(LEGAL_FORM, quote, (form.span(),))
    return None


def _partners(sentences: Sequence[_Sentence]) -> KeyFact | None:
    """Return the first sentence in which at least two names follow a word for partners."""
    for quote, _ in sentences:
        cue = _PARTNERS.search(quote.text)
        if cue and len(_A_NAME.findall(quote.text, cue.end())) > 1 and not _ELSEWHERE.search(quote.text):
            return KeyFact(PARTNERS, quote, (cue.span(),))
    return None


def _year(sentences: Sequence[_Sentence], case: Document) -> KeyFact | None:
    """Return the year of an opening or a foundation, else of a signature; one after the publication is a plan."""
    latest = case.metadata.published.year if case.metadata.published else 9999
    for cues in (_OPENED, _SIGNED):
        for quote, _ in sentences:
            begun = cues.search(quote.text)
            years = [year for year in _A_YEAR.finditer(quote.text) if int(year[0]) <= latest]
            if begun and years:
                nearest = min(years, key=lambda year: abs(year.start() - begun.start()))
                return KeyFact(YEAR, quote, (nearest.span(),))
    return None


def _results(case: Document, sentences: Sequence[_Sentence]) -> list[Quote]:
    """Return the sentences of a thread's accepted solution, or those under a heading such as "Results"."""
    if case.metadata.kind is Kind.FORUM_THREAD:
        solution = accepted_solution(case)
        return [quote for quote, _ in sentences if solution and quote.start >= solution.start]
    return [quote for quote, heading in sentences if _WORKED.match(heading)]


def _what_worked(results: Sequence[Quote], quoted: Collection[Quote]) -> KeyFact | None:
    """Return the first statement that is not quoted already and stands by itself, as far as there is one."""
    statements = [quote for quote in results if _is_statement(quote.text)]
    new = [quote for quote in statements if quote not in quoted]
    best = next((quote for quote in new if len(quote.text) >= TELLING), next(iter(new or statements), None))
    return KeyFact(WORKED, best) if best else None


def _is_statement(text: str) -> bool:
    return len(text) >= SHORTEST and text[0].isalnum() and text.rstrip()[-1] in ".!;…»"


def _sentences(case: Document) -> Iterator[_Sentence]:
    """Yield a case's sentences with the headings they are under, its list of sources left out.

    Where a file has no headings of its own, as a PDF, a short line without a full stop is one.
    """
    for section in case.sections:
        heading = section.heading
        if _SOURCES.match(heading):
            continue
        text, language = case.text[section.start : section.end], section.language or case.metadata.language
        for first, last in split_sentences(text, language):
            for start, end in _rows(text, first, last):
                words = text[start:end]
                if _is_heading(words):
                    heading = words
                elif len(words) <= LONGEST and not _SOURCES.match(heading):
                    yield _Sentence(Quote(words, section.start + start, section.start + end, section.label), heading)


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield a sentence without the sign of its list, or each row of a table."""
    lines = re.finditer(r"\S[^\n]*", text[start:end]) if "|" in text[start:end] else ()
    for line in lines:
        yield start + line.start(), start + line.end()
    if "|" not in text[start:end]:
        sign = _LIST_SIGN.match(text, start, end)
        yield (sign.end() if sign else start), end


def _is_heading(words: str) -> bool:
    return len(words) <= LONGEST_HEADING and words.rstrip()[-1:].isalnum() and "|" not in words and "\n" not in words

"""Signs in a sentence's words, its heading and its table, in six languages: half of what the cell model knows.

A sign says nothing by itself ("Interreg" stands in many sentences that name no money): the model weighs them together.
"""

from __future__ import annotations

import re
from typing import Final

_CURRENCY: Final = (
    r"(?:€|euros?|eur\b|francs?|franken|franchi|chf|zł|złotys?|złoty|couronnes|kronor|kronen|livres|pounds|£|\$"
    r"|dollars?)"
)
_SCALE: Final = (
    r"(?:millions?|milliards?|mio\.?|mrd\.?|million(?:en)?|milliarden?|miljoen|miljard|millones?|mil millones|milioni"
    r"|milione|miliardi|M|k|mille|mil)"
)
_FIGURE: Final = r"\d[\d.,\s\u00a0\u202f]*"

# Words that begin like this, unless the pattern says where they end.
WORDS: Final = {
    "form": (
        r"gect\b|egtc\b|aect\b|evtz\b|egts\b|ezts\b|eftc\b|glct\b|gözt?\b|geie\b|gie\b|bgts\b|seml?\b|sem\b"
        r"|s\.?e\.?\b(?= as)"
        r"|groupement(?:s)? (?:local|européen|d'intérêt)|european grouping|europ\w+ verbund"
        r"|agrupaci[oó]n europea|gruppo europeo"
        r"|europese groepering|consorcio|consorzio|consortium|zweckverb|openbaar lichaam|organisme public"
        r"|syndicat mixte"
        r"|eingetragener verein|\be\. ?v\.|association (?:loi|de droit|enregistr|transfront|franco)"
        r"|asociación de|associazione di"
        r"|vereniging|fondation|foundation|stiftung|gmbh|gesellschaft mit|société (?:d'économie|anonyme|europ"
        r"|coop|commune|publique)"
        r"|societas europaea|semi-public company|holding company|filiale commune|sociedad|società|naamloze"
        r"|établissement public"
        r"|ente pubblico|joint (?:body|company|venture)|groupe de travail|grupo de trabajo|working group"
        r"|arbeitsgemeinschaft"
        r"|organe consultatif|conseil consultatif|kommunalgemeinschaft"
    ),
    "personality": (
        r"personnalité (?:morale|juridique)|personne morale|legal person|rechtsperson|personalidad jurídica"
        r"|personalità giuridica"
        r"|rechtspersoon|sans structure|pas de structure|no legal personality|aucune société"
        r"|kein gemeinsames unternehmen"
        r"|gemeinsames unternehmen|new cross-border company"
    ),
    "law": (
        r"(?:de|du) droit (?:français|espagnol|belge|allemand|luxembourgeois|italien|suisse|public|privé)"
        r"|droit (?:français|espagnol)"
        r"|de derecho (?:español|francés|portugués|público)|di diritto|diritto (?:francese|italiano)"
        r"|nach (?:deutschem|französischem) recht"
        r"|under (?:spanish|french|german|belgian|dutch|italian) law|belgische recht|naar (?:belgisch"
        r"|nederlands) recht|siège à|sitz in"
        r"|con sede en|con sede a|zetel|seated in|seat in|statuts?\b|statuten|statuto|estatutos|statutes"
    ),
    "treaty": (
        r"convention|accord(?:-cadre)?\b|accords\b|traité|protocole|déclaration|agreement|treaty|memorandum"
        r"|abkommen|vertrag|vereinbarung"
        r"|staatsvertrag|convenio|tratado|acuerdo|protocolo|accordo|convenzione|trattato|protocollo|intesa"
        r"|overeenkomst|verdrag"
        r"|convenant|contrat|contract|mietvertrag|délégation de service"
    ),
    "regulation": (
        r"règlement|regulation|verordnung|reglamento|regolamento|verordening|directive|richtlini|directiva"
        r"|direttiva|loi n|gesetz"
    ),
    "partner": (
        r"partenaires?|partners?\b|membres?\b|members?\b|mitglied|miembros?|socios?\b|membri|soci\b|leden\b"
        r"|signataires|signatories"
        r"|unterzeichner|firmantes|actionnaires|shareholders|gesellschafter|aandeelhouders|chef de file"
        r"|lead partner|lead beneficiary"
        r"|federführ|capofila|jefe de filas|hoofdpartner|leadpartner|projektträger|träger\b|maître d'ouvrage"
        r"|exploitant|betreiber|operator"
        r"|gestionnaire|délégation|delegation|représentants|vertreter|bauherr"
    ),
    "joins": (
        r"réuni[tsr]|rassembl|associe|regroup|compos[ée]|se sont (?:liés|unis)|brings together|made up of"
        r"|composed of|between the"
        r"|umfasst|tragen|getragen|schließen sich|reúne|agrup|integra|compuest|riuni|forman[o]?\b|brengt"
        r"|verenigt|bestaat uit|signed by"
        r"|firmaron|unterzeichn|ondertekend|ont créé|hanno costituito|créé par|carried by|porté par|portent"
        r"|guidato|ont fondé"
    ),
    "authority": (
        r"ville de|villes|communes?\b|municip|gemeinde|gemeente|comun[ei]\b|ayuntamiento|stadt\b|city of"
        r"|town of|région\b|region\b"
        r"|land\b|länder\b|départements?\b|provinc|canton|kanton|kreis|comunidad autónoma|diputación"
        r"|ministère|ministry|ministerium"
        r"|ministerie|ministerio|ministero|agence régionale|ars\b|hôpital|hospital|krankenhaus|ospedale"
        r"|ziekenhuis|chambre|métropole"
        r"|agglo|communauté (?:de|urbaine)|eurodistri|euroregi|eurorégion|parc national|parco|sdis|caisse"
        r"|assurance maladie|xunta|junta"
        r"|generalitat|stadtwerke|régie|préfecture|préfet|universit|état\b|états\b|staat\b|states?\b|estado"
        r"|gouvernement|government"
    ),
    "cost": (
        r"coût|coût[ae]|cost[s]?\b|kost|coste|costo|budget|bilancio|presupuesto|haushalt|begroting"
        r"|investissement|investment|investition"
        r"|inversión|investimento|investering|dépense|montant|total|chiffré|prix\b|price|preis|devis|estimat"
        r"|schätz|ausgaben|uitgaven"
    ),
    "fund": (
        r"interreg|feder\b|erdf\b|efre\b|fesr\b|efro\b|fse\b|fonds\b|funds?\b|fondi|fondos|poctefa|alcotra"
        r"|fonds européen|fondo"
        r"|subvention|subsid|subvenci|sovvenz|zuschuss|zuschüsse|fördermittel|gefördert|förder|cofinanc"
        r"|kofinanz|cofinanz|financ"
        r"|finanz|bekost|financier|sponsor|crédits|grant\b|grants\b|dotation|contribut|beitrag|beiträge"
        r"|cotisation|bijdrage|apport"
    ),
    "pays": (
        r"pai[et]|paie|payé|payer|paid|pays\b|pay\b|zahl|bezahl|paga|pagan|pagó|betaal|betaalt|à la charge"
        r"|à charge|supporté|trag[et]n die"
        r"|verse|versé|apporté|apporte|prend en charge|bears|borne|contribu|aport|ajoute|allou"
        r"|stell[et]n? .{0,20} bereit|partagé"
    ),
    "share": (
        r"\d\s?%|per ?cent|prozent|pour cent|moitié|half\b|hälfte|mitad|metà|helft|tiers\b|zu gleichen"
        r"|parts égales|50/50|parité|kopfteil"
    ),
    "founded": (
        r"créé|création|crée\b|créent|fond[ée]|fondat|né\b|née\b|nés\b|naît|naissance|constitu|institu"
        r"|lanc[ée]|founded|created"
        r"|established|set up|launched|formed|formally|gegründet|gründ|errichtet|besteht|entstand|start(?:ete"
        r"|ed|eten)?\b|opgericht|ontstond"
        r"|fundad|cread|nació|nace|constituy|fondat|istituit|nato\b|nata\b|costitu|existe depuis|existe desde"
        r"|is in force|registro como"
    ),
    "signed": (
        r"sign[ée]|signature|signed|unterzeichn|unterschrieb|firmad|firmaron|firma\b|firmat|ondertekend"
        r"|conclu|concluded|geschlossen"
        r"|schlossen|entr[ée]e? en vigueur|en vigueur|in force|in kraft|en vigor|in vigore|van kracht"
        r"|applicable|anwendbar|appliqu|gilt seit"
    ),
    "opened": (
        r"ouver[t]|ouvr|inaugur|mis[e]? en service|réouver|rouver|opened|opening|reopen|eröffn|in betrieb"
        r"|in dienst|apertura|abri[óe]"
        r"|abert|inaugur|apert[oa]|riapr|geopend|opening|operational|zusammengetreten|première réunion|began"
        r"|begann|commenc|achev"
        r"|completed|finished|abgeschlossen|première pierre|spatenstich|clos|chius|s'est achevé|ended|endete"
        r"|terminó|prolong"
    ),
    "obstacle": (
        r"obstacle|obstácul|ostacol|hindernis|hürde|obstakel|knelpunt|difficult|difficil|schwierig|dificultad"
        r"|moeilijk|problem|problèm"
        r"|frein|bloc|blocage|retard|délai|delay|verzög|retraso|ritardo|conflit|conflict|désaccord|disagree"
        r"|refus|verweiger|manque|lack"
        r"|fehlt|fehlend|mangel|faut[e] de|falta\b|manca|ontbr|sans base|incompatib|différ|differ|unterschied"
        r"|distint|divers[ie]"
        r"|asymétri|asymmetr|asimétr|inégal|unequal|ungleich|interdi|prohib|verbot|verboten|barr|limite|limit"
        r"|grenze[n]? der|risque|risk|risiko"
    ),
    "negated": (
        r"ne (?:peut|peuvent|pouvai|dispos|poss|sont|correspond)|n'a\b|n'ont|n'avai|n'était|aucun|pas de"
        r"|sans\b|ni\b|personne\b|jamais|cannot"
        r"|could not|did not|does not|do not|no one|nobody|not\b|neither|never|without|nicht|kein|ohne|weder"
        r"|no (?:pod|es|hay|tien|era|se)"
        r"|sin\b|ningun|nadie|non\b|nessun|senza|niet|geen|zonder"
    ),
    "two_systems": (
        r"deux (?:droits?|systèmes?|réglement|employ|régim|norm|propriét|logiques|gestionnaires|cultures)"
        r"|two (?:sets|systems|building|insurance"
        r"|tax|budgets|currencies|states|education)|zwei (?:\w+ )?(?:regel|system|genehm|entgelt|krankenhaus"
        r"|haushalt|netz|rechts)|dos (?:derechos|sistemas"
        r"|culturas|leyes)|due (?:sistemi|diritti|stat)|twee (?:stelsels|systemen|belasting)|d'un côté"
        r"|de l'autre|on one side"
    ),
    "advice": (
        r"il faut|faut-il|mieux vaut|doi(?:t|vent)\b|devrai|conseil|recommand|suggér|propos|prévoir"
        r"|commencer par|à condition|prudent"
        r"|should|must\b|recommend|advis|suggest|begin with|start with|ask for|make sure|avoid|sollte|muss"
        r"|müssen|empfehl|ratsam|vorseh"
        r"|conviene|debe|deben|hay que|recomend|aconsej|bisogna|occorre|deve|devono|consiglia|moet|moeten"
        r"|aanbevel|raad|leg .{0,12}vast"
        r"|needs?\b|requires?|suppose|verlangt|exige|richiede|vereist"
    ),
    "lesson": (
        r"leçon|enseigne|retenir|retient|lehre|lección|lezion|lesson|les voor|lessen|bewähr|transf[eé]r"
        r"|transpos|übertrag|overdraagbaar|modèle"
        r"|model|modell|modelo|modello|suffit|enough|reicht|basta|volstaat|convient|suits|passt|utile|useful"
        r"|nützlich|vaut|worth|lohnt"
        r"|permet|évite|avoids|vermeidet|evita|voorkomt|garanti|préfér|prefer"
    ),
    "example": r"exemple|example|beispiel|ejemplo|esempio|voorbeeld",
    "elsewhere": (
        r"compar|vergleich|confront|vergelijk|à la différence|unlike|anders als|ailleurs|elsewhere"
        r"|autres? frontières?|other borders|ici\b|voir la fiche"
        r"|see also|siehe|véase|vedi|zie ook|plus loin|contrairement"
    ),
    "future": (
        r"prévu|planned|geplant|previst|gepland|annonc|announced|angekündigt|anunciad|annunciat|d'ici|vers 20"
        r"|reste à|à l'étude|étudie|would\b"
    ),
}

HEADINGS: Final = {
    "h_obstacle": (
        r"obstac|obstác|ostacol|hinder|obstakel|bloca|frein|difficul|schwierig|problèm|problem"
        r"|what went wrong|fracture|rückschl|conflit"
    ),
    "h_lesson": (
        r"leçon|enseign|retenir|retient|lehre|leccion|lezion|lesson|\bles\b|lessen|bewähr|übertrag|transf"
        r"|recommand|recomend|empfehl"
        r"|conseil|advice|pistes|proposition|autres|other|andere|otros|altri|à savoir|ricordare|bleibt"
        r"|take away|ce que l'on|interprét|findings"
    ),
    "h_rest": r"reste|remain|offen|queda|resta|open|falta|nog|suite|limit|límit|grenzen|après|afterwards|next",
    "h_money": (
        r"financ|finanz|geld|money|budget|payé|paie|pays\b|coût|cost|kosten|moyens|mittel|funding|chiffre"
        r"|combien"
    ),
    "h_partner": (
        r"partenair|partner|wer\b|who\b|membres|gouvernance|governance|fonctionn|rôle|rolle|role|how it works"
    ),
    "h_history": (
        r"chronolog|étapes|etapas|jalons|steps|schritte|history|histor|origine|cronolog|calend|en bref"
        r"|auf einen blick|facts|faits|chemin|strada"
    ),
    "h_solution": (
        r"solution|lösung|solucion|soluzion|oplossing|réponse|response|montage|convention|abkommen|forme"
        r"|forma|instrument|démarche|metodo|set-up"
    ),
    "h_context": (
        r"context|ausgangslage|situering|aanleiding|territoire|territorio|lieu|besoin|idée|pourquoi|warum|why"
        r"|origin|setting|anlass|départ|früher"
    ),
    "h_result": (
        r"résult|result|ergebnis|bilan|wirkung|achiev|réalis|ce qui (?:marche|fonctionne|a)|risultat"
        r"|lo que funciona|outcome"
    ),
    "h_elsewhere": r"compar|vergleich|confront|rapprocher|vergelijk|a smaller|next door|local outlier|cas \d|caso \d",
}

_FLAGS: Final = re.IGNORECASE
_WORDS: Final = {name: re.compile(rf"(?<!\w)(?:{pattern})", _FLAGS) for name, pattern in WORDS.items()}
_HEADINGS: Final = {name: re.compile(rf"(?<!\w)(?:{pattern})", _FLAGS) for name, pattern in HEADINGS.items()}
_MONEY: Final = re.compile(
    rf"(?:{_FIGURE}\s?{_SCALE}?\s?(?:d['’]|de\s|di\s|of\s)?\s?{_CURRENCY}|(?:€|£|\$|CHF|EUR)\s?{_FIGURE}"
    rf"|{_FIGURE}\s?(?:millions?|milliards?|Mio|Mrd|Millionen|miljoen|millones|milioni|M€)\b)",
    _FLAGS,
)
_YEAR: Final = re.compile(r"(?<![\d/.])(?:1[89]\d\d|20[0-4]\d)(?![\d/])")
_DATE: Final = re.compile(
    r"\d{1,2}(?:er|\.|º|°)?\s+(?:de\s+)?(?:janv|févr|fév|mars|avr|mai|juin|juil|août|sept|oct|nov|déc|jan"
    r"|feb|mar|apr|may|jun|jul|aug|dec|jän|märz"
    r"|okt|dez|enero|abril|mayo|julio|agosto|dic|gen|mag|giu|lug|ago|set|ott|mei|maart|augustus|febrero"
    r"|junio)\w*\.?\s+(?:de\s+)?(?:1[89]|20)\d\d",
    _FLAGS,
)
_CITED: Final = re.compile(r"\((?:[A-Z]{2}\)|EG\)|UE\)|CE\)|EU\))|\d+/(?:19|20)\d\d|n[.°º]\s?[º°]?\s?\d", _FLAGS)
_NAME: Final = re.compile(r"(?<=[\w,;(] )[A-ZÀ-ÖØ-Þ][\w’'-]+")
_INFINITIVE: Final = {
    "fr": re.compile(r"(?:Ne pas |Faire |Mieux |Avant de |Pour )?[A-ZÉÀÊ][a-zéèêçôîûœ]+(?:er|ir|re|oir)\b"),
    "es": re.compile(r"[A-ZÁ][a-záéíóú]+(?:ar|er|ir|arse|irse)\b"),
    "it": re.compile(r"[A-Za-z][a-zàèì]+(?:are|ere|ire|rsi)\b"),
    "de": re.compile(r".*\b(?:[a-zäöü]+en|lassen|sollten?|gehören)[.,]?$"),
    "en": re.compile(
        r"(?:Ask|Pay|Expect|Begin|Start|Use|Settle|Write|Give|Bid|Plan|Ring-fence|Separate|Include|Name|Bring"
        r"|Say|Keep|Make|Choose|Agree|Check"
        r"|Avoid|Treat|Set|Find|Sign|Let|Do|Build|Involve|Put|Take|Define|Learn|Do not)\b"
    ),
    "nl": re.compile(r"(?:Kies|Neem|Leg|Begin|Zorg|Maak|Vraag|Vergelijk|Stel|Houd|Geef|Betrek)\b"),
}


def word_signs(text: str, language: str) -> dict[str, float]:
    """Return each sign of the sentence itself: 1 where it is there, or how much of it, in [0, 1]."""
    signs = {f"w_{name}": float(bool(pattern.search(text))) for name, pattern in _WORDS.items()}
    years = len(_YEAR.findall(_CITED.sub("", text)))
    money = len(_MONEY.findall(text))
    names = len(_NAME.findall(text))
    authorities = len(_WORDS["authority"].findall(text))
    signs |= {
        "money": float(money > 0),
        "monies": min(money, 4) / 4,
        "year": float(years > 0),
        "years": min(years, 4) / 4,
        "date": float(bool(_DATE.search(text))),
        "cites_law": float(bool(_CITED.search(text))),
        "names": min(names, 8) / 8,
        "authorities": min(authorities, 5) / 5,
        "advises": float(bool(_INFINITIVE[language].match(text))) if language in _INFINITIVE else 0.0,
    }
    return signs | {
        "money_cost": signs["money"] * signs["w_cost"],
        "money_fund": signs["money"] * max(signs["w_fund"], signs["w_pays"]),
        "share_fund": signs["w_share"] * max(signs["w_fund"], signs["w_pays"]),
        "year_event": signs["year"] * max(signs["w_founded"], signs["w_signed"], signs["w_opened"]),
        "form_founded": signs["w_form"] * signs["w_founded"],
        "form_law": signs["w_form"] * signs["w_law"],
        "treaty_signed": signs["w_treaty"] * signs["w_signed"],
        "partner_authorities": signs["w_partner"] * signs["authorities"],
        "joins_authorities": signs["w_joins"] * signs["authorities"],
    }


def heading_signs(heading: str) -> dict[str, float]:
    """Return what the heading above a sentence, or the head of its table, speaks of."""
    return {name: float(bool(pattern.search(heading))) for name, pattern in _HEADINGS.items()}

"""The small words by which a turn of a conversation says that it goes on with the one before, in six languages.

A turn may begin as one that goes on ("et …"), stand in a place of the earlier question ("… pour la Belgique"), or speak
of something without its name ("qui l'exploite", "its budget"). The impersonal ("faut-il", "is there") does not count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

Patterns = Mapping[str, re.Pattern[str]]


def _patterns(by_language: Mapping[str, str], before: str = "", after: str = "") -> Patterns:
    return {
        language: re.compile(f"{before}(?:{pattern}){after}", re.IGNORECASE)
        for language, pattern in by_language.items()
    }


GOES_ON: Final = _patterns(
    {
        "fr": r"et|mais|ou|ou bien|puis|même (?:question|chose)|idem|qu'en est-il|quid",
        "en": r"and|but|or|what about|how about|same (?:question|thing)",
        "de": r"und|aber|oder|was ist mit|wie (?:ist|steht|sieht) es(?: mit)?|dasselbe|gleiche frage",
        "es": r"y|e|pero|o|qué pasa con|lo mismo|qué hay",
        "it": r"e|ed|ma|o|oppure|che (?:dire|succede con)|lo stesso|stessa domanda",
        "nl": r"en|maar|of|hoe zit (?:het|dat)(?: met)?|wat met|hetzelfde|zelfde vraag",
    },
    before=r"^\W*",
    after=r"\b[\s,]*",
)
PLACED: Final = _patterns(  # what a piece of the earlier question begins with, when another one takes its place
    {
        "fr": r"pour|avec|en|aux?|à|chez|dans|sur|côté|concernant|vers|depuis|du|des?|d[’']|cel(?:ui|le)s?|ceux"
        r"|entre|par|sans",
        "en": r"for|with|in|at|about|on|from|to|between|of|the (?:one|same)|those|that (?:in|of|at)",
        "de": r"für|mit|in|im|bei[m]?|nach|an|am|auf|über|zwischen|von|vom|aus|gegenüber"
        r"|d(?:er|ie|as|en) (?:von|vom|in|aus)",
        "es": r"para|con|en|al?|sobre|del?|entre|(?:el|la|los|las) del?",
        "it": r"per|con|in|al?|all[aeo]|ad|nell?[aeo]?|sull?[aeo]?|di|del(?:l[aeo])?|tra|fra|quell[aoei]",
        "nl": r"voor|met|in|bij|naar|op|van|tussen|aan|over|d(?:ie|at) van",
    },
    before=r"^\W*",
    after=r"(?:(?<=[’'])|\b)",
)
UNNAMED: Final = _patterns(  # a pronoun, or a possessive or demonstrative before a noun
    {
        "fr": r"(?<!faut-)(?<!a-t-)(?<!agit-)(?<!\ba-)\bils?\b(?! (?:y a|faut|s[’']agit))|\belles?\b"
        r"|\bcel(?:ui|le)(?:-ci|-là)?\b|\bceux\b|\b(?:cela|ça|ce dernier|là-dessus|là-bas)\b"
        r"|\by\b(?! a(?:-t-il)?\b)(?<!il y)|\b(?:son|sa|ses|leurs?)\b|(?<!-)\bce(?:t|tte|s)?\s(?!qu|sont\b|sera)\w+"
        r"|\b(?:qui|on|quel(?:le)?s?\s\w+)\s(?:l[’']|l(?:a|e|es|ui|eur)\s)\w+",
        "en": r"(?<!is )(?<!was )\bit\b(?! (?:is|was) (?:possible|necessary))|\bis it\b(?! possible)"
        r"|\b(?:they|them|he|she|its|theirs?|this|these)\b|\bthose\b(?! who)"
        r"|\bthere\b(?! (?:is|are|was|were))(?<!is there)(?<!are there)(?<!was there)",
        "de": r"(?<!gibt )\bes\b(?! gibt)|\b(?:er|sie|ihn|ihm|ihnen|ihre?[nmrs]?|seine?[nmrs]?|dessen|deren)\b"
        r"|\bdiese?[rsnm]?\b|\b(?:dafür|davon|damit|dort|darin|dazu|daran|darauf|darüber|dabei|dagegen)\b",
        "es": r"\b(?:él|ellas?|ellos|sus?|esto|eso|allí|ahí|ést[ea]|aquell[ao])\b|\b(?:est|es)[ea]s?\s\w{3,}"
        r"|\b(?:qui[eé]n(?:es)?|cuándo|se)\s(?:lo|la|los|las|les?)\s",
        "it": r"\b(?:lui|lei|ess[aeio]|loro|su[aoe]|suoi|quest[oaei]|ciò)\b|\b(?:chi|quando|si)\s(?:l[aoei]\s|l[’'])",
        "nl": r"\b(?:hij|zij|ze|hun|haar|dit|deze|ervan|ervoor|eraan|daarvoor|daarvan|daarmee|daar)\b"
        r"|\b(?:is|was|kost|heeft|doet|wordt|werkt|kan|mag) het\b(?! (?:mogelijk|waar))|\b(?:dat|die|het)\s*\?",
    }
)
ASKS: Final = _patterns(  # an interrogative beside those of `answer_types`
    {
        "fr": r"comment|quel(?:le)?s?|lesquel(?:le)?s|quoi|qu[’']|que|qui",
        "en": r"what|which|how|who",
        "de": r"was|wie|welche[rsnm]?|wo(?:mit|für|rin|ran|von)?",
        "es": r"qué|cuál(?:es)?|cómo",
        "it": r"che|cosa|qual[ei]?|come",
        "nl": r"wat|hoe|wie|welke?|waar\w*",
    },
    before=r"\b",
    after=r"(?:(?<=[’'])|\b)",
)
# Words that ask without saying about what: they are no subject, and none that a later turn should be asked with.
ASKED_WITH: Final = {
    language: frozenset(words.split())
    for language, words in {
        "fr": "combien quand existe exister passe fonctionne marche va sert coûte faudrait doit doivent"
        " peut-on sait dit",
        "en": "many much long often exist work happen cost need could may must",
        "de": "viel viele vieles lange gibt geht funktioniert kostet gilt darf dürfen soll sollen müssen braucht",
        "es": "cuánto cuánta cuántos cuántas existe funciona pasa cuesta puede pueden debe deben",
        "it": "quanta quanti quante stato stata stati state esiste funziona succede costa possono deve devono",
        "nl": "hoeveel lang bestaat werkt gebeurt kost mag mogen geldt doet doen",
    }.items()
}
BEFORE_NOUNS: Final = {  # articles and what stands before a noun; German nouns are told by their capital
    language: frozenset(words.split())
    for language, words in {
        "fr": "le la les l un une des du de d au aux à ce cet cette ces mon notre nos son sa ses leur leurs en pour",
        "en": "the a an of in for to with our their its this these between",
        "de": "der die das den dem des ein eine einen einem einer von vom für im in am zum zur und",
        "es": "el la los las un una unos unas del de al en para su sus nuestro nuestra",
        "it": "il lo la i gli le l un uno una del dello della dei degli delle dell di d al allo alla agli alle nel"
        " nella su",
        "nl": "de het een van in voor op bij onze ons hun",
    }.items()
}

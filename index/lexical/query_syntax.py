"""What a query says beside its words: phrases in quotes, and what is to be left out ("-suisse", "sauf la Suisse").

Operators are read where people mean them. A question that quotes a name, or a pasted text, asks for no phrase; "sans
permis" and "not allowed" leave nothing out. A country can be left out in any words, anything else by a minus sign, by
NOT in capitals, by "but not …", or by "sauf les …", with its article: "sauf accord" is a clause.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 12  # words of a query that may hold operators; longer ones are texts
MOST_WORDS: Final = 4  # of what is left out

_WORD = re.compile(r"\w+")
_PHRASE = re.compile(r"(?<!\w)(?P<minus>[-−])?(?:\"([^\"]+)\"|«\s*([^«»]+?)\s*»|“([^“”]+)”|„([^„“”]+)[“”])")
_MINUS = re.compile(r"(?<!\S)[-−](?P<word>[^\W_][\w'’-]*)")
_EXCEPT = (
    r"sauf|hormis|excepté(?:e?s)?|à l['’]exception de|except(?: for)?|excluding|außer(?:halb)?|ausser|mit ausnahme von"
    r"|excepto|salvo|a excepción de|tranne|eccetto|ad eccezione di|behalve|uitgezonderd|met uitzondering van"
)
_BUT = r"(?:mais|but|and|et|aber|und|pero|y|ma|e|maar|en)"
_BUT_NOT = rf"{_BUT}\s+(?:pas|sans|not|without|nicht|ohne|no|sin|non|senza|niet|zonder)"
_WITHOUT = r"hors|sans|pas|without|not|outside|ohne|nicht|sin|no|fuera de|senza|non|fuori da|zonder|niet|buiten"
_ARTICLE: Final = (
    r"(?:de\s+la|en\s+la|de\s+l['’]|à\s+la|à\s+l['’]|in\s+the|in\s+der|in\s+den|les|le|la|l['’]|des|du|de|d['’]|aux|au"
    r"|en|the|in|for|from|die|der|das|den|dem|el|los|las|il|lo|gli|i|dalla|nella|het|in\s+het|nach|für|voor)(?=\W|(?<=['’]))\s*"
)
_EXCLUSION = re.compile(
    rf"(?<!\S)(?P<how>(?P<but>{_BUT_NOT})|(?P<except>{_EXCEPT})|(?P<without>{_WITHOUT}))\s+"
    rf"(?P<what>(?P<article>(?:{_ARTICLE})*)\S.*)$",
    re.IGNORECASE,
)
_LEADING_ARTICLES = re.compile(rf"^(?:{_ARTICLE})*", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[,;]\s*|\s+(?:et|ou|ni|and|or|nor|und|oder|y|o|u|e|ed|en|of)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """The words to search for, the phrases that must stand in a passage, and what is left out."""

    text: str
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


def parse_query(query: str, is_country: Callable[[str], bool], *, as_typed: bool = False) -> ParsedQuery:
    """Return the query's parts; all of it is text where it holds no operator, or nothing but what is left out.

    `as_typed` reads quotes and minus signs alone, which nobody types by chance.
    """
    if "\n" in query.strip() or len(_WORD.findall(query)) > LONGEST:
        return ParsedQuery(query)
    is_question = "?" in query
    text, phrases, excluded = query, list[str](), list[str]()
    if not is_question:
        text, phrases, excluded = _take_phrases(text)
    text, left_out = _take_minus(text, is_country if is_question else lambda word: True)
    excluded += left_out
    if not as_typed:
        text, left_out = _take_exclusion(text, is_country, is_question)
        excluded += left_out
    if not _WORD.search(text):
        return ParsedQuery(query)
    if not phrases and not excluded:
        return ParsedQuery(query)
    return ParsedQuery(" ".join(text.split()), tuple(phrases), tuple(excluded))


def _take_phrases(text: str) -> tuple[str, list[str], list[str]]:
    """Return the text without quotation marks, its phrases, and those with a minus sign, which are taken out."""
    phrases, excluded = list[str](), list[str]()

    def take(match: re.Match[str]) -> str:
        phrase = next(filter(None, match.groups()[1:]))
        if not _WORD.search(phrase):
            return match[0]
        (excluded if match["minus"] else phrases).append(phrase.strip())
        return "" if match["minus"] else phrase

    return _PHRASE.sub(take, text), phrases, excluded


def _take_minus(text: str, may_go: Callable[[str], bool]) -> tuple[str, list[str]]:
    excluded = [match["word"] for match in _MINUS.finditer(text) if may_go(match["word"])]
    return _MINUS.sub(lambda match: "" if may_go(match["word"]) else match[0], text), excluded


def _take_exclusion(text: str, is_country: Callable[[str], bool], is_question: bool) -> tuple[str, list[str]]:
    """Return the text without the exclusion at its end, and what it leaves out."""
    for match in _EXCLUSION.finditer(text):
        targets = list(_targets(match["what"]))
        if not targets or len(_WORD.findall(match["what"])) > MOST_WORDS * len(targets):
            continue
        is_plain = match["but"] or (match["except"] and match["article"]) or match["how"] in ("NOT", "SAUF", "EXCEPT")
        if all(map(is_country, targets)) or (is_plain and not is_question):
            rest = text[: match.start()].rstrip(" ,;")
            return rest + (" ?" if is_question else ""), targets
    return text, []


def _targets(what: str) -> Iterator[str]:
    for part in _BETWEEN.split(what.strip(" ?.!")):
        if target := _LEADING_ARTICLES.sub("", part.strip()).strip():
            yield target

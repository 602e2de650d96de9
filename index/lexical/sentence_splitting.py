"""Cut text into sentences by offsets, in French, German, English, Spanish, Italian and Dutch.

Rules rather than a model: every sentence is a slice, so that a quote can be proved against its document. In doubt two
sentences stay together: a sentence too long still says what its author said, half a sentence may say the opposite.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple


def _word_set(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Never the end of a sentence, in any of the six languages.
_ABBREVIATIONS: Final = _word_set(
    """
    m mm mme mlle mmes dr pr prof mgr st ste cf ex env tél tel fig réf ref av boul bld dép hab min max bzw z.b
    d.h u.a i.d.r ca ggf inkl zzgl vgl evtl sog hr fr dipl ing str abt mio mrd geb o.g i.v.m insb mr mrs ms sr
    jr vs approx dept e.g i.e viz al resp incl excl sra srta d.ª p.ej ej ud uds núm aprox sig sig.ra dott avv
    ecc.ti p.es d.lgs bijv d.w.z m.b.t o.a t.a.v i.v.m mevr dhr drs ir mw blz p.ex c.-à-d c.à.d
    """
)
# The end of a sentence unless a number, a Roman numeral or a letter follows: "art. 3", "art. L. 1".
_BEFORE_NUMBERS: Final = _word_set(
    """
    art arts no nos nr nrn n num p pp page fig abs al vol chap ch sect par para lit let rn kap bd s ff ann tab
    """
)
# May end a sentence, and does when a capital follows.
_MAY_END: Final = _word_set(
    """
    etc usw ecc enz u.s.w etcétera inc ltd co
    """
)
_GERMAN_STARTS: Final = _word_set(
    """
    der die das den dem des ein eine einen einem einer es er sie wir ihr ich man in im am an auf aus bei beim
    bis für mit nach seit von vom zu zum zur durch gegen ohne um über unter vor wenn als ob da dies diese
    dieser dieses hier so auch aber und oder doch jedoch sofern falls wer was wie wo warum alle jede jeder
    beide nur nicht kein keine
    """
)
_END: Final = re.compile(
    r"(?P<mark>[.!?…]+)"
    r"(?P<closing>(?:[\"'”\u2019»)\]]|[ \u00a0\u202f]»)*)"  # French sets a blank before its closing quotation mark
    r"(?P<note>(?<=[^\W\d_][.!?…])\d{1,3})?"  # a footnote's number glued on: "du Rhin.12 Le"
    r"(?P<gap>\s+)"
)
_LINE_BREAK: Final = re.compile(r"[ \t\u00a0]*(?:\r\n|\r|\n)\s*")
_LIST_ITEM: Final = re.compile(r"(?:[-\u2013—•▪◦●*·‣○➢✓]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")
_LAST_WORD: Final = re.compile(r"[\w.\-ª°]*$")
_NUMBER_NEXT: Final = re.compile(r"(?:\d|[IVXLC]+\b|[A-Z]\.?\s?\d|[A-Z]\.|°)")
_FULL_LINE: Final = 60  # a line shorter than this before a capital is a heading or an item, not a wrapped line


class Span(NamedTuple):
    """A slice [start, end) of a text."""

    start: int
    end: int


def split_sentences(text: str, language: str = "") -> list[Span]:
    """Return the sentences of `text` in order, without the blanks around them; only blanks lie between them."""
    spans = []
    for block in _blocks(text):
        start = block.start
        for ending in _END.finditer(text, block.start, block.end):
            cut = ending.start("gap")
            if cut > start and _ends_sentence(text, start, ending, block.end, language):
                spans.append(_trim(text, start, cut))
                start = ending.end()
        spans.append(_trim(text, start, block.end))
    return [span for span in spans if span.end > span.start]


def _trim(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return Span(start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip()))


def _blocks(text: str) -> list[Span]:
    """Cut at the line breaks that end a paragraph, a heading or a list item, and leave wrapped lines whole."""
    blocks, start, line_start = [], 0, 0
    for line_break in _LINE_BREAK.finditer(text):
        if line_break.end() < len(text) and _ends_block(text, line_start, line_break):
            blocks.append(_trim(text, start, line_break.start()))
            start = line_break.end()
        line_start = line_break.end()
    blocks.append(_trim(text, start, len(text)))
    return [block for block in blocks if block.end > block.start]


def _ends_block(text: str, line_start: int, line_break: re.Match[str]) -> bool:
    if len(re.findall(r"\r\n|\r|\n", line_break.group())) > 1:
        return True
    rest = text[line_break.end() : line_break.end() + 8]
    if _LIST_ITEM.match(rest) or rest.startswith(("#", "|")):
        return True
    line = text[line_start : line_break.start()].rstrip()
    return len(line) < _FULL_LINE and not line.endswith((",", "-", "\u2010")) and not rest[:1].islower()


def _ends_sentence(text: str, start: int, ending: re.Match[str], end: int, language: str) -> bool:
    after = text[ending.end() : min(end, ending.end() + 40)]
    first = next((character for character in after if character.isalnum()), "")
    if first.islower() and not after.startswith(("¿", "¡")):
        return False
    if ending["mark"] != "." or ending["closing"]:
        return True
    before = text[start : ending.start("mark")]
    word = _LAST_WORD.search(before[-30:])
    return _full_stop_ends(word.group() if word else "", before, after, language)


def _full_stop_ends(word: str, before: str, after: str, language: str) -> bool:
    """Say whether the full stop after `word` ends the sentence, when what follows does not begin in lower case."""
    bare = word.lower().strip(".-")
    if before.strip() == word and len(word) <= 3 and (word.isdecimal() or len(word) == 1 or _is_roman(word)):
        return False  # "1. Objet": the number of an item belongs to it
    if bare in _MAY_END:
        return True
    if bare in _BEFORE_NUMBERS and _NUMBER_NEXT.match(after):
        return False
    if bare in _ABBREVIATIONS:
        return False
    if len(bare) == 1 and bare.isalpha():
        return False  # an initial, or half of "z. B."
    if "." in bare and all(len(part) <= 2 for part in bare.split(".")) and not bare.replace(".", "").isdecimal():
        return False  # an acronym with its dots
    if language == "de" and bare.isdecimal() and len(bare) <= 2:
        return _starts_german_sentence(after)
    return True


def _starts_german_sentence(after: str) -> bool:
    """Distinguish "… in Artikel 3. Die …" from the ordinals of "am 3. Mai" and "das 2. Kapitel"."""
    following = re.match(r"\W*(\w+)", after)
    return following is not None and following.group(1).lower() in _GERMAN_STARTS


def _is_roman(word: str) -> bool:
    return bool(word) and set(word.upper()) <= set("IVXLC")

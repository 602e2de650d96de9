"""Pages of lines to pages of paragraphs: running heads and page numbers out, split words joined, wrapped lines too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

EDGE: Final = 4  # a running head or foot stands among this many lines at the top or the bottom of a page
FEWEST: Final = 3  # and on at least this many pages
HYPHENS: Final = "-\u2010\u0002\ufffe"  # the last two are how pdfium marks a word split at a line's end

_PAGE_NUMBER: Final = re.compile(
    r"(?:page|seite|pagina|página|p\.)?\W*\d{1,4}\W*(?:(?:/|sur|of|von|de|di|van)\W*\d{1,4}\W*)?\W*"
    r"|[^\w(]*(?-i:[ivxl]{1,6})[^\w.)]*",  # of a preface; "II" may be a part's number
    re.I,
)
_NUMBER: Final = re.compile(r"\d+")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*(?:-[^\W\d_]+)*")
_SPLIT: Final = re.compile(rf"(?P<left>[^\W\d_]+(?:-[^\W\d_]+)*)[{HYPHENS}][ ]*\n[ ]*(?P<right>[^\W\d_]+)")
_DASHED: Final = re.compile(r"(?<=\w)([–—/])[ ]*\n[ ]*(\w)")
OPENING: Final = re.compile(
    r"(?:[-–—•*■▪◦●►‣]|\d{1,3}[°.)]|\(?[a-zA-Z0-9]{1,3}\)|[IVX]{1,5}\s?[.–)-]|§|(?:art(?:icle|ikel|icolo|ículo)?\.?|"
    r"chapitre|titre|section|annexe|kapitel|chapter|considérant|vu)\s)\s?",
    re.IGNORECASE,
)
ENDS: Final = tuple('.!?…:;»”"')
# Parts that French, German and Dutch keep apart by a hyphen, before or after it.
_KEPT_BEFORE: Final = re.compile(r"(?:ex|non|vice|sous|sainte?|mi|demi|semi|franco|germano|belgo|hispano|italo)", re.I)
_KEPT_AFTER: Final = re.compile(
    r"(?:t|ils?|elles?|on|je|tu|nous|vous|ce|ci|là|mêmes?|la|les?|lui|leur|moi|toi|y|en)", re.I
)
_COORDINATED: Final = re.compile(r"(?:und|oder|bzw|sowie|en|of|et|ou|and|or|e|y|o)")


def running_places(pages: Sequence[Sequence[str]]) -> list[set[int]]:
    """Return, for each page, the places of the lines that come back at the pages' edges, and of page numbers.

    A line comes back when it is the same on FEWEST pages or more at the same edge, or the same but for a number that
    grows with the pages (so that "Article 3", "Article 10" at the top of a page stay).
    """
    seen = Counter(key for number, page in enumerate(pages) for key in {k for _, k in _edge_keys(page, number)})
    found = []
    for number, page in enumerate(pages):
        running = {place for place, key in _edge_keys(page, number) if seen[key] >= FEWEST}
        found.append(running | set(_page_numbers(page)) if len(pages) > 1 else running)
    return found


def is_page_number(line: str) -> bool:
    """Say whether the line holds nothing but a page number ("12", "- 12 -", "Page 3 / 6", "iv")."""
    return _PAGE_NUMBER.fullmatch(line.strip()) is not None


def _edges(page: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield (place, "top" or "bottom") of the lines at a page's edges; a short page has each line at both."""
    said = [place for place, line in enumerate(page) if line.strip()]
    yield from ((place, "top") for place in said[:EDGE])
    yield from ((place, "bottom") for place in said[-EDGE:])


def _edge_keys(page: Sequence[str], number: int) -> Iterator[tuple[int, tuple[str, str, int]]]:
    for place, edge in _edges(page):
        line = " ".join(page[place].split())
        if sum(map(str.isalpha, line)) >= 3:
            yield place, (edge, line, 0)
            for found in _NUMBER.finditer(line):
                if len(found[0]) <= 4:
                    shape = f"{line[: found.start()]}#{line[found.end() :]}"
                    yield place, (edge, shape, int(found[0]) - number)


def _page_numbers(page: Sequence[str]) -> list[int]:
    """Return the places of lines that hold nothing but a page number, at the very edges."""
    said = [place for place, line in enumerate(page) if line.strip()]
    return [place for place in {*said[:2], *said[-2:]} if _PAGE_NUMBER.fullmatch(page[place].strip())]


def vocabulary(texts: Sequence[str]) -> Counter[str]:
    """Count the words of a document, in lower case, leaving out those split at a line's end."""
    whole = (_SPLIT.sub(" ", text) for text in texts)
    return Counter(word.lower() for text in whole for word in _WORD.findall(text))


def joined_words(text: str, known: Counter[str]) -> str:
    """Join the words that lines split at a hyphen.

    The hyphen stays when the document writes the word with it elsewhere and never without, when the second part begins
    with a capital, when the parts are of those that are written apart ("sous-préfet", "dit-il"), and, with a space,
    in "Grenz- und Nachbarregionen". Otherwise it goes: most hyphens at a line's end are the printer's.
    """

    def join(found: re.Match[str]) -> str:
        left, right = found["left"], found["right"]
        together, apart = f"{left}{right}".lower(), f"{left}-{right}".lower()
        if _COORDINATED.fullmatch(right) and together not in known:
            return f"{left}- {right}"
        if known[together] >= max(known[apart], 1):
            return f"{left}{right}"
        written_apart = _KEPT_BEFORE.fullmatch(left.rpartition("-")[2]) or _KEPT_AFTER.fullmatch(right)
        singular = f"{left.rstrip('sx')}-{right.rstrip('sx')}".lower()
        if known[apart] or known[singular] or not right[0].islower() or written_apart:
            return f"{left}-{right}"
        return f"{left}{right}"

    previous, text = None, _DASHED.sub(r"\1\2", text)
    while previous != text:  # a word may be split twice
        previous, text = text, _SPLIT.sub(join, text)
    return text


def paragraphs(lines: Sequence[str]) -> str:
    """Join wrapped lines and put a blank line between paragraphs.

    A paragraph ends at a blank line; before a list mark, an article or a line that announces a list; and after a line
    that is clearly shorter than the page is wide, when it ends a sentence or the next line begins with a capital.
    """
    lengths = sorted(len(line.strip()) for line in lines if line.strip())
    width = lengths[int(len(lengths) * 0.8)] if lengths else 0
    said: list[str] = []
    current: list[str] = []
    for line in [*lines, ""]:
        line = line.strip()
        if current and (not line or _breaks(current[-1], line, width)):
            said.append(" ".join(current))
            current = []
        if line:
            current.append(line)
    return "\n\n".join(said)


def _breaks(line: str, following: str, width: int) -> bool:
    short = len(line) < 0.85 * width
    ended = line.endswith(ENDS)
    capital = not following[0].islower()
    if OPENING.match(following) and (ended or short or line.endswith(",")):
        return True
    if ended and capital and following.endswith(":") and len(following) < 0.6 * width:
        return True  # a line that announces a list
    if short and capital and (ended or len(line) < 0.6 * width):
        return True
    return bool(short and ended and len(line) < 0.6 * width)


class Block(NamedTuple):
    """A stretch of a page: a paragraph whose lines are still apart, or aside from the text: a table's rows, a note."""

    lines: str
    is_aside: bool = False


def with_whole_words(pages: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """Put a word split across two pages on the first of them."""
    made = [list(page) for page in pages]
    for page, following in pairwise(made):
        last = next((place for place in range(len(page) - 1, -1, -1) if not page[place].is_aside), None)
        if last is None or not following or following[0].is_aside:
            continue
        found = re.match(r"([^\W\d_]\S*)\s*", following[0].lines)
        if found and found[1][0].islower() and re.search(rf"[^\W\d_][{HYPHENS}]$", page[last].lines):
            page[last] = Block(f"{page[last].lines}\n{found[1]}")
            following[0] = Block(following[0].lines[found.end() :])
    return made

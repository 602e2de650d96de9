"""Turn pages of lines into paragraphs: leave out running heads and page numbers, join split words and wrapped lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

EDGE_LINES: Final = 4  # a running head or foot is among this many lines at the top or the bottom of a page
FEWEST_PAGES: Final = 3  # and on at least this many pages
HYPHENS: Final = "-\u2010\u0002\ufffe"  # the last two are how pdfium marks a word split at the end of a line

_PAGE_NUMBER: Final = re.compile(
    r"(?:page|seite|pagina|página|p\.)?\W*\d{1,4}\W*(?:(?:/|sur|of|von|de|di|van)\W*\d{1,4}\W*)?\W*"
    r"|[^\w(]*(?-i:[ivxl]{1,6})[^\w.)]*",  # of a preface; "II" may be a part's number
    re.I,
)
FULL_LINE: Final = 25  # characters from which a last line without an end is taken for one that goes on
_NUMBER: Final = re.compile(r"\d+")
# Behind a word of four letters at least, so that "art. L. 1234" and "M. Dupont" do not end a sentence.
_SENTENCE_END: Final = re.compile(r"(?:\w{4,}|[\d)%»”])[.!?…][»”\"')\]]*(?=\s+[A-ZÀ-Ý«“\"(•–-]|\s*$)")
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


def find_running_lines(pages: Sequence[Sequence[str]]) -> list[set[int]]:
    """Return, for each page, the positions of running heads and feet, and of page numbers.

    A line is running if it is the same on FEWEST_PAGES pages or more at the same edge, or the same but for a number
    that grows with the pages (so that "Article 3", "Article 10" at the top of a page stay).
    """
    counts = Counter(key for number, page in enumerate(pages) for key in {key for _, key in _edge_keys(page, number)})
    running_by_page = []
    for number, page in enumerate(pages):
        running = {position for position, key in _edge_keys(page, number) if counts[key] >= FEWEST_PAGES}
        running_by_page.append(running | set(_page_numbers(page)) if len(pages) > 1 else running)
    return running_by_page


def is_page_number(line: str) -> bool:
    """Say whether the line holds nothing but a page number ("12", "- 12 -", "Page 3 / 6", "iv")."""
    return _PAGE_NUMBER.fullmatch(line.strip()) is not None


def _edge_lines(page: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield (position, "top" or "bottom") of the lines at a page's edges; a short page has each line at both."""
    filled = [position for position, line in enumerate(page) if line.strip()]
    yield from ((position, "top") for position in filled[:EDGE_LINES])
    yield from ((position, "bottom") for position in filled[-EDGE_LINES:])


def _edge_keys(page: Sequence[str], number: int) -> Iterator[tuple[int, tuple[str, str, int]]]:
    """Yield (position, key) of the lines at a page's edges; lines of several pages with one key are alike."""
    for position, side in _edge_lines(page):
        line = " ".join(page[position].split())
        if sum(map(str.isalpha, line)) >= 3:
            yield position, (side, line, 0)
            for match in _NUMBER.finditer(line):
                if len(match[0]) <= 4:
                    shape = f"{line[: match.start()]}#{line[match.end() :]}"
                    yield position, (side, shape, int(match[0]) - number)


def _page_numbers(page: Sequence[str]) -> list[int]:
    """Return the positions of the first and last lines that hold nothing but a page number."""
    filled = [position for position, line in enumerate(page) if line.strip()]
    return [position for position in {*filled[:2], *filled[-2:]} if is_page_number(page[position])]


def count_words(texts: Sequence[str]) -> Counter[str]:
    """Count the words of a document, in lower case, leaving out those split at the end of a line."""
    joined = (_SPLIT.sub(" ", text) for text in texts)
    return Counter(word.lower() for text in joined for word in _WORD.findall(text))


def join_split_words(text: str, known: Counter[str]) -> str:
    """Join the words that lines split at a hyphen; `known` counts the words of the document.

    The hyphen stays if the document writes the word with it elsewhere and never without, if the second part begins
    with a capital, if the parts are of those that are written apart ("sous-préfet", "dit-il"), and, with a space,
    in "Grenz- und Nachbarregionen". Otherwise it goes: most hyphens at the end of a line are the typesetter's.
    """

    def join(match: re.Match[str]) -> str:
        left, right = match["left"], match["right"]
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


def join_lines(lines: Sequence[str]) -> str:
    """Join wrapped lines into paragraphs with a blank line between them.

    A paragraph ends at a blank line; before a list mark, an article or a line that announces a list; and after a line
    that is clearly shorter than the page is wide, if it ends a sentence or the next line begins with a capital.
    """
    lengths = sorted(len(line.strip()) for line in lines if line.strip())
    width = lengths[int(len(lengths) * 0.8)] if lengths else 0
    paragraphs: list[str] = []
    current: list[str] = []
    for line in [*lines, ""]:
        line = line.strip()
        if current and (not line or _is_break(current[-1], line, width)):
            paragraphs.append(" ".join(current))
            current = []
        if line:
            current.append(line)
    return "\n\n".join(paragraphs)


def _is_break(line: str, following: str, width: int) -> bool:
    """Say whether a paragraph ends between two lines."""
    is_short = len(line) < 0.85 * width
    is_ended = line.endswith(ENDS)
    is_capital = not following[0].islower()
    if OPENING.match(following) and (is_ended or is_short or line.endswith(",")):
        return True
    if is_ended and is_capital and following.endswith(":") and len(following) < 0.6 * width:
        return True  # a line that announces a list
    if is_short and is_capital and (is_ended or len(line) < 0.6 * width):
        return True
    return bool(is_short and is_ended and len(line) < 0.6 * width)


class Block(NamedTuple):
    """A stretch of a page: a paragraph, its lines not joined yet; or aside from the text a table's rows or a note."""

    lines: str
    is_aside: bool = False


def join_across_pages(pages: Sequence[Sequence[Block]]) -> list[list[Block]]:
    """Put a word split across two pages, or the rest of a sentence that goes on, on the first of them.

    A sentence that goes on at the top of the next column is joined in its place.
    """
    joined = [_join_columns(page) for page in pages]
    for page, following in pairwise(joined):
        last = next((position for position in range(len(page) - 1, -1, -1) if not page[position].is_aside), None)
        if last is None or not following or following[0].is_aside:
            continue
        cut = _length_of_rest(page[last].lines, following[0].lines)
        if cut:
            page[last] = Block(f"{page[last].lines}\n{following[0].lines[:cut].rstrip()}")
            rest = following[0].lines[cut:].lstrip()
            following[:1] = [Block(rest)] if rest else []
    return joined


def _join_columns(page: Sequence[Block]) -> list[Block]:
    """Return the blocks of a page, one made of two between which a sentence goes on."""
    joined: list[Block] = []
    for block in page:
        goes_on = joined and not joined[-1].is_aside and not block.is_aside
        if goes_on and _goes_on(joined[-1].lines, block.lines):
            joined[-1] = Block(f"{joined[-1].lines}\n{block.lines}")
        else:
            joined.append(block)
    return joined


def _goes_on(lines: str, following: str) -> bool:
    """Say whether a sentence that `lines` end with goes on in `following`, which then begins with a small letter."""
    last = lines.rstrip().rpartition("\n")[2]
    if len(last) < FULL_LINE or last.endswith(ENDS) or OPENING.match(following):
        return False
    return following[:1].islower()


def _length_of_rest(lines: str, following: str) -> int:
    """Return how many characters of `following` belong to what `lines` end with: a split word's rest, a sentence's."""
    if _goes_on(lines, following):
        end = _SENTENCE_END.search(following)
        return end.end() if end else len(following)
    match = re.match(r"([^\W\d_]\S*)\s*", following)
    if match and match[1][0].islower() and re.search(rf"[^\W\d_][{HYPHENS}]$", lines):
        return match.end()
    return 0

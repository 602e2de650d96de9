"""Turn headings into sections: the chain of headings above each stretch of text, and the label it is cited by."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from index.documents import SectionText

LABEL_LENGTH: Final = 80

_NUMBER = (
    r"(?:premier|unique|eerste|(?:[LRDA]\.?\s?)?\*?\d+(?:er|re|bis|ter|quater|[a-z])?(?:\s(?:bis|ter|quater))?"
    r"(?:[-.]\d+)*(?:er|[a-z])?|[IVX]+)"
)
_ARTICLE = re.compile(
    rf"^(?:art(?:icles?|ikel|icolo|[íi]culo)?\b\.?|§§?)\s*({_NUMBER})(?![\w])\s*[.:–—-]*\s*(.*)$",
    re.IGNORECASE | re.DOTALL,
)
_DIVISION = re.compile(
    r"^(?:titre|chapitre|section|annexe|livre|partie|title|chapter|annex|part|teil|titel|kapitel|abschnitt|anhang|anlage"
    r"|hoofdstuk|afdeling|bijlage|titolo|capo|sezione|allegato|t[íi]tulo|cap[íi]tulo|secci[óo]n|anexo)"
    r"\s+(?:premi[eè]re?|[ivxlc]+|\d+|[a-d])(?:er|re)?\b[^.;]{0,80}$",
    re.IGNORECASE,
)


_LONE_MARK = re.compile(r"\(?(?:\d{1,3}|[a-z]{1,4}|[A-Z])[.)°]|[-–—•]")
_TITLE = re.compile(r"(?![-–—•(]|\d|.{1,3}[.)]\s)[^\n]{3,160}[^\n.;:,?!]")


class Heading(NamedTuple):
    level: int
    text: str


def article_label(heading: str) -> str:
    """Return "art. 5" or "§ 5" if the heading opens an article in one of the six languages, else ""."""
    match = _ARTICLE.match(heading.strip())
    if not match:
        return ""
    number = re.sub(r"^([LRDA])\.?\s?", r"\1", match[1])
    return f"{'§' if heading.lstrip().startswith('§') else 'art.'} {number}"


def heading_level_of_line(line: str) -> int:
    """Return the level of a line without markup that is clearly a heading ("Article 5", "CHAPITRE II"), else 0."""
    if len(line) > LABEL_LENGTH or "\n" in line:
        return 0
    match = _ARTICLE.match(line.strip())
    if match and not match[2]:
        return 6
    return 5 if _DIVISION.match(line.strip()) else 0


def shorten(text: str, length: int = LABEL_LENGTH) -> str:
    """Return the text on one line, cut at a word, with "…", if it is longer than `length`."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


class Outline:
    """Collects headings and paragraphs in reading order and gives the sections they make."""

    def __init__(self) -> None:
        self.first_heading = ""
        self._bare = False  # the last line was a heading without markup, whose title may follow on the next line
        self._mark = ""  # a list mark on a line of its own, whose text follows
        self._chain: list[Heading] = []
        self._headings: list[tuple[Heading, ...]] = [()]
        self._bodies: list[list[str]] = [[]]
        self._notes: list[list[str]] = [[]]  # of each section, below its text

    def heading(self, level: int, text: str) -> None:
        """Open a section under this heading; headings of its level and below end."""
        text = " ".join(text.split())
        if not text:
            return
        self.first_heading = self.first_heading or text
        self._bare = False
        self._end_mark()
        self._chain = [above for above in self._chain if above.level < level] + [Heading(level, text)]
        self._headings.append(tuple(self._chain))
        self._bodies.append([])
        self._notes.append([])

    def add(self, paragraph: str) -> None:
        """Add a paragraph to the open section."""
        paragraph = paragraph.strip()
        if not paragraph:
            return
        if _LONE_MARK.fullmatch(paragraph):
            self._mark = f"{self._mark}{paragraph} "
        else:
            self._bodies[-1].append(self._mark + paragraph)
            self._mark = ""
        self._bare = False

    def _end_mark(self) -> None:
        """Add a list mark whose text does not follow, as it is."""
        if self._mark:
            self._bodies[-1].append(self._mark.strip())
            self._mark = ""

    def note(self, text: str) -> None:
        """Add a footnote below the text of the open section."""
        if text.strip():
            self._notes[-1].append(text.strip())

    def add_text(self, paragraph: str) -> None:
        """Add a paragraph, or open a section if it is clearly a heading ("Article 5"), whose title may follow."""
        level = heading_level_of_line(paragraph)
        if level:
            self.heading(level, paragraph)
            self._bare = True
        elif self._bare and _TITLE.fullmatch(paragraph) and not heading_level_of_line(paragraph):
            last = self._chain[-1]
            self._chain[-1] = Heading(last.level, f"{last.text} – {' '.join(paragraph.split())}")
            self._headings[-1] = tuple(self._chain)
            self._bare = False
        else:
            self.add(paragraph)

    def sections(self, title: str = "") -> tuple[SectionText, ...]:
        """Return the sections that have text. `title` and a heading that repeats it are left out of the chains.

        A heading with nothing below it is its section's text, since a reader sees it. A document of headings only gives
        one section made of them.
        """
        self._end_mark()
        title = title or self._only_title()
        if not any(self._bodies) and not any(self._notes):
            headings = [chain[-1].text for chain in self._headings if chain]
            return (SectionText("", "\n\n".join(headings)),) if headings else ()
        return tuple(
            SectionText(_label(chain, title), "\n\n".join(paragraphs), _chain_text(chain, title))
            for place, chain in enumerate(self._headings)
            if (paragraphs := self._paragraphs(place, title))
        )

    def _paragraphs(self, place: int, title: str) -> list[str]:
        """Return a section's text and notes, its heading if neither it nor a section below it has any."""
        own = [*self._bodies[place], *self._notes[place]]
        chain = self._headings[place]
        following = self._headings[place + 1] if place + 1 < len(self._headings) else ()
        has_sections = len(following) > len(chain) and following[: len(chain)] == chain
        return own or ([chain[-1].text] if chain and not has_sections and chain[-1].text != title else [])

    def hints(self) -> dict[str, str]:
        """Return the first heading as a hint of the title, and that text stands above it if some does."""
        has_text_above = self.first_heading and (self._bodies[0] or self._notes[0])
        above = {"above_heading": "text"} if has_text_above else {}
        return {"heading": self.first_heading, **above}

    def _only_title(self) -> str:
        """Return the text of the first heading if it is the only one of the highest level, else ""."""
        levels = [chain[-1].level for chain in self._headings if chain]
        if not levels or levels.count(min(levels)) > 1 or levels[0] != min(levels):
            return ""
        return self.first_heading


def _chain_text(chain: tuple[Heading, ...], title: str) -> str:
    return " > ".join(heading.text for heading in chain if heading.text != title)


def _label(chain: tuple[Heading, ...], title: str) -> str:
    if not chain:
        return ""
    own = chain[-1].text
    for heading in reversed(chain):
        article = article_label(heading.text)
        if article:
            return article if heading is chain[-1] else shorten(f"{article}, {own}")
    if own == title and len(chain) == 1:
        return ""
    above = chain[-2].text if len(chain) > 1 else ""
    is_number = not any(map(str.isalpha, own)) or re.fullmatch(r"[IVX]+\.?", own)
    return shorten(f"{above}, {own}" if is_number and above and above != title else own)

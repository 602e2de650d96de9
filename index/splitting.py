"""A document to passages: at paragraphs, lines, sentences, then words; never across sections; exact offsets.

The library cuts without overlap, so that only blanks lie between two pieces and each is found again by
`text.index(piece, end)` (its own `start_index` is wrong when sizes are not counted in characters: langchain issue
29884); the overlap is reached back for afterwards, at the start of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from index.documents import Document, Passage, Section

if TYPE_CHECKING:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

Span = tuple[int, int]

SIZE: Final = 200  # tokens of a passage, a little more where that avoids a crumb
OVERLAP: Final = 30  # tokens of the passage before that are repeated, whole sentences only
CRUMB: Final = 0.2  # a piece smaller than this share of the size goes to a neighbour
TITLE: Final = 60  # tokens of the title in the context, and of the headings: 60 + 60 + 200 · 1.2 + 30 < 512
HEADINGS: Final = 60
_VERSION: Final = "1"

# Abbreviations of the six languages whose full stop ends no sentence; single letters ("R. 123-20", "z. B.") too.
_ABBREVIATIONS: Final = (
    "[A-ZÀ-Þ] [a-z] [Aa]rt [Aa]rts [Aa]l [Aa]bs [Nn]r [Nn]o [Nn]os [Pp]p [Ff]f [Cc]f Dr Mr Mme Mmes St Ste Prof bzw "
    "usw ca inkl vgl Ziff Buchst Bst lit let resp sog Stk Aufl Bd Hrsg Kap Rz Sr Sra Ing Avv Dott Sig ss segg lid jo "
    "Stb Trb ex éd env chap fig tél vol BGBl"
)
_NOT_AFTER: Final = "".join(rf"(?<!\b{short}\.)" for short in _ABBREVIATIONS.split())
_AFTER: Final = r"(?:(?<=[.!?…])|(?<=[.!?…][»”\")])|(?<=[.!?…] »))(?<!\b\d\.)(?<!\b\d\d\.)"
_SENTENCE_END: Final = rf"{_AFTER}{_NOT_AFTER}[ \n]+(?=[A-ZÀ-ÖØ-Þ«„“\"(0-9])"
_SENTENCE: Final = re.compile(rf"{_SENTENCE_END}|\n+")
_SEPARATORS: Final = [r"\n\n", r"\n", _SENTENCE_END, r"(?<=[;:])[ ]+", r"(?<=,)[ ]+", r"[ ]+", ""]


@dataclass
class PassageSplitter:
    """Cuts documents into passages of about `size` tokens as `count_tokens` counts them.

    A passage has at most `size · (1 + CRUMB)` tokens of its own and `overlap` of the one before. Tokens are counted a
    word at a time and remembered: for models that cut at blanks first (XLM-R's Metaspace) the sum is exact.
    """

    count_tokens: Callable[[Sequence[str]], list[int]]
    size: int = SIZE
    overlap: int = OVERLAP
    _known: dict[str, int] = field(default_factory=dict, init=False, repr=False)

    @property
    def name(self) -> str:
        """What passages are made with; stored with the index."""
        return f"recursive/{_VERSION} size={self.size} overlap={self.overlap}"

    def passages(self, document: Document) -> list[Passage]:
        """Return the document's passages in order. `text == document.text[start:end]`, always."""
        title = self._cut(document.metadata.title, TITLE)
        passages = []
        for section in document.sections:
            context = " — ".join(part for part in (title, self._headings(section.heading)) if part)
            label = section.label
            passages += [
                Passage(document.id, start, end, document.text[start:end], label, section.language, context)
                for start, end in self._spans(document.text, section)
            ]
        return passages

    def split(self, text: str, sections: Iterable[Section]) -> list[Span]:
        """Return [start, end) of each passage of the sections, in order."""
        return [span for section in sections for span in self._spans(text, section)]

    def tokens(self, text: str) -> int:
        """Return how many tokens the text takes."""
        words = text.split()
        new = list(dict.fromkeys(word for word in words if word not in self._known))
        if new:
            self._known.update(zip(new, self.count_tokens(new), strict=True))
        return sum(self._known[word] for word in words)

    def _spans(self, text: str, section: Section) -> Iterator[Span]:
        body = text[section.start : section.end]
        self.tokens(body)  # counts every new word of the section in one call
        pieces = self._without_crumbs(body, list(_locate(body, self._splitter.split_text(body))))
        for number, (start, end) in enumerate(pieces):
            begin = self._reach_back(body, pieces[number - 1], start) if number else start
            yield section.start + begin, section.start + end

    @cached_property
    def _splitter(self) -> RecursiveCharacterTextSplitter:
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        return RecursiveCharacterTextSplitter(
            _SEPARATORS,
            keep_separator="end",
            is_separator_regex=True,
            chunk_size=self.size,
            chunk_overlap=0,
            length_function=self.tokens,
        )

    def _without_crumbs(self, body: str, pieces: list[Span]) -> list[Span]:
        """Join a piece that is only a crumb with the one after it, else before it, while that is not too much."""
        most = self.size * (1 + CRUMB)
        joined: list[Span] = []
        for start, end in pieces:
            whole = (joined[-1][0], end) if joined else (start, end)
            is_crumb = (
                joined and min(self.tokens(body[slice(*joined[-1])]), self.tokens(body[start:end])) <= CRUMB * self.size
            )
            if is_crumb and self.tokens(body[slice(*whole)]) <= most:
                joined[-1] = whole
            else:
                joined.append((start, end))
        return joined

    def _reach_back(self, body: str, before: Span, start: int) -> int:
        """Return where the last whole sentences of the piece before begin that fit the overlap, or `start`."""
        begins = [match.end() for match in _SENTENCE.finditer(body, *before) if match.end() < start]
        for begin in begins:
            if self.tokens(body[begin:start]) <= self.overlap:
                return begin
        return start

    def _headings(self, chain: str) -> str:
        """Return the chain of headings, the outer ones left out first when it is too long."""
        parts = chain.split(" > ")
        while len(parts) > 1 and self.tokens(" > ".join(parts)) > HEADINGS:
            del parts[0]
        return self._cut(" > ".join(parts), HEADINGS)

    def _cut(self, text: str, most: int) -> str:
        words = text.split()
        while words and self.tokens(" ".join(words)) > most:
            del words[-max(1, len(words) // 10) :]
        return " ".join(words)


def _locate(body: str, pieces: Iterable[str]) -> Iterator[Span]:
    """Yield where each piece stands in the body; each begins at or after the end of the one before."""
    end = 0
    for piece in pieces:
        start = body.index(piece, end)
        end = start + len(piece)
        yield start, end

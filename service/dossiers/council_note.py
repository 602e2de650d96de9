"""A council note: what is ticked of a dossier, with numbered citations and the list of sources they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from service.dossiers.model import ItemKind
from service.dossiers.quoting import ShownQuote
from service.dossiers.shown_items import ShownItem
from service.exports.listing import readable
from service.files.written import Block, Paragraph, Run, Style, Table, WrittenNote, paragraph
from service.web.citations import Source, full_citation
from service.web.translating import Translator
from service.web.typography import typeset_french

FRENCH: Final = "fr"
Place = tuple[str, str, str]  # a document, what of it is cited, and in which version


@dataclass
class Sources:
    """Numbers what is cited in the order in which it comes; the same place of a document has one number."""

    t: Translator
    base: str
    cited: dict[Place, ShownQuote] = field(default_factory=dict)

    def number(self, quote: ShownQuote) -> int:
        place = (quote.document_id, quote.label, quote.former.key if quote.former else "")
        self.cited.setdefault(place, quote)
        return list(self.cited).index(place) + 1

    def paragraphs(self) -> list[Paragraph]:
        """Return the list of sources, one a paragraph."""
        return [self._paragraph(number, quote) for number, quote in enumerate(self.cited.values(), 1)]

    def _paragraph(self, number: int, quote: ShownQuote) -> Paragraph:
        meta, t = quote.metadata, self.t
        language = t.language_within(meta.language) if meta.language else ""
        address = self.base + quote.path
        source = Source(meta.title, quote.label, meta.author, meta.published, address, language)
        before, _, after = full_citation(t, source).partition(address)
        until = quote.former.until if quote.former else None
        former = f" {t('dossiers.former', day=t.day(until.date()))}" if until else ""
        return paragraph(
            Style.TEXT, f"[{number}] {readable_in(t, before)} ", Run(address, address=address), after + former
        )


def compose_council_note(
    title: str,
    items: Sequence[ShownItem],
    t: Translator,
    base: str,
    today: date,
    chosen: Sequence[str] | None = None,
) -> WrittenNote:
    """Return the note on the ticked items, or on the chosen ones, in the reader's language.

    Quotes stay in theirs, word for word. Addresses begin with `base`.
    """
    title, sources = readable_in(t, title), Sources(t, base)
    items = [shown for shown in items if shown.is_available and _is_chosen(shown, chosen)]
    blocks: list[Block] = [
        paragraph(Style.TITLE, title),
        paragraph(Style.TEXT, t("council.made", day=t.day(today))),
        paragraph(Style.TEXT, t("council.how") if items else t("council.empty")),
    ]
    for shown in items:
        blocks += _blocks(shown, t, sources)
    if sources.cited:
        blocks += [paragraph(Style.HEADING, t("council.sources")), *sources.paragraphs()]
    return WrittenNote(t.language, title, (*blocks, paragraph(Style.CAPTION, t("footer.note"))))


def readable_in(t: Translator, text: str, language: str = "") -> str:
    """Return a text on one line, its blanks as French has them when it, or else the note, is in French."""
    line = readable(text)
    return typeset_french(line) if (language or t.language) == FRENCH else line


def _is_chosen(shown: ShownItem, chosen: Sequence[str] | None) -> bool:
    return shown.item.is_ticked if chosen is None else shown.item.id in chosen


def _blocks(shown: ShownItem, t: Translator, sources: Sources) -> Iterable[Block]:
    """Return an item's blocks; what they cite is numbered in the order in which it is read."""
    content = shown.content
    question = readable_in(t, content.question)
    if content.kind is ItemKind.NOTE:
        return [paragraph(Style.TEXT, readable_in(t, line)) for line in content.text.splitlines() if line.strip()]
    if content.kind is ItemKind.COMPARISON:
        return [paragraph(Style.HEADING, t("council.comparison", question=question)), _table(shown, t, sources)]
    quotes = [each for quote in shown.quotes for each in _quote(Style.QUOTE, quote, t, sources)]
    if content.kind is ItemKind.PASSAGE:
        meta = shown.quotes[0].metadata
        title = readable_in(t, meta.title, meta.language)
        return [paragraph(Style.HEADING, Run(title, meta.language)), *quotes]
    dates = [paragraph(Style.TEXT, t("council.asked", day=t.day(content.day)))] if content.day else []
    return [paragraph(Style.HEADING, t("council.question", question=question)), *dates, *quotes]


def _table(shown: ShownItem, t: Translator, sources: Sources) -> Table:
    header = (t("dossiers.document"), *(readable_in(t, column) for column in shown.content.columns))
    rows = []
    for first, cells in shown.rows:
        meta = first.metadata
        title = paragraph(Style.TEXT, Run(readable_in(t, meta.title, meta.language), meta.language))
        quoted = (tuple(each for quote in cell for each in _quote(Style.TEXT, quote, t, sources)) for cell in cells)
        rows.append(((title,), *(cell or (paragraph(Style.TEXT, "–"),) for cell in quoted)))
    return Table(header, tuple(rows))


def _quote(style: Style, quote: ShownQuote, t: Translator, sources: Sources) -> list[Paragraph]:
    """Return a quote, each of its lines a paragraph, with the number of its source."""
    begin, end = t("quoted", text="\0").split("\0")
    lines = [readable_in(t, line, quote.language) for line in quote.text.splitlines()]
    lines = [line for line in lines if line] or [""]
    lines[0] = begin + lines[0]
    lines[-1] += end
    runs = [[Run(line, quote.language)] for line in lines]
    runs[-1].append(Run(f" [{sources.number(quote)}]"))
    return [paragraph(style, *each) for each in runs]

"""A letter for a word processor, or to be printed."""

from __future__ import annotations

from collections.abc import Iterator

from service.dossiers.council_note import readable_in
from service.files.written import Block, Run, Style, WrittenNote, paragraph
from service.newsletter.composing import ComposedLetter, ShownItem, heading_of
from service.newsletter.model import Part
from service.newsletter.wording import agenda_day, days_below, facts, paragraphs, place_of, title_of
from service.web.translating import Translator


def compose_note(composed: ComposedLetter, t: Translator, base: str) -> WrittenNote:
    """Return what is ticked of a letter, in its language; quotes stay in theirs, word for word."""
    letter = composed.letter
    title = readable_in(t, title_of(t, letter))
    blocks: list[Block] = [
        paragraph(Style.TITLE, title),
        *([paragraph(Style.CAPTION, readable_in(t, spanned))] if (spanned := days_below(t, letter)) else []),
        *(paragraph(Style.TEXT, readable_in(t, text)) for text in paragraphs(letter.opening)),
    ]
    for section in composed.ticked.sections:
        blocks.append(paragraph(Style.HEADING, readable_in(t, heading_of(t, letter, section.path))))
        for below in section.subsections:
            if heading := heading_of(t, letter, below.path):
                blocks.append(paragraph(Style.SUBHEADING, readable_in(t, heading)))
            for shown in below.items:
                blocks += _blocks(shown, t, base)
    blocks += [paragraph(Style.TEXT, readable_in(t, text)) for text in paragraphs(letter.closing)]
    return WrittenNote(t.language, title, (*blocks, paragraph(Style.CAPTION, t("footer.note"))))


def _blocks(shown: ShownItem, t: Translator, base: str) -> Iterator[Block]:
    meta = shown.metadata
    day = agenda_day(t, meta) if shown.item.part is Part.AGENDA else ""
    lead = [Run(f"{readable_in(t, day)} – ", is_bold=True)] if day else []
    title = readable_in(t, meta.title or shown.card.id, meta.language)
    yield paragraph(Style.TEXT, *lead, Run(title, meta.language, address=base + shown.address))
    yield paragraph(Style.TEXT, readable_in(t, facts(t, shown)))
    if quote := shown.quote:
        begin, end = t("quoted", text="\0").split("\0")
        place = place_of(shown)
        words = Run(readable_in(t, quote.text, quote.language), quote.language)
        yield paragraph(Style.QUOTE, begin, words, end + (f" ({readable_in(t, place)})" if place else ""))
    for text in paragraphs(shown.item.word):
        yield paragraph(Style.TEXT, readable_in(t, text))

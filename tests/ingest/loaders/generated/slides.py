"""Slide decks with titles, lists, tables, groups, notes, hidden slides and hidden shapes."""

from __future__ import annotations

from typing import Any

import pptx
from pptx.util import Cm, Pt

from tests.ingest.loaders.generated.words import Text


def write(text: Text) -> None:
    """Write a deck of two to five slides."""
    deck = pptx.Presentation()
    for _ in range(text.chance.randint(2, 5)):
        _add_slide(deck, text)
    if text.chance.random() < 0.7:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = text.secret()
        slide.placeholders[1].text = text.secret()
        slide._element.set("show", "0")
    deck.save(str(text.path))


def _add_slide(deck: Any, text: Text) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = text.sentence(3).rstrip(".")
    features = [_box, _list, _table, _group, _shifted, _hidden]
    for place, feature in enumerate(text.chance.sample(features, 3)):
        feature(slide.shapes, text, Cm(4.5 + 4.5 * place))
    if text.chance.random() < 0.5:
        slide.notes_slide.notes_text_frame.text = text.beside()


def _frame(shapes: Any, top: Any) -> Any:
    frame = shapes.add_textbox(Cm(1), top, Cm(22), Cm(3)).text_frame
    frame.word_wrap = True
    return frame


def _box(shapes: Any, text: Text, top: Any) -> None:
    _frame(shapes, top).text = text.sentence(7)


def _list(shapes: Any, text: Text, top: Any) -> None:
    frame = _frame(shapes, top)
    for level in range(3):
        paragraph = frame.add_paragraph()
        paragraph.text, paragraph.level, paragraph.font.size = text.sentence(3), level, Pt(12)


def _table(shapes: Any, text: Text, top: Any) -> None:
    table = shapes.add_table(3, 3, Cm(1), top, Cm(22), Cm(3)).table
    if text.chance.random() < 0.5:
        table.cell(0, 0).merge(table.cell(0, 1))
    for row in range(3):
        for column in range(3):
            if not table.cell(row, column).is_spanned:
                table.cell(row, column).text = f"{text.word()} {text.number()}"


def _group(shapes: Any, text: Text, top: Any) -> None:
    group = shapes.add_group_shape()
    for place in range(2):
        box = group.shapes.add_textbox(Cm(1 + 11 * place), top, Cm(10), Cm(2))
        box.text_frame.text = text.phrase(2)


def _shifted(shapes: Any, text: Text, top: Any) -> None:
    paragraph = _frame(shapes, top).paragraphs[0]
    for before, shifted, offset, sign in (("km", "2", "30000", "km²"), ("H", "2", "-25000", "H₂")):
        paragraph.add_run().text = before
        run = paragraph.add_run()
        run.text = shifted
        run.font._element.set("baseline", offset)
        paragraph.add_run().text = f" {text.exactly(sign)} "
    struck = paragraph.add_run()
    struck.text = text.beside()
    struck.font._element.set("strike", "sngStrike")


def _hidden(shapes: Any, text: Text, top: Any) -> None:
    box = shapes.add_textbox(Cm(1), top, Cm(22), Cm(2))
    box.text_frame.text = text.secret()
    box._element.nvSpPr.cNvPr.set("hidden", "1")

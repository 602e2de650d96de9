"""OpenDocument texts with headings, lists, tables, notes, boxes, remarks, changes and hidden text."""

from __future__ import annotations

from typing import Any

from odf import dc, draw, office, opendocument, style, table
from odf import text as odf

from tests.ingest.loaders.generated.words import Text

_LOOKS = {
    "struck": {"textlinethroughstyle": "solid"},
    "gone": {"display": "none"},
    "raised": {"textposition": "super 58%"},
    "lowered": {"textposition": "sub 58%"},
}


def write(text: Text) -> None:
    """Write an OpenDocument text of ten to twenty blocks."""
    document = opendocument.OpenDocumentText()
    for name, look in _LOOKS.items():
        made = style.Style(name=name, family="text")
        made.addElement(style.TextProperties(**look))
        document.automaticstyles.addElement(made)
    blocks = [_heading, _paragraph, _list, _table, _looks, _note, _box, _remark, _section, _field]
    for _ in range(text.chance.randint(10, 20)):
        for block in text.chance.choice(blocks)(text):
            document.text.addElement(block)
    document.save(str(text.path))


def _heading(text: Text) -> list[Any]:
    return [odf.H(outlinelevel=text.chance.randint(1, 3), text=text.sentence(3).rstrip("."))]


def _paragraph(text: Text) -> list[Any]:
    return [odf.P(text=f"{text.sentence()} {text.sentence()}")]


def _list(text: Text) -> list[Any]:
    outer = odf.List()
    for _ in range(text.chance.randint(2, 3)):
        item = odf.ListItem()
        item.addElement(odf.P(text=text.sentence(4)))
        if text.chance.random() < 0.4:
            inner, below = odf.List(), odf.ListItem()
            below.addElement(odf.P(text=text.sentence(3)))
            inner.addElement(below)
            item.addElement(inner)
        outer.addElement(item)
    return [outer]


def _table(text: Text) -> list[Any]:
    made = table.Table()
    made.addElement(table.TableColumn(numbercolumnsrepeated=3))
    is_merged = text.chance.random() < 0.5
    for number in range(text.chance.randint(2, 4)):
        row = table.TableRow()
        for column in range(3):
            if is_merged and number == 0 and column == 1:
                row.addElement(table.CoveredTableCell())
                continue
            spans = {"numbercolumnsspanned": 2} if is_merged and (number, column) == (0, 0) else {}
            cell = table.TableCell(**spans)
            cell.addElement(odf.P(text=f"{text.phrase(2)} {text.number()}"))
            row.addElement(cell)
        made.addElement(row)
    return [made]


def _looks(text: Text) -> list[Any]:
    paragraph = odf.P(text=f"{text.sentence(4)} ")
    paragraph.addElement(odf.Span(stylename="struck", text=text.beside()))
    paragraph.addElement(odf.Span(stylename="gone", text=text.secret()))
    for before, look, shifted, sign in ((" m", "raised", "3", "m³"), (" CO", "lowered", "2", "CO₂")):
        paragraph.addText(before)
        paragraph.addElement(odf.Span(stylename=look, text=shifted))
        paragraph.addText(f" {text.exactly(sign)}")
    return [paragraph]


def _note(text: Text) -> list[Any]:
    paragraph = odf.P(text=text.sentence(4))
    note, body = odf.Note(noteclass="footnote"), odf.NoteBody()
    note.addElement(odf.NoteCitation(text="1"))
    body.addElement(odf.P(text=text.note()))
    note.addElement(body)
    paragraph.addElement(note)
    paragraph.addText(f" {text.sentence(3)}")
    return [paragraph]


def _box(text: Text) -> list[Any]:
    paragraph = odf.P(text=text.sentence(3))
    frame = draw.Frame(width="10cm", height="2cm", anchortype="as-char")
    box = draw.TextBox()
    box.addElement(odf.P(text=text.phrase()))
    frame.addElement(box)
    paragraph.addElement(frame)
    return [paragraph]


def _remark(text: Text) -> list[Any]:
    paragraph = odf.P(text=text.sentence(4))
    remark = office.Annotation()
    remark.addElement(dc.Creator(text="A"))
    remark.addElement(odf.P(text=text.secret()))
    paragraph.addElement(remark)
    return [paragraph]


def _section(text: Text) -> list[Any]:
    section = odf.Section(name=f"S{len(text.known)}", **({"display": "none"} if text.chance.random() < 0.6 else {}))
    is_hidden = section.getAttribute("display") == "none"
    section.addElement(odf.P(text=text.secret() if is_hidden else text.sentence(4)))
    return [section]


def _field(text: Text) -> list[Any]:
    paragraph = odf.P(text=text.sentence(3))
    paragraph.addElement(odf.Tab())
    paragraph.addText(text.sentence(3))
    paragraph.addElement(odf.LineBreak())
    paragraph.addText(text.sentence(3))
    return [paragraph]

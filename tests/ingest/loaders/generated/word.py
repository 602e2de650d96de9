"""Word files with headings, lists, tables, changes, boxes, notes, remarks and hidden text."""

from __future__ import annotations

from typing import Any

import docx
from docx.enum.section import WD_SECTION
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Cm, Pt

from tests.ingest.loaders.generated.words import Text

BOX = (
    '<w:r {names}><w:pict xmlns:v="urn:schemas-microsoft-com:vml"><v:rect style="width:300pt;height:60pt">'
    "<v:textbox><w:txbxContent><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:txbxContent></v:textbox></v:rect>"
    "</w:pict></w:r>"
)


def write(text: Text) -> None:
    """Write a Word file of ten to twenty blocks."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = text.beside()
    document.sections[0].footer.paragraphs[0].text = text.beside()
    blocks = [_heading, _paragraph, _list, _table, _shifted, _unseen, _changed, _box, _remark, _sign, _columns]
    for _ in range(text.chance.randint(10, 20)):
        text.chance.choice(blocks)(document, text)
    document.save(str(text.path))


def _heading(document: Any, text: Text) -> None:
    document.add_heading(text.sentence(3).rstrip("."), level=text.chance.randint(1, 3))


def _paragraph(document: Any, text: Text) -> None:
    document.add_paragraph(f"{text.sentence()} {text.sentence()}")


def _list(document: Any, text: Text) -> None:
    style = text.chance.choice(["List Bullet", "List Number", "List Bullet 2"])
    for _ in range(text.chance.randint(2, 4)):
        document.add_paragraph(text.sentence(4), style=style)


def _table(document: Any, text: Text) -> None:
    rows, columns = text.chance.randint(2, 4), text.chance.randint(2, 3)
    table = document.add_table(rows, columns)
    table.autofit = False
    for column in table.columns:
        column.width = Cm(2.3)
    merged = text.chance.choice([None, (0, 0, 0, 1), (0, 0, 1, 0), (rows - 2, columns - 2, rows - 1, columns - 1)])
    if merged is not None:
        table.cell(*merged[:2]).merge(table.cell(*merged[2:]))
    seen = set()
    for row in range(rows):
        for column in range(columns):
            cell = table.cell(row, column)
            if cell._tc not in seen:
                cell.text = f"{text.phrase(2)} {text.number()}"
                cell.width = Cm(2.3)  # three fit into one of two columns
                cell.paragraphs[0].runs[0].font.size = Pt(7)  # and no word is broken
                seen.add(cell._tc)
    document.add_paragraph(text.sentence(3))  # tables side by side would be one


def _shifted(document: Any, text: Text) -> None:
    paragraph = document.add_paragraph(text.sentence(4) + " ")
    for before, shifted, sign in (("m", "2", "m²"), ("10", "6", "10⁶")):
        paragraph.add_run(before)
        paragraph.add_run(shifted).font.superscript = True
        paragraph.add_run(f" {text.exactly(sign)} ")
    paragraph.add_run("CO")
    paragraph.add_run("2").font.subscript = True
    paragraph.add_run(f" {text.exactly('CO₂')}")


def _unseen(document: Any, text: Text) -> None:
    paragraph = document.add_paragraph(text.sentence(4) + " ")
    if text.chance.random() < 0.5:
        paragraph.add_run(text.secret()).font.hidden = True
    else:
        paragraph.add_run(text.beside()).font.strike = True
    paragraph.add_run(" " + text.sentence(3))


def _changed(document: Any, text: Text) -> None:
    paragraph = document.add_paragraph(text.sentence(3) + " ")
    change = 'w:id="1" w:author="A" w:date="2025-01-01T00:00:00Z"'
    names = nsdecls("w")
    deleted = f"<w:del {names} {change}><w:r><w:delText>{text.beside()}</w:delText></w:r></w:del>"
    inserted = f'<w:ins {names} {change}><w:r><w:t xml:space="preserve"> {text.sentence(3)}</w:t></w:r></w:ins>'
    paragraph._p.append(parse_xml(deleted))
    paragraph._p.append(parse_xml(inserted))


def _box(document: Any, text: Text) -> None:
    document.add_paragraph()._p.append(parse_xml(BOX.format(names=nsdecls("w"), words=text.phrase())))


def _remark(document: Any, text: Text) -> None:
    paragraph = document.add_paragraph(text.sentence())
    document.add_comment(paragraph.runs, text=text.secret(), author="A")


def _sign(document: Any, text: Text) -> None:
    paragraph = document.add_paragraph(text.sentence(3) + " ")
    sign = f'<w:r {nsdecls("w")}><w:sym w:font="Symbol" w:char="F0B3"/></w:r>'
    paragraph._p.append(parse_xml(sign))
    paragraph.add_run(f" {text.exactly('≥')}")


def _columns(document: Any, text: Text) -> None:
    section = document.add_section(WD_SECTION.CONTINUOUS)
    columns = parse_xml(f'<w:cols {nsdecls("w")} w:num="{text.chance.choice([1, 2])}" w:space="400"/>')
    for old in section._sectPr.xpath("./w:cols"):
        section._sectPr.replace(old, columns)
    _paragraph(document, text)

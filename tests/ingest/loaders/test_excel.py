"""Workbooks say what their cells show, and nothing that is hidden."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.styles import Font

from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import rewrite

CASES = Path(__file__).parent / "cases"


def texts(path: Path) -> str:
    return "\n\n".join(section.text for section in load(path).sections)


def test_number_formats_are_shown_and_what_shows_nothing_is_told() -> None:
    loaded = load(CASES / "xlsx-number-formats.xlsx")
    assert loaded.sections[0].text.split("\n")[2:] == [
        "Poste : taux littéral ; Valeur : 25 %",
        "Poste : taux échappé ; Valeur : 25 %",
        "Poste : taux vrai ; Valeur : 25,3 %",
        "Poste : grand taux ; Valeur : 123456,79 %",
        "Poste : montant euros ; Valeur : 1500 €",
        "Poste : durée ; Valeur : 18 mois",
        "Poste : milliers ; Valeur : 1408712",
        "Poste : en milliers ; Valeur : 1409 k",
        "Poste : date ; Valeur : 01/03/2025",
        "Poste : float ; Valeur : 3,3",
        "Poste : téléphone ; Valeur : 06 12 34 56 78",
        "Poste : code postal ; Valeur : 01000",
        "Poste : fraction ; Valeur : 1/2",
        "Poste : section masquée",
    ]
    assert loaded.left_out == (("1 cell", "F", "its number format shows nothing"),)


def test_a_sheet_of_one_row_is_read() -> None:
    sections = [(section.label, section.text) for section in load(CASES / "xlsx-one-row-sheet.xlsx").sections]
    assert sections[1:] == [
        ("Contact, l. 1", "Référente | Colette Exemple | guichet de Kehl"),
        ("Notes, l. 1", "Avertissement | provisoire"),
    ]


def test_hidden_rows_columns_sheets_and_comments_are_left_out_and_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Villes"
    for row in (("Ville", "Places", "Salaire"), ("Kehl", 60, "SECRET"), ("SECRET", 1, "x"), ("Esch", 40, "SECRET")):
        sheet.append(row)
    sheet.column_dimensions["C"].hidden = True
    sheet.row_dimensions[3].hidden = True
    sheet["A2"].comment = Comment("SECRET", "relecteur")
    for name, state in (("Cachée", "hidden"), ("Macro", "veryHidden")):
        book.create_sheet(name).append(["SECRET", "x"])
        book[name].sheet_state = state
    book.save(tmp_path / "a.xlsx")
    loaded = load(tmp_path / "a.xlsx")
    assert [(section.label, section.text) for section in loaded.sections] == [
        ("Villes, l. 2-4", "Ville | Places\n\nVille : Kehl ; Places : 60\nVille : Esch ; Places : 40")
    ]
    assert [(left.what, left.where) for left in loaded.left_out] == [
        ("1 hidden row", "Villes"),
        ("1 hidden column", "Villes"),
        ("1 comment", "Villes"),
        ("1 hidden sheet", "Cachée"),
        ("1 hidden sheet", "Macro"),
    ]
    assert [(section.heading, section.text) for section in loaded.hidden] == [
        ("hidden row", "SECRET | 1 | x"),
        ("hidden column", "Ville | Salaire\nKehl | SECRET\nEsch | SECRET"),
        ("comment", "SECRET"),
        ("hidden sheet", "SECRET | x"),
        ("hidden sheet", "SECRET | x"),
    ]


def test_columns_without_width_and_rows_without_height_are_hidden(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("Ville", "Places", "a", "b"), ("Kehl", 60, "SECRET", "SECRET"), ("SECRET", 1, "x", "y")):
        book.active.append(row)
    book.active.column_dimensions.group("C", "D", hidden=True)
    book.save(tmp_path / "a.xlsx")
    without_height = {"xl/worksheets/sheet1.xml": lambda sheet: sheet.replace('<row r="3"', '<row r="3" ht="0"')}
    rewrite(tmp_path / "a.xlsx", without_height)
    assert "SECRET" not in texts(tmp_path / "a.xlsx")


def test_a_merged_value_belongs_to_each_row_and_a_merged_heading_to_each_column(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Taux de la caisse"])
    sheet.append(["Pays", "Taux", None])
    sheet.append([None, "salarié", "indépendant"])
    sheet.append(["Suisse", "5,3 %", "10,0 %"])
    sheet.append([None, "5,4 %", "10,1 %"])
    for merged in ("A1:C1", "A2:A3", "B2:C2", "A4:A5"):
        sheet.merge_cells(merged)
    book.save(tmp_path / "a.xlsx")
    assert texts(tmp_path / "a.xlsx") == (
        "Pays | Taux salarié | Taux indépendant\n\nTaux de la caisse\n"
        "Pays : Suisse ; Taux salarié : 5,3 % ; Taux indépendant : 10,0 %\n"
        "Pays : Suisse ; Taux salarié : 5,4 % ; Taux indépendant : 10,1 %"
    )


def test_struck_out_text_is_left_out_and_raised_digits_change_no_number(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    struck, raised = InlineFont(strike=True), InlineFont(vertAlign="superscript")
    sheet.append(["Délai", CellRichText(TextBlock(struck, "30 jours"), " 45 jours")])
    sheet.append(["Montant", CellRichText("12 000", TextBlock(raised, "2"))])
    sheet.append(["Population", CellRichText("10", TextBlock(raised, "6"))])
    sheet.append(["Prime", 99])
    sheet["B4"].font = Font(strike=True)
    book.save(tmp_path / "a.xlsx")
    loaded = load(tmp_path / "a.xlsx")
    assert loaded.sections[0].text.split("\n\n")[1].split("\n") == [
        "Délai : Montant ; 45 jours : 12 000 (2)",
        "Délai : Population ; 45 jours : 10⁶",
        "Délai : Prime",
    ]
    assert [left.what for left in loaded.left_out] == ["1 struck-out passage", "1 struck-out cell"]


def test_text_boxes_and_charts_of_a_sheet_are_read_once(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (("Pays", "Frontaliers"), ("Suisse", 1408712), ("Luxembourg", 12345678)):
        book.active.append(row)
    chart = BarChart()
    chart.title = "Frontaliers par pays"
    chart.add_data(Reference(book.active, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    book.active.add_chart(chart, "D2")
    book.save(tmp_path / "a.xlsx")
    shape = (
        '<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="{}" name="b"{}/><xdr:cNvSpPr/></xdr:nvSpPr><xdr:spPr/><xdr:txBody>'
        '<a:bodyPr xmlns:a="{A}"/><a:p xmlns:a="{A}"><a:r><a:t>{}</a:t></a:r></a:p></xdr:txBody></xdr:sp>'
    ).replace("{A}", "http://schemas.openxmlformats.org/drawingml/2006/main")
    anchor = "<xdr:twoCellAnchor><xdr:from><xdr:col>0</xdr:col><xdr:row>{}</xdr:row></xdr:from>{}</xdr:twoCellAnchor>"
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f"<mc:Choice Requires='a14'>{shape.format(8, '', 'Chiffres provisoires.')}</mc:Choice>"
        f"<mc:Fallback>{shape.format(8, '', 'Chiffres provisoires.')}</mc:Fallback></mc:AlternateContent>"
    )
    hidden = shape.format(9, ' hidden="1"', "SECRET")
    boxes = anchor.format(0, both) + anchor.format(20, hidden)
    rewrite(
        tmp_path / "a.xlsx",
        {
            "xl/drawings/drawing1.xml": lambda drawing: (
                drawing.replace("</wsDr>", "</xdr:wsDr>")
                .replace("<wsDr xmlns=", "<xdr:wsDr xmlns:xdr=")
                .replace("</xdr:wsDr>", f"{boxes}</xdr:wsDr>")
            )
        },
    )
    loaded = load(tmp_path / "a.xlsx")
    drawn = loaded.sections[-1]
    assert drawn.label == "Sheet"
    assert drawn.text.count("Chiffres provisoires.") == 1
    assert "Frontaliers par pays" in drawn.text
    assert ("1 hidden shape", "Sheet", "hidden") in loaded.left_out


def test_strict_open_xml_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Ville", "Places"])
    book.active.append(["Kehl", 60])
    book.save(tmp_path / "a.xlsx")
    rewrite(tmp_path / "a.xlsx", {"": as_strict})
    assert "purl.oclc.org" in zipfile.ZipFile(tmp_path / "a.xlsx").read("xl/workbook.xml").decode()
    assert texts(tmp_path / "a.xlsx") == "Ville | Places\n\nVille : Kehl ; Places : 60"


def as_strict(part: str) -> str:
    for name in ("spreadsheetml", "officeDocument", "drawingml", "wordprocessingml", "presentationml"):
        part = part.replace(f"http://schemas.openxmlformats.org/{name}/2006/", f"http://purl.oclc.org/ooxml/{name}/")
    return part


@pytest.mark.parametrize("value", [True, "#N/A"])
def test_truths_and_errors_are_shown(tmp_path: Path, value: object) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Le prix de la ville", "Places"])
    book.active.append(["Kehl", value])
    book.save(tmp_path / "a.xlsx")
    assert texts(tmp_path / "a.xlsx").endswith("VRAI" if value is True else "#N/A")


def test_a_day_written_as_text_is_shown_also_without_a_format(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Ville", "Depuis"])
    book.active.append(["Kehl", 45717])
    book.save(tmp_path / "a.xlsx")
    days = '<c r="B2" t="d"><v>2025-03-01</v></c>'
    rewrite(
        tmp_path / "a.xlsx",
        {"xl/worksheets/sheet1.xml": lambda sheet: sheet.replace('<c r="B2" t="n"><v>45717</v></c>', days)},
    )
    assert texts(tmp_path / "a.xlsx").endswith("Depuis : 2025-03-01")

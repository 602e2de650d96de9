"""Rows of tables say which column each value is in, and can be quoted alone."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from ingest.loaders.table_rows import MOST_ROWS, ROWS

CASES = Path(__file__).parent / "cases"


def test_a_row_of_a_csv_file_names_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_bytes('Ville;Places;Remarque\nKehl;60;\n\nEsch;40;"deux ; trois"\n'.encode("cp1252"))
    assert load(path).sections[0].text == (
        "Ville | Places | Remarque\n\nVille : Kehl ; Places : 60\nVille : Esch ; Places : 40 ; Remarque : deux ; trois"
    )
    assert load(path).sections[0].label == "l. 2-4"


def test_every_sheet_is_parted_in_sections_that_name_sheet_and_rows(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Crèches"
    sheet.append(["Ville", "Places"])
    for number in range(ROWS + 10):
        sheet.append([f"Ville {number}", float(number)])
    book.create_sheet("Cachée").sheet_state = "hidden"
    book["Cachée"]["A1"] = "secret"
    book.save(tmp_path / "t.xlsx")
    loaded = load(tmp_path / "t.xlsx")
    assert [section.label for section in loaded.sections] == ["Crèches, l. 2-51", "Crèches, l. 52-61"]
    assert loaded.sections[1].text.startswith("Ville | Places\n\nVille : Ville 50 ; Places : 50\n")


def test_a_table_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" * (MOST_ROWS + 2))
    with pytest.raises(UnreadableFile, match="split it"):
        load(path)


def test_a_damaged_excel_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK\x03\x04 not at all")
    with pytest.raises(UnreadableFile, match="damaged Excel"):
        load(path)


def test_a_cell_as_long_as_a_report_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'Titre;Texte\nRapport;"{"mot " * 50_000}"\n')
    assert len(load(tmp_path / "a.csv").sections[0].text) > 200_000 - 10


def test_a_table_of_another_program_is_read(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableRow
    from odf.text import P

    book, table = OpenDocumentSpreadsheet(), Table(name="Crèches")
    for cells in (("Ville", "Places"), ("Kehl", "60")):
        row = TableRow()
        for text in cells:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "a.ods"))
    section = load(tmp_path / "a.ods").sections[0]
    assert (section.label, section.text) == ("Crèches, l. 2", "Ville | Places\n\nVille : Kehl ; Places : 60")


def test_text_that_calls_itself_an_excel_file_is_read_as_the_table_it_is(tmp_path: Path) -> None:
    (tmp_path / "export.xls").write_text("Ville\tPays\nMenton\tFrance\n")
    loaded = load(tmp_path / "export.xls")
    assert loaded.sections[0].text.endswith("Ville : Menton ; Pays : France")
    assert "wrong suffix: this is a .csv file" in loaded.warnings[0]


def test_what_the_cells_of_another_program_show_is_stored() -> None:
    assert load(CASES / "ods-percent.ods").sections[0].text.split("\n")[2:] == [
        "Poste : taux AVS ; Valeur : 5,3 %",
        "Poste : prime ; Valeur : 300 CHF",
        "Poste : durée ; Valeur : 35:30",
    ]


def test_hidden_parts_of_a_table_of_another_program_are_left_out_and_told(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.style import Style, TableProperties
    from odf.table import Table, TableCell, TableColumn, TableRow
    from odf.text import P

    book = OpenDocumentSpreadsheet()
    hidden = Style(name="ta1", family="table")
    hidden.addElement(TableProperties(display="false"))
    book.automaticstyles.addElement(hidden)
    rows = (("Ville", "Places", "Prix"), ("Kehl", "60", "SECRET"), ("SECRET", "1", "x"), ("Esch", "", "SECRET"))
    for name, style in (("Villes", None), ("Cachée", hidden)):
        table = Table(name=name, stylename=style) if style else Table(name=name)
        table.addElement(TableColumn(numbercolumnsrepeated=2))
        table.addElement(TableColumn(visibility="collapse"))
        for cells in rows:
            row = TableRow(visibility="filter") if cells[0] == "SECRET" else TableRow()
            for text in cells:
                cell = TableCell(valuetype="string")
                if text:
                    cell.addElement(P(text=text))
                row.addElement(cell)
            table.addElement(row)
        book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "a.ods"))
    loaded = load(tmp_path / "a.ods")
    assert [section.text for section in loaded.sections] == [
        "Ville | Places\n\nVille : Kehl ; Places : 60\nVille : Esch"
    ]
    assert loaded.left_out == (
        ("1 hidden row", "Villes", "hidden"),
        ("1 hidden column", "Villes", "hidden"),
        ("1 hidden sheet", "Cachée", "hidden"),
    )


def test_a_merged_value_of_another_program_belongs_to_each_row(tmp_path: Path) -> None:
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import CoveredTableCell, Table, TableCell, TableRow
    from odf.text import P

    book, table = OpenDocumentSpreadsheet(), Table(name="Taux")
    for cells in (("Pays", "Statut"), ("Suisse", "salarié"), ("", "indépendant")):
        row = TableRow()
        for text in cells:
            cell = TableCell(numberrowsspanned=2) if text == "Suisse" else TableCell() if text else CoveredTableCell()
            if text:
                cell.addElement(P(text=text))
            row.addElement(cell)
        table.addElement(row)
    book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "a.ods"))
    assert load(tmp_path / "a.ods").sections[0].text.endswith("Pays : Suisse ; Statut : indépendant")


def test_a_title_above_a_table_does_not_part_its_cells(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Communes, au 1er janvier 2020\nCommune;Part\nThionville;12,5\nKehl;7,5\n")
    assert load(tmp_path / "a.csv").sections[0].text == (
        "Commune | Part\n\nCommunes, au 1er janvier 2020\n"
        "Commune : Thionville ; Part : 12,5\nCommune : Kehl ; Part : 7,5"
    )


def test_years_head_columns_percents_stay_percents_and_lost_results_are_reported(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (("Région", 2018, 2019), ("Grand Est", 0.231, 170_000.0), ("Total", "=SUM(C2:C2)")):
        sheet.append(row)
    sheet["B2"].number_format = "0.0 %"
    book.save(tmp_path / "a.xlsx")
    loaded = load(tmp_path / "a.xlsx")
    assert "Région : Grand Est ; 2018 : 23,1 % ; 2019 : 170000" in loaded.sections[0].text
    assert loaded.warnings[0].startswith("1 formulas without a stored result: open and save it")

"""Rows of tables say which column each value is in, and can be quoted alone."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from ingest.loaders import UnreadableFile, load
from ingest.loaders.tables import MOST_ROWS, ROWS


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
    assert [one.label for one in loaded.sections] == ["Crèches, l. 2-51", "Crèches, l. 52-61"]
    assert loaded.sections[1].text.startswith("Ville | Places\n\nVille : Ville 50 ; Places : 50\n")


def test_a_table_of_too_many_rows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" * (MOST_ROWS + 2))
    with pytest.raises(UnreadableFile, match="split it"):
        load(path)


def test_a_damaged_excel_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK\x03\x04 not at all")
    with pytest.raises(UnreadableFile, match="damaged Excel"):
        load(path)


def test_a_cell_as_long_as_a_report_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f'Titre;Texte\nRapport;"{"mot " * 50_000}"\n')
    assert len(load(tmp_path / "a.csv").sections[0].text) > 200_000 - 10

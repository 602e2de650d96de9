"""Tables written as text are read with the separator they declare or use, whatever program wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import load_text

ROWS = "Ville;Places\r\nKehl;60\r\nBâle;45\r\n"
READ = "Ville | Places\n\nVille : Kehl ; Places : 60\nVille : Bâle ; Places : 45"


@pytest.mark.parametrize("declaration", ["sep=;", "SEP=;", '"sep=;"', "sep=; "])
def test_the_line_that_declares_the_separator_is_no_row(tmp_path: Path, declaration: str) -> None:
    (section,) = load_text(tmp_path, "a.csv", f"\ufeff{declaration}\r\n{ROWS}")
    assert (section.label, section.text) == ("l. 2-3", READ)


@pytest.mark.parametrize("separator", [",", "\t", "|", "^"])
def test_the_declared_separator_is_used(tmp_path: Path, separator: str) -> None:
    rows = ROWS.replace(";", separator)
    assert load_text(tmp_path, "a.csv", f"sep={separator}\n{rows}")[0].text == READ


def test_a_decimal_comma_separates_nothing(tmp_path: Path) -> None:
    (section,) = load_text(tmp_path, "a.csv", "Ville;Taux\nKehl;5,3\nBâle;13,07\n")
    assert "Ville : Bâle ; Taux : 13,07" in section.text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "cp850", "utf-16", "utf-16-le"])
def test_a_table_is_read_in_the_encodings_of_spreadsheet_programs(tmp_path: Path, encoding: str) -> None:
    assert load_text(tmp_path, "a.csv", ROWS.encode(encoding))[0].text == READ


def test_a_number_kept_as_text_for_excel_loses_its_marks_only(tmp_path: Path) -> None:
    (section,) = load_text(tmp_path, "a.csv", 'Ville;Code\nBourg;="01000"\n')
    assert "Code : 01000" in section.text


def test_titles_above_a_table_are_kept_and_name_no_column(tmp_path: Path) -> None:
    (section,) = load_text(
        tmp_path, "a.csv", "\ufeffDirection départementale\r\nExport du 3 mars 2026\r\n\r\nVille;Places\r\nKehl;60\r\n"
    )
    assert section.text.splitlines()[2:] == [
        "Direction départementale",
        "Export du 3 mars 2026",
        "Ville : Kehl ; Places : 60",
    ]


def test_columns_that_are_not_read_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(";".join(f"c{number}" for number in range(210)) + "\n" + ";".join(map(str, range(210))) + "\n")
    assert [part.what for part in load(path).left_out] == ["10 columns"]

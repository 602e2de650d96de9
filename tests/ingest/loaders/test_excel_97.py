"""Old workbooks say what their cells show, and nothing that is hidden."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile

CASES = Path(__file__).parent / "cases"


def test_formats_hidden_parts_and_merged_cells_of_an_old_workbook() -> None:
    loaded = load(CASES / "hidden-and-formats.xls")
    assert loaded.sections[0].text.split("\n") == [
        "Poste | Valeur",
        "",
        "Poste : taux ; Valeur : 25 %",
        "Poste : vrai ; Valeur : 25,3 %",
        "Poste : prime ; Valeur : 1500 €",
        "Poste : durée ; Valeur : 18 mois",
        "Poste : date ; Valeur : 01/03/2025 12:00",
        "Poste : barré",
        "Poste : Suisse ; Valeur : a",
        "Poste : Suisse ; Valeur : b",
    ]
    assert [(left.what, left.where) for left in loaded.left_out] == [
        ("1 struck-out cell", "Taux"),
        ("1 comment", "Taux"),
        ("1 hidden row", "Taux"),
        ("1 hidden column", "Taux"),
        ("1 hidden sheet", "Cachée"),
        ("1 hidden sheet", "Très"),
    ]
    assert "SECRET" not in repr(loaded.sections)


def test_a_damaged_old_workbook_is_unreadable(tmp_path: Path) -> None:
    content = (CASES / "hidden-and-formats.xls").read_bytes()
    (tmp_path / "a.xls").write_bytes(content[:3000])
    with pytest.raises(UnreadableFile, match="damaged"):
        load(tmp_path / "a.xls")

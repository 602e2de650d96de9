"""Binary workbooks give the values of the cells that are shown."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from ingest.loaders.dispatch import load
from ingest.loaders.excel_binary import NO_FORMATS

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def record(kind: int, content: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return head + bytes([len(content)]) + content


def text(value: str) -> bytes:
    return struct.pack("<I", len(value)) + value.encode("utf-16-le")


def sheet(rows: list[tuple[bool, list[str]]], hidden_column: int) -> bytes:
    """A sheet of texts; rows are (is hidden, texts)."""
    width, last = len(rows[0][1]), len(rows)
    content = record(129) + record(148, struct.pack("<IIII", 0, last - 1, 0, width - 1))
    columns = record(60, struct.pack("<IIIIH", hidden_column, hidden_column, 2560, 0, 1))
    content += record(390) + columns + record(391) + record(145)
    for number, (is_hidden, texts) in enumerate(rows):
        content += record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0x10 * is_hidden, 0, 0))
        for column, value in enumerate(texts):
            content += record(6, struct.pack("<II", column, 0) + text(value))
    return content + record(146) + record(130)


def write_xlsb(path: Path, sheets: dict[str, tuple[int, bytes]]) -> Path:
    """A workbook of sheets by name: (0 if it is shown, 1 if it is hidden; its records)."""
    book = record(131) + record(143)
    relationships = ""
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, (state, content)) in enumerate(sheets.items(), start=1):
            book += record(156, struct.pack("<II", state, number) + text(f"rId{number}") + text(name))
            target = f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.bin"'
            relationships += f'<Relationship Id="rId{number}" {target}/>'
            archive.writestr(f"xl/worksheets/sheet{number}.bin", content)
        archive.writestr("xl/workbook.bin", book + record(144) + record(132))
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{relationships}</Relationships>',
        )
    return path


def test_hidden_rows_columns_and_sheets_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [
        (False, ["Ville", "Pays", "Prix"]),
        (False, ["Kehl", "Allemagne", "SECRET"]),
        (True, ["SECRET", "x", "y"]),
        (False, ["Esch", "Luxembourg", "SECRET"]),
    ]
    content = sheet(rows, hidden_column=2)
    loaded = load(write_xlsb(tmp_path / "a.xlsb", {"Villes": (0, content), "Cachée": (1, content)}))
    assert [(section.label, section.text) for section in loaded.sections] == [
        ("Villes, l. 2-4", "Ville | Pays\n\nVille : Kehl ; Pays : Allemagne\nVille : Esch ; Pays : Luxembourg")
    ]
    assert loaded.left_out == (
        ("1 hidden row", "Villes", "hidden"),
        ("1 hidden column", "Villes", "hidden"),
        ("1 hidden sheet", "Cachée", "hidden"),
    )
    assert loaded.warnings == (NO_FORMATS,)

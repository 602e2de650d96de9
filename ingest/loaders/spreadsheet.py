"""Read spreadsheets (Excel, OpenDocument): a section for each 50 rows, cells with the names of their columns."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Final

from ingest.loaders.loaded_file import LoadedFile

_READERS: Final = {
    suffix: reader
    for suffixes, reader in (
        (".xlsx .xlsm .xltx .xltm", "excel"),
        (".xls .xlt", "excel_97"),
        (".xlsb", "excel_binary"),
        (".ods .ots", "opendocument_sheet"),
    )
    for suffix in suffixes.split()
}


def load(path: Path) -> LoadedFile:
    """Read a table. Raises UnreadableFile."""
    reader = _READERS[path.suffix.lower()]
    loaded: LoadedFile = import_module(f"ingest.loaders.{reader}").load(path)
    return loaded

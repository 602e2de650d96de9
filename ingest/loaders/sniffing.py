"""What a file is by its first bytes, so that a PDF named .docx is read as the PDF it is, and the report says so."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

# The suffixes that stand for the same first bytes; the first one is what the report says.
_ZIP_KINDS: Final = (
    ("word/", ".docx"),
    ("ppt/", ".pptx"),
    ("xl/", ".xlsx"),
)
_MIMETYPES: Final = {
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/epub+zip": ".epub",
}
_SAME: Final = {
    ".docm": ".docx",
    ".pptm": ".pptx",
    ".xlsm": ".xlsx",
}
_BINARY: Final = frozenset(
    (".pdf", ".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods", ".epub", ".rtf", ".doc", ".ppt", ".xls", ".msg")
)


def true_suffix(path: Path) -> str:
    """Return the suffix the file should have by its contents, "" when they do not tell."""
    with path.open("rb") as file:
        start = file.read(1024)
    if b"%PDF-" in start:
        return ".pdf"
    if start.startswith(b"{\\rtf"):
        return ".rtf"
    if start.startswith(b"PK\x03\x04"):
        return _of_archive(path)
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return ".html"
    return ""


def _of_archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:5000]
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return _MIMETYPES.get(archive.read("mimetype").decode("ascii", errors="replace").strip(), "")
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, RuntimeError, NotImplementedError):
        return ""
    return next((suffix for folder, suffix in _ZIP_KINDS if any(name.startswith(folder) for name in names)), "")


def is_misnamed(suffix: str, true: str) -> bool:
    """Say whether the suffix promises another binary format than the contents are, or text where they are binary."""
    said = _SAME.get(suffix, suffix)
    if not true or true == said:
        return False
    if true == ".html":
        return said in _BINARY  # XHTML, Markdown and text may begin like that
    return said in _BINARY or true in _BINARY

"""Detect what a file is by its first bytes: a PDF named .docx is read as the PDF it is, and the report says so."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from index.formats import FORMAT_OF_SUFFIX

_ZIP_KINDS: Final = (
    ("word/", ".docx"),
    ("ppt/", ".pptx"),
    ("xl/workbook.bin", ".xlsb"),
    ("xl/", ".xlsx"),
)
_MIMETYPES: Final = {
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.text-template": ".odt",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/vnd.oasis.opendocument.presentation-template": ".odp",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.spreadsheet-template": ".ods",
    "application/vnd.sun.xml.writer": ".sxw",
    "application/vnd.sun.xml.impress": ".sxi",
    "application/epub+zip": ".epub",
}
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: Final = (
    ("WordDocument", ".doc"),
    ("PowerPoint Document", ".ppt"),
    ("Workbook", ".xls"),
    ("Book", ".xls"),
    ("__properties_version1.0", ".msg"),
)
_STARTS: Final = (
    (b"{\\rtf", ".rtf"),
    (b"\xffWPC", ".wpd"),
    (b"II*\0", ".tif"),
    (b"MM\0*", ".tif"),
    (b"\x89PNG\r\n\x1a\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
)
# Suffixes for the same contents as the first one, which the report names.
_FIRST_OF_FAMILY: Final = {
    suffix: family[0]
    for family in (
        (".docx", ".docm", ".dotx", ".dotm"),
        (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"),
        (".xlsx", ".xlsm", ".xltx", ".xltm"),
        (".odt", ".ott"),
        (".odp", ".otp"),
        (".ods", ".ots"),
        (".doc", ".dot", ".wps", ".pub", ".vsd"),  # all compound files; Works and Publisher have streams of Word's name
        (".ppt", ".pps", ".pot"),
        (".xls", ".xlt"),
        (".sxw", ".stw"),
        (".tif", ".tiff"),
        (".jpg", ".jpeg"),
        (".mht", ".mhtml"),
    )
    for suffix in family
}
_TEXTUAL_NAMES: Final = ".txt .text .asc .md .markdown .csv .tsv .html .htm .xhtml .shtml .mht .mhtml .eml .fodt .fodp"
_TEXTUAL: Final = frozenset(_TEXTUAL_NAMES.split())
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_TEXT_AS: Final = {".xls": ".csv", ".doc": ".txt", ".wri": ".txt", "": ".txt"}  # what old programs named so
_MOST_TEXT: Final = 20 << 20


def suffix_of(path: Path) -> str:
    """Return the suffix in lower case, "" if what follows the last full stop is none ("Note M. Dupont")."""
    is_number = path.suffix[1:].isdigit() and path.suffix != ".123"
    return path.suffix.lower() if re.fullmatch(r"\.[A-Za-z0-9]{1,9}", path.suffix) and not is_number else ""


def detect_suffix(path: Path) -> str:
    """Return the suffix the file should have by its contents, "" if they do not tell."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.lstrip().startswith(b"%PDF-") or (b"%PDF-" in start[:1024] and suffix_of(path) not in _TEXTUAL):
        return ".pdf"  # a text, a mail or a page may speak of one
    for magic, suffix in _STARTS:
        if start.startswith(magic):
            return suffix
    if start.startswith(b"PK\x03\x04"):
        return _suffix_of_zip(path)
    if start.startswith(_COMPOUND):
        return _suffix_of_compound_file(path)
    return _suffix_of_text(path, start)


def _suffix_of_text(path: Path, start: bytes) -> str:
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.lower().startswith((b"<!doctype html", b"<html")):
        return ".html"
    if re.match(rb"(?:from:[^\n]*\n|subject:[^\n]*\n|date:[^\n]*\n|mime-version:[^\n]*\n)+", text, re.I) and (
        re.search(rb"^content-type:\s*multipart/related", text, re.I | re.M)
    ):
        return ".mht"
    plain = _TEXT_AS.get(_FIRST_OF_FAMILY.get(suffix_of(path), suffix_of(path)), "")
    if plain and path.stat().st_size <= _MOST_TEXT and not _CONTROLS.search(path.read_bytes().rstrip(b"\x1a\0")):
        return plain
    return ""


def _suffix_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:5000]
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return _MIMETYPES.get(archive.read("mimetype").decode("ascii", errors="replace").strip(), "")
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, RuntimeError, NotImplementedError):
        return ""
    return next((suffix for folder, suffix in _ZIP_KINDS if any(name.startswith(folder) for name in names)), "")


def _suffix_of_compound_file(path: Path) -> str:
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            return next((suffix for stream, suffix in _STREAMS if file.exists(stream)), "")
    except MemoryError:
        raise
    except Exception:  # foreign code reading a foreign file: the loader says what is wrong with it
        return ""


def is_misnamed(suffix: str, detected: str) -> bool:
    """Say whether the suffix stands for another format than the contents, or for none that is known."""
    family = _FIRST_OF_FAMILY.get(suffix, suffix)
    if not detected or detected == family:
        return False
    if family in _TEXTUAL and detected in _TEXTUAL:
        return False  # XHTML, Markdown, mails and text may begin like each other
    return family in FORMAT_OF_SUFFIX or detected in FORMAT_OF_SUFFIX


@contextmanager
def named_with_suffix(path: Path, suffix: str) -> Iterator[Path]:
    """Yield the file under a name with this suffix: readers and LibreOffice go by it."""
    if path.suffix.lower() == suffix:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="passerelle-") as folder:
        named = Path(folder) / f"named{suffix}"
        named.symlink_to(path.absolute())
        yield named

"""Read EPUB books: the chapters in the order of the spine, as the web pages they are; other parts are told."""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from index.reasons import Reason, quote
from ingest.loaders.loaded_file import LeftOut, LoadedFile, UnreadableFile, make_hints
from ingest.loaders.outline import Outline
from ingest.loaders.web import add_page
from ingest.loaders.zip_container import check_zip, parse_xml
from ingest.text.cleaning import one_line

MOST_CHAPTERS: Final = 2_000
_CONTAINER: Final = "{urn:oasis:names:tc:opendocument:xmlns:container}"
_OPF: Final = "{http://www.idpf.org/2007/opf}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_XMLENC: Final = "{http://www.w3.org/2001/04/xmlenc#}"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_NO_PAGES: Final = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".pdf", ".mp3", ".mp4")


def load(path: Path) -> LoadedFile:
    """Read a book. Raises UnreadableFile."""
    check_zip(path, "EPUB")
    outline = Outline()
    left_out: list[LeftOut] = []
    try:
        with zipfile.ZipFile(path) as archive:
            package, folder = _package(archive)
            sealed = _sealed_parts(archive)
            for chapter in _chapters(package, folder):
                name = _find_part(archive, chapter)
                if name in sealed:
                    raise UnreadableFile(Reason("copy-protected"))
                if not name or name.lower().endswith(_NO_PAGES):
                    why = Reason("chapter-no-page" if name else "chapter-missing")
                    left_out.append(LeftOut(Reason("chapter"), chapter, why))
                    continue
                hidden = add_page(archive.read(name), outline)
                left_out += [part._replace(where=part.where or posixpath.basename(name)) for part in hidden]
    except (MemoryError, UnreadableFile):
        raise
    except Exception as error:  # foreign code reading a foreign file
        raise UnreadableFile(Reason("damaged-file", kind="EPUB", detail=quote(error))) from error
    title, author, date = (one_line(package.findtext(f".//{_DC}{name}") or "") for name in ("title", "creator", "date"))
    hints = make_hints(title, author, date)
    return LoadedFile(outline.sections(), {}, outline.hints() | hints, left_out=tuple(left_out))


def _sealed_parts(archive: zipfile.ZipFile) -> frozenset[str]:
    """Return the names of the parts that only the shop's program opens."""
    if _ENCRYPTION not in archive.namelist():
        return frozenset()
    references = parse_xml(archive.read(_ENCRYPTION)).iter(f"{_XMLENC}CipherReference")
    return frozenset(unquote(reference.get("URI", "")) for reference in references)


def _find_part(archive: zipfile.ZipFile, name: str) -> str:
    """Return the name of a part as the archive writes it, "" if it is not there."""
    names = archive.namelist()
    return name if name in names else next((other for other in names if other.lower() == name.lower()), "")


def _package(archive: zipfile.ZipFile) -> tuple[Any, str]:
    """Return the book's package document and the folder it is in. Raises UnreadableFile."""
    container = parse_xml(archive.read("META-INF/container.xml"))
    root = container.find(f".//{_CONTAINER}rootfile")
    if root is None:
        raise UnreadableFile(Reason("damaged-no-package"))
    name = root.get("full-path", "")
    return parse_xml(archive.read(name)), posixpath.dirname(name)


def _chapters(package: Any, folder: str) -> Iterator[str]:
    """Yield the names of the chapters in the archive."""
    items = {item.get("id"): item.get("href", "") for item in package.iter(f"{_OPF}item")}
    for number, reference in enumerate(package.iter(f"{_OPF}itemref")):
        href = items.get(reference.get("idref"), "")
        if href and number < MOST_CHAPTERS:
            yield posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))

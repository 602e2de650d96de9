"""Check the ZIP archive that a Word, PowerPoint, Excel, OpenDocument or EPUB file is: it may be a bomb."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Any, Final

from index.reasons import Reason
from ingest.loaders.loaded_file import NEEDS_PASSWORD, UnreadableFile

MOST_UNPACKED: Final = 1 << 30
_SMALL: Final = 64 << 20
_MOST_RATIO: Final = 200
_MOST_MEMBERS: Final = 20_000
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def check_zip(path: Path, kind: str, *, most_bytes: int = MOST_UNPACKED) -> None:
    """Raise UnreadableFile unless this is a whole ZIP archive of a sane size."""
    with path.open("rb") as file:
        start = file.read(8)
    if start == _OLD_OFFICE and _is_encrypted(path):
        raise UnreadableFile(NEEDS_PASSWORD)
    if start == _OLD_OFFICE:
        raise UnreadableFile(Reason("encrypted-or-old", kind=kind))
    if not start.startswith(b"PK"):
        raise UnreadableFile(Reason("damaged-or-misnamed", kind=kind))
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
        raise UnreadableFile(Reason("damaged-file", kind=kind, detail=str(error))) from error
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if any(member.flag_bits & 1 for member in members):  # encrypted
        raise UnreadableFile(NEEDS_PASSWORD)
    if unpacked > most_bytes:
        raise UnreadableFile(Reason("unpacks-too-large", size=unpacked >> 20, most=most_bytes >> 20))
    if unpacked > _MOST_RATIO * max(packed, 1) and unpacked > _SMALL:
        raise UnreadableFile(Reason("unpacks-many-times", times=unpacked // max(packed, 1)))
    if len(members) > _MOST_MEMBERS:
        raise UnreadableFile(Reason("too-many-parts", count=len(members), most=_MOST_MEMBERS))
    _check_declarations(path, kind)


def _is_encrypted(path: Path) -> bool:
    """Say whether a compound file holds an encrypted package ([MS-OFFCRYPTO] 2.3)."""
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            return bool(file.exists("EncryptedPackage"))
    except MemoryError:
        raise
    except Exception:  # foreign code reading a foreign file
        return False


def _check_declarations(path: Path, kind: str) -> None:
    """Raise UnreadableFile if a part declares XML entities: no office program writes any, bombs do."""
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith((".xml", ".rels", ".opf", ".ncx")):
                    with archive.open(member) as part:
                        if b"<!ENTITY" in part.read(65536):
                            raise UnreadableFile(Reason("part-declares-entities", part=member.filename))
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
        raise UnreadableFile(Reason("damaged-file", kind=kind, detail=str(error))) from error


def parse_xml(content: bytes) -> Any:
    """Return the root of an XML part; entities are not resolved, nothing is fetched. Raises UnreadableFile."""
    from lxml import etree

    if b"<!ENTITY" in content[:65536]:
        raise UnreadableFile(Reason("declares-entities"))
    return etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False))

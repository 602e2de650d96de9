"""Open the packages of Word, PowerPoint and Excel files as the libraries expect them, and follow their relationships.

Two kinds of whole files are refused by the libraries: Strict Open XML, which has other names for the same elements
(ISO/IEC 29500-1), and files with a relationship to a part they lack, often a thumbnail or a picture. Both are read
from a copy that is put right.
"""

from __future__ import annotations

import posixpath
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from ingest.loaders.zip_container import parse_xml

_STRICT: Final = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME: Final = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_TRANSITIONAL: Final = rb"http://schemas.openxmlformats.org/\1/2006/"
_RELATIONSHIP: Final = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*?(?:/>|>\s*</(?:\w+:)?Relationship>)", re.DOTALL)
_TARGET: Final = re.compile(rb"""\bTarget\s*=\s*["']([^"']*)["']""")
_EXTERNAL: Final = re.compile(rb"""\bTargetMode\s*=\s*["']External["']""")


class Related(NamedTuple):
    """A part another part refers to: what it is to it ("chart", "comments") and where it is in the package."""

    kind: str
    part: str


@contextmanager
def open_package(path: Path) -> Iterator[Path]:
    """Yield the file, or a copy with the usual names and without relationships to parts that are not there."""
    with zipfile.ZipFile(path) as archive:
        changed = _repair(archive)
        if not changed:
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="passerelle-") as folder:
            copy = Path(folder) / path.name
            with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as repaired:
                for name in dict.fromkeys(archive.namelist()):
                    repaired.writestr(name, changed[name] if name in changed else archive.read(name))
            yield copy


def _repair(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """Return the parts that must be changed, by name."""
    names = frozenset(archive.namelist())
    changed = {}
    is_strict = "_rels/.rels" in names and _STRICT in archive.read("_rels/.rels")
    for name in names:
        if name.endswith(".rels") or (is_strict and name.endswith(".xml")):
            content = archive.read(name)
            repaired = _STRICT_NAME.sub(_TRANSITIONAL, content)
            if name.endswith(".rels"):
                repaired = _without_dangling(repaired, _source_of(name), names)
            if repaired != content:
                changed[name] = repaired
    return changed


def _without_dangling(relationships: bytes, source: str, names: frozenset[str]) -> bytes:
    """Return the relationships of a part without those to parts the package lacks."""

    def keep(match: re.Match[bytes]) -> bytes:
        target = _TARGET.search(match[0])
        if target is None or _EXTERNAL.search(match[0]):
            return match[0]
        part = _resolve(source, target[1].decode("utf-8", errors="replace"))
        return match[0] if part in names or unquote(part) in names else b""

    return _RELATIONSHIP.sub(keep, relationships)


def _source_of(relationships: str) -> str:
    """Return the part whose relationships these are: "word/document.xml" of "word/_rels/document.xml.rels"."""
    folder, _, name = relationships.rpartition("_rels/")
    return folder + name.removesuffix(".rels")


def _resolve(source: str, target: str) -> str:
    """Return the name in the package of what a part refers to, without a fragment."""
    target = target.replace("\\", "/").partition("#")[0]
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))


def related_parts(archive: zipfile.ZipFile, part: str) -> Mapping[str, Related]:
    """Return what a part refers to inside the package, by relationship id."""
    folder, name = posixpath.split(part)
    relationships = posixpath.join(folder, "_rels", f"{name}.rels")
    if relationships not in archive.namelist():
        return {}
    related = {}
    for relationship in parse_xml(archive.read(relationships)):
        if isinstance(relationship.tag, str) and relationship.get("TargetMode") != "External":
            kind = relationship.get("Type", "").rpartition("/")[2]
            target = _resolve(part, relationship.get("Target", ""))
            related[relationship.get("Id", "")] = Related(kind, target)
    return related


def read_part(archive: zipfile.ZipFile, name: str) -> Any:
    """Return the root of an XML part, None if the package lacks it."""
    return parse_xml(archive.read(name)) if name in archive.namelist() else None

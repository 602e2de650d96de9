"""What a file says, with what is stated about it, to a `Document`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from index.documents import Document, SectionText
from ingest.loaders import Loaded, UnreadableFile
from ingest.loaders.outline import shortened
from ingest.sources.catalogue import Candidate
from ingest.sources.dates import InvalidMetadata
from ingest.sources.metadata import known_keys, language_of, parse_metadata, title_of
from ingest.text.cleaning import clean, one_line
from ingest.text.language import with_languages


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for every file of the run that does not say otherwise; "" says nothing."""

    audience: str = ""
    kind: str = ""
    language: str = ""

    def stated(self) -> dict[str, str]:
        said = {"audience": self.audience, "kind": self.kind, "language": self.language}
        return {key: value for key, value in said.items() if value}


def stated_about(candidate: Candidate, loaded: Loaded, defaults: Defaults) -> dict[str, Any]:
    """Return what is stated under our own names: the catalogue's word before the file's, the file's before defaults."""
    return defaults.stated() | known_keys(loaded.metadata) | known_keys(candidate.stated)


def document_of(
    candidate: Candidate, loaded: Loaded, stated: Mapping[str, Any], *, source: str, original: str
) -> Document:
    """Return the document a file makes. Raises InvalidMetadata, UnreadableFile."""
    path = PurePosixPath(candidate.path)
    title = title_of(stated, loaded.hints, path.stem)
    cleaned = [
        SectionText(one_line(one.label) or shortened(title), clean(one.text), one_line(one.heading), one.language)
        for one in loaded.sections
    ]
    language, sections = with_languages(cleaned, language_of(stated["language"]) if "language" in stated else "")
    metadata = parse_metadata(stated, title=title, language=language, hints=loaded.hints)
    document = Document.from_sections(
        document_id(stated, path), sections, metadata, source=source, path=candidate.path, original=original
    )
    if not document.text:
        raise UnreadableFile("there is no text in it.")
    return document


def document_id(stated: Mapping[str, Any], path: PurePosixPath) -> str:
    """Return the stated id, else the path below the source without its suffix. Raises InvalidMetadata."""
    if "id" not in stated:
        return "".join(one if one.isprintable() else "_" for one in path.with_suffix("").as_posix())
    said = str(stated["id"]).strip()
    if len(said) > 200 or said.startswith("/") or not said.isprintable() or set(said) & set("?#%\\"):
        raise InvalidMetadata("id", said, "up to 200 printable characters without ? # % \\, not beginning with /")
    return said

"""Assemble a `Document` from what a file says and what is stated about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from index.documents import Document, SectionText
from index.reasons import Reason
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile
from ingest.loaders.outline import shorten
from ingest.sources.catalogue import Candidate
from ingest.sources.metadata import InvalidMetadata, known_keys, parse_language, parse_metadata, title_of
from ingest.text.cleaning import clean, one_line
from ingest.text.language import assign_languages


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for every file of the run that states nothing else; "" states nothing."""

    audience: str = ""
    kind: str = ""
    language: str = ""

    def stated(self) -> dict[str, str]:
        values = {"audience": self.audience, "kind": self.kind, "language": self.language}
        return {key: value for key, value in values.items() if value}


def stated_about(candidate: Candidate, loaded: LoadedFile, defaults: Defaults) -> dict[str, Any]:
    """Return what is stated under our own names: the catalogue comes before the file, the file before the defaults."""
    return defaults.stated() | known_keys(loaded.metadata) | known_keys(candidate.stated)


def make_document(
    candidate: Candidate, loaded: LoadedFile, stated: Mapping[str, Any], *, source: str, original: str
) -> Document:
    """Return the document of a file. Raises InvalidMetadata, UnreadableFile."""
    path = PurePosixPath(candidate.path)
    title = title_of(stated, loaded.hints, path.stem)
    cleaned = [
        SectionText(
            one_line(section.label) or shorten(title), clean(section.text), one_line(section.heading), section.language
        )
        for section in loaded.sections
    ]
    cleaned = _keep_heading(cleaned, loaded.hints, title)
    language, sections = assign_languages(cleaned, parse_language(stated["language"]) if "language" in stated else "")
    metadata = parse_metadata(stated, title=title, language=language, hints=loaded.hints)
    document = Document.from_sections(
        document_id(stated, path), sections, metadata, source=source, path=candidate.path, original=original
    )
    if not document.text:
        raise UnreadableFile(Reason("no-text"))
    return document


def _keep_heading(sections: list[SectionText], hints: Mapping[str, str], title: str) -> list[SectionText]:
    """Return the sections, those below the file's first heading with it in their chains if nothing else holds it.

    Loaders leave the only heading of the highest level to the title, but somebody may have stated another title.
    """
    heading, place = one_line(hints.get("heading", "")), int("above_heading" in hints)
    kept = [title, *(f"{section.heading} {section.text}" for section in sections)]
    if not sections or not heading or any(_letters(heading) in _letters(text) for text in kept):
        return sections
    above, below = sections[:place], sections[place:]
    if not below:
        return [*above, SectionText(shorten(heading), heading)]
    chains = (f"{heading} > {section.heading}" if section.heading else heading for section in below)
    return [*above, *(section._replace(heading=chain) for section, chain in zip(below, chains, strict=True))]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


def document_id(stated: Mapping[str, Any], path: PurePosixPath) -> str:
    """Return the stated id, else the path below the source without its suffix. Raises InvalidMetadata."""
    if "id" not in stated:
        name = path.with_suffix("").as_posix()
        return "".join(character if character.isprintable() else "_" for character in name)
    text = str(stated["id"]).strip()
    if len(text) > 200 or text.startswith("/") or not text.isprintable() or set(text) & set("?#%\\"):
        raise InvalidMetadata("id", text, Reason("allowed-id"))
    return text

"""Keep what a file hides as a document of its own beside the one of what it shows, for staff only.

It is written only by runs that are asked to (`--include-hidden`). Its path is that of the file and `/hidden`, where no
file can be; any other run over its file removes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from index.documents import Audience, Document, SectionText
from index.store.store import FileRecord
from ingest.loaders.loaded_file import LoadedFile
from ingest.loaders.outline import shorten
from ingest.sources.catalogue import Inventory
from ingest.sync.claims import Claims
from ingest.sync.withdrawals import HIDDEN_PATH, WithdrawnFiles
from ingest.text.cleaning import clean, one_line
from ingest.text.language import assign_languages

_LABEL: Final = 60  # characters


def make_hidden_document(document: Document, loaded: LoadedFile) -> Document | None:
    """Return the document of what the file of this document hides, None if it hides no text."""
    cleaned = [
        SectionText(shorten(one_line(section.label), _LABEL), clean(section.text), one_line(section.heading))
        for section in loaded.hidden
    ]
    language, sections = assign_languages(cleaned, "")
    metadata = replace(
        document.metadata,
        title=f"{document.metadata.title} (hidden)",
        audience=Audience.STAFF,
        language=language or document.metadata.language,
        notice=f"Hidden in {document.path}: readers of the file do not see it.",
        replaces="",
        replaced_by="",
        translation_of="",
        solved=None,
    )
    name, path = f"{document.id}{HIDDEN_PATH}", f"{document.path}{HIDDEN_PATH}"
    hidden = Document.from_sections(name, sections, metadata, source=document.source, path=path)
    return hidden if hidden.text else None


@dataclass
class HiddenContent:
    """The documents of hidden content in one run: which it has made, and which it keeps of former runs."""

    is_included: bool
    claims: Claims
    withdrawn: WithdrawnFiles
    inventories: Mapping[str, Inventory]
    read: set[str] = field(default_factory=set)  # files read in this run, which made their document anew or have none
    made: set[str] = field(default_factory=set)

    def make(self, document: Document, loaded: LoadedFile) -> tuple[Document, FileRecord] | None:
        """Return the document of what a file that was read hides, and its record; None if it has none to make."""
        hidden = make_hidden_document(document, loaded) if self.is_included else None
        if hidden is None or self.withdrawn.holds_location(hidden.source, hidden.path):
            return None
        hidden = self.claims.claim(hidden, is_stated=False)
        record = FileRecord(hidden.source, hidden.path, 0, 0, "", hidden.id)
        self.made.add(record.location)
        return hidden, record

    def keeps(self, record: FileRecord) -> bool:
        """Say whether a stored document is one of hidden content that stays: made now, or of a file not read now."""
        parent = _parent(record)
        if not self.is_included or parent not in self.inventories[record.source].paths:
            return False
        return record.location in self.made or f"{record.source}/{parent}" not in self.read

    def is_due(self, record: FileRecord) -> bool:
        """Say whether a stored document is one of hidden content whose file is among those of the run."""
        return _parent(record) in self.inventories[record.source].paths


def _parent(record: FileRecord) -> str:
    """Return the path of the file whose hidden content a record stands for, "" for any other record."""
    return record.path.removesuffix(HIDDEN_PATH) if record.path.endswith(HIDDEN_PATH) else ""

"""Write documents as staff corrected them: those that are read, and those that are stored already."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from index.documents import Access, Audience, Document, Metadata, Section, SectionText
from index.errors import UnknownDocument
from index.splitting import PassageSplitter
from index.store.corrections import FACT
from index.store.store import FileRecord, Store
from index.update import PreparedDocument
from ingest.text.language import assign_languages


class Putter(Protocol):
    """The write side of the index, as far as it puts documents."""

    def put(self, group: list[PreparedDocument]) -> None: ...

    def finish(self) -> None: ...


def correct(document: Document, store: Store) -> Document:
    """Return a document that was read as staff corrected it, and note what its source states now."""
    if store.corrections.find(document.id) is None:
        return document
    correction = store.corrections.restate(document.id, document.metadata, store.clock().isoformat(timespec="seconds"))
    return _with_metadata(document, correction.apply(document.metadata))


def stated_metadata(document: Document, store: Store) -> Metadata:
    """Return what the source of a stored document states, which is not what holds of it if it was corrected."""
    correction = store.corrections.find(document.id)
    return correction.stated if correction else document.metadata


def apply_corrections(store: Store, indexer: Putter, splitter: PassageSplitter) -> int:
    """Put the stored documents that are not as staff corrected them yet; return how many there were."""
    digest, applied = store.corrections.digest, 0
    for correction in store.corrections.all():
        try:
            document = store.document(correction.document_id, Access(Audience.STAFF))
        except UnknownDocument:  # gone or withdrawn; corrected when it comes back
            continue
        if document.metadata == correction.metadata:
            continue
        corrected = _with_metadata(document, correction.metadata)
        record = store.files(document.source).get(document.path)
        if record is not None and corrected.metadata.language != document.metadata.language:
            record = to_be_read_again(record)  # what the file says of the languages of its sections is not stored
        indexer.put([PreparedDocument(corrected, splitter.passages(corrected), record)])
        applied += 1
    if applied:
        indexer.finish()
    if store.fact(FACT) != digest:
        store.record(FACT, digest)
    return applied


def to_be_read_again(record: FileRecord) -> FileRecord:
    """Return the record of a file that the next run is to read though it does not change."""
    return record._replace(sha256="", choices="", text_key="", is_duplicate=False, lacks_audience=False)


def _with_metadata(document: Document, metadata: Metadata) -> Document:
    """Return the document with this metadata, and the languages of its sections if its own is another one."""
    sections = document.sections
    if metadata.language != document.metadata.language:
        texts = [SectionText(section.label, document.text[section.start : section.end]) for section in sections]
        _, assigned = assign_languages(texts, metadata.language)
        sections = tuple(
            Section(section.label, section.start, section.end, section.heading, text.language)
            for section, text in zip(sections, assigned, strict=True)
        )
    return replace(document, metadata=metadata, sections=sections)

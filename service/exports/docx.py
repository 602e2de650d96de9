"""A note for Word."""

from __future__ import annotations

from service.exports.listing import ResultList
from service.exports.note import compose_note
from service.web.translating import Translator
from service.web.word import add_link, as_bytes, new_document, set_language


def write_docx(results: ResultList, t: Translator) -> bytes:
    """Return the note with headings one can navigate by, quotes marked with their language, and links."""
    note = compose_note(results, t)
    document = new_document(note.title, note.language)
    for line in note.about:
        document.add_paragraph(line)
    add_link(document.add_paragraph(), note.address, note.address)
    for number, item in enumerate(note.items, 1):
        heading = document.add_heading(f"{number}. ", 1)
        set_language(heading.add_run(item.title), item.title_language)
        document.add_paragraph(item.facts)
        set_language(document.add_paragraph(style="Quote").add_run(item.quote), item.language)
        source = document.add_paragraph(f"{item.source} – ")
        add_link(source, item.url, item.url)
    document.add_paragraph(note.closing, style="Caption")
    return as_bytes(document)

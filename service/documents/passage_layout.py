"""What a passage is made of for programs: prose, a list or rows of a table, each row with the table's header."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from index.documents import Access, Document, Passage
from index.errors import UnknownDocument
from index.types import RankedDocument
from service.library.open_index import Documents
from service.web.block_display import cell_texts, needs_document, passage_blocks
from service.web.blocks import ListBlock, Table

PassageKind = Literal["text", "list", "table"]
TableTexts = tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]  # the header's cells, and those of each row


def read_table_documents(ranked: Iterable[RankedDocument], store: Documents, access: Access) -> dict[str, Document]:
    """Return the documents whose passages may hold rows of a table, by id; one that is gone is left out."""
    ids = {
        each.document.id
        for each in ranked
        if any(needs_document(ranked_passage.passage) for ranked_passage in each.passages)
    }
    documents = {}
    for document_id in sorted(ids):
        try:
            documents[document_id] = store.document(document_id, access)
        except UnknownDocument:
            continue
    return documents


def layout(passage: Passage, documents: Mapping[str, Document]) -> tuple[PassageKind, list[TableTexts]]:
    """Return what most of a passage is, and the rows of tables in it."""
    document = documents.get(passage.document_id)
    text, begin = (document.text, passage.start) if document else (passage.text, 0)
    lengths: dict[PassageKind, int] = {"text": 0, "list": 0, "table": 0}
    tables = []
    for block in passage_blocks(passage, document):
        kind: PassageKind = "table" if isinstance(block, Table) else "list" if isinstance(block, ListBlock) else "text"
        end = begin + len(passage.text)
        lengths[kind] += max(0, min(block.end, end) - max(block.start, begin))
        if isinstance(block, Table):
            rows = tuple(cell_texts(text, row.cells) for row in block.rows if row.start < end and begin < row.end)
            tables.append((cell_texts(text, block.header), rows))
    return max(lengths, key=lambda kind: lengths[kind]), tables

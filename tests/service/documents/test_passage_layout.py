"""A passage that holds rows of a table is shown with the table's header, wherever the passage begins."""

from __future__ import annotations

import re
from pathlib import Path

from index.documents import Access, Audience, Document, Metadata, Passage, SectionText
from index.types import DocumentCard, RankedDocument, RankedPassage
from service.documents.passage_layout import layout, read_table_documents
from service.web.block_display import DisplayedBlock, display_passage
from tests.service.fakes import MemoryStore

ROWS = "\n".join(f"Régime {number} | {number},5 % | salaire" for number in range(1, 30))
TEXT = f"Cotisations :\n\nRégime | Taux | Base\n{ROWS}\n\nIl faut joindre :\n- une copie ;\n- le contrat."


def document() -> Document:
    return Document.from_sections("note", [SectionText("p. 1", TEXT)], Metadata("Note", language="fr"))


def passage(start: str, end: str) -> Passage:
    made = document()
    begin, stop = made.text.index(start), made.text.index(end) + len(end)
    return Passage("note", begin, stop, made.text[begin:stop], "p. 1", "fr")


def cells(block: DisplayedBlock) -> list[list[str]]:
    return [["".join(piece.text for piece in cell) for cell in row] for row in (block.header, *block.rows)]


def test_rows_far_below_their_header_have_it() -> None:
    kind, tables = layout(passage("12 | 12,5", "Régime 13 | 13,5 % | sal"), {"note": document()})
    assert kind == "table"
    ((header, rows),) = tables
    assert header == ("Régime", "Taux", "Base")
    assert rows == (("Régime 12", "12,5 %", "salaire"), ("Régime 13", "13,5 %", "salaire"))


def test_a_passage_is_what_most_of_it_is() -> None:
    assert layout(passage("Il faut", "contrat."), {})[0] == "list"
    assert layout(passage("Cotisations", "Cotisations :"), {}) == ("text", [])


def test_a_result_shows_the_rows_that_match_whole_with_header_and_marks() -> None:
    split_passage = passage("Régime 10", "Régime 20 | 20,5 % | salaire")
    at = split_passage.text.index("17,5")
    (table,) = display_passage(split_passage, document(), [(at, at + 4)], 60)
    assert cells(table)[0] == ["Régime", "Taux", "Base"]
    assert ["Régime 17", "17,5 %", "salaire"] in cells(table)
    assert len(table.rows) < 6
    assert [piece.text for row in table.rows for cell in row for piece in cell if piece.is_marked] == ["17,5"]


def test_an_excerpt_of_prose_says_where_it_was_cut() -> None:
    text = "Le tram passe le pont. " * 40
    split_passage = Passage("note", 0, len(text), text, "p. 1", "fr")
    (shown,) = display_passage(split_passage, None, [(460, 464)], 100)
    assert re.fullmatch(r"… .{60,140} …", shown.text)


def test_only_documents_with_rows_are_read_and_a_withdrawn_one_is_left_out(tmp_path: Path) -> None:
    made, gone = document(), MemoryStore({}, tmp_path)
    table, prose = passage("Régime 12", "Régime 13 | 13,5"), passage("Cotisations", "Cotisations :")

    def ranked(split_passage: Passage) -> RankedDocument:
        return RankedDocument(DocumentCard("note", made.metadata), (RankedPassage(split_passage, 1.0),), 1.0)

    assert read_table_documents([ranked(prose)], gone, Access()) == {}
    assert read_table_documents([ranked(table)], gone, Access()) == {}
    kept = MemoryStore({"note": made}, tmp_path)
    assert list(read_table_documents([ranked(table)], kept, Access(Audience.STAFF))) == ["note"]
    assert read_table_documents([ranked(table)], kept, Access()) == {}

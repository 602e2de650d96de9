"""Headings, lists and tables are recognised in a text, and nothing of it is lost or moved."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Document, Metadata, SectionText
from ingest.loaders.pdf.loader import load as load_pdf
from service.web.block_display import DisplayedBlock, display_sections, outline_of
from service.web.blocks import Block, Heading, ListBlock, Paragraph, Span, Table, blocks_at, blocks_of

CORPUS = Path(__file__).parents[3] / "corpus"
LINES = st.lists(
    st.sampled_from(
        [
            "",
            "Régime | Taux",
            "Général | 5,3 %",
            " | x |  | y",
            "- un contrat ;",
            "– Et vous ?",
            "• une ; • deux",
            "1. Venir",
            "2. Partir",
            "a) voir",
            "Il faut : • une ; • deux",
            "Bilan",
            "Le tram passe le pont. La gare est fermée.",
            "|",
            "||",
            "- ",
            "Ville | Places",
            "Ville : Kehl ; Places : 60",
        ]
    ),
    min_size=1,
    max_size=14,
)
SEPARATORS = frozenset("|-–•123.)a \n")


def document(
    *sections: str, path: str = "note.md", title: str = "Une note", headings: tuple[str, ...] = ()
) -> Document:
    parts = [
        SectionText(f"p. {number}", text, headings[number - 1] if headings else "")
        for number, text in enumerate(sections, 1)
    ]
    return Document.from_sections("note", parts, Metadata(title, language="fr"), path=path)


def spans_of(block: Block) -> list[Span]:
    """Return what of a block is shown, in the order of the text."""
    if isinstance(block, Table):
        return [*block.header, *(cell for row in block.rows for cell in row.cells)]
    if isinstance(block, ListBlock):
        return [Span(item.start, item.end) for item in block.items]
    return [Span(block.start, block.end)]


def only_blocks(text: str, path: str = "note.md") -> list[Block]:
    return list(blocks_of(document(text, path=path))[0])


def texts(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [text[slice(*span)] for span in spans]


def shown_text(block: DisplayedBlock) -> str:
    item_texts = ["".join(piece.text for piece in item.pieces) for item in block.items]
    cells = ["".join(piece.text for piece in cell) for row in (block.header, *block.rows) for cell in row]
    return " ".join([block.text, *item_texts, *cells])


@given(LINES, st.sampled_from(["note.md", "note.pdf"]))
def test_blocks_stand_in_their_order_and_only_marks_and_bars_lie_between_them(lines: list[str], path: str) -> None:
    text = "\n".join(lines).strip()
    if not text:
        return
    made = document(text, path=path)
    spans = [span for blocks in blocks_of(made) for block in blocks for span in spans_of(block)]
    for before, after in pairwise(spans):
        assert before.end <= after.start
    shown = "".join(made.text[slice(*span)] for span in spans)
    if "Ville : Kehl" not in text:  # the names in a sheet's rows are its header
        assert [sign for sign in shown if sign not in SEPARATORS] == [
            sign for sign in made.text if sign not in SEPARATORS
        ]


@given(LINES, st.data())
def test_a_marked_passage_is_whole_whatever_blocks_it_crosses(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(line for line in lines if "Ville : " not in line).strip()
    if not text:
        return
    made = document(text, path="note.pdf")
    start = data.draw(st.integers(0, len(made.text) - 1))
    end = data.draw(st.integers(start + 1, len(made.text)))
    pieces = [
        piece
        for section in display_sections(made, (start, end))
        for block in section.blocks
        for group in (
            [block.pieces]
            + [item.pieces for item in block.items]
            + [c for row in (block.header, *block.rows) for c in row]
        )
        for piece in group
    ]
    marked = "".join(piece.text for piece in pieces if piece.is_marked)
    assert [sign for sign in marked if sign not in SEPARATORS] == [
        sign for sign in made.text[start:end] if sign not in SEPARATORS
    ]
    assert sum(piece.is_first for piece in pieces) == (1 if marked else 0)


def test_lines_of_cells_are_a_table_with_the_names_of_its_columns() -> None:
    text = "Cotisations :\nRégime | Taux\nGénéral | 5,3 %\nAgricole | \n\nAprès."
    paragraph, table, after = only_blocks(text)
    assert isinstance(paragraph, Paragraph)
    assert isinstance(after, Paragraph)
    assert isinstance(table, Table)
    assert texts(text, table.header) == ["Régime", "Taux"]
    assert [texts(text, row.cells) for row in table.rows] == [["Général", "5,3 %"], ["Agricole", ""]]


def test_a_first_row_of_figures_or_sentences_names_no_columns() -> None:
    for first in (
        "Forme | groupement européen de coopération territoriale (GECT)",
        "12 | 2019",
        "L'accord, signé en 1998 après de longues discussions entre les deux États et leurs régions, vaut. | x",
    ):
        (table,) = only_blocks(f"{first}\nb | c")
        assert isinstance(table, Table)
        assert not table.header
        assert len(table.rows) == 2


def test_a_single_line_with_a_bar_is_a_line() -> None:
    assert isinstance(only_blocks("Centre de ressources | 2012")[0], Paragraph)


def test_a_row_of_a_sheet_has_its_cells_below_the_names_of_the_columns() -> None:
    rows = "Ville : Kehl ; Places : 60 ; Année : 2019\nVille : Lauterbourg ; Wissembourg ; Année : 2020"
    text = f"Ville | Places | Année\n\n{rows}"
    (table,) = only_blocks(text)
    assert isinstance(table, Table)
    assert texts(text, table.header) == ["Ville", "Places", "Année"]
    assert [texts(text, row.cells) for row in table.rows] == [
        ["Kehl", "60", "2019"],
        ["Lauterbourg ; Wissembourg", "", "2020"],
    ]


def test_a_title_in_a_sheet_stays_a_line_and_its_rows_a_table() -> None:
    text = "Ligne | Prix\n\nTarifs 2024\nLigne : Tram D ; Prix : 1,9\nLigne : Bus 21\nLigne : P+R ; Prix : 4,5"
    title, table = only_blocks(text)
    assert text[title.start : title.end] == "Tarifs 2024"
    assert isinstance(table, Table)
    assert texts(text, table.header) == ["Ligne", "Prix"]
    assert [texts(text, row.cells) for row in table.rows] == [["Tram D", "1,9"], ["Bus 21", ""], ["P+R", "4,5"]]


def test_marked_lines_are_the_items_of_a_list_numbers_in_their_order() -> None:
    bullets, numbers, others = only_blocks("- un ;\n- deux.\n\n3. trois\n\n4. quatre\n\n9. neuf\n\n10. dix")
    assert isinstance(bullets, ListBlock)
    assert isinstance(numbers, ListBlock)
    assert isinstance(others, ListBlock)
    assert [(len(each.items), each.is_ordered) for each in (bullets, numbers, others)] == [
        (2, False),
        (2, True),
        (2, True),
    ]
    assert [item.number for item in numbers.items] == [3, 4]


def test_bullets_on_one_line_are_items_each() -> None:
    (listed,) = only_blocks("• une voie ; • une autre ; • la troisième.")
    assert isinstance(listed, ListBlock)
    assert len(listed.items) == 3
    intro, listed = only_blocks("Elle fixe : • une durée ; • un siège.")
    assert isinstance(intro, Paragraph)
    assert isinstance(listed, ListBlock)


def test_what_a_speaker_says_after_a_dash_and_a_number_alone_are_no_lists() -> None:
    for text in ("– Et vous ?", "1. Le contexte"):
        assert isinstance(only_blocks(text)[0], Paragraph)


PAGE = """Imprimé le 22/05/2012

En bref

L'accord couvre toute la frontière, de la mer à la Moselle.

Deux voies

• une convention ; • un groupement.

Titre Ier

Article 1

Les collectivités peuvent conclure des conventions.

Une note Page 1"""


def test_short_lines_above_sentences_are_the_headings_of_a_pdf() -> None:
    made = document(PAGE, path="note.pdf")
    headings = [block for block in blocks_of(made)[0] if isinstance(block, Heading)]
    assert [made.text[block.start : block.end] for block in headings] == [
        "En bref",
        "Deux voies",
        "Titre Ier",
        "Article 1",
    ]
    assert not any(isinstance(block, Heading) for block in only_blocks(PAGE))


def test_levels_of_headings_have_no_gap_and_siblings_are_alike() -> None:
    text = "Article 1\n\nIl vaut.\n\nArticle 2\n\nIl vaut aussi.\n\nChapitre II\n\nArticle 3\n\nIl ne vaut pas."
    sections = display_sections(document(text, path="note.pdf"), None)
    levels = [(block.text, block.level) for block in sections[0].blocks if block.kind == "heading"]
    assert levels == [("Article 1", 2), ("Article 2", 2), ("Chapitre II", 2), ("Article 3", 3)]


def test_headings_above_a_section_are_shown_once_and_the_one_in_the_text_in_its_place() -> None:
    made = document(
        "Il vaut.",
        "2 Durée\n\nDix ans.",
        "Suite.",
        headings=("Une note > Titre I > But", "Titre I > Durée", "Titre II"),
    )
    sections = display_sections(made, None)
    shown = [[(block.kind, block.text, block.level) for block in section.blocks] for section in sections]
    assert shown[0] == [("heading", "Titre I", 2), ("heading", "But", 3), ("paragraph", "Il vaut.", 0)]
    assert shown[1] == [("heading", "2 Durée", 3), ("paragraph", "Dix ans.", 0)]
    assert shown[2][0] == ("heading", "Titre II", 2)
    (first, second) = outline_of(sections)
    assert [(entry.text, [below.text for below in entry.below]) for entry in (first, second)] == [
        ("Titre I", ["But", "2 Durée"]),
        ("Titre II", []),
    ]


def test_pages_without_headings_are_found_by_their_numbers() -> None:
    sections = display_sections(document("Il vaut.", "Dix ans.", path="note.pdf"), None)
    assert [(block.kind, block.level) for section in sections for block in section.blocks[:1]] == [("heading", 2)] * 2
    assert [entry.text for entry in outline_of(sections)] == ["p. 1", "p. 2"]


def test_only_blocks_that_hold_something_of_a_span_are_in_it() -> None:
    made = document("Un.\n\nDeux.\n\nTrois.")
    assert [made.text[block.start : block.end] for block in blocks_at(made, 5, 10)] == ["Deux."]


@pytest.mark.parametrize(
    "original",
    [
        "browser/zoast-ardennes.md",
        "reportlab/tram-d-strasbourg-kehl.md",
        "reportlab/police-douane-tournai-2013.md",
        "libreoffice/belfort-delle-bilan.md",
    ],
)
def test_headings_of_a_pdf_are_those_its_text_was_made_with(original: str) -> None:
    written = (CORPUS / "originals" / original).read_text(encoding="utf-8")
    stated = [line.lstrip("# ") for line in written.splitlines() if line.startswith("#")]
    (path,) = (CORPUS / "documents").rglob(f"{Path(original).stem}.pdf")
    made = Document.from_sections("pdf", load_pdf(path).sections, Metadata(stated[0], language="fr"), path=path.name)
    shown = [
        block.text for section in display_sections(made, None) for block in section.blocks if block.kind == "heading"
    ]
    assert shown == stated[1:]

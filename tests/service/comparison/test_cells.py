"""Cells: quotes of their document, in six languages; empty rather than wrong; the same for every reader."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Document, Kind, Metadata, SectionText
from service.comparison.cell_model import CellModel, shipped_model
from service.comparison.cells import CellFinder, find_cells
from service.comparison.columns import COLUMNS, Column
from service.comparison.features import sentence_table
from service.comparison.subjects import subject_of
from tests.service.comparison.sheets import SHEETS, sheet
from tests.service.fakes import WordEmbedder

TEXT = "Le GECT a été créé en 2011 . Coût : 3 millions d'euros FEDER | Obstacle ? / Interreg paie 50 % !"
WORDS = st.sampled_from([word.replace("/", "\n") for word in TEXT.split()])


class SilentEmbedder(WordEmbedder):
    """An embedder of another dimension and name than the model's, which must not be asked."""

    name = "another"

    def embed_passages(self, texts: object) -> np.ndarray:
        raise AssertionError("asked for vectors the model has no weights for")


@pytest.mark.parametrize("language", SHEETS)
def test_a_sheet_in_any_language_says_its_cost_its_funding_and_its_obstacle(language: str) -> None:
    document = sheet(language)
    cells = find_cells(document, WordEmbedder(), shipped_model())
    texts = [text for _, text in SHEETS[language]]
    assert cells[Column.COST].quote == cells[Column.FUNDING].quote == texts[1]
    assert cells[Column.OBSTACLE].quote == texts[2]
    assert {cell.language for cell in cells.values()} == {language}
    assert {cell.label for cell in cells.values()} <= {"p. 1", "p. 2", "p. 3", "p. 4"}


@given(st.lists(WORDS, min_size=1, max_size=60))
def test_every_cell_is_a_quote_of_its_document(words: list[str]) -> None:
    document = Document.from_sections("d", [SectionText("p. 1", " ".join(words), "Montage", "fr")], Metadata("Le tram"))
    for cell in find_cells(document, WordEmbedder(), shipped_model()).values():
        assert document.text[cell.start : cell.end] == cell.quote
        assert cell.quote.strip()


def test_a_cost_names_an_amount_and_a_year_a_year() -> None:
    text = "Le coût total du projet est élevé. Le groupement a été créé il y a longtemps."
    document = Document.from_sections("d", [SectionText("p. 1", text, "Financement", "fr")], Metadata("Tram"))
    cells = find_cells(document, WordEmbedder(), shipped_model())
    assert not {Column.COST, Column.YEAR} & cells.keys()


def test_what_says_nothing_gets_no_cell() -> None:
    text = "Le ciel est bleu ce matin sur la place. Une dame promène son chien devant la fontaine."
    document = Document.from_sections("d", [SectionText("p. 1", text, "", "fr")], Metadata("Promenade"))
    assert find_cells(document, WordEmbedder(), shipped_model()) == {}
    assert find_cells(Document("e", "", (), Metadata("Rien")), WordEmbedder(), shipped_model()) == {}


def test_an_embedder_the_model_was_not_fitted_with_is_not_asked() -> None:
    assert find_cells(sheet("fr"), SilentEmbedder(), shipped_model())


def test_vectors_count_where_the_model_has_weights_for_them() -> None:
    class Measured(WordEmbedder):
        name = "measured"
        dimension = 1

        def embed_passages(self, texts: object) -> np.ndarray:
            assert isinstance(texts, list)
            return np.array([[float("Coût" in text)] for text in texts], np.float32)

    model = shipped_model()
    by_meaning = {
        column: replace(model.by_signs[column], signs={}, bias=0.0, threshold=1.0, vector=(2.0,)) for column in COLUMNS
    }
    cells = find_cells(sheet("fr"), Measured(), CellModel("measured", "", model.by_signs, by_meaning))
    assert cells[Column.COST].quote == SHEETS["fr"][1][1]
    assert cells[Column.COST].log_odds == 2


def test_a_changed_text_has_its_own_cells_and_few_are_remembered() -> None:
    finder = CellFinder(remembered=2)
    before = finder.cells(sheet("fr"), WordEmbedder())
    assert finder.cells(sheet("fr"), WordEmbedder()) is before
    changed = Document.from_sections(
        "tram-fr", [SectionText("p. 1", "Coût du projet : 9 millions d'euros.", "Coût", "fr")], Metadata("Tram")
    )
    assert "9 millions" in finder.cells(changed, WordEmbedder())[Column.COST].quote
    finder.cells(sheet("de"), WordEmbedder())
    assert finder.cells(sheet("fr"), WordEmbedder()) is not before


def test_the_shipped_model_has_every_column_and_reads_as_it_was_written() -> None:
    model = shipped_model()
    assert set(model.by_signs) == set(model.by_meaning) == set(COLUMNS)
    assert CellModel.from_json(model.to_json()) == model
    names = set(sentence_table(sheet("fr")).names)
    assert all(set(column.signs) == names for column in model.by_signs.values())
    with pytest.raises(ValueError, match="every column"):
        CellModel.from_json('{"embedder": "", "fitted_on": "", "by_signs": {}, "by_meaning": {}}')


def test_heads_of_tables_and_questions_are_no_cells() -> None:
    rows = "Financeur | Montant\nInterreg | 1 000 000 €\nVille | 500 000 €\nQui paie le coût de 3 millions d'euros ?"
    metadata = Metadata("Tram", Kind.PROJECT_SHEET)
    document = Document.from_sections("d", [SectionText("p. 1", rows, "Financement", "fr")], metadata)
    quotes = {cell.quote for cell in find_cells(document, WordEmbedder(), shipped_model()).values()}
    assert quotes <= {"Interreg | 1 000 000 €", "Ville | 500 000 €"}


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("Comment chaque frontière organise-t-elle un tramway ?", "un tramway"),
        ("Compare les hôpitaux transfrontaliers", "hôpitaux"),
        ("How does each border run ambulances?", "run ambulances"),
        ("Wie organisiert jede Grenze Buslinien?", "Buslinien"),
        ("¿Cómo organiza cada frontera una eurociudad?", "¿ una eurociudad"),
        ("Come ogni confine organizza un parco?", "un parco"),
        ("Hoe regelt elke grens de verwarming?", "de verwarming"),
        ("Comment chaque frontière ?", "Comment chaque frontière ?"),
    ],
)
def test_what_only_asks_for_a_comparison_is_not_searched_for(question: str, subject: str) -> None:
    assert subject_of(question) == subject

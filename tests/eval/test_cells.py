"""The graded cells of `comparison`: quotes of their documents, split by subject; measures and thresholds by hand."""

from __future__ import annotations

import hashlib
from collections import Counter

import pytest

from eval.cell_fitting import FEWEST, MOST_WRONG, NEVER, choose_threshold
from eval.cells import CellMeasure, GradedDocument, joined, measure_cells, read_graded
from eval.collection import read_set
from eval.comparisons import measure_comparisons
from index.documents import Audience
from service.comparison.cell_model import shipped_model
from service.comparison.cells import Cell
from service.comparison.columns import COLUMNS, Column
from tests.eval.corpus_documents import plain, sources
from tests.eval.fakes import MemoryStore, WordEngine


def cell(quote: str) -> Cell:
    return Cell(quote, 0, len(quote), "p. 1", "fr", 1.0)


def test_each_subject_is_on_one_side_by_a_fixed_rule() -> None:
    graded = read_graded()
    assert Counter(document.half for document in graded) == {"dev": 51, "test": 44}
    for document in graded:
        is_dev = hashlib.sha256(document.subject.encode()).digest()[0] % 2 == 0
        assert document.half == ("dev" if is_dev else "test"), document.id
    assert len({document.id for document in graded}) == len(graded)


def test_every_grade_is_of_a_sentence_of_its_document() -> None:
    missing = graded = 0
    for document in read_graded():
        text = sources()[document.id].text
        assert text is not None
        for column, quotes in document.cells.items():
            assert column in COLUMNS
            assert set(quotes.values()) <= {1, 2}
            graded += len(quotes)
            missing += sum(plain(quote) not in text for quote in quotes)
    assert graded == 1919
    assert missing <= 30  # lines of slides and PDFs that their files join, split or hyphenate


def test_its_questions_are_in_six_languages_and_judge_documents_of_the_corpus() -> None:
    golden = read_set("comparison")
    assert Counter(topic.language for topic in golden.topics) == {"fr": 11, "en": 4, "de": 4, "es": 2, "it": 2, "nl": 2}
    assert Counter(part for topic in golden.topics for part in topic.slices) == {"dev": 13, "test": 12}
    assert {document for grades in golden.grades.values() for document in grades} <= sources().keys()
    assert all(golden.grades[topic.id] for topic in golden.topics)


def test_a_cell_is_wrong_when_its_quote_is_not_graded_for_its_column() -> None:
    document = GradedDocument("d", "d", "dev", {Column.COST: {"Coût : 3 M€.": 2}, Column.YEAR: {"En 2011.": 1}})
    cells = {Column.COST: cell("Coût : 3 M€."), Column.YEAR: cell("Coût : 3 M€."), Column.PARTNERS: cell("Lille.")}
    measures = measure_cells([document], lambda _: cells)
    assert measures[Column.COST] == CellMeasure(1, 1, 1)
    assert measures[Column.YEAR] == CellMeasure(1, 1, 0)
    assert measures[Column.PARTNERS] == CellMeasure(0, 1, 0)
    assert measures[Column.FUNDING].wrong == measures[Column.FUNDING].filled == 0
    both = joined(measures.values())
    assert both.wrong == pytest.approx(2 / 3)
    assert both.filled == 1 / 2


def test_a_threshold_lets_few_wrong_cells_through_and_none_where_all_are_wrong() -> None:
    right, wrong = [(odds, True, True) for odds in (5.0, 4.0, 3.0, 2.9, 2.8, 2.7, 2.6)], [(2.0, False, True)]
    threshold, measure = choose_threshold([*right, *wrong, (1.0, False, False)])
    assert 2.0 < threshold < 2.6
    assert measure == CellMeasure(8, 7, 7)
    assert measure.wrong <= MOST_WRONG
    assert choose_threshold([(float(odds), False, True) for odds in range(20)]) == (NEVER, CellMeasure(20, 0, 0))
    assert choose_threshold(right[: FEWEST - 1])[0] == NEVER


def test_the_shipped_model_was_fitted_on_the_dev_half_alone() -> None:
    assert shipped_model().fitted_on == "comparison, dev half"


def test_other_sets_have_no_cells_to_measure() -> None:
    engine = WordEngine(MemoryStore(()))
    assert measure_comparisons(read_set("dialogues"), engine, Audience.STAFF) == {}

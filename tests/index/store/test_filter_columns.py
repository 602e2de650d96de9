from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Access, Audience, Kind
from index.lexical.tantivy_index import TantivyIndex
from index.store.filter_columns import FilterColumns
from index.store.store import Store
from index.types import Filter, Selection
from index.update import Indexer
from tests.accesses import GROUPS
from tests.conftest import HashEmbedder, prepared
from tests.databases import Sqlite

LANGUAGES, BORDERS = ("fr", "de", "nl"), ("BE-FR", "FR-DE", "DE-NL")
filters = st.builds(
    Filter,
    audience=st.sampled_from(list(Audience)),
    languages=st.frozensets(st.sampled_from((*LANGUAGES, "es")), max_size=2),
    kinds=st.frozensets(st.sampled_from((Kind.STUDY, Kind.PUBLICATION)), max_size=1),
    borders=st.frozensets(st.sampled_from(BORDERS), max_size=2),
    other_borders_than=st.frozensets(st.sampled_from(BORDERS), max_size=1),
    published_from=st.sampled_from((None, 2015, 2020)),
    current_on=st.sampled_from((None, date(2021, 1, 1))),
    groups=st.frozensets(st.sampled_from(GROUPS), max_size=2),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, backend: Sqlite) -> Store:
    folder = tmp_path_factory.mktemp("columns")
    store = backend.make_store(folder)
    indexer = Indexer(store, HashEmbedder(), TantivyIndex(folder / "lexical"))
    for number in range(30):
        made = prepared(
            f"d{number}",
            *(f"texte {number} {part}" for part in range(1 + number % 3)),
            language=LANGUAGES[number % 3],
            audience=list(Audience)[number % 3],
            kind=Kind.STUDY if number % 2 else Kind.PUBLICATION,
            borders=(BORDERS[number % 3],) if number % 4 else (),
            groups=GROUPS[number % 5 :][:2] if number % 2 else (),
            published=date(2010 + number % 14, 1, 1) if number % 5 else None,
            valid_to=date(2020, 1, 1) if number % 7 == 0 else None,
        )
        indexer.put([made])
    store.remove("d4")
    return store


@given(within=filters)
def test_a_filter_selects_the_rows_that_sql_selects(store: Store, within: Filter) -> None:
    selected = FilterColumns.read(store).select(store, within)
    assert selected.rows[selected.positions].tolist() == store.rows(within).tolist()
    assert len(selected) == len(selected.positions)


def test_each_row_has_its_passages_language_and_rows_of_other_generations_are_not_held(store: Store) -> None:
    columns = FilterColumns.read(store)
    passages = store.passages(columns.rows.tolist(), Access(Audience.STAFF))
    assert [columns.language(row) for row in columns.rows.tolist()] == [
        passage.language for passage in passages.values()
    ]
    gone = columns.rows.max() + 1
    assert columns.holds(np.array([columns.rows[0], gone])).tolist() == [True, False]


def test_a_store_without_passages_has_nothing_to_select(tmp_path: Path, backend: Sqlite) -> None:
    empty = backend.make_store(tmp_path)
    columns = FilterColumns.read(empty)
    assert len(columns.select(empty, Filter())) == 0
    assert columns.holds(np.array([1])).tolist() == [False]


@given(mask=st.lists(st.booleans(), max_size=40))
def test_a_selection_gives_back_the_places_it_was_made_of(mask: list[bool]) -> None:
    selection = Selection.of(np.arange(len(mask)), np.array(mask, bool))
    assert selection.positions.tolist() == [position for position, chosen in enumerate(mask) if chosen]

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Audience, Kind
from index.interfaces import Filter
from index.lexical import TantivyIndex
from index.sealed import keep_sealed, kept_sealed
from index.store import Store
from index.update import Indexer
from tests.conftest import HashEmbedder, prepared

STAFF = Filter(audience=Audience.STAFF)
THEMES, BORDERS, COUNTRIES = ("health", "transport"), ("BE-FR", "DE-FR"), ("FR", "BE", "DE")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(tmp_path_factory.mktemp("data") / "passerelle.sqlite", create=True)


@pytest.fixture(scope="module")
def lexical(store: Store) -> TantivyIndex:
    """Ninety-six documents that differ in all that a filter can ask, each with the word `gare`."""
    index = TantivyIndex(store.path.parent / "lexical")
    indexer = Indexer(store, HashEmbedder(), index)
    kinds, audiences = tuple(Kind), tuple(Audience)
    for number in range(96):
        year = 2000 + number % 25
        one = prepared(
            f"d{number:02d}",
            "gare",
            language=("fr", "de", "en")[number % 3],
            audience=audiences[number % 3],
            kind=kinds[number % 7],
            themes=THEMES[: number % 3],
            borders=BORDERS[number % 2 :][:1] if number % 5 else (),
            countries=COUNTRIES[: number % 4],
            published=date(year, 5, 1) if number % 4 else None,
            valid_from=date(year, 1, 1) if number % 3 else None,
            valid_to=date(year + 3, 12, 31) if number % 2 else None,
        )
        indexer.put([one])
    indexer.finish()
    return index


def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values), max_size=2)


FILTERS = st.builds(
    Filter,
    audience=st.sampled_from(tuple(Audience)),
    languages=some(("fr", "de", "en")),
    kinds=st.frozensets(st.sampled_from(tuple(Kind)), max_size=3),
    themes=some(THEMES),
    borders=some(BORDERS),
    countries=some(COUNTRIES),
    published_from=st.none() | st.integers(1999, 2026),
    published_to=st.none() | st.integers(1999, 2026),
    valid_on=st.none() | st.dates(date(1999, 1, 1), date(2030, 1, 1)),
    current_on=st.none() | st.dates(date(1999, 1, 1), date(2030, 1, 1)),
)


@given(within=FILTERS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_finds_exactly_the_rows_the_store_allows(store: Store, lexical: TantivyIndex, within: Filter) -> None:
    found = sorted(hit.row for hit in lexical.search("gare", 200, within))
    assert found == store.rows(within).tolist()


@pytest.mark.parametrize(
    "query", ["", "   ", "le la les", "?!", '"', "(", "gare AND", "l'", "a:b", "\\", "*", "[1 TO 2]"]
)
def test_odd_queries_are_only_queries(lexical: TantivyIndex, query: str) -> None:
    found = lexical.search(query, 10, STAFF)
    assert bool(found) == ("gare" in query)


def test_a_search_can_be_held_to_rows_and_to_a_language(lexical: TantivyIndex) -> None:
    rows = [hit.row for hit in lexical.search("gare", 200, STAFF)]
    some_rows = np.array(rows[:7])
    assert sorted(hit.row for hit in lexical.search("gare", 200, STAFF, rows=some_rows)) == sorted(rows[:7])
    german = {hit.row for hit in lexical.search("gare", 200, STAFF, language="de")}
    assert german == {hit.row for hit in lexical.search("gare", 200, Filter(Audience.STAFF, frozenset({"de"})))}


def test_more_of_the_querys_words_stand_higher(tmp_path: Path) -> None:
    store, index = Store(tmp_path / "passerelle.sqlite", create=True), TantivyIndex(tmp_path / "lexical")
    indexer = Indexer(store, HashEmbedder(), index)
    indexer.put([prepared("a", "une gare"), prepared("b", "une gare et un hôpital"), prepared("c", "un tram")])
    indexer.finish()
    rows = [hit.row for hit in index.search("l’hôpital de la gare", 10, STAFF)]
    assert [store.passages([row])[row].document_id for row in rows] == ["b", "a"]


def test_it_takes_over_only_the_difference_and_heals_itself(tmp_path: Path) -> None:
    store = Store(tmp_path / "passerelle.sqlite", create=True)

    def found(query: str) -> list[int]:
        index = TantivyIndex(tmp_path / "lexical")
        index.update(store)
        return sorted(hit.row for hit in index.search(query, 10, STAFF))

    indexer = Indexer(store, HashEmbedder(), TantivyIndex(tmp_path / "lexical"))
    assert found("gare") == []
    indexer.put([prepared("a", "gare"), prepared("b", "gare")])  # killed before `finish`
    assert found("gare") == [1, 2]
    indexer.put([prepared("a", "tram")])
    store.remove("b")
    assert found("gare") == []
    assert found("tram") == [3]
    (tmp_path / "lexical" / "state.json").write_text("{}")
    assert found("tram") == [3]
    state = tmp_path / "lexical" / "state.json"
    keep_sealed(state, kept_sealed(state) | {"lineage": "another"})
    assert found("tram") == [3]

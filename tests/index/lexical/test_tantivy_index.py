from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Audience, Kind
from index.lexical.tantivy_index import TantivyIndex
from index.store.checksums import read_sealed, write_sealed
from index.store.store import Store
from index.types import Filter
from index.update import Indexer, PreparedDocument
from tests.accesses import GROUPS
from tests.conftest import HashEmbedder, prepared
from tests.databases import Sqlite

STAFF = Filter(audience=Audience.STAFF)
THEMES, BORDERS, COUNTRIES = ("health", "transport"), ("BE-FR", "DE-FR"), ("FR", "BE", "DE")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def store(folder: Path, backend: Sqlite) -> Store:
    return backend.make_store(folder)


@pytest.fixture(scope="module")
def lexical(store: Store, folder: Path) -> TantivyIndex:
    """Ninety-six documents that differ in all that a filter can ask, each with the word `gare`."""
    index = TantivyIndex(folder / "lexical")
    indexer = Indexer(store, HashEmbedder(), index)
    kinds, audiences = tuple(Kind), tuple(Audience)
    for number in range(96):
        year = 2000 + number % 25
        document = prepared(
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
            groups=GROUPS[number % 4 :][:2],
        )
        indexer.put([document])
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
    groups=st.frozensets(st.sampled_from((*GROUPS, "no-such-group")), max_size=3),
)


@given(within=FILTERS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_finds_exactly_the_rows_the_store_allows(store: Store, lexical: TantivyIndex, within: Filter) -> None:
    rows = sorted(hit.row for hit in lexical.search("gare", 200, within))
    assert rows == store.rows(within).tolist()


@pytest.mark.parametrize(
    "query", ["", "   ", "le la les", "?!", '"', "(", "gare AND", "l'", "a:b", "\\", "*", "[1 TO 2]"]
)
def test_odd_queries_are_only_queries(lexical: TantivyIndex, query: str) -> None:
    hits = lexical.search(query, 10, STAFF)
    assert bool(hits) == ("gare" in query)


def test_a_search_can_be_held_to_rows_and_to_a_language(lexical: TantivyIndex) -> None:
    rows = [hit.row for hit in lexical.search("gare", 200, STAFF)]
    some_rows = np.array(rows[:7])
    assert sorted(hit.row for hit in lexical.search("gare", 200, STAFF, rows=some_rows)) == sorted(rows[:7])
    german = {hit.row for hit in lexical.search("gare", 200, STAFF, language="de")}
    assert german == {hit.row for hit in lexical.search("gare", 200, Filter(Audience.STAFF, frozenset({"de"})))}


def test_a_name_is_the_title_and_the_first_instrument_and_counts_by_the_share_of_the_query(
    tmp_path: Path, backend: Sqlite
) -> None:
    store, index = backend.make_store(tmp_path), TantivyIndex(tmp_path / "lexical")
    indexer = Indexer(store, HashEmbedder(), index)
    cited = ("Règlement (CE) n° 883/2004", "Accord de Karlsruhe")
    indexer.put([prepared("note", "Le règlement.", legal_instruments=cited, audience=Audience.MEMBER)])
    indexer.put([prepared("Karlsruhe", "Un accord."), prepared("b", "Le règlement 883/2004, l'accord de Karlsruhe.")])
    indexer.finish()
    member = Filter(Audience.MEMBER)
    document = {row: stored.document_id for row, stored in store.passages(store.rows(member), member.access).items()}

    def name_shares_of(query: str, within: Filter = member) -> dict[str, float]:
        rows = store.rows(within)
        return {document[row]: share for row, share in index.name_shares(query, within, rows, "fr").items()}

    assert name_shares_of("règlement 883/2004") == {"note": pytest.approx(1)}
    assert name_shares_of("Karlsruhe") == {"Karlsruhe": pytest.approx(1)}
    assert 0 < name_shares_of("accord de Karlsruhe")["Karlsruhe"] < 1
    assert name_shares_of("883/2004", Filter()) == {}
    assert name_shares_of("un tram") == name_shares_of("?!") == name_shares_of("") == {}


@given(query=st.text("abcdegr 0189/'é", max_size=30))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_share_a_name_has_of_a_query_is_never_more_than_all(lexical: TantivyIndex, query: str) -> None:
    shares = lexical.name_shares(query, STAFF, np.arange(200), "fr").values()
    assert all(0 <= share <= 1.000001 for share in shares)


def test_more_of_the_querys_words_stand_higher(tmp_path: Path, backend: Sqlite) -> None:
    store, index = backend.make_store(tmp_path), TantivyIndex(tmp_path / "lexical")
    indexer = Indexer(store, HashEmbedder(), index)
    indexer.put([prepared("a", "une gare"), prepared("b", "une gare et un hôpital"), prepared("c", "un tram")])
    indexer.finish()
    rows = [hit.row for hit in index.search("l’hôpital de la gare", 10, STAFF)]
    assert [store.passages([row], STAFF.access)[row].document_id for row in rows] == ["b", "a"]


def test_it_takes_over_only_the_difference_and_heals_itself(tmp_path: Path, backend: Sqlite) -> None:
    store = backend.make_store(tmp_path)

    def rows_of(query: str) -> list[int]:
        index = TantivyIndex(tmp_path / "lexical")
        index.update(store)
        return sorted(hit.row for hit in index.search(query, 10, STAFF))

    indexer = Indexer(store, HashEmbedder(), TantivyIndex(tmp_path / "lexical"))
    assert rows_of("gare") == []
    indexer.put([prepared("a", "gare"), prepared("b", "gare")])  # killed before `finish`
    assert rows_of("gare") == [1, 2]
    indexer.put([prepared("a", "tram")])
    store.remove("b")
    assert rows_of("gare") == []
    assert rows_of("tram") == [3]
    (tmp_path / "lexical" / "state.json").write_text("{}")
    assert rows_of("tram") == [3]
    state = tmp_path / "lexical" / "state.json"
    write_sealed(state, read_sealed(state) | {"lineage": "another"})
    assert rows_of("tram") == [3]


def found(folder: Path, store: Store, *groups: str) -> set[str]:
    """Return the documents that a new process' index finds for a member of these groups."""
    index = TantivyIndex(folder / "lexical")
    index.update(store)
    hits = index.search("tram", 9, Filter(Audience.MEMBER, groups=frozenset(groups)))
    return {passage.document_id for passage in store.passages((hit.row for hit in hits), STAFF.access).values()}


def test_a_groups_index_comes_with_its_first_document_and_goes_with_its_last(tmp_path: Path, backend: Sqlite) -> None:
    store = backend.make_store(tmp_path)

    def put(*documents: PreparedDocument) -> None:
        indexer = Indexer(store, HashEmbedder(), TantivyIndex(tmp_path / "lexical"))
        indexer.put(documents)
        indexer.finish()

    put(prepared("all", "le tram"), prepared("staff", "le tram", audience=Audience.STAFF, groups=("gt-a",)))
    assert found(tmp_path, store, "gt-a") == {"all"}
    put(prepared("own", "le tram", groups=("gt-a",)))  # after the others, which its members see too
    assert found(tmp_path, store, "gt-a") == {"all", "own"}
    assert found(tmp_path, store) == found(tmp_path, store, "gt-b") == {"all"}
    put(prepared("own", "le tram", groups=("gt-b",)), prepared("late", "le tram"))
    assert (found(tmp_path, store, "gt-a"), found(tmp_path, store, "gt-b")) == ({"all", "late"}, {"all", "late", "own"})
    assert found(tmp_path, store, "gt-a", "gt-b") == {"all", "late", "own"}
    assert not (tmp_path / "lexical" / "group-gt-a").exists()
    put(prepared("own", "le tram", groups=("gt-a",)))  # again, and with nothing of before
    assert (found(tmp_path, store, "gt-a"), found(tmp_path, store, "gt-b")) == ({"all", "late", "own"}, {"all", "late"})


def test_a_damaged_groups_index_is_made_anew(tmp_path: Path, backend: Sqlite) -> None:
    store, folder = backend.make_store(tmp_path), tmp_path / "lexical"
    indexer = Indexer(store, HashEmbedder(), TantivyIndex(folder))
    indexer.put([prepared("own", "le tram", groups=("gt-a",))])
    indexer.finish()
    assert TantivyIndex(folder).fault(store) == ""
    next((folder / "group-gt-a").glob("*.store")).write_bytes(b"")
    assert "damaged" in TantivyIndex(folder).fault(store)
    assert found(tmp_path, store, "gt-a") == {"own"}

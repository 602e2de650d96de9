"""A withdrawn document is for nobody, from the next request on, in every arm: held to an index that never had it."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience
from index.engine import Arm, SearchEngine
from index.errors import StoreError, UnknownDocument
from index.lexical.query_expansion import ExpansionWeights
from index.lexical.tantivy_index import TantivyIndex
from index.store.opening import open_store
from index.store.store import Store
from index.store.withdrawals import NAME, Withdrawal
from index.types import Filter
from tests.accesses import GROUPS, accesses
from tests.conftest import prepared
from tests.databases import Sqlite
from tests.index.test_engine import engine_over

WORDS = ("gare", "tram", "hôpital", "douane", "école")
ARMS: tuple[Arm, ...] = ("engine", "dense", "lexical", "rrf")
DOCUMENTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
        st.sampled_from(Audience),
        st.sampled_from([None, 0, 1, 2, 3]),  # of which it is the translation
        st.booleans(),  # whether it is withdrawn
    ),
    min_size=1,
    max_size=8,
)


def results_of(engine: SearchEngine, query: str, within: Filter) -> object:
    """Return what is found, without scores: the collection's statistics may still hold a withdrawn document's words."""
    ranking = engine.search(query, 100, within)
    hits = {arm: engine.rank(query, 100, within, arm) for arm in ARMS}
    arms = {
        arm: {engine.store.passages([hit.row], Access(Audience.STAFF))[hit.row] for hit in some}
        for arm, some in hits.items()
    }
    documents = {ranked.document.id: {other.id for other in ranked.variants} for ranked in ranking.documents}
    return documents, {name: dict(sorted(count.items())) for name, count in ranking.facets.items()}, arms


@given(drawn=DOCUMENTS, access=accesses, word=st.sampled_from(WORDS))
@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_found_is_what_an_index_without_it_would_give(
    tmp_path_factory: pytest.TempPathFactory,
    backend: Sqlite,
    drawn: list[tuple[list[str], Audience, int | None, bool]],
    access: Access,
    word: str,
) -> None:
    everything = [
        prepared(
            f"d{n}",
            " ".join(words),
            audience=seen_by,
            groups=GROUPS[:n] if n < len(GROUPS) else (),
            translation_of="" if of in (None, n) else f"d{of}",
        )
        for n, (words, seen_by, of, _) in enumerate(drawn)
    ]
    left = [document for document, (*_, is_withdrawn) in zip(everything, drawn, strict=True) if not is_withdrawn]
    full, never = (
        engine_over(tmp_path_factory.mktemp(name), some, backend=backend)
        for name, some in (("a", everything), ("b", left))
    )
    within = Filter.seen_by(access)
    full.search(word, 100, within)  # whatever is remembered of a search must not outlive the withdrawal
    for n, (*_, is_withdrawn) in enumerate(drawn):
        if is_withdrawn:
            full.store.withdraw(f"d{n}", "Anne", "")
    assert results_of(full, word, within) == results_of(never, word, within)
    listed, expected = full.store.list_documents(access), never.store.list_documents(access)
    assert [item._replace(since=None) for item in listed] == [item._replace(since=None) for item in expected]
    assert full.store.document_table.links(access) == never.store.document_table.links(access)
    assert full.store.cards([f"d{n}" for n in range(8)], access) == never.store.cards(
        [f"d{n}" for n in range(8)], access
    )
    for n, (*_, is_withdrawn) in enumerate(drawn):
        if is_withdrawn:
            full.store.reinstate(f"d{n}")
    assert {ranked.document.id for ranked in full.search(word, 100, within).documents} | {
        other.id for ranked in full.search(word, 100, within).documents for other in ranked.variants
    } == {ranked.document.id for ranked in everything if access.may_see(ranked.document.metadata)}


def test_an_engine_opened_before_hides_it_too_and_its_derived_state_is_made_again(
    tmp_path: Path, backend: Sqlite
) -> None:
    engine = engine_over(tmp_path, [prepared("a", "tram"), prepared("b", "tram")], backend=backend)
    elsewhere, before = open_store(backend.settings(tmp_path)), engine.store.generation
    elsewhere.withdraw("a", "Anne", "erreur")
    assert [ranked.document.id for ranked in engine.search("tram").documents] == ["b"]
    assert engine.store.generation == before + 1
    for read in (engine.store.document, lambda name, seen_by: engine.store.versions(name, seen_by)):
        with pytest.raises(UnknownDocument):
            read("a", Access(Audience.STAFF))


def test_many_withdrawn_passages_leave_no_gap(tmp_path: Path, backend: Sqlite) -> None:
    many = [prepared(f"m{number:03d}", f"tram {number}") for number in range(101)]
    engine = engine_over(tmp_path, [*many, prepared("last", "tram au loin")], backend=backend)
    assert engine.store.withdrawals is not None
    for document in many:
        engine.store.withdrawals.add(Withdrawal(document.document.id, "", "", "Anne", ""))
    assert [ranked.document.id for ranked in engine.search("tram").documents] == ["last"]


def test_a_rebuilt_index_beside_the_same_originals_shows_none_of_it(tmp_path: Path) -> None:
    first = engine_over(tmp_path, [prepared("a", "tram")]).store
    first.withdraw("a", "Anne", "")
    (tmp_path / "indexes").mkdir()
    rebuilt = engine_over(tmp_path / "indexes", [prepared("a", "tram")])
    again = Store(rebuilt.store.path, data=tmp_path)
    assert replace(rebuilt, store=again).search("tram").documents == ()


def test_a_withdrawal_records_who_when_and_why_and_only_once(tmp_path: Path, backend: Sqlite) -> None:
    store = engine_over(tmp_path, [prepared("a", "tram"), prepared("b", "tram")], backend=backend).store
    made = store.withdraw("a", "Anne", "données personnelles")
    assert (made.title, made.by, made.reason, made.at[:2]) == ("a", "Anne", "données personnelles", "20")
    assert store.withdraw("a", "Paul", "autre") == made
    assert store.list_withdrawals() == [made]
    with pytest.raises(UnknownDocument):
        store.withdraw("absent", "Anne", "")
    with pytest.raises(UnknownDocument):
        store.reinstate("b")


def test_a_list_that_cannot_be_read_hides_everything(tmp_path: Path) -> None:
    engine = engine_over(tmp_path, [prepared("a", "tram")])
    engine.store.withdraw("a", "Anne", "")
    (tmp_path / NAME).write_text('{"withdrawn": [{"document_id"')
    with pytest.raises(StoreError, match="withdrawn document"):
        engine.search("tram")


def test_changes_made_at_once_are_all_kept(tmp_path: Path, backend: Sqlite) -> None:
    backend.make_store(tmp_path).close()

    def add(number: int) -> None:
        with closing(open_store(backend.settings(tmp_path))) as store:
            assert store.withdrawals is not None
            store.withdrawals.add(Withdrawal(f"d{number}", "t", "2026-01-01T00:00:00+00:00", "Anne", ""))

    threads = [threading.Thread(target=add, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert open_store(backend.settings(tmp_path)).withdrawn_ids() == {f"d{number}" for number in range(16)}


def test_its_words_correct_nobody_s_once_the_index_is_brought_up(tmp_path: Path, backend: Sqlite) -> None:
    made = [prepared("a", "La convention sur les ambulances."), prepared("b", "Le xylophone transfrontalier de Bâle.")]
    store = engine_over(tmp_path, made, backend=backend).store
    everybody = Filter(audience=Audience.PUBLIC)

    def correct() -> str:
        lexical = TantivyIndex(tmp_path / "words", weights=ExpansionWeights())
        lexical.update(store)
        assert {hit.row for hit in lexical.search("la le", 9, everybody, query_language="")} <= set(
            store.rows(everybody)
        )
        return lexical.correct_spelling("xylophobe", everybody, "fr")

    assert correct() == "xylophone"
    store.withdraw("b", "Anne", "")
    assert correct() == "xylophobe"
    store.reinstate("b")
    assert correct() == "xylophone"

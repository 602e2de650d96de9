"""Near copies are one result: whatever their names, the newest first, none that is hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience
from index.engine import SearchEngine
from index.ranking.near_copies import NEAR, NearCopies, load_near_copies, near_pairs, sign
from index.store.documents import DocumentTable
from index.store.store import Store
from index.types import Filter
from index.update import PreparedDocument
from tests.accesses import accesses, some_groups
from tests.conftest import prepared
from tests.index.test_engine import engine_over

RULE = (
    "Les travailleurs frontaliers qui télétravaillent depuis leur domicile restent affiliés à la sécurité sociale de "
    "leur employeur tant que la part du télétravail reste inférieure à la moitié du temps de travail, à condition que "
    "les deux États aient signé l'accord et que la demande ait été faite avant le début de la période, ce que "
    "l'institution compétente atteste au moyen du formulaire prévu. L'accord est entré en vigueur le 1er juillet 2023."
)
OTHER = (
    "Le tram relie les deux rives du Rhin depuis le printemps. Les deux villes ont partagé le coût du pont, et les "
    "horaires sont communs. Un seul billet suffit pour passer d'un réseau à l'autre, les contrôleurs sont bilingues."
)


def engine_with_near_copies(folder: Path, documents: list[PreparedDocument]) -> SearchEngine:
    engine = engine_over(folder, documents)
    return replace(engine, near_copies=load_near_copies(engine.store, folder / "near-copies.npz"))


def variants_of_results(engine: SearchEngine, query: str, within: Filter | None = None) -> dict[str, list[str]]:
    ranking = engine.search(query, 10, within or Filter())
    return {ranked.document.id: [other.id for other in ranked.variants] for ranked in ranking.documents}


def test_a_text_under_other_names_is_one_result(tmp_path: Path) -> None:
    printed = RULE.replace("domicile", "logement") + " Version imprimable."
    engine = engine_with_near_copies(
        tmp_path, [prepared("www", RULE), prepared("print", printed), prepared("tram", OTHER)]
    )
    results = variants_of_results(engine, "télétravail des frontaliers")
    assert {document_id: set(others) for document_id, others in results.items()} in (
        {"www": {"print"}, "tram": set()},
        {"print": {"www"}, "tram": set()},
    )


def test_of_copies_that_differ_by_their_dates_the_newest_is_shown(tmp_path: Path) -> None:
    old = prepared("old", RULE, published=date(2023, 7, 1))
    new = prepared("new", RULE.replace("2023", "2025"), published=date(2025, 1, 1))
    for folder, documents in (("a", [old, new]), ("b", [new, old])):
        assert variants_of_results(engine_with_near_copies(tmp_path / folder, documents), "télétravail 2023") == {
            "new": ["old"]
        }


def test_a_copy_that_is_hidden_is_no_variant_and_ties_nothing_together(tmp_path: Path) -> None:
    words = RULE.split()
    halves = [" ".join([*words[:-4], *ending.split()]) for ending in ("a b c d e f", "g h i j k l")]
    engine = engine_with_near_copies(
        tmp_path, [prepared("one", halves[0]), prepared("staff", halves[1], audience=Audience.STAFF)]
    )
    assert variants_of_results(engine, "télétravail") == {"one": []}
    assert sum(map(len, variants_of_results(engine, "télétravail", Filter(Audience.STAFF)).values())) == 1


def test_short_texts_are_copies_only_when_their_words_are_equal(tmp_path: Path) -> None:
    texts = ("Fermé le lundi.", "fermé le LUNDI", "Fermé le mardi.")
    engine = engine_with_near_copies(tmp_path, [prepared(f"d{number}", text) for number, text in enumerate(texts)])
    assert sorted(map(len, variants_of_results(engine, "fermé").values())) == [0, 1]


def test_signatures_are_kept_and_only_what_changed_is_read_again(tmp_path: Path) -> None:
    texts_read: list[str] = []

    class CountedDocuments(DocumentTable):
        def texts(self, document_ids: Iterable[str]) -> Iterator[tuple[str, str]]:
            texts_read[:] = document_ids
            return super().texts(texts_read)

    store, kept = Store(tmp_path / "passerelle.sqlite", create=True), tmp_path / "near-copies.npz"
    store.document_table = CountedDocuments(store.database, store.hidden)
    engine_over(tmp_path, [prepared("a", RULE), prepared("b", OTHER)])
    first = load_near_copies(store, kept)
    assert texts_read == ["a", "b"]
    again = load_near_copies(store, kept)
    assert not texts_read
    assert np.array_equal(first.signatures, again.signatures)
    store.remove("a")
    assert load_near_copies(store, kept).ids == ("b",)
    assert not texts_read
    kept.write_bytes(b"PK damaged")
    assert np.array_equal(load_near_copies(store, kept).signatures, first.signatures[1:])


@given(st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=15, max_size=40), min_size=2, max_size=12))
def test_pairs_tie_together_exactly_what_their_signatures_call_near(texts: list[list[str]]) -> None:
    signatures = np.array([sign(" ".join(words)) for words in texts])
    tied = list(near_pairs(signatures))
    assert all((signatures[a] == signatures[b]).mean() >= NEAR for a, b in tied)
    groups = {number: {number} for number in range(len(texts))}
    for a, b in tied:
        joined = groups[a] | groups[b]
        groups |= dict.fromkeys(joined, joined)
    for a, b in combinations(range(len(texts)), 2):
        if (signatures[a] == signatures[b]).all():
            assert b in groups[a]


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from(Audience), some_groups), max_size=8), accesses)
@settings(max_examples=10, phases=(Phase.generate,), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_reader_sees_the_works_that_their_own_documents_make(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[int, Audience, tuple[str, ...]]], access: Access
) -> None:
    texts = (RULE, RULE.replace("2023", "2025"), OTHER)
    everything = [
        prepared(f"d{n}", texts[text], audience=theirs, groups=groups) for n, (text, theirs, groups) in enumerate(drawn)
    ]
    allowed = [document for document in everything if access.may_see(document.document.metadata)]
    full, own = (engine_with_near_copies(tmp_path_factory.mktemp("i"), some) for some in (everything, allowed))
    assert variants_of_results(full, "télétravail", Filter.seen_by(access)) == variants_of_results(
        own, "télétravail", Filter.seen_by(access)
    )


def test_nothing_is_near_in_an_empty_index() -> None:
    assert NearCopies().links(()) == []

"""One result a work: the reader's language first, the other versions beside it, none that is hidden."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.documents import Audience
from index.engine import SearchEngine
from index.ranking.works import Works
from index.types import Filter, WorkLink
from tests.conftest import prepared
from tests.index.test_engine import engine_over


def engine_with_translation(folder: Path, **of_german: Any) -> SearchEngine:
    return engine_over(
        folder,
        [
            prepared("fr", "le tram passe le Rhin depuis une gare", language="fr"),
            prepared("de", "die Tram fährt über den Rhein, tram tram", language="de", translation_of="fr", **of_german),
            prepared("alone", "un tram sans pont", language="fr"),
        ],
    )


def variants_of_results(engine: SearchEngine, query: str, within: Filter | None = None) -> dict[str, list[str]]:
    ranking = engine.search(query, 10, within or Filter())
    return {ranked.document.id: [other.id for other in ranked.variants] for ranked in ranking.documents}


def test_a_work_is_found_once_in_the_language_of_the_query(tmp_path: Path) -> None:
    engine = engine_with_translation(tmp_path)
    assert variants_of_results(engine, "le tram de la gare") == {"fr": ["de"], "alone": []}
    assert variants_of_results(engine, "die Tram über den Rhein") == {"de": ["fr"], "alone": []}


def test_a_name_of_few_words_shows_the_version_in_the_readers_language(tmp_path: Path) -> None:
    engine = engine_with_translation(tmp_path)

    def first(query: str, reader: str) -> str:
        return engine.search(query, 5, Filter(audience=Audience.STAFF), reader).documents[0].document.id

    assert [first("Tram Rhein", reader_language) for reader_language in ("", "fr", "de")] == ["de", "fr", "de"]
    assert first("wo fährt die Tram über den Rhein", "fr") == "de"


def test_a_work_stands_where_its_best_version_does(tmp_path: Path) -> None:
    ranking = engine_with_translation(tmp_path).search("tram und die Tram", 1)
    assert ranking.documents[0].document.id == "de"
    assert ranking.documents[0].score == max(
        hit.score for hit in engine_with_translation(tmp_path).rank("tram und die Tram", 9, Filter())
    )


def test_the_facets_count_every_version(tmp_path: Path) -> None:
    assert engine_with_translation(tmp_path).search("tram").facets["kind"] == {"publication": 3}


def test_a_version_that_is_hidden_is_no_variant(tmp_path: Path) -> None:
    engine = engine_with_translation(tmp_path, audience=Audience.MEMBER)
    assert variants_of_results(engine, "le tram de la gare") == {"fr": [], "alone": []}
    assert variants_of_results(engine, "le tram de la gare", Filter(Audience.MEMBER)) == {"fr": ["de"], "alone": []}


def test_a_version_the_filter_leaves_out_is_a_variant_unless_it_has_ended(tmp_path: Path) -> None:
    french = frozenset({"fr"})
    engine = engine_with_translation(tmp_path, valid_to=date(2020, 1, 1))
    assert variants_of_results(engine, "le tram de la gare", Filter(languages=french))["fr"] == ["de"]
    assert (
        variants_of_results(engine, "le tram de la gare", Filter(languages=french, current_on=date(2021, 1, 1)))["fr"]
        == []
    )


@pytest.mark.parametrize(
    "links", [[("b", "a"), ("c", "a")], [("b", "a"), ("c", "b")], [("a", "b"), ("b", "a"), ("c", "a")]]
)
def test_translations_of_translations_are_one_work(links: list[tuple[str, str]]) -> None:
    assert Works.from_links(WorkLink(*link) for link in links).members["a"] == ("a", "b", "c")


def test_what_touches_an_excluded_border_is_not_found(tmp_path: Path) -> None:
    engine = engine_over(
        tmp_path,
        [
            prepared("own", "le tram", borders=("BE-FR", "FR-LU")),
            prepared("other", "le tram", borders=("DE-FR",)),
            prepared("none", "le tram"),
        ],
    )
    assert variants_of_results(engine, "tram", Filter(other_borders_than=frozenset({"BE-FR"}))).keys() == {
        "other",
        "none",
    }

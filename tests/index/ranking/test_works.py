"""One result a work: the reader's language first, the other versions beside it, none that is hidden."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from index.documents import Audience
from index.engine import SearchEngine
from index.ranking.works import Link, Works
from index.types import Filter
from tests.conftest import prepared
from tests.index.test_engine import engine_over


def over(folder: Path, **of_german: Any) -> SearchEngine:
    return engine_over(
        folder,
        [
            prepared("fr", "le tram passe le Rhin depuis une gare", language="fr"),
            prepared("de", "die Tram fährt über den Rhein, tram tram", language="de", translation_of="fr", **of_german),
            prepared("alone", "un tram sans pont", language="fr"),
        ],
    )


def shown(engine: SearchEngine, query: str, within: Filter | None = None) -> dict[str, list[str]]:
    found = engine.search(query, 10, within or Filter())
    return {one.document.id: [other.id for other in one.variants] for one in found.documents}


def test_a_work_is_found_once_in_the_language_of_the_query(tmp_path: Path) -> None:
    engine = over(tmp_path)
    assert shown(engine, "le tram de la gare") == {"fr": ["de"], "alone": []}
    assert shown(engine, "die Tram über den Rhein") == {"de": ["fr"], "alone": []}


def test_a_name_of_few_words_shows_the_version_in_the_readers_language(tmp_path: Path) -> None:
    engine = over(tmp_path)

    def first(query: str, reader: str) -> str:
        return engine.search(query, 5, Filter(audience=Audience.STAFF), reader).documents[0].document.id

    assert [first("Tram Rhein", one) for one in ("", "fr", "de")] == ["de", "fr", "de"]
    assert first("wo fährt die Tram über den Rhein", "fr") == "de"


def test_a_work_stands_where_its_best_version_does(tmp_path: Path) -> None:
    found = over(tmp_path).search("tram und die Tram", 1)
    assert found.documents[0].document.id == "de"
    assert found.documents[0].score == max(one.score for one in over(tmp_path).rank("tram und die Tram", 9, Filter()))


def test_the_facets_count_every_version(tmp_path: Path) -> None:
    assert over(tmp_path).search("tram").facets["kind"] == {"publication": 3}


def test_a_version_that_is_hidden_is_no_variant(tmp_path: Path) -> None:
    engine = over(tmp_path, audience=Audience.MEMBER)
    assert shown(engine, "le tram de la gare") == {"fr": [], "alone": []}
    assert shown(engine, "le tram de la gare", Filter(Audience.MEMBER)) == {"fr": ["de"], "alone": []}


def test_a_version_the_filter_leaves_out_is_told_unless_it_has_ended(tmp_path: Path) -> None:
    french = frozenset({"fr"})
    engine = over(tmp_path, valid_to=date(2020, 1, 1))
    assert shown(engine, "le tram de la gare", Filter(languages=french))["fr"] == ["de"]
    assert shown(engine, "le tram de la gare", Filter(languages=french, current_on=date(2021, 1, 1)))["fr"] == []


@pytest.mark.parametrize(
    "links", [[("b", "a"), ("c", "a")], [("b", "a"), ("c", "b")], [("a", "b"), ("b", "a"), ("c", "a")]]
)
def test_translations_of_translations_are_one_work(links: list[tuple[str, str]]) -> None:
    assert Works.of(Link(*one) for one in links).members["a"] == ("a", "b", "c")


def test_what_touches_an_excluded_border_is_not_found(tmp_path: Path) -> None:
    engine = engine_over(
        tmp_path,
        [
            prepared("own", "le tram", borders=("BE-FR", "FR-LU")),
            prepared("other", "le tram", borders=("DE-FR",)),
            prepared("none", "le tram"),
        ],
    )
    assert shown(engine, "tram", Filter(other_borders_than=frozenset({"BE-FR"}))).keys() == {"other", "none"}

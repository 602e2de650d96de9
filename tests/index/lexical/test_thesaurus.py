from __future__ import annotations

from pathlib import Path

import pytest

from index.lexical.thesaurus import ConceptSuggestion, Thesaurus, labels_in
from index.lexical.thesaurus_files import UnreadableThesaurus, load_thesaurus
from index.settings import IndexSettings

TURTLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix a: <https://example.org/id/> .
@prefix s: <https://example.org/id/scheme/> .
a:egtc a skos:Concept ; skos:inScheme s:instruments ; skos:prefLabel
    "groupement européen de coopération territoriale"@fr , "European grouping of territorial cooperation"@en ;
    skos:altLabel "GECT"@fr , "EGTC"@en , "EVTZ"@de .
a:cooperation a skos:Concept ; skos:inScheme s:themes ; skos:prefLabel "coopération"@fr , "Zusammenarbeit"@de .
a:FR a skos:Concept ; skos:inScheme s:countries ; skos:notation "FR" ; skos:prefLabel "France"@fr , "Frankreich"@de .
a:BE a skos:Concept ; skos:inScheme s:countries ; skos:notation "BE" ; skos:prefLabel "Belgique"@fr , "Belgien"@de ;
    skos:hiddenLabel "belge"@fr .
a:BE-FR a skos:Concept ; skos:inScheme s:borders ; skos:notation "BE-FR" ;
    skos:prefLabel "frontière franco-belge"@fr , "französisch-belgische Grenze"@de .
a:lille a skos:Concept ; skos:inScheme s:territories ; skos:prefLabel "Lille"@fr , "Rijsel"@nl .
a:food a skos:Concept ; skos:inScheme s:themes ; skos:prefLabel "Essen"@de , "repas"@fr .
"""


@pytest.fixture(scope="module")
def thesaurus(tmp_path_factory: pytest.TempPathFactory) -> Thesaurus:
    folder = tmp_path_factory.mktemp("thesaurus")
    (folder / "t.ttl").write_text(TURTLE, encoding="utf-8")
    return load_thesaurus(folder / "t.ttl", folder / "cache.json")


def recognised_ids(thesaurus: Thesaurus, query: str, language: str = "fr") -> list[str]:
    return [concept.id for match in thesaurus.recognise(query, language) for concept in match.concepts]


@pytest.mark.parametrize(
    "query",
    ["le groupement européen de coopération territoriale", "GROUPEMENTS EUROPEENS DE COOPERATION TERRITORIALE", "gect"],
)
def test_the_longest_name_counts_whatever_its_inflection_and_accents(thesaurus: Thesaurus, query: str) -> None:
    assert recognised_ids(thesaurus, query) == ["egtc"]


def test_foreign_acronyms_and_names_of_places_are_known_but_not_foreign_words(thesaurus: Thesaurus) -> None:
    assert recognised_ids(thesaurus, "les statuts d'un EVTZ à Rijsel") == ["egtc", "lille"]
    assert recognised_ids(thesaurus, "repas à Essen") == ["food"]
    assert recognised_ids(thesaurus, "Essen", "de") == ["food"]
    assert recognised_ids(thesaurus, "Essen", "fr") == []


def test_two_countries_name_their_border_in_the_readers_language(thesaurus: Thesaurus) -> None:
    offered = thesaurus.suggest("entre la France et la Belgique", "fr", "de")
    assert offered == [
        ConceptSuggestion("countries", "FR", "Frankreich"),
        ConceptSuggestion("countries", "BE", "Belgien"),
        ConceptSuggestion("borders", "BE-FR", "französisch-belgische Grenze"),
    ]
    assert [suggestion.id for suggestion in thesaurus.suggest("la frontière franco-belge", "fr", "fr")] == ["BE-FR"]
    assert thesaurus.suggest("rien de connu", "fr", "fr") == Thesaurus().suggest("France", "fr", "fr") == []


def test_a_hidden_label_is_recognised_and_never_shown_nor_looked_for(thesaurus: Thesaurus) -> None:
    assert recognised_ids(thesaurus, "une commune belge") == ["BE"]
    assert [suggestion.label for suggestion in thesaurus.suggest("une commune belge", "fr", "fr")] == ["Belgique"]
    assert ("fr", ("belg",)) not in labels_in(thesaurus.concepts, ["fr"])


def test_the_file_is_parsed_again_only_when_it_changed(tmp_path: Path) -> None:
    source, cache = tmp_path / "t.ttl", tmp_path / "var" / "cache.json"
    source.write_text(TURTLE, encoding="utf-8")
    first = load_thesaurus(source, cache)
    written = cache.stat().st_mtime_ns
    assert load_thesaurus(source, cache) == first
    assert cache.stat().st_mtime_ns == written
    source.write_text(TURTLE.replace("Rijsel", "Ryssel"), encoding="utf-8")
    assert recognised_ids(load_thesaurus(source, cache), "Ryssel") == ["lille"]
    cache.write_text("{", encoding="utf-8")
    assert recognised_ids(load_thesaurus(source, cache), "Ryssel") == ["lille"]


def test_a_thesaurus_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableThesaurus, match="PASSERELLE_THESAURUS"):
        load_thesaurus(tmp_path / "none.ttl", tmp_path / "cache.json")
    (tmp_path / "t.ttl").write_text("no turtle", encoding="utf-8")
    with pytest.raises(UnreadableThesaurus, match="not SKOS"):
        load_thesaurus(tmp_path / "t.ttl", tmp_path / "cache.json")


def test_the_own_thesaurus_is_used_where_it_stands_unless_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert IndexSettings.from_environ({}).thesaurus is None
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "thesaurus.ttl").touch()
    assert IndexSettings.from_environ({}).thesaurus == Path("corpus/thesaurus.ttl")
    assert IndexSettings.from_environ({"PASSERELLE_THESAURUS": " "}).thesaurus is None
    assert IndexSettings.from_environ({"PASSERELLE_THESAURUS": "a.ttl"}).thesaurus == Path("a.ttl")

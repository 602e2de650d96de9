from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents import Audience
from index.lexical.compounds import Compounds
from index.lexical.query_expansion import NO_EXPANSION, ExpansionWeights
from index.lexical.query_language import lower_capitals
from index.lexical.spelling import SpellingCorrector
from index.lexical.tantivy_index import TantivyIndex
from index.lexical.thesaurus import Concept, Label, Thesaurus
from index.store.store import Store
from index.types import Filter
from index.update import Indexer
from tests.conftest import HashEmbedder, prepared

STAFF = Filter(audience=Audience.STAFF)
TEXTS = {
    "fr-cross": ("fr", "un accord transfrontalier modifiant les statuts"),
    "fr-rule": ("fr", "le règlement 883/2004"),
    "fr-hospital": ("fr", "un hôpital de montagne"),
    "de-hospital": ("de", "Das Krankenhaus liegt an der Grenze, der Aufenthalt ist kurz."),
    "de-costs": ("de", "Krankenhauskosten"),
    "nl-hospital": ("nl", "het ziekenhuis"),
}
HOSPITAL = Concept(
    "hospital",
    "themes",
    {
        "fr": (Label("hôpital", ("hopital",)),),
        "de": (Label("Krankenhaus", ("krankenhaus",)),),
        "nl": (Label("ziekenhuis", ("ziekenhuis",)),),
    },
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("data") / "passerelle.sqlite", create=True)
    indexer = Indexer(store, HashEmbedder(), TantivyIndex(store.path.parent / "lexical"))
    for name, (language, text) in TEXTS.items():
        indexer.put([prepared(name, text, language=language)])
    indexer.finish()
    return store


def search(store: Store, query: str, asked_in: str, weights: ExpansionWeights) -> list[str]:
    index = TantivyIndex(store.path.parent / "lexical", Thesaurus((HOSPITAL,)), weights)
    index.update(store)
    rows = [hit.row for hit in index.search(query, 10, STAFF, query_language=asked_in)]
    passages = store.passages(rows, STAFF.access)
    return [passages[row].document_id for row in rows]


@pytest.mark.parametrize(
    ("query", "asked_in", "first"),
    [
        ("transfrontallier", "fr", "fr-cross"),
        ("TRANSFRONTALIER", "fr", "fr-cross"),
        ("statuts modif", "", "fr-cross"),
        ("hopitla", "fr", "fr-hospital"),
    ],
)
def test_typos_and_half_words_are_corrected(store: Store, query: str, asked_in: str, first: str) -> None:
    assert first in search(store, query, asked_in, ExpansionWeights())


def test_numbers_and_acronyms_are_never_corrected(store: Store) -> None:
    assert search(store, "884/2004", "fr", ExpansionWeights()) == []
    assert search(store, "STATUTZ", "fr", ExpansionWeights()) == []


def test_the_own_words_come_before_the_thesaurus_and_all_can_be_switched_off(store: Store) -> None:
    assert search(store, "hôpital", "fr", NO_EXPANSION) == ["fr-hospital"]
    assert search(store, "hôpital", "fr", ExpansionWeights())[0] == "fr-hospital"
    assert set(search(store, "hôpital", "fr", ExpansionWeights())) == {"fr-hospital", "de-hospital", "nl-hospital"}
    assert "fr-hospital" in search(store, "Krankenhausaufenthalt", "de", ExpansionWeights())


def test_compounds_meet_their_parts_and_neighbours_their_compound(store: Store) -> None:
    assert search(store, "Krankenhausaufenthalt", "de", NO_EXPANSION) == []
    assert search(store, "Krankenhausaufenthalt", "de", ExpansionWeights(0, 0, 0.5, 0)) == ["de-hospital"]
    assert "de-costs" in search(store, "Krankenhaus Kosten", "de", ExpansionWeights(0, 0, 0.5, 0))
    assert "de-costs" not in search(store, "Krankenhaus Kosten", "de", NO_EXPANSION)


def test_a_compound_is_cut_where_the_collections_words_are_the_most_frequent() -> None:
    compounds = Compounds({"arbeit": 9, "markt": 3, "region": 1, "grenz": 4}, "de")
    assert compounds.split("arbeitsmarkt") == ("arbeit", "markt")
    assert compounds.split("grenzarbeitsmarktregion")[0] == "grenz"
    assert compounds.split("arbeit") == compounds.split("grenze") == ()
    assert compounds.split("a" * 5000) == ()


@given(st.lists(st.text("abcdes", min_size=4, max_size=6), min_size=1, max_size=4))
def test_what_is_put_together_from_known_words_comes_apart(words: list[str]) -> None:
    compounds = Compounds(dict.fromkeys(words, 1), "nl")
    parts = compounds.split("".join(words))
    assert bool(parts) == (len(words) > 1) or set(parts) <= set(words)
    assert set(parts) <= set(words)


@given(st.text(max_size=20), st.dictionaries(st.text("abcdefg", min_size=3, max_size=9), st.integers(1, 9)))
def test_only_known_words_of_the_same_beginning_are_offered(term: str, counts: dict[str, int]) -> None:
    for near in SpellingCorrector(counts).nearest(term, term):
        assert near in counts
        assert near[0] == term[0]


def test_one_typo_comes_before_half_a_word_and_half_a_word_before_two_typos() -> None:
    speller = SpellingCorrector({"statut": 5, "statutair": 9, "modifi": 2, "transfrontali": 3})
    assert speller.nearest("statue", "statue") == ["statut"]
    assert speller.nearest("modif", "modif") == ["modifi"]
    assert speller.nearest("modif", "modifons") == []
    assert speller.nearest("transfromtalli", "transfromtallier") == ["transfrontali"]
    assert speller.nearest("rue", "rue") == speller.nearest("l1115", "l1115") == []


@pytest.mark.parametrize(
    ("typed", "asked_in", "read"),
    [
        ("un accord transfrontallier", "fr", "un accord transfrontalier"),
        ("les statuts modif", "fr", "les statuts modifiant"),
        ("un hopitla de montagne", "fr", "un hôpital de montagne"),
        ("un Hopital transfrontalier", "fr", "un Hôpital transfrontalier"),
        ("das Krankenhaus an der Grenze", "de", "das Krankenhaus an der Grenze"),
        ("le règlement 884/2004 STATUTZ", "fr", "le règlement 884/2004 STATUTZ"),
        ("", "", ""),
    ],
)
def test_the_model_reads_words_as_the_passages_spell_them(store: Store, typed: str, asked_in: str, read: str) -> None:
    index = TantivyIndex(store.path.parent / "lexical", Thesaurus((HOSPITAL,)), ExpansionWeights())
    index.update(store)
    assert index.correct_spelling(typed, STAFF, asked_in) == read
    off = TantivyIndex(store.path.parent / "lexical")
    off.update(store)
    assert off.correct_spelling(typed, STAFF, asked_in) == typed


def test_capitals_throughout_become_small_letters_and_acronyms_stay() -> None:
    assert lower_capitals("COMMENT FINANCER UN GECT ?") == "comment financer un GECT ?"
    assert lower_capitals("GECT") == "GECT"
    assert lower_capitals("Le GECT de la GRANDE RÉGION") == "Le GECT de la GRANDE RÉGION"

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Audience, Kind
from index.engine import SearchEngine
from index.errors import IndexMismatch, StoreError
from index.lexical.query_expansion import ExpansionWeights
from index.lexical.tantivy_index import TantivyIndex
from index.lexical.thesaurus import Concept, Label, Thesaurus
from index.settings import IndexSettings
from index.store.filter_columns import FilterColumns
from index.store.store import Store
from index.types import Embedded, Embedder, Filter
from index.update import Indexer, PreparedDocument
from index.wiring import open_engine
from tests.conftest import HashEmbedder, prepared
from tests.databases import SQLITE, Sqlite

STAFF = Filter(audience=Audience.STAFF)
WORDS = ("gare", "tram", "hôpital", "douane", "école", "fleuve", "impôt", "GECT")


def engine_over(
    folder: Path,
    documents: list[PreparedDocument],
    embedder: Embedder | None = None,
    thesaurus: Thesaurus | None = None,
    backend: Sqlite = SQLITE,
) -> SearchEngine:
    """Return an engine as it is served, queries reworded, over documents given to it in this order."""
    embedder = embedder or HashEmbedder()
    store = backend.make_store(folder)
    lexical = TantivyIndex(folder / "lexical", thesaurus, weights=ExpansionWeights())
    indexer = Indexer(store, embedder, lexical)
    indexer.put(documents)
    indexer.finish()
    return SearchEngine(
        store,
        embedder,
        backend.vectors_of(store),
        lexical,
        FilterColumns.read(store),
        store.generation,
    )


def test_documents_come_best_first_with_their_passages_and_counts(tmp_path: Path, backend: Sqlite) -> None:
    engine = engine_over(
        tmp_path,
        [
            prepared("a", "le tram passe le Rhin", "la gare", themes=("transport",), published=date(2017, 4, 28)),
            prepared("b", "un hôpital pour deux pays", kind=Kind.STUDY, themes=("health",)),
        ],
        backend=backend,
    )
    ranking = engine.search("tram du Rhin")
    assert [ranked.document.id for ranked in ranking.documents] == ["a", "b"]
    assert ranking.documents[0].passages[0].passage.text == "le tram passe le Rhin"
    assert ranking.facets["theme"] == {"health": 1, "transport": 1}
    assert ranking.facets["year"] == {"2017": 1}
    assert [ranked.document.id for ranked in engine.search("tram", 1).documents] == ["a"]


def test_works_are_counted_once_and_by_audience(tmp_path: Path, backend: Sqlite) -> None:
    documents = [
        prepared("a", "le tram passe le Rhin", audience=Audience.PUBLIC),
        prepared("b", "die Tram über den Rhein", audience=Audience.PUBLIC, language="de", translation_of="a"),
        prepared("c", "un hôpital pour deux pays", audience=Audience.STAFF),
        prepared("d", "une douane", audience=Audience.PUBLIC, kind=Kind.STUDY),
    ]
    engine = engine_over(tmp_path, documents, backend=backend)
    assert engine.count(Filter()) == 2
    assert engine.count(STAFF) == 3
    assert engine.count(Filter(kinds=frozenset({Kind.STUDY}))) == 1
    assert engine.count(Filter(themes=frozenset({"health"}))) == 0
    engine.store.withdraw("d", "staff", "")
    assert engine.count(Filter()) == 1


def test_a_filter_acts_before_either_arm(tmp_path: Path, backend: Sqlite) -> None:
    many = [prepared(f"m{number:03d}", f"tram {number}", audience=Audience.MEMBER) for number in range(150)]
    engine = engine_over(tmp_path, [*many, prepared("open", "un bateau")], backend=backend)
    assert [ranked.document.id for ranked in engine.search("tram").documents] == ["open"]


@pytest.mark.parametrize("query", ["", " ", "\n"])
def test_a_blank_query_finds_nothing(tmp_path: Path, query: str) -> None:
    assert engine_over(tmp_path, [prepared("a", "tram")]).search(query).documents == ()


def test_a_document_removed_since_the_engine_was_opened_is_dropped(tmp_path: Path, backend: Sqlite) -> None:
    engine = engine_over(tmp_path, [prepared("a", "tram"), prepared("b", "tram")], backend=backend)
    engine.store.remove("a")
    assert [ranked.document.id for ranked in engine.search("tram").documents] == ["b"]


DOCUMENTS = st.lists(
    st.tuples(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), st.sampled_from(Audience)), max_size=12
)


@given(documents=DOCUMENTS, audience=st.sampled_from(Audience), query=st.sampled_from(WORDS))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_an_audience_receives_is_what_an_index_of_its_documents_alone_would_give(
    tmp_path_factory: pytest.TempPathFactory,
    backend: Sqlite,
    documents: list[tuple[list[str], Audience]],
    audience: Audience,
    query: str,
) -> None:
    everything = [
        prepared(f"d{number}", " ".join(words), audience=theirs, themes=(words[0],))
        for number, (words, theirs) in enumerate(documents)
    ]
    allowed = [document for document in everything if audience.may_see(document.document.metadata.audience)]
    filtered = engine_over(tmp_path_factory.mktemp("all"), everything, backend=backend).search(
        query, 50, Filter(audience)
    )
    alone = engine_over(tmp_path_factory.mktemp("own"), allowed, backend=backend).search(query, 50, Filter(audience))
    assert {ranked.document.id for ranked in filtered.documents} == {ranked.document.id for ranked in alone.documents}
    assert filtered.facets == alone.facets


def test_an_index_that_is_missing_or_made_with_another_model_is_refused(tmp_path: Path) -> None:
    settings_ = IndexSettings(data=tmp_path)
    with pytest.raises(StoreError, match="passerelle-ingest"):
        open_engine(settings_, HashEmbedder())
    store = Store(settings_.store, create=True)
    with pytest.raises(StoreError, match="nothing is indexed"):
        open_engine(settings_, HashEmbedder())
    store.record("embedder", "another")
    with pytest.raises(IndexMismatch, match="another"):
        open_engine(settings_, HashEmbedder())


class Spelling(HashEmbedder):
    """Gives a token vector a letter, as a model does for what it has never seen."""

    def embed_query_tokens(self, text: str) -> Embedded:
        letters = [self.embed_query(letter) for letter in text if letter.isalnum()]
        return Embedded(self.embed_query(text), np.array(letters, np.float32).reshape(-1, self.dimension))

    def embed_passage_tokens(self, texts: Sequence[str]) -> Iterator[Embedded]:
        for text in texts:
            words = np.array([self.embed_query(word) for word in text.split()], np.float32)
            yield Embedded(self.embed_query(text), words)


def test_nonsense_finds_nothing_and_a_word_that_is_known_to_the_audience_alone_something(tmp_path: Path) -> None:
    hidden = prepared("hidden", "xqzt", audience=Audience.STAFF)
    engine = engine_over(tmp_path, [prepared("a", "le tram passe"), hidden], Spelling())
    engine = replace(engine, token_centre=np.zeros(HashEmbedder.dimension, np.float32))
    assert engine.search("xqzt").documents == ()
    assert next(ranked.document.id for ranked in engine.search("xqzt", within=STAFF).documents) == "hidden"
    assert engine.search("tram").documents


def test_a_corrected_query_says_so_and_as_typed_is_not_corrected(tmp_path: Path) -> None:
    engine = engine_over(tmp_path, [prepared("a", "le télétravail"), prepared("b", "la douane")])
    reading = engine.search("teletravial").reading
    assert (reading.text, reading.is_corrected) == ("télétravail", True)
    as_typed = engine.search("teletravial", as_typed=True).reading
    assert (as_typed.text, as_typed.is_corrected) == ("teletravial", False)
    assert not engine.search("teletravail").reading.is_corrected  # accents are not worth a word
    assert engine.lexical.search("teletravial", 9, STAFF, query_language="fr", corrects=False) == []


def test_a_phrase_must_stand_in_the_passage(tmp_path: Path, backend: Sqlite) -> None:
    engine = engine_over(
        tmp_path,
        [prepared("a", "la piscine\nMunicipale"), prepared("b", "piscine régionale et municipale")],
        backend=backend,
    )
    assert [ranked.document.id for ranked in engine.search('"piscine municipale"').documents] == ["a"]
    assert engine.search('"piscine du fleuve"').documents == ()
    assert len(engine.search('"la"').documents) == 1  # a stop word stands there too


def test_a_word_is_left_out_with_its_document_and_a_country_with_what_is_about_it(
    tmp_path: Path, backend: Sqlite
) -> None:
    thesaurus = Thesaurus((Concept("CH", "countries", {"fr": (Label("Suisse", ("suiss",)),)}),))
    about = prepared("about", "un hôpital", countries=("CH", "FR"))
    naming = prepared("naming", "un hôpital, pas comme en Suisse", "une gare", countries=("FR",))
    engine = replace(engine_over(tmp_path, [about, naming], backend=backend), thesaurus=thesaurus)
    assert [ranked.document.id for ranked in engine.search("hôpital sauf la Suisse").documents] == ["naming"]
    assert [ranked.document.id for ranked in engine.search("hôpital -gare").documents] == ["about"]
    assert engine.search("hôpital -gare").reading.excluded == ("gare",)
    assert engine.rank("hôpital -gare", 9, STAFF, "lexical") == engine.rank("hôpital -naming", 9, STAFF, "lexical")


def test_what_is_about_the_border_of_a_place_named_goes_before_what_is_about_another(tmp_path: Path) -> None:
    label = {"fr": (Label("Lille", ("lill",)),)}
    lille = Concept("lille", "territories", label, "place/lille", related=("border/BE-FR",))
    documents = [
        prepared("other", "un impôt de gare, à Lille", borders=("CH-FR",)),
        prepared("own", "un impôt", borders=("BE-FR",)),
    ]
    engine = replace(engine_over(tmp_path, documents), thesaurus=Thesaurus((lille,)))
    assert [ranked.document.id for ranked in engine.search("impôt de gare").documents] == ["other", "own"]
    engine = replace(engine, fusion=replace(engine.fusion, border_weight=1.0))
    assert [ranked.document.id for ranked in engine.search("impôt de gare").documents] == ["other", "own"]
    assert [ranked.document.id for ranked in engine.search("impôt de gare à Lille").documents] == ["own", "other"]


def test_beside_a_word_that_the_passages_lack_the_model_reads_what_they_call_it(tmp_path: Path) -> None:
    labels = {
        "fr": (Label("piscine", ("piscin",)),),
        "nl": (Label("zwembad", ("zwembad",)), Label("sport", ("sport",))),
    }
    thesaurus = Thesaurus((Concept("sport", "themes", labels),))
    documents = [prepared(f"nl{number}", "het zwembad", language="nl") for number in range(3)]
    engine = engine_over(tmp_path, documents, thesaurus=thesaurus)
    (scarce,) = engine.lexical.scarce_words("une piscine", STAFF, "fr")
    assert (scarce.start, scarce.end, scarce.labels) == (4, 11, ("zwembad",))
    known = engine_over(tmp_path / "b", [*documents, *(prepared(f"f{n}", "piscine") for n in range(3))])
    assert known.lexical.scarce_words("une piscine", STAFF, "fr") == []

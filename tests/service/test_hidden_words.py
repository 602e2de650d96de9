"""A hidden document's words correct, complete and take apart nothing for somebody who may not see it.

Queries are mistyped, half typed or compound, so that the known words decide what is looked for; the collections hold
words close to them in documents of every audience and group. Whatever is received, scores and counts too, must be what
an index of the caller's documents alone gives.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience, Kind
from index.engine import SearchEngine
from index.lexical.tantivy_index import TantivyIndex
from index.types import Filter
from index.update import Indexer, PreparedDocument
from service.experiences.cases import find_cases
from service.experiences.situations import read_situation
from service.forum.suggestions import Post, Threshold, suggest
from service.library.concepts import NO_THESAURUS
from service.library.open_index import OpenIndex
from tests.accesses import accesses, some_groups
from tests.conftest import HashEmbedder, prepared
from tests.index.test_engine import engine_over

WORDS = {
    "fr": (
        "transfrontalier",
        "transfrontaliser",
        "statuts",
        "statutaire",
        "modification",
        "modiste",
        "hôpital",
        "gare",
    ),
    "de": (
        "Krankenhaus",
        "Kranken",
        "Haus",
        "Aufenthalt",
        "Grenzgänger",
        "Steuer",
        "Grenzgängersteuer",
        "Krankenhausaufe",
    ),
}
QUERIES = (
    *("transfrontallier", "transfrontaliez hopitla", "gect statuts modif", "statuta", "la modiff de l'hopittal"),
    *(
        "Krankenhausaufenthalt",
        "der Krankenhausaufenthalt und die Grenzgängersteuer",
        "Grenzgänger Steuer",
        "Aufenthald",
    ),
)
EASY = Threshold(least_terms=1, shared_weight=0.5, share_across=0.1, floor=0.1, window=2.0)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[str, list[str], Audience, tuple[str, ...]]:
    language = draw(st.sampled_from(["fr", "de"]))
    words = draw(st.lists(st.sampled_from(WORDS[language]), min_size=1, max_size=4))
    return language, words, draw(st.sampled_from(Audience)), draw(some_groups)


def made(
    number: int, language: str, words: list[str], audience: Audience, groups: tuple[str, ...] = ()
) -> PreparedDocument:
    return prepared(
        f"d{number}",
        " ".join(words),
        language=language,
        audience=audience,
        kind=Kind.PROJECT_SHEET if number % 2 else Kind.STUDY,
        borders=(("BE-FR", "DE-FR", "CH-FR")[number % 3],),
        themes=("health",) if number % 2 else (),
        groups=groups,
    )


def received(engine: SearchEngine, query: str, access: Access) -> list[Any]:
    """Return everything the caller gets for the words: searched, counted, compared and suggested."""
    index, within = OpenIndex(engine, engine.store), Filter.seen_by(access)
    situation = read_situation(query, "", NO_THESAURUS)
    suggested = suggest(Post(query), index, within, EASY)
    rankings = [engine.search(query, k, within) for k in (1, 2, 50)]
    return [
        [[(ranked.document, ranked.passages, ranked.variants) for ranked in ranking.documents] for ranking in rankings],
        [ranking.facets for ranking in rankings],
        [
            (case.document, case.quote, case.comparable, case.differs)
            for case in find_cases(situation, 2, index, within, NO_THESAURUS)
        ],
        [
            (suggestion.document, suggestion.passage, suggestion.words)
            for suggestion in (*suggested.threads, *suggested.documents)
        ],
    ]


@given(drawn=st.lists(drawn(), max_size=10), access=accesses, query=st.sampled_from(QUERIES))
@settings(
    max_examples=15,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_caller_receives_what_an_index_of_their_documents_alone_would_give(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[str, list[str], Audience, tuple[str, ...]]],
    access: Access,
    query: str,
) -> None:
    everything = [made(number, *item) for number, item in enumerate(drawn)]
    allowed = [prepared for prepared in everything if access.may_see(prepared.document.metadata)]
    full, own = (engine_over(tmp_path_factory.mktemp("index"), some) for some in (everything, allowed))
    assert received(full, query, access) == received(own, query, access)


def test_a_document_that_was_withdrawn_from_an_audience_corrects_nothing_for_it_any_more(tmp_path: Path) -> None:
    engine = engine_over(
        tmp_path, [made(0, "fr", ["transfrontaliser"], Audience.PUBLIC), made(1, "fr", ["gare"], Audience.PUBLIC)]
    )
    assert engine.lexical.search("transfrontalisser", 10, Filter())
    assert isinstance(engine.lexical, TantivyIndex)
    indexer = Indexer(engine.store, HashEmbedder(), engine.lexical)
    indexer.put([made(0, "fr", ["transfrontaliser"], Audience.STAFF)])
    indexer.finish()
    assert engine.lexical.search("transfrontalisser", 10, Filter()) == []
    assert engine.lexical.search("transfrontalisser", 10, Filter(Audience.STAFF))

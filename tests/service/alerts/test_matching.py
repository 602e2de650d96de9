"""Which new documents an alert tells of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from index.documents import Audience, Kind, Metadata
from index.types import Filter
from service.alerts.matching import admits, find_matches, matching_passages
from tests.service.alerts.site import TRAM, AlertSite
from tests.service.filtering import passes

DAYS = st.none() | st.sampled_from([date(2019, 1, 1), date(2020, 6, 1), date(2021, 12, 31)])
BORDERS = st.lists(st.sampled_from(["BE-FR", "DE-FR"]), max_size=2).map(tuple)
SOME = st.frozensets(st.sampled_from(["BE-FR", "DE-FR"]), max_size=1)
YEARS = st.none() | st.sampled_from([2019, 2020, 2021])
KINDS = st.sampled_from([Kind.STUDY, Kind.NEWS])
METADATA = st.builds(
    Metadata,
    st.just("t"),
    KINDS,
    st.sampled_from(list(Audience)),
    borders=BORDERS,
    themes=st.lists(st.sampled_from(["health", "energy"]), max_size=2).map(tuple),
    countries=st.lists(st.sampled_from(["FR", "BE"]), max_size=2).map(tuple),
    published=DAYS,
    valid_from=DAYS,
    valid_to=DAYS,
    groups=st.lists(st.sampled_from(["a", "b"]), max_size=1).map(tuple),
)
FILTERS = st.builds(
    Filter,
    st.sampled_from(list(Audience)),
    kinds=st.frozensets(KINDS, max_size=1),
    themes=st.frozensets(st.just("health")),
    countries=st.frozensets(st.just("FR")),
    borders=SOME,
    other_borders_than=SOME,
    published_from=YEARS,
    published_to=YEARS,
    valid_on=DAYS,
    current_on=DAYS,
    groups=st.frozensets(st.sampled_from(["a", "b"]), max_size=1),
)


@given(within=FILTERS, metadata=METADATA)
def test_a_document_passes_a_filter_as_everywhere(within: Filter, metadata: Metadata) -> None:
    assert admits(within, metadata) == passes(metadata, within)


def test_without_a_query_what_passes_the_filters_is_told_from_its_beginning(tmp_path: Path) -> None:
    site = AlertSite(tmp_path)
    site.put("n/a", f"Premiers mots. {TRAM}", borders=("BE-FR",))
    site.put("n/b", borders=("DE-FR",))
    index, within = site.job.teller.library.borrow(), Filter(borders=frozenset({"BE-FR"}))
    assert find_matches(index, "", within, frozenset({"n/a", "n/b"})) == {"n/a"}
    passages = matching_passages(index, "", within, ["n/a", "n/b"])
    assert passages["n/a"].text.startswith("Premiers mots.")
    assert list(passages) == ["n/a"]
    spoken = Filter(borders=frozenset({"BE-FR"}), languages=frozenset({"de"}))
    assert find_matches(index, "", spoken, frozenset({"n/a"})) == set()


def test_the_quoted_passage_is_a_slice_of_the_document(tmp_path: Path) -> None:
    site = AlertSite(tmp_path)
    site.put("n/a", f"Un autre paragraphe sur la forêt.\n\n{TRAM}")
    index = site.job.teller.library.borrow()
    for query in ("tramway", ""):
        passage = matching_passages(index, query, Filter(), ["n/a"])["n/a"]
        assert site.store.documents["n/a"].text[passage.start : passage.end] == passage.text
    assert matching_passages(index, "tramway", Filter(), ["n/a"])["n/a"].text == TRAM


def test_of_many_old_documents_that_answer_better_a_new_one_needs_every_word(tmp_path: Path) -> None:
    site = AlertSite(tmp_path)
    for number in range(12):
        site.put(f"n/{number:02}", f"Le tramway transfrontalier, ligne {number}.")
    site.put(
        "n/faible", "Le tramway passe près de la mairie, du marché, du stade, de la piscine et du cinéma municipal."
    )
    index = site.job.teller.library.borrow()
    new = frozenset({"n/faible"})
    assert find_matches(index, "tramway transfrontalier", Filter(), new) == set()
    assert find_matches(index, "tramway piscine", Filter(), new) == new

"""What staff corrected holds whatever is read again, and is taken back to what the source states by then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.documents import Access, Audience, Metadata
from index.errors import StoreError, UnknownDocument
from index.splitting import PassageSplitter
from index.store.corrections import FACT, NAME, CorrectedMeanwhile, Corrections, are_within
from index.store.opening import open_store
from index.store.store import Store
from ingest.sync.corrections import apply_corrections
from tests.accesses import GROUPS, accesses, some_groups
from tests.databases import Sqlite
from tests.ingest.centre import Centre

SPLITTER = PassageSplitter(lambda texts: [len(text.split()) for text in texts])
PUBLIC = Access(Audience.PUBLIC)


@pytest.fixture
def centre(tmp_path: Path, backend: Sqlite) -> Centre:
    return Centre(tmp_path, backend)


@pytest.fixture
def embedded_centre(tmp_path: Path) -> Centre:
    return Centre(tmp_path)


def path_of(centre: Centre) -> Path:
    return centre.store.data / NAME


def apply(centre: Centre) -> int:
    return apply_corrections(centre.store, centre.indexer, SPLITTER)


def test_a_correction_is_applied_without_reading_the_file_and_survives_reading_it_again(centre: Centre) -> None:
    path = centre.write("a.md", "Un texte.", title="Un", audience="public")
    centre.ingest()
    centre.store.correct("a", {"title": "Deux", "published": date(2020, 1, 2)}, "Anne", 0)
    assert [apply(centre), apply(centre)] == [1, 0]
    assert centre.document("a").metadata.title == "Deux"
    assert centre.ingest().unchanged == 1  # nothing is read again for it
    path.unlink()
    centre.write("a.md", "Un autre texte.", title="Trois", audience="public")
    centre.ingest()
    document = centre.document("a")
    assert (document.metadata.title, document.metadata.published) == ("Deux", date(2020, 1, 2))
    assert "autre" in document.text
    assert centre.store.correction("a").stated.title == "Trois"


def test_a_correction_taken_back_returns_to_what_the_source_states_by_then(centre: Centre) -> None:
    centre.write("a.md", "Un texte.", title="Un")
    centre.ingest()
    centre.store.correct("a", {"title": "Deux"}, "Anne", 0)
    apply(centre)
    centre.write("a.md", "Un texte nouveau.", title="Trois")
    centre.ingest()
    stated = centre.store.correction("a").stated
    back = centre.store.correct("a", {"title": stated.title}, "Luc", 1)
    apply(centre)
    assert centre.document("a").metadata.title == "Trois"
    assert back.values == {}
    assert [(change.by, change.before, change.after) for change in back.history] == [
        ("Anne", "Un", "Deux"),
        ("Luc", "Deux", "Trois"),
    ]


def test_a_narrowed_document_is_hidden_before_it_is_written_and_a_widened_one_only_after(centre: Centre) -> None:
    centre.write("a.md", audience="public")
    centre.write("b.md", audience="staff")
    centre.ingest()
    centre.store.correct("a", {"audience": Audience.STAFF}, "Anne", 0)
    centre.store.correct("b", {"audience": Audience.PUBLIC}, "Anne", 0)
    for name in ("a", "b"):
        with pytest.raises(UnknownDocument):
            centre.store.document(name, PUBLIC)
    apply(centre)
    assert centre.store.document("b", PUBLIC).id == "b"
    centre.store.correct("b", {"audience": Audience.STAFF}, "Anne", 1)  # taken back: at once again
    with pytest.raises(UnknownDocument):
        centre.store.document("b", PUBLIC)


def test_the_store_says_which_corrections_it_has_applied(centre: Centre) -> None:
    centre.write("a.md")
    centre.ingest()
    centre.store.correct("a", {"author": "Anne"}, "Anne", 0)
    assert centre.store.fact(FACT) != centre.store.corrections.digest
    apply(centre)
    assert centre.store.fact(FACT) == centre.store.corrections.digest


def test_another_language_is_that_of_its_sections_too(centre: Centre) -> None:
    centre.write("a.md", "Kurz.", language="fr")
    centre.ingest()
    centre.store.correct("a", {"language": "de"}, "Anne", 0)
    apply(centre)
    document = centre.document("a")
    assert document.metadata.language == "de"
    assert {section.language for section in document.sections} == {"de"}


def test_another_index_is_corrected_again_and_hides_what_was_narrowed(
    centre: Centre, tmp_path: Path, backend: Sqlite
) -> None:
    centre.write("a.md", audience="public")
    centre.ingest()
    centre.store.correct("a", {"audience": Audience.MEMBER}, "Anne", 0)
    apply(centre)
    (tmp_path / "var/indexes/0001").mkdir(parents=True)
    other = open_store(replace(backend.settings(tmp_path / "var"), subfolder="indexes/0001"), create=True)
    assert other.corrections.find("a") is not None
    assert "a" in other.hidden_ids(PUBLIC)
    assert other.fact(FACT) != other.corrections.digest


def test_what_another_machine_narrows_is_hidden_here_with_the_next_request(
    centre: Centre, tmp_path: Path, backend: Sqlite
) -> None:
    centre.write("a.md", audience="public")
    centre.ingest()
    with centre.store.snapshot():
        assert centre.store.document("a", PUBLIC).id == "a"
    elsewhere = open_store(backend.settings(tmp_path / "var"))
    elsewhere.correct("a", {"audience": Audience.STAFF}, "Anne", 0)
    with centre.store.snapshot(), pytest.raises(UnknownDocument):
        centre.store.document("a", PUBLIC)
    elsewhere.correct("a", {}, "Anne", 1, taken_back=["audience"])
    with centre.store.snapshot():
        assert centre.store.document("a", PUBLIC).id == "a"


def test_two_at_once_lose_nothing(centre: Centre) -> None:
    centre.write("a.md", title="Un")
    centre.ingest()
    centre.store.correct("a", {"title": "Deux"}, "Anne", 0)
    with pytest.raises(CorrectedMeanwhile):
        centre.store.correct("a", {"author": "Luc"}, "Luc", 0)
    assert centre.store.correction("a").metadata.author == ""


def test_a_damaged_file_hides_rather_than_shows(embedded_centre: Centre) -> None:
    centre = embedded_centre
    centre.write("a.md", audience="public")
    centre.ingest()
    centre.store.correct("a", {"audience": Audience.STAFF}, "Anne", 0)
    path = path_of(centre)
    path.write_text(path.read_text().replace("staff", "public"))
    with pytest.raises(StoreError, match="corrections"):
        centre.store.document("a", PUBLIC)


readers = st.tuples(st.sampled_from(Audience), some_groups)


@given(stated=readers, corrected=readers, access=accesses)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_readers_are_those_whom_both_the_stored_document_and_the_correction_allow(
    tmp_path_factory: pytest.TempPathFactory,
    stated: tuple[Audience, tuple[str, ...]],
    corrected: tuple[Audience, tuple[str, ...]],
    access: Access,
) -> None:
    corrections = Corrections.of_file(tmp_path_factory.mktemp("c") / NAME)
    metadata = Metadata("Un", audience=stated[0], groups=stated[1])
    values = {"audience": corrected[0], "groups": corrected[1]}
    after = corrections.change("a", metadata, values, by="Anne", at="", revision=0)
    assert Corrections.of_file(Path(corrections.entries.name)).find("a") in (after, None)  # as it was written
    assert ("a" in corrections.hidden_from(access)) == (after.revision > 0 and not access.may_see(after.metadata))


@given(first=readers, second=readers, access=accesses)
def test_within_is_that_nobody_sees_the_first_who_does_not_see_the_other(
    first: tuple[Audience, tuple[str, ...]], second: tuple[Audience, tuple[str, ...]], access: Access
) -> None:
    metadata, other = (Metadata("Un", audience=audience, groups=groups) for audience, groups in (first, second))
    if are_within(metadata, other):
        assert access.may_see(other) or not access.may_see(metadata)
    everybody = [Access(audience) for audience in Audience]
    everybody += [Access(Audience.MEMBER, frozenset({group})) for group in GROUPS]
    assert are_within(metadata, other) == all(each.may_see(other) for each in everybody if each.may_see(metadata))


@pytest.mark.parametrize(
    ("corrected", "before", "now", "holding"),
    [
        (Audience.PUBLIC, "member", "staff", Audience.STAFF),  # the source is stricter than ever: it holds
        (Audience.PUBLIC, "staff", "member", Audience.PUBLIC),  # it opened up: what staff decided stays
        (Audience.STAFF, "public", "member", Audience.STAFF),  # stricter, yet less so than the correction
        (Audience.MEMBER, "public", "staff", Audience.STAFF),
    ],
)
def test_a_source_that_narrows_its_readers_ends_a_wider_correction_of_them(
    centre: Centre, corrected: Audience, before: str, now: str, holding: Audience
) -> None:
    centre.write("a.md", "Un texte.", title="Un", audience=before)
    centre.ingest()
    centre.store.correct("a", {"audience": corrected, "title": "Deux"}, "Anne", 0)
    apply(centre)
    centre.write("a.md", "Un autre texte.", title="Un", audience=now)
    centre.ingest()
    metadata = centre.document("a").metadata
    assert (metadata.audience, metadata.title) == (holding, "Deux")
    assert apply(centre) == 0
    by_source = [change.field for change in centre.store.correction("a").history if not change.by]
    assert by_source == (["audience"] if holding is not corrected else [])


def test_a_lost_file_of_corrections_is_noticed_and_undoes_nothing(embedded_centre: Centre) -> None:
    centre = embedded_centre
    centre.write("a.md", audience="public")
    centre.ingest()
    centre.store.check_lists()
    centre.store.correct("a", {"audience": Audience.STAFF}, "Anne", 0)
    path_of(centre).unlink()
    with pytest.raises(StoreError, match="it was there, and is gone"):
        centre.store.document("a", PUBLIC)
    with pytest.raises(StoreError, match="is gone, though documents were corrected"):
        Store(centre.store.path, data=centre.store.data).check_lists()

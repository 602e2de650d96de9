from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.documents import Access, Audience
from index.engine import SearchEngine
from index.errors import UnknownDocument
from index.lexical.tantivy_index import TantivyIndex
from index.store.filter_columns import FilterColumns
from index.store.store import FileRecord, Store
from index.update import Indexer
from service.app import create_app
from service.library.open_index import OpenIndex
from service.settings import Settings
from service.wiring import build_parts, key_store
from tests.conftest import HashEmbedder, prepared
from tests.databases import Sqlite
from tests.service.fakes import OpenLibrary

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock, backend: Sqlite) -> Store:
    made = backend.make_store(tmp_path)
    made.clock = clock
    return made


@pytest.fixture
def indexer(store: Store, tmp_path: Path) -> Indexer:
    return Indexer(store, HashEmbedder(), TantivyIndex(tmp_path / "lexical"))


def test_another_text_under_the_same_id_keeps_the_former_one_with_its_dates(
    store: Store, indexer: Indexer, clock: Clock
) -> None:
    indexer.put([prepared("a", "le tarif est de 10 euros", "annexe")])
    clock.now += timedelta(days=30)
    indexer.put([prepared("a", "le tarif est de 12 euros")])
    first, second = store.versions("a", Access(Audience.PUBLIC))
    assert (first.number, first.since, first.until) == (1, NOON, NOON + timedelta(days=30))
    assert (second.number, second.since, second.until) == (2, NOON + timedelta(days=30), None)
    former = store.version("a", "1", Access(Audience.PUBLIC))
    assert former.text == "le tarif est de 10 euros\n\nannexe"
    assert [section.label for section in former.sections] == ["p. 1", "p. 2"]
    assert store.version("a", "2", Access(Audience.PUBLIC)).text == "le tarif est de 12 euros"
    with pytest.raises(UnknownDocument):
        store.version("a", "3", Access(Audience.PUBLIC))


def test_another_date_or_theme_makes_no_version_and_moves_no_date(store: Store, indexer: Indexer, clock: Clock) -> None:
    indexer.put([prepared("a", "un")])
    clock.now += timedelta(days=1)
    indexer.put([prepared("a", "un", themes=("health",))])
    (only,) = store.versions("a", Access(Audience.PUBLIC))
    assert (only.since, only.metadata.themes) == (NOON, ("health",))


@pytest.mark.parametrize(("former", "present"), [(Audience.STAFF, Audience.PUBLIC), (Audience.PUBLIC, Audience.STAFF)])
def test_a_version_is_for_those_who_may_see_both_it_and_the_present_one(
    store: Store, indexer: Indexer, former: Audience, present: Audience
) -> None:
    indexer.put([prepared("a", "avant", audience=former)])
    indexer.put([prepared("a", "après", audience=present)])
    for_staff = store.versions("a", Access(Audience.STAFF))
    assert len(for_staff) == 2
    with pytest.raises(UnknownDocument):
        store.version("a", for_staff[0].key, Access(Audience.MEMBER))
    if present is Audience.PUBLIC:
        (seen,) = store.versions("a", Access(Audience.MEMBER))
        assert (seen.number, seen.key) == (1, for_staff[1].key)
        assert [store.version("a", name, Access(Audience.MEMBER)).text for name in ("1", seen.key)] == [
            "après",
            "après",
        ]
        with pytest.raises(UnknownDocument):
            store.version("a", "2", Access(Audience.MEMBER))
    else:
        with pytest.raises(UnknownDocument):
            store.versions("a", Access(Audience.MEMBER))


def test_a_former_text_of_another_group_is_not_there_for_those_who_see_the_present_one(
    store: Store, indexer: Indexer
) -> None:
    indexer.put([prepared("a", "avant", groups=("gt-a",))])
    indexer.put([prepared("a", "après", groups=("gt-b", "gt-c"))])
    seen = {
        groups: [version.number for version in store.versions("a", Access(Audience.MEMBER, frozenset(groups)))]
        for groups in (("gt-b",), ("gt-c", "gt-d"), ("gt-a", "gt-b"))
    }
    assert seen == {("gt-b",): [1], ("gt-c", "gt-d"): [1], ("gt-a", "gt-b"): [1, 2]}
    for others in ((), ("gt-a",)):
        with pytest.raises(UnknownDocument):
            store.versions("a", Access(Audience.MEMBER, frozenset(others)))


def test_neither_numbers_nor_dates_tell_of_versions_one_may_not_see(
    store: Store, indexer: Indexer, clock: Clock
) -> None:
    for text, audience in (
        ("eins", Audience.STAFF),
        ("zwei", Audience.PUBLIC),
        ("drei", Audience.MEMBER),
        ("vier", Audience.STAFF),
        ("fünf", Audience.PUBLIC),
    ):
        indexer.put([prepared("a", text, audience=audience)])
        clock.now += timedelta(days=1)
    days = {number: NOON + timedelta(days=number) for number in range(5)}
    seen = {audience: store.versions("a", Access(audience)) for audience in Audience}
    assert [(version.number, version.since, version.until) for version in seen[Audience.PUBLIC]] == [
        (1, days[1], days[4]),
        (2, days[4], None),
    ]
    assert [(version.number, version.since, version.until) for version in seen[Audience.MEMBER]] == [
        (1, days[1], days[2]),
        (2, days[2], days[4]),
        (3, days[4], None),
    ]
    texts = {
        version.key: store.version("a", version.key, Access(Audience.STAFF)).text for version in seen[Audience.STAFF]
    }
    assert sorted(texts.values()) == ["drei", "eins", "fünf", "vier", "zwei"]
    for audience, versions in seen.items():
        by_number = [store.version("a", str(version.number), Access(audience)).text for version in versions]
        by_key = [store.version("a", version.key, Access(audience)).text for version in versions]
        assert by_number == by_key == [texts[version.key] for version in versions]
        for key in texts.keys() - {version.key for version in versions}:
            with pytest.raises(UnknownDocument):
                store.version("a", key, Access(audience))


def test_a_removed_document_takes_its_versions_with_it(store: Store, indexer: Indexer) -> None:
    indexer.put([prepared("a", "un")])
    indexer.put([prepared("a", "deux")])
    indexer.remove("a")
    with pytest.raises(UnknownDocument):
        store.versions("a", Access(Audience.STAFF))
    indexer.put([prepared("a", "trois")])
    assert [version.number for version in store.versions("a", Access(Audience.STAFF))] == [1]


def test_a_clock_that_goes_backwards_loses_no_version(store: Store, indexer: Indexer, clock: Clock) -> None:
    for number in range(3):
        indexer.put([prepared("a", f"texte {number}")])
        clock.now -= timedelta(days=400)
    versions = store.versions("a", Access(Audience.PUBLIC))
    assert [version.number for version in versions] == [1, 2, 3]
    assert [store.version("a", version.key, Access(Audience.PUBLIC)).text for version in versions] == [
        "texte 0",
        "texte 1",
        "texte 2",
    ]
    assert all(version.since and version.since <= (version.until or version.since) for version in versions)


def test_versions_forgotten_are_gone_for_good(store: Store, indexer: Indexer) -> None:
    indexer.put([prepared("a", "le numéro de Marie")])
    indexer.put([prepared("a", "sans numéro")])
    assert store.forget_versions("a") == 1
    assert [
        store.version("a", version.key, Access(Audience.STAFF)).text
        for version in store.versions("a", Access(Audience.STAFF))
    ] == ["sans numéro"]


def test_a_citation_of_last_year_is_proved_through_the_api(
    store: Store, indexer: Indexer, tmp_path: Path, backend: Sqlite
) -> None:
    indexer.put([prepared("notes/a", "le tarif est de 10 euros")])
    indexer.put([prepared("notes/a", "le tarif est de 12 euros")])
    store.touch(FileRecord("/s", "copie/a.pdf", 1, 1, "x", "notes/a", is_duplicate=True))
    store.touch(FileRecord("/s", "notes/a.md", 1, 1, "x", "notes/a"))
    lexical = TantivyIndex(tmp_path / "lexical")
    lexical.update(store)
    vectors = backend.vectors_of(store)
    engine = SearchEngine(store, indexer.embedder, vectors, lexical, FilterColumns.read(store), store.generation)
    settings = Settings(index=backend.settings(tmp_path), public_url="http://testserver")
    app = create_app(build_parts(settings, OpenLibrary(OpenIndex(engine, store))))
    with TestClient(app) as client:
        shown = client.get("/api/v1/documents/notes/a").json()
        assert shown["files"] == []  # where else the same words lie is for staff
        as_staff = {"Authorization": f"Bearer {key_store(settings).add('Anne', Audience.STAFF)}"}
        for_staff = client.get("/api/v1/documents/notes/a", headers=as_staff).json()
        assert for_staff["files"] == ["notes/a.md", "copie/a.pdf"]
        first, second = client.get(shown["versions_url"]).json()["versions"]
        assert (second["until"], second["number"]) == (None, 2)
        assert first["until"] is not None
        for name in (1, first["key"]):
            quoted = client.get("/api/v1/documents/notes/a/text", params={"version": name, "start": 16, "end": 24})
            assert quoted.text == "10 euros"
        assert client.get(first["text_url"]).text == "le tarif est de 10 euros"
        assert client.get("/api/v1/documents/notes/a/text").text == "le tarif est de 12 euros"
        assert client.get("/api/v1/documents/notes/a/text", params={"version": 3}).status_code == 404
        assert client.get("/api/v1/documents/nothing/versions").status_code == 404

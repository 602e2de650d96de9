"""A store that an older Passerelle made is brought up to date and keeps everything; a newer one is refused."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.documents import Access, Audience
from index.errors import StoreError
from index.maintenance.verify import check_store
from index.store.checksums import sha256_of
from index.store.schema import MIGRATIONS, split_stamp
from index.store.store import Store
from index.types import Filter
from tests.conftest import prepared
from tests.ingest.centre import Centre

STORES = Path(__file__).parent / "stores"  # as `sqlite3 .dump` gives them, made by the program of that time
VERSIONS = sorted(int(re.findall(r"\d+", path.stem)[0]) for path in STORES.glob("version-*.sql"))


LONG = " ".join(f"mot{number}" for number in range(100))


def write_dump(name: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript((STORES / name).read_text(encoding="utf-8"))


def write_version(version: int, path: Path) -> None:
    """Make a store as the program of that schema version left it: documents `a` and `b`, one that is gone."""
    write_dump(f"version-{version}.sql", path)


@pytest.fixture
def centre(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Centre:
    """Return a resource centre as the program of store version 2 left it: files, originals, index, one withdrawal."""
    monkeypatch.chdir(tmp_path)  # a source is named by its path below the working folder
    monkeypatch.setattr("ingest.sync.changes.READER_VERSION", "5")  # the one of that program
    (tmp_path / "var").mkdir()
    write_dump("ingested-with-version-2.sql", tmp_path / "var" / "p.sqlite")
    shutil.copy(STORES / "withdrawn-with-version-2.json", tmp_path / "var" / "withdrawn.json")
    centre = Centre(tmp_path)
    for path in (
        centre.write("tram.md", "Le tram va à Kehl.", audience="public"),
        centre.write("long.md", LONG, audience="public", title="Une note"),
        centre.write("copie/long.md", LONG, audience="public", title="Une note"),
        centre.write("interne.md", "Un compte rendu."),
    ):
        with path.open("rb") as content:
            centre.store.keep_original(content)
    centre.write("retire.md", f"{LONG} retiré", audience="public")
    return centre


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_store_is_migrated_and_keeps_what_it_held(version: int, tmp_path: Path) -> None:
    write_version(version, tmp_path / "old.sqlite")
    store = Store(tmp_path / "old.sqlite")
    assert store.database.connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    for expected in (prepared("a", "le tram de Strasbourg", "il va à Kehl", themes=("transport",)).document,
                     prepared("b", "un hôpital pour deux pays").document):  # fmt: skip
        migrated = store.document(expected.id, Access(Audience.PUBLIC))
        assert (migrated.fingerprint, migrated.text) == (expected.fingerprint, expected.text)
        assert len(store.versions(expected.id, Access(Audience.PUBLIC))) == 1
    assert (store.generation, store.fact("embedder"), store.paths("a")) == (4, "hash", ["a.md"])
    assert len(store.rows(Filter())) == len(store.passage_table.vectors()[0]) == 3
    assert check_store(store) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migrated_store_has_the_tables_of_a_new_one(version: int, tmp_path: Path) -> None:
    write_version(version, tmp_path / "old.sqlite")
    shapes = []
    for store in (Store(tmp_path / "old.sqlite"), Store(tmp_path / "new.sqlite", create=True)):
        query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
        shapes.append(
            [(kind, name, " ".join(sql.split())) for kind, name, sql in store.database.connection.execute(query)]
        )
    assert shapes[0] == shapes[1]


def test_a_store_from_the_future_is_refused_and_not_touched(tmp_path: Path) -> None:
    write_version(VERSIONS[-1], tmp_path / "new.sqlite")
    with closing(sqlite3.connect(tmp_path / "new.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = (tmp_path / "new.sqlite").read_bytes()
    with pytest.raises(StoreError, match=rf"newer Passerelle.*{len(MIGRATIONS) + 1}.*Upgrade"):
        Store(tmp_path / "new.sqlite")
    assert (tmp_path / "new.sqlite").read_bytes()[:18] == before[:18]


@pytest.mark.parametrize("is_touched", [False, True], ids=["same time", "another time"])
def test_no_unchanged_file_is_read_or_embedded_again_after_the_migration(centre: Centre, is_touched: bool) -> None:
    generation = centre.store.generation
    for path in centre.folder.rglob("*.md") if is_touched else ():
        os.utime(path, (1_500_000_000, 1_500_000_000))
    report = centre.ingest()
    assert (report.unchanged, report.read, report.passages, report.embedded) == (4, 0, 0, 0)
    assert (report.without_audience, [remark.path for remark in report.duplicates]) == (1, ["documents/long.md"])
    assert (report.failures, report.removed, centre.store.generation) == ([], 0, generation)


def test_the_parts_of_an_old_stamp_become_columns(centre: Centre) -> None:
    records = centre.store.files("documents")
    for path, record in records.items():
        assert record.sha256 == sha256_of(centre.folder / path)
        assert re.fullmatch("[0-9a-f]{16}", record.choices)
    assert {path for path, record in records.items() if record.text_key} == {"long.md", "copie/long.md"}
    assert {path for path, record in records.items() if record.is_duplicate} == {"long.md"}
    assert {path for path, record in records.items() if record.lacks_audience} == {"interne.md"}


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        ("", ("", "", "", False, False)),
        ("abc:def", ("abc", "def", "", False, False)),
        ("abc:def:text=", ("abc", "def", "", False, False)),
        ("abc:def:audience-unsaid:text=staff-0f:same", ("abc", "def", "staff-0f", True, True)),
    ],
)
def test_an_old_stamp_is_split_into_its_parts(stamp: str, expected: tuple[str, str, str, bool, bool]) -> None:
    assert split_stamp(stamp) == expected


def test_a_list_of_withdrawals_from_before_keeps_its_files_out_and_takes_more(centre: Centre) -> None:
    shutil.copy(centre.folder / "retire.md", centre.folder / "autre-nom.md")  # the same bytes
    centre.write("memes-mots.md", f"{LONG} retiré !", audience="public", title="Retire")
    withdrawn = [remark.path for remark in centre.ingest().withdrawn]
    assert sorted(withdrawn) == ["documents/autre-nom.md", "documents/memes-mots.md", "documents/retire.md"]
    centre.store.withdraw("tram", "Anne", "")
    again = Store(centre.store.path).list_withdrawals()
    assert {withdrawal.document_id: [file.path for file in withdrawal.files] for withdrawal in again} == {
        "tram": ["tram.md"],
        "retire": ["retire.md"],
    }
    assert all(file.sha256 and file.choices for withdrawal in again for file in withdrawal.files)

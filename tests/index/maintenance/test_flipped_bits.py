"""One bit changed anywhere: what is derived is made anew, what is the truth tells it, nothing fails in its own way."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from index.dense.vector_file import VectorFile
from index.documents import Audience
from index.errors import StoreError
from index.lexical.tantivy_index import TantivyIndex
from index.lexical.thesaurus_files import load_thesaurus
from index.maintenance.verify import verify
from index.ranking.near_copies import load_near_copies
from index.settings import IndexSettings
from index.store.checksums import read_sealed, seal, unseal, write_sealed
from index.store.current_index import POINTER, read_current_index
from index.store.filter_columns import FilterColumns
from index.store.store import Store
from index.store.withdrawals import Withdrawal, Withdrawals
from index.types import Filter
from tests.conftest import HashEmbedder
from tests.index.maintenance.commands import OtherEmbedder, build_index, open_indexer_for, put, rebuild

STAFF: Final = Filter(audience=Audience.STAFF)
THESAURUS: Final = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<http://t/id/theme/tram> a skos:Concept ; skos:prefLabel "tramway"@fr, "Straßenbahn"@de .
"""


class Derived(NamedTuple):
    """What is made from the store: where it lies, what is read from it, how often it is damaged here."""

    path: Callable[[IndexSettings], Path]
    read: Callable[[IndexSettings], Any]
    times: int


def _lexical(settings: IndexSettings) -> Any:
    with closing(Store(settings.store)) as store:
        index = TantivyIndex(settings.lexical)
        index.update(store)
        return index.search("tram hôpital", 50, STAFF)


def _vectors(settings: IndexSettings) -> Any:
    with closing(Store(settings.store)) as store:
        index = VectorFile(settings.vectors).open(store, FilterColumns.read(store))
        return index.search(HashEmbedder().embed_query("tram"), 50, None)


def _near_copies(settings: IndexSettings) -> Any:
    with closing(Store(settings.store)) as store:
        made = load_near_copies(store, settings.near_copies)
        return made.ids, made.signatures.tolist()


def _thesaurus(settings: IndexSettings) -> Any:
    return load_thesaurus(settings.data / "t.ttl", settings.thesaurus_cache)


DERIVED: Final = {
    "lexical": Derived(lambda settings: settings.lexical / "state.json", _lexical, 4),
    "vectors": Derived(lambda settings: settings.vectors / "state", _vectors, 20),
    "lists": Derived(lambda settings: next(settings.vectors.glob("lists*")), _vectors, 8),
    "near copies": Derived(lambda settings: settings.near_copies, _near_copies, 120),
    "thesaurus": Derived(lambda settings: settings.thesaurus_cache, _thesaurus, 400),
}


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    settings = build_index(tmp_path / "var")
    (settings.data / "t.ttl").write_text(THESAURUS, encoding="utf-8")
    return settings


def flips(content: bytes, most: int) -> Iterator[bytes]:
    """Yield the content with one bit changed, at most so often; where nothing is written nothing is changed."""
    chance = random.Random(7)
    positions = [position for position, byte in enumerate(content) if byte]
    for position in sorted(chance.sample(positions, min(most, len(positions)))):
        damaged = bytearray(content)
        damaged[position] ^= 1 << chance.randrange(8)
        yield bytes(damaged)


@pytest.mark.parametrize("name", DERIVED)
def test_what_is_derived_is_made_anew_and_finds_what_it_found(settings: IndexSettings, name: str) -> None:
    derived = DERIVED[name]
    expected = derived.read(settings)
    content = derived.path(settings).read_bytes()
    for damaged in (*flips(content, derived.times), content[: len(content) // 2], b"", b"{}", b"[]"):
        path = derived.path(settings)
        path.write_bytes(damaged)
        assert derived.read(settings) == expected, damaged


@pytest.mark.parametrize("name", DERIVED)
def test_what_is_derived_and_gone_is_made_anew(settings: IndexSettings, name: str) -> None:
    expected = DERIVED[name].read(settings)
    DERIVED[name].path(settings).unlink()
    assert DERIVED[name].read(settings) == expected


def test_a_document_that_came_after_a_damage_is_found_too(settings: IndexSettings) -> None:
    for name in ("lexical", "vectors"):
        path = DERIVED[name].path(settings) if DERIVED[name].read(settings) else settings.data
        state = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps(state | {"row": state["row"] + 1}), encoding="utf-8")
    indexer = open_indexer_for(settings)
    put(indexer, "c", "un tram de plus")
    (row,) = (
        stored.row for stored in indexer.store.passage_table.iterate_after(0) if stored.passage.document_id == "c"
    )
    for name in ("lexical", "vectors"):
        assert row in {hit.row for hit in DERIVED[name].read(settings)}


def assert_reported_or_unchanged(read: Callable[[], object], path: Path) -> None:
    """Hold a small file of ours to it: damaged anywhere, it is refused with a StoreError or says what it said."""
    expected, content = read(), path.read_bytes()
    for damaged in flips(content, len(content)):
        path.write_bytes(damaged)
        with suppress(StoreError):
            assert read() == expected, damaged
    path.write_bytes(content)


def test_a_damaged_pointer_never_names_another_index(settings: IndexSettings) -> None:
    rebuild(settings, OtherEmbedder()).run()
    assert_reported_or_unchanged(partial(read_current_index, settings), settings.data / POINTER)


def test_what_is_withdrawn_is_never_shown_because_of_a_damage(tmp_path: Path) -> None:
    path = tmp_path / "withdrawn.json"
    Withdrawals.of_file(path).add(Withdrawal("a", "Une note", "2026-01-01T00:00:00+00:00", "Marie", "names somebody"))
    assert_reported_or_unchanged(lambda: Withdrawals.of_file(path).all(), path)


def test_a_derived_file_with_its_checksum_is_whole_or_nothing(tmp_path: Path) -> None:
    payload = {
        "lineage": "0c8f",
        "generation": 12,
        "row": 345,
        "files": {"public/a.idx": 4_000_000_000},
        "without": ["a"],
    }
    write_sealed(tmp_path / "state", payload)
    content = (tmp_path / "state").read_bytes()
    for damaged in (content, *flips(content, len(content)), content[:40], b"[]", b"null"):
        (tmp_path / "state").write_bytes(damaged)
        assert read_sealed(tmp_path / "state") in (payload, {})


def test_what_was_written_before_there_were_checksums_is_read_as_it_is() -> None:
    assert unseal('{"a": 1}', required=False) == {"a": 1}
    assert unseal(seal({"a": {"é": [1, 2.5]}})) == {"a": {"é": [1, 2.5]}}
    with pytest.raises(ValueError, match="checksum"):
        unseal('{"a": 1}')


READ: Final = (  # all that a search filters by, finds, shows or cites; not dates of versions and stamps of files
    "SELECT id, path, original, fingerprint, audience, groups, kind, language, published, valid_from, valid_to,"
    " metadata, text FROM documents ORDER BY id",
    "SELECT * FROM document_values ORDER BY 1, 2, 3",
    "SELECT * FROM sections ORDER BY 1, 2",
    "SELECT * FROM passages ORDER BY 1",
    "SELECT * FROM vectors ORDER BY 1",
    "SELECT document_id, number, audience, groups, characters, text FROM versions ORDER BY 1, 2",
)


def flip_and_verify(settings: IndexSettings, most: int) -> None:
    """Damage the store so often; fail when `verify` does not tell what changed, or ends in an error itself."""

    def alone() -> None:
        for beside in ("-wal", "-shm"):
            settings.store.with_name(settings.store.name + beside).unlink(missing_ok=True)

    def read() -> list[Any]:
        with closing(sqlite3.connect(f"{settings.store.as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            return [db.execute(query).fetchall() for query in READ]

    with closing(sqlite3.connect(settings.store)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    expected, reported, flipped = read(), 0, 0
    content = settings.store.read_bytes()
    for damaged in flips(content, most):
        flipped += 1
        alone()
        settings.store.write_bytes(damaged)
        if findings := verify(settings):
            reported += 1
            assert all(finding.command.startswith("python -m index re") for finding in findings)
        else:
            alone()
            assert read() == expected
    assert reported > flipped / 2


def test_a_bit_changed_in_the_store_is_reported_or_changes_nothing_that_is_read(settings: IndexSettings) -> None:
    flip_and_verify(settings, 300)


def test_a_generation_that_is_no_number_is_reported(settings: IndexSettings) -> None:
    with closing(sqlite3.connect(settings.store)) as db:
        db.execute("UPDATE facts SET value = CAST('3' AS BLOB) WHERE name = 'generation'")
        db.commit()
    assert [finding.command for finding in verify(settings)] == ["python -m index restore FILE"]


@pytest.mark.soak
def test_a_bit_changed_in_every_byte_of_the_store_is_reported_or_changes_nothing_that_is_read(
    settings: IndexSettings,
) -> None:
    flip_and_verify(settings, 10_000)

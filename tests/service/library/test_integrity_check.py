"""Damage is looked for beside the service: it holds up neither requests nor the following of the index."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from index.settings import IndexSettings
from service.library.integrity_check import check_integrity, find_damage
from service.library.open_index import OpenIndex
from service.library.reload import ReloadingLibrary
from tests.faults.scenarios import BEFORE, bring_to, settings_of
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder

PAUSE = threading.Event()  # never set: waits between two looks


def opened(generation: int) -> OpenIndex:
    store = MemoryStore({}, Path(), generation)
    return OpenIndex(MemoryEngine(store, WordEmbedder()), store)


def until(library: ReloadingLibrary, what: str) -> str:
    for _ in range(1200):
        if what in library.trouble:
            break
        PAUSE.wait(0.01)
    return library.trouble


def test_a_sound_index_has_nothing_to_tell_and_a_damaged_one_says_what_and_which_command_mends_it(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path)
    bring_to(BEFORE)(tmp_path)
    assert check_integrity(settings) == ""
    with sqlite3.connect(settings.store) as db:
        db.execute("UPDATE vectors SET checksum = checksum + 1")
    db.close()
    assert "vectors are damaged" in check_integrity(settings)
    assert "python -m index rebuild --all" in check_integrity(settings)


def test_an_index_that_cannot_be_opened_is_told_by_its_own_message(tmp_path: Path) -> None:
    assert str(tmp_path) in check_integrity(IndexSettings(data=tmp_path))


def test_of_a_server_that_is_away_no_damage_is_told(tmp_path: Path) -> None:
    nowhere = "postgresql://marie@127.0.0.1:1/centre"
    assert find_damage(IndexSettings(data=tmp_path, database=nowhere)) == ""


def test_what_is_opened_meanwhile_is_followed_and_an_examination_that_fails_is_told() -> None:
    let_go, waiting = threading.Event(), [opened(1), opened(2)]
    first, second = waiting

    def slow() -> str:
        let_go.wait()
        raise OSError("no process to be had")

    library = ReloadingLibrary(lambda: waiting.pop(0), check_integrity=slow, look_every_s=0.01)
    library.start(waiting_s=10)
    vars(first.store)["generation"] = 2
    while library.borrow() is not second:
        PAUSE.wait(0.01)
    assert library.trouble == ""
    let_go.set()
    assert "no process to be had" in until(library, "no process")
    library.stop()


class Unreadable(MemoryStore):
    """A store that is damaged where its generation stands."""

    @property
    def generation(self) -> int:
        raise sqlite3.DatabaseError("malformed")

    @generation.setter
    def generation(self, generation: int) -> None:
        return


def test_damage_is_told_until_the_index_that_replaces_the_damaged_one_is_open() -> None:
    store, current = Unreadable({}, Path()), ["first"]
    damaged = OpenIndex(MemoryEngine(MemoryStore({}, Path(), 1), WordEmbedder()), store)
    opening, let_open = threading.Event(), threading.Event()

    def open_index() -> OpenIndex:
        if current == ["first"]:
            return damaged
        opening.set()
        let_open.wait()
        return opened(1)

    library = ReloadingLibrary(open_index, current_index=lambda: current[0], look_every_s=0.01)
    library.start(waiting_s=10)
    assert "malformed" in until(library, "malformed")
    current[0] = "restored"
    assert opening.wait(60)
    assert "malformed" in library.trouble
    let_open.set()
    while library.borrow() is damaged or library.trouble:
        PAUSE.wait(0.01)
    library.stop()

"""Small files are the same whether they lie in a folder or are rows of PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from index.store.small_files import FolderFiles, ServerFiles, SmallFile, SmallFiles
from tests.databases import Locate


@pytest.fixture
def files(locate: Locate) -> SmallFiles:
    location = locate("files.sqlite")
    return FolderFiles(location.parent) if isinstance(location, Path) else ServerFiles(location)


def test_a_file_is_what_was_written_last_and_its_state_tells_of_each_change(files: SmallFiles) -> None:
    file = SmallFile(files, "inbox/a.json")
    assert (file.read(), file.state()) == (None, "")
    states = []
    for content in (b"one", b"two", b"\0\xff"):
        file.write(content)
        assert file.read() == content
        states.append(file.state())
    assert len({*states, file.state()}) == 3
    files.remove(file.name)
    files.remove(file.name)
    assert (file.read(), file.state()) == (None, "")


def test_a_folder_names_its_own_files_in_order(files: SmallFiles) -> None:
    for name in ("inbox/b.json", "inbox/a.json", "inbox/a.txt", "inbox/refused/c.json", "d.json"):
        files.write(name, b"")
    assert files.names("inbox", ".json") == ["inbox/a.json", "inbox/b.json"]
    assert files.names("outbox", ".json") == []


def test_whoever_holds_the_lock_loses_nothing_to_another(files: SmallFiles) -> None:
    file = SmallFile(files, "count")
    file.write(b"0")

    def count() -> None:
        for _ in range(5):
            with file.lock():
                file.write(str(int(file.read() or b"") + 1).encode())

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read() == b"20"

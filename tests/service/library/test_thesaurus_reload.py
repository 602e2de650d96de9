"""A thesaurus that changes under a running service is read anew, by the search and by whoever reads texts with it."""

from __future__ import annotations

import threading
from pathlib import Path

from index.lexical.thesaurus_files import ThesaurusFiles
from index.store.small_files import file_at
from service.library.concepts import read_thesaurus
from service.library.open_index import OpenIndex
from service.library.reload import ReloadingLibrary
from tests.service.fakes import MemoryEngine, MemoryStore, WordEmbedder
from tests.service.resource_centre import resource_centre

SKOS = "@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix c: <https://example.org/id/theme/> ."


def test_the_index_is_opened_anew_when_the_thesaurus_changed_and_only_then(tmp_path: Path) -> None:
    store = MemoryStore(resource_centre(), tmp_path)
    opened, states, twice, looked = [], ["first"], threading.Event(), threading.Semaphore(0)

    def open_index() -> OpenIndex:
        opened.append(states[0])
        if len(opened) == 2:
            twice.set()
        return OpenIndex(MemoryEngine(store, WordEmbedder()), store)

    def state() -> str:
        looked.release()
        return states[0]

    library = ReloadingLibrary(open_index, thesaurus_state=state, look_every_s=0.005)
    library.start(10)
    try:
        for _ in range(10):
            assert looked.acquire(timeout=10)
        assert opened == ["first"]
        states[0] = "second"
        assert twice.wait(10)
        for _ in range(10):
            assert looked.acquire(timeout=10)
    finally:
        library.stop()
    assert opened == ["first", "second"]


def test_additions_are_read_when_they_change_and_kept_as_they_were_while_they_are_broken(tmp_path: Path) -> None:
    (tmp_path / "t.ttl").write_text(f'{SKOS} c:a a skos:Concept ; skos:prefLabel "emploi"@fr .', encoding="utf-8")
    files = ThesaurusFiles(tmp_path / "t.ttl", file_at(tmp_path / "added.ttl"))

    def names(text: str) -> bool:
        return bool(read_thesaurus(files).mentions(text, "fr"))

    assert not names("un REME")
    assert read_thesaurus(files) is read_thesaurus(files)
    (tmp_path / "added.ttl").write_text(f'{SKOS} c:a skos:altLabel "REME"@fr .', encoding="utf-8")
    assert names("un REME")
    (tmp_path / "added.ttl").write_text("no turtle at all", encoding="utf-8")
    assert names("un REME")
    (tmp_path / "added.ttl").unlink()
    assert not names("un REME")

"""A second index is made beside the first: whole, with what came meanwhile, and once."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest

from index.maintenance.backup import backup
from index.maintenance.rebuild import LOCK
from index.maintenance.restore import restore
from index.maintenance.verify import verify
from index.settings import IndexSettings
from index.store.current_index import at, current, place_of
from index.store.locks import AnotherJob, exclusive
from index.store.store import Store
from index.store.withdrawals import Withdrawal
from tests.conftest import HashEmbedder
from tests.index.maintenance.commands import OtherEmbedder, contents, made_index, open_here, put, rebuild


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    return made_index(tmp_path / "var")


def test_another_model_makes_a_second_index_beside_the_first_and_back_again(settings: IndexSettings) -> None:
    before, first = contents(settings), place_of(settings)
    said = rebuild(settings, OtherEmbedder()).run()
    assert "rebuild --back" in said
    assert contents(settings) == before
    now = current(settings)
    assert now.store != settings.store
    with closing(Store(now.store)) as store:
        assert store.fact("embedder") == "other"
        assert store.vectors()[1].shape[1] == OtherEmbedder.dimension
    assert verify(settings) == []
    put(open_here(settings, OtherEmbedder()), "c", "venu depuis")
    newer = contents(settings)
    rebuild(at(settings, first), HashEmbedder()).back()
    assert current(settings).store == settings.store
    assert contents(settings) == newer
    assert Store(settings.store).vectors()[1].shape[1] == HashEmbedder.dimension
    assert verify(settings) == []


def test_a_rebuild_takes_what_came_meanwhile_and_what_went(settings: IndexSettings) -> None:
    class Meanwhile(OtherEmbedder):
        def embed_passages(self, texts: list[str]) -> object:  # type: ignore[override]
            if not self.texts:
                indexer = open_here(settings)
                put(indexer, "c", "venu pendant la reconstruction")
                put(indexer, "a", "le tram va plus loin")
                indexer.remove("b")
            return super().embed_passages(texts)

    rebuild(settings, Meanwhile()).run()
    found = contents(settings)
    assert list(found) == ["a", "c"]
    assert "plus loin" in str(found["a"])
    assert verify(settings) == []


def test_a_withdrawn_document_is_rebuilt_and_restored_as_withdrawn(settings: IndexSettings, tmp_path: Path) -> None:
    withdrawal = Withdrawal("a", "a", "2026-01-01T00:00:00+00:00", "Marie", "names somebody")
    Store(settings.store, originals=settings.originals).withdrawn.add(withdrawal)
    assert list(contents(settings)) == ["b"]
    rebuild(settings, OtherEmbedder()).run()
    assert list(contents(settings)) == ["b"]
    assert verify(settings) == []
    backup(settings, tmp_path / "b.zip")
    shutil.rmtree(settings.data)
    restore(settings, tmp_path / "b.zip")
    assert list(contents(settings)) == ["b"]
    now = current(settings)
    assert Store(now.store, originals=now.originals).withdrawn.undo("a")
    assert list(contents(settings)) == ["a", "b"]


def test_a_rebuild_that_was_stopped_goes_on_and_embeds_nothing_twice(settings: IndexSettings) -> None:
    indexer = open_here(settings)
    for number in range(40):
        put(indexer, f"d{number}", f"texte numéro {number}")

    class Stops(OtherEmbedder):
        def embed_passages(self, texts: list[str]) -> object:  # type: ignore[override]
            if len(self.texts) > 20:
                raise KeyboardInterrupt
            return super().embed_passages(texts)

    with pytest.raises(KeyboardInterrupt):
        rebuild(settings, Stops()).run()
    assert place_of(settings).folder == ""
    goes_on = OtherEmbedder()
    rebuild(settings, goes_on).run()
    assert 0 < len(goes_on.texts) < 43
    assert len(contents(settings)) == 42
    assert verify(settings) == []


def test_without_a_change_only_what_is_derived_is_made_anew(settings: IndexSettings) -> None:
    embedder = HashEmbedder()
    rebuild(settings, embedder).run()
    assert embedder.texts == []
    assert place_of(settings).folder == ""
    assert verify(settings) == []


def test_a_second_rebuild_is_told_who_is_at_the_first(settings: IndexSettings) -> None:
    with exclusive(settings.data / LOCK), pytest.raises(AnotherJob, match=rf"process {os.getpid()} on .+, since 2"):
        rebuild(settings, OtherEmbedder()).run()
    assert place_of(settings).folder == ""

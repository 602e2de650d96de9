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
from index.store.current_index import current_settings, read_current_index, settings_of
from index.store.locks import AnotherJob, job_lock
from index.store.opening import open_store
from index.store.withdrawals import NAME, Withdrawal, Withdrawals
from tests.conftest import HashEmbedder
from tests.databases import Sqlite
from tests.index.maintenance.commands import OtherEmbedder, build_index, contents, open_indexer_for, put, rebuild


@pytest.fixture
def settings(tmp_path: Path, backend: Sqlite) -> IndexSettings:
    return build_index(tmp_path / "var", backend)


def test_another_model_makes_a_second_index_beside_the_first_and_back_again(settings: IndexSettings) -> None:
    before, first = contents(settings), read_current_index(settings)
    outcome = rebuild(settings, OtherEmbedder()).run()
    assert "rebuild --back" in outcome
    assert contents(settings) == before
    now = current_settings(settings)
    assert now.folder != settings.folder
    with closing(open_store(now)) as store:
        assert store.fact("embedder") == "other"
        assert store.passage_table.vectors()[1].shape[1] == OtherEmbedder.dimension
    assert verify(settings) == []
    put(open_indexer_for(settings, OtherEmbedder()), "c", "venu depuis")
    newer = contents(settings)
    rebuild(settings_of(settings, first), HashEmbedder()).back()
    assert current_settings(settings).folder == settings.folder
    assert contents(settings) == newer
    assert open_store(settings).passage_table.vectors()[1].shape[1] == HashEmbedder.dimension
    assert verify(settings) == []


def test_a_rebuild_takes_what_came_meanwhile_and_what_went(settings: IndexSettings) -> None:
    class Meanwhile(OtherEmbedder):
        def embed_passages(self, texts: list[str]) -> object:  # type: ignore[override]
            if not self.texts:
                indexer = open_indexer_for(settings)
                put(indexer, "c", "venu pendant la reconstruction")
                put(indexer, "a", "le tram va plus loin")
                indexer.remove("b")
            return super().embed_passages(texts)

    rebuild(settings, Meanwhile()).run()
    rebuilt = contents(settings)
    assert list(rebuilt) == ["a", "c"]
    assert "plus loin" in str(rebuilt["a"])
    assert verify(settings) == []


def test_a_withdrawn_document_is_rebuilt_as_withdrawn(settings: IndexSettings) -> None:
    with closing(open_store(settings)) as store:
        store.withdraw("a", "Marie", "names somebody")
    assert list(contents(settings)) == ["b"]
    rebuild(settings, OtherEmbedder()).run()
    assert list(contents(settings)) == ["b"]
    assert verify(settings) == []
    with closing(open_store(current_settings(settings))) as store:
        store.reinstate("a")
    assert list(contents(settings)) == ["a", "b"]


def test_a_withdrawn_document_is_restored_as_withdrawn(tmp_path: Path) -> None:
    settings = build_index(tmp_path / "var")
    withdrawal = Withdrawal("a", "a", "2026-01-01T00:00:00+00:00", "Marie", "names somebody")
    Withdrawals.of_file(settings.data / NAME).add(withdrawal)
    rebuild(settings, OtherEmbedder()).run()
    backup(settings, tmp_path / "b.zip")
    shutil.rmtree(settings.data)
    restore(settings, tmp_path / "b.zip")
    assert list(contents(settings)) == ["b"]
    assert Withdrawals.of_file(settings.data / NAME).remove("a")
    assert list(contents(settings)) == ["a", "b"]


def test_a_rebuild_that_was_stopped_goes_on_and_embeds_nothing_twice(settings: IndexSettings) -> None:
    indexer = open_indexer_for(settings)
    for number in range(40):
        put(indexer, f"d{number}", f"texte numéro {number}")

    class Stops(OtherEmbedder):
        def embed_passages(self, texts: list[str]) -> object:  # type: ignore[override]
            if len(self.texts) > 20:
                raise KeyboardInterrupt
            return super().embed_passages(texts)

    with pytest.raises(KeyboardInterrupt):
        rebuild(settings, Stops()).run()
    assert read_current_index(settings).folder == ""
    goes_on = OtherEmbedder()
    rebuild(settings, goes_on).run()
    assert 0 < len(goes_on.texts) < 43
    assert len(contents(settings)) == 42
    assert verify(settings) == []


def test_without_a_change_only_what_is_derived_is_made_anew(settings: IndexSettings) -> None:
    embedder = HashEmbedder()
    rebuild(settings, embedder).run()
    assert embedder.texts == []
    assert read_current_index(settings).folder == ""
    assert verify(settings) == []


def test_a_second_rebuild_names_the_process_of_the_first(settings: IndexSettings) -> None:
    with job_lock(settings.data / LOCK), pytest.raises(AnotherJob, match=rf"process {os.getpid()} on .+, since 2"):
        rebuild(settings, OtherEmbedder()).run()
    assert read_current_index(settings).folder == ""

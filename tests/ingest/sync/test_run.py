"""The run brings the index up to the sources: only what changed, nothing lost, everything reported."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest

from index.documents import Audience
from index.store.originals import FolderOriginals
from index.types import Vectors
from index.update import Indexer
from ingest.sources.catalogue import SourceUnavailable
from ingest.sync.writing import GROUP
from tests.conftest import HashEmbedder
from tests.ingest.centre import Centre, NoLexical


def test_files_become_documents_with_their_original_kept(centre: Centre) -> None:
    path = centre.write("sante/zoast.md", "# La Zoast\n\nUne zone organisée.", audience="member", lang="fr")
    report = centre.ingest()
    document = centre.document("sante/zoast")
    assert (report.new, report.exit_code, report.without_audience) == (1, 0, 0)
    assert (document.metadata.title, document.metadata.audience) == ("La Zoast", Audience.MEMBER)
    assert (document.path, document.sections[0].label) == ("sante/zoast.md", "La Zoast")
    with centre.store.read_original(document.original) as original:
        assert original.read_bytes() == path.read_bytes()


def test_an_unchanged_file_costs_nothing(centre: Centre) -> None:
    centre.write("a.md")
    centre.ingest()
    generation = centre.store.generation
    report = centre.ingest()
    assert (report.unchanged, report.read, report.embedded) == (1, 0, 0)
    assert centre.store.generation == generation


def test_a_touched_file_is_not_read_again_and_a_changed_one_is(centre: Centre) -> None:
    path = centre.write("a.md", "Avant.")
    centre.ingest()
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert centre.ingest().unchanged == 1
    centre.write("a.md", "Après coup.")
    assert centre.ingest().changed == 1
    assert centre.document("a").text == "Après coup."


def test_a_file_written_a_moment_ago_may_change_again_without_its_time_changing(centre: Centre) -> None:
    path = centre.write("a.md", "Avant.")
    os.utime(path)
    now = path.stat().st_mtime_ns
    centre.ingest()
    path.write_text("Apres.", encoding="utf-8")
    os.utime(path, ns=(now, now))
    assert centre.ingest().changed == 1


def test_a_file_written_by_a_clock_that_went_backwards_is_read_again(centre: Centre) -> None:
    path = centre.write("a.md", "Avant.")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    centre.ingest()
    path.write_text("Apres.", encoding="utf-8")
    os.utime(path, (1_500_000_000, 1_500_000_000))
    assert centre.ingest().changed == 1
    assert centre.document("a").text == "Apres."


def test_the_document_of_a_removed_file_is_removed(centre: Centre) -> None:
    centre.write("a.md")
    path = centre.write("b.md", "Un autre texte.")
    centre.ingest()
    path.unlink()
    assert centre.ingest().removed == 1
    assert centre.documents == 1


def test_a_file_that_fails_keeps_its_last_good_text_and_is_tried_again(centre: Centre) -> None:
    centre.write("a.md", "Bon texte.")
    centre.write("b.md", "Autre.")
    centre.ingest()
    centre.write("a.md", "", title="seulement")
    for _ in range(2):
        report = centre.ingest()
        assert [failure.path.rpartition("/")[2] for failure in report.failures] == ["a.md"]
        assert report.exit_code == 1
    assert centre.document("a").text == "Bon texte."
    centre.write("a.md", "Encore meilleur.")
    assert centre.ingest().exit_code == 0
    assert centre.document("a").text == "Encore meilleur."


def test_when_nothing_can_be_read_the_exit_code_is_two(centre: Centre) -> None:
    centre.write("a.xyz")
    assert centre.ingest().exit_code == 2


def test_the_originals_of_a_removed_file_are_erased_and_no_others(centre: Centre) -> None:
    centre.write("a.md", "Avant.")
    centre.write("b.md", "Un autre.")
    centre.ingest()
    path = centre.write("a.md", "Après coup.")
    centre.ingest()
    assert len(list(centre.store.originals.names())) == 3
    path.unlink()
    assert centre.ingest().removed == 1
    assert list(centre.store.originals.names()) == [centre.document("b").original]


class ErasedMeanwhile(FolderOriginals):
    """Originals of which another job, which knows of no document that names it, erases each before it is named."""

    def keep(self, content: IO[bytes]) -> str:
        is_first = not list(self.names())
        sha256 = super().keep(content)
        if is_first and not (self.folder / "erased").exists():
            (self.folder / "erased").touch()
            self.remove(sha256)
        return sha256


def test_an_original_that_another_job_erased_before_it_was_named_is_kept_anew_in_the_same_run(centre: Centre) -> None:
    centre.store.originals = ErasedMeanwhile(centre.store.data / "originals")
    centre.write("a.md")
    centre.ingest()
    assert list(centre.store.originals.names()) == [centre.document("a").original]


def test_a_missing_source_stops_the_run_before_anything_is_removed(centre: Centre, tmp_path: Path) -> None:
    centre.write("a.md")
    centre.ingest()
    (centre.folder / "a.md").unlink()
    centre.write("b.md")
    with pytest.raises(SourceUnavailable, match="nowhere"):
        centre.ingest(centre.folder, tmp_path / "nowhere")
    assert centre.document("a")


def test_a_source_that_is_suddenly_empty_is_emptied_only_when_asked(centre: Centre) -> None:
    centre.write("a.md").unlink()
    path = centre.write("a.md")
    centre.ingest()
    path.unlink()
    with pytest.raises(SourceUnavailable, match="empty"):
        centre.ingest()
    assert centre.ingest(allow_empty=True).removed == 1


def test_the_catalogue_comes_before_the_file_and_the_file_before_the_defaults(centre: Centre) -> None:
    centre.write("a.md", audience="member", kind="study", title="Du fichier")
    (centre.folder / "catalogue.csv").write_text("file,title\na.md,Du catalogue\n", encoding="utf-8")
    centre.ingest(audience="public", kind="news", language="en")
    meta = centre.document("a").metadata
    assert (meta.title, str(meta.kind), str(meta.audience), meta.language) == ("Du catalogue", "study", "member", "en")
    (centre.folder / "catalogue.csv").write_text("file,title\na.md,Nouveau\n", encoding="utf-8")
    assert centre.ingest(audience="public", kind="news", language="en").changed == 1
    assert centre.document("a").metadata.title == "Nouveau"


def test_documents_without_an_audience_are_for_staff_and_counted_each_time(centre: Centre) -> None:
    centre.write("a.md")
    centre.write("b.md", audience="staff")
    for _ in range(2):
        report = centre.ingest()
        assert report.without_audience == 1
        assert "nobody gave one to 1 document" in "\n".join(report.lines())
    assert centre.document("a").metadata.audience is Audience.STAFF


def test_a_document_whose_audience_is_not_understood_is_not_published(centre: Centre) -> None:
    centre.write("a.md", audience="secret")
    report = centre.ingest()
    assert "audience: 'secret'" in report.failures[0].reason
    assert centre.documents == 0


def test_a_public_document_whose_audience_is_no_longer_understood_is_left_to_staff(centre: Centre) -> None:
    centre.write("a.md", "Texte public.", audience="public")
    centre.ingest()
    centre.write("a.md", "Texte devenu interne.", audience="interne svp")
    assert centre.ingest().failures
    document = centre.document("a")
    assert (document.metadata.audience, document.text) == (Audience.STAFF, "Texte public.")
    centre.write("a.md", "Texte redevenu public !", audience="public")
    assert centre.ingest().exit_code == 0
    assert centre.document("a").metadata.audience is Audience.PUBLIC


def test_a_single_file_is_brought_up_without_touching_its_folder(centre: Centre) -> None:
    centre.write("a.md", "Un.")
    centre.write("b.md", "Un autre.")
    centre.ingest()
    centre.write("a.md", "Deux deux.")
    (centre.folder / "b.md").unlink()
    report = centre.ingest(centre.folder / "a.md")
    assert (report.changed, report.removed, centre.documents) == (1, 0, 2)


def test_only_sources_named_in_the_run_lose_documents(centre: Centre, tmp_path: Path) -> None:
    centre.write("a.md").unlink()
    path = centre.write("a.md")
    centre.ingest()
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.md").write_text("Autre.", encoding="utf-8")
    path.unlink()
    assert centre.ingest(other).removed == 0
    assert centre.documents == 2


class FullDisk(HashEmbedder):
    """Fails at its second call."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.calls += 1
        if self.calls == 2:
            raise OSError("disk full")
        return super().embed_passages(texts)


def test_a_failure_in_the_middle_leaves_whole_documents_and_the_next_run_ends_the_work(centre: Centre) -> None:
    centre.write("a.md", "Court.")
    centre.write("b.md", "Assez long. " * 200 * GROUP)
    centre.write("c.md", "Jamais atteint. " * 200 * GROUP)
    whole, centre.indexer = centre.indexer, Indexer(centre.store, FullDisk(), NoLexical())
    with pytest.raises(OSError, match="disk full"):
        centre.ingest()
    assert (centre.documents, centre.document("a").text) == (2, "Court.")
    centre.indexer = whole
    report = centre.ingest()
    assert (report.unchanged, report.new, centre.documents) == (2, 1, 3)

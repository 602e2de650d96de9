"""Uploads are read from their folder once, and what became of each file is reported."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index.splitting import PassageSplitter
from ingest.sync.progress import NoProgress
from ingest.sync.run import Options, run
from ingest.sync.uploads import STATE, Uploads
from ingest.sync.withdrawals import remove_withdrawn
from tests.ingest.centre import Centre


class Uploading(Centre):
    """A resource centre whose folder of documents is that of its uploads."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.uploads = Uploads(root / "var")
        self.folder = self.uploads.folder
        self.folder.mkdir(parents=True)

    def run_if_due(self, *, with_sources: bool = False) -> bool:
        """Run as a job that watches does; say whether it read the uploads."""
        remove_withdrawn(self.store, self.indexer)
        sources = self.uploads.sources(self.store, with_sources=with_sources)
        if sources:
            splitter = PassageSplitter(lambda texts: [len(text.split()) for text in texts])
            report = run(sources, self.indexer, splitter, options=Options(), progress=NoProgress())
            self.uploads.write_state(report, self.store)
        return bool(sources)

    @property
    def state(self) -> dict[str, Any]:
        """Return what became of each file."""
        files: dict[str, Any] = json.loads((self.uploads.data / STATE).read_text())["files"]
        return files


@pytest.fixture
def centre(tmp_path: Path) -> Uploading:
    return Uploading(tmp_path)


def test_nothing_is_read_until_something_is_uploaded_and_then_once(centre: Uploading) -> None:
    assert not centre.run_if_due(with_sources=True)
    centre.write("2026-11/a.md", "Texte.", audience="member")
    assert [centre.run_if_due(), centre.run_if_due(), centre.run_if_due(with_sources=True)] == [True, False, True]
    assert centre.state == {"2026-11/a.md": {"state": "read", "document": "2026-11/a", "reason": ""}}


def test_a_file_that_cannot_be_read_is_reported_with_its_reason_and_not_tried_over_and_over(centre: Uploading) -> None:
    centre.write("a.md")
    (centre.folder / "b.pdf").write_bytes(b"%PDF-1.7 cut off")
    assert [centre.run_if_due(), centre.run_if_due()] == [True, False]
    assert centre.state["a.md"]["state"] == "read"
    assert (centre.state["b.pdf"]["state"], bool(centre.state["b.pdf"]["reason"])) == ("failed", True)


def test_what_comes_while_a_run_goes_on_is_for_the_next(centre: Uploading) -> None:
    centre.write("a.md")
    assert centre.uploads.sources(centre.store, with_sources=False)
    centre.write("b.md")
    splitter = PassageSplitter(lambda texts: [len(text.split()) for text in texts])
    report = run([centre.folder], centre.indexer, splitter, options=Options(), progress=NoProgress())
    centre.uploads.write_state(report, centre.store)
    assert centre.run_if_due()


def test_after_a_crash_the_next_process_runs_again_and_nothing_is_read_twice(centre: Uploading) -> None:
    centre.write("a.md")
    centre.ingest()  # and then the machine stops, before the state is written
    generation = centre.store.generation
    centre.uploads = Uploads(centre.uploads.data)
    assert centre.run_if_due()
    assert centre.state["a.md"]["state"] == "read"
    assert centre.store.generation == generation


def test_a_withdrawn_upload_is_reported_and_comes_back_when_reinstated(centre: Uploading) -> None:
    centre.write("a.md")
    centre.run_if_due()
    centre.store.withdraw("a", "Anne", "")
    assert centre.run_if_due()
    assert centre.state["a.md"]["state"] == "withdrawn"
    centre.store.reinstate("a")
    assert centre.run_if_due()
    assert centre.state["a.md"]["state"] == "read"

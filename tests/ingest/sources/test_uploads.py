"""What staff upload is taken from its folder once, and what became of each file is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from index.splitting import PassageSplitter
from ingest.sources.uploads import STATE, Uploads, heartbeat
from ingest.sync.progress import NoProgress
from ingest.sync.run import Options, run
from ingest.sync.withdrawals import sweep
from tests.ingest.centre import Centre


class Uploading(Centre):
    """A resource centre whose folder of documents is that of its uploads."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.uploads = Uploads(root / "var")
        self.folder = self.uploads.folder
        self.folder.mkdir(parents=True)

    def look(self, *, with_sources: bool = False) -> bool:
        """Run as the job that watches does; say whether it looked at the uploads."""
        sweep(self.store, self.indexer)
        sources = self.uploads.sources(self.store, with_sources=with_sources)
        if sources:
            splitter = PassageSplitter(lambda texts: [len(text.split()) for text in texts])
            report = run(sources, self.store, self.indexer, splitter, options=Options(), progress=NoProgress())
            self.uploads.tell(report, self.store)
        return bool(sources)

    @property
    def told(self) -> dict[str, Any]:
        said: dict[str, Any] = json.loads((self.uploads.data / STATE).read_text())["files"]
        return said


@pytest.fixture
def centre(tmp_path: Path) -> Uploading:
    return Uploading(tmp_path)


def test_nothing_is_looked_at_until_something_is_uploaded_and_then_once(centre: Uploading) -> None:
    assert not centre.look(with_sources=True)
    centre.write("2026-11/a.md", "Texte.", audience="member")
    assert [centre.look(), centre.look(), centre.look(with_sources=True)] == [True, False, True]
    assert centre.told == {"2026-11/a.md": {"state": "read", "document": "2026-11/a", "reason": ""}}


def test_a_file_that_cannot_be_read_is_told_with_its_reason_and_not_tried_over_and_over(centre: Uploading) -> None:
    centre.write("a.md")
    (centre.folder / "b.pdf").write_bytes(b"%PDF-1.7 cut off")
    assert [centre.look(), centre.look()] == [True, False]
    assert centre.told["a.md"]["state"] == "read"
    assert (centre.told["b.pdf"]["state"], bool(centre.told["b.pdf"]["reason"])) == ("failed", True)


def test_what_comes_while_a_run_goes_on_is_for_the_next(centre: Uploading) -> None:
    centre.write("a.md")
    assert centre.uploads.sources(centre.store, with_sources=False)
    centre.write("b.md")
    splitter = PassageSplitter(lambda texts: [len(text.split()) for text in texts])
    report = run([centre.folder], centre.store, centre.indexer, splitter, options=Options(), progress=NoProgress())
    centre.uploads.tell(report, centre.store)
    assert centre.look()


def test_after_a_crash_the_next_process_looks_again_and_nothing_is_read_twice(centre: Uploading) -> None:
    centre.write("a.md")
    centre.ingest()  # and then the machine stops, before anything is told
    generation = centre.store.generation
    centre.uploads = Uploads(centre.uploads.data)
    assert centre.look()
    assert centre.told["a.md"]["state"] == "read"
    assert centre.store.generation == generation


def test_a_withdrawn_upload_is_told_to_be_so_and_comes_back_when_let_in_again(centre: Uploading) -> None:
    centre.write("a.md")
    centre.look()
    centre.store.withdraw("a", "Anne", "")
    assert centre.look()
    assert centre.told["a.md"]["state"] == "withdrawn"
    centre.store.reinstate("a")
    assert centre.look()
    assert centre.told["a.md"]["state"] == "read"


def test_the_heart_beats_while_the_job_watches_and_stops_with_it(tmp_path: Path) -> None:
    file = tmp_path / "data" / "watching"
    with heartbeat(file, every_s=0.01):
        while not file.exists():
            pass
    assert not file.exists()

"""The write side killed at random moments: after each, the store holds every document whole, as before or as after."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from index.documents import Audience
from index.interfaces import Filter
from index.lexical import TantivyIndex
from index.store import Store
from tests.conftest import ROOT

STAFF = Filter(audience=Audience.STAFF)
WRITER = """
import sys
from pathlib import Path
from index.lexical import TantivyIndex
from index.store import Store
from index.update import Indexer
from tests.conftest import HashEmbedder, prepared

folder, round = Path(sys.argv[1]), int(sys.argv[2])
indexer = Indexer(Store(folder / "passerelle.sqlite", create=True), HashEmbedder(), TantivyIndex(folder / "lexical"))
print("ready", flush=True)
while True:
    for number in range(6):
        version = f"version{round}"
        indexer.put([prepared(f"d{number}", *(f"{version} partie {part}" for part in range(4 + round % 3)))])
        if number == 3:
            indexer.remove("d1")
    indexer.finish()
    round += 1
"""


def test_killed_at_any_moment_every_document_is_whole_and_the_indexes_heal(tmp_path: Path) -> None:
    rng = random.Random(7)
    for number in range(12):
        command = [sys.executable, "-c", WRITER, str(tmp_path), str(number * 1000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(rng.random() * 0.15)  # any moment will do: nothing is asserted about time
            writer.send_signal(signal.SIGKILL)
        check(tmp_path)


def check(folder: Path) -> None:
    with sqlite3.connect(folder / "passerelle.sqlite") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        ids = [one for (one,) in db.execute("SELECT id FROM documents")]
    store = Store(folder / "passerelle.sqlite")
    rows = store.rows(STAFF)
    passages = store.passages(rows)
    for document_id in ids:
        document = store.document(document_id, Audience.STAFF)
        own = [one for one in passages.values() if one.document_id == document_id]
        assert len(own) == len(document.sections)
        assert all(document.text[one.start : one.end] == one.text for one in own)
        assert len({one.text.split()[0] for one in own}) == 1, "parts of two versions"
    assert store.vectors()[0].tolist() == rows.tolist()
    index = TantivyIndex(folder / "lexical")
    index.update(store)
    assert sorted(hit.row for hit in index.search("partie", 100, STAFF)) == rows.tolist()

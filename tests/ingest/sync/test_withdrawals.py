"""What staff withdrew is removed by the next run and stays out, though its file is still there under any name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from index.documents import Access, Audience
from index.errors import UnknownDocument
from ingest.sync.withdrawals import remove_withdrawn
from tests.ingest.centre import Centre
from tests.ingest.forum.fake_forum import ID, SOLVED, UNANSWERED, Forum, topic

LONG = " ".join(f"mot{number}" for number in range(100))


@pytest.fixture
def centre(tmp_path: Path) -> Centre:
    made = Centre(tmp_path)
    made.write("a.md", LONG, audience="public", title="Une note")
    made.write("b.md", "Autre texte.")
    made.ingest()
    return made


def run(centre: Centre) -> dict[str, str]:
    """Run as the job does; return what was reported of withdrawn files."""
    remove_withdrawn(centre.store, centre.indexer)
    return dict(centre.ingest().withdrawn)


def stored(centre: Centre) -> set[str]:
    return {document_id for document_id in ("a", "b", "c", "moved/a") if centre.store.owner(document_id)}


def test_the_next_run_removes_it_and_none_after_brings_it_back(centre: Centre) -> None:
    original = centre.document("a").original
    centre.store.withdraw("a", "Anne", "données personnelles")
    assert stored(centre) == {"a", "b"}
    for _ in range(3):
        (reason,) = run(centre).values()
        assert "withdrawn by Anne" in reason
        assert "données personnelles" in reason
        assert stored(centre) == {"b"}
    assert not centre.store.originals.holds(original)


def test_a_changed_a_moved_or_a_copied_file_does_not_bring_it_back(centre: Centre) -> None:
    centre.store.withdraw("a", "Anne", "")
    run(centre)
    content = (centre.folder / "a.md").read_text()
    centre.write("a.md", f"{LONG} et plus", audience="public")
    (centre.folder / "moved").mkdir()
    (centre.folder / "moved" / "a.md").write_text(content)  # the very bytes
    centre.write("c.md", f"{LONG}!", audience="public", title="Une note")  # the same words
    centre.write("d.md", "Tout autre chose.", id="a")  # its id
    assert len(run(centre)) == 4
    assert stored(centre) == {"b"}


def test_another_document_with_the_same_bytes_that_stood_before_stays(centre: Centre) -> None:
    shutil.copy(centre.folder / "b.md", centre.folder / "c.md")
    (centre.folder / "catalogue.csv").write_text("file,id\nc.md,c\n", encoding="utf-8")
    centre.ingest()
    assert stored(centre) == {"a", "b", "c"}
    centre.store.withdraw("b", "Anne", "")
    run(centre)
    os.utime(centre.folder / "c.md", (1, 1))
    run(centre)
    assert stored(centre) == {"a", "c"}


def test_a_reinstated_document_is_seen_at_once_or_read_by_the_next_run(centre: Centre) -> None:
    centre.store.withdraw("a", "Anne", "")
    centre.store.reinstate("a")
    assert centre.document("a").text == LONG
    centre.store.withdraw("a", "Anne", "")
    run(centre)
    centre.store.reinstate("a")
    with pytest.raises(UnknownDocument):
        centre.document("a")
    assert run(centre) == {}
    assert centre.document("a").text == LONG
    assert centre.store.originals.holds(centre.document("a").original)


def test_what_was_withdrawn_while_a_run_put_it_is_hidden_and_removed_by_the_next(centre: Centre) -> None:
    centre.store.withdraw("a", "Anne", "")
    centre.ingest()  # a run that had begun before: nothing is removed
    with pytest.raises(UnknownDocument):
        centre.document("a")
    run(centre)
    assert stored(centre) == {"b"}


def test_a_withdrawn_thread_stays_out_until_it_is_reinstated(tmp_path: Path) -> None:
    forum = Forum(tmp_path)
    forum.deliver(*UNANSWERED, *SOLVED)
    forum.run()
    forum.store.withdraw(ID, "Anne", "")
    remove_withdrawn(forum.store, forum.indexer)
    forum.deliver(topic(title="Un autre titre"))
    forum.run()
    assert forum.store.owner(ID) is None
    forum.store.reinstate(ID)
    forum.run()
    assert forum.store.document(ID, Access(Audience.STAFF)).metadata.title == "Un autre titre"

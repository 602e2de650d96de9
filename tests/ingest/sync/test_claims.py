"""An id belongs to the first file that has it, whatever is moved, renamed or claimed by another source."""

from __future__ import annotations

import os
from pathlib import Path

from tests.ingest.centre import Centre


def test_two_files_with_one_id_are_reported_with_both_names(centre: Centre) -> None:
    centre.write("a.md", "Un.", id="x")
    centre.write("b.md", "Deux.", id="x")
    report = centre.ingest()
    assert report.failures[0].path.endswith("b.md")
    assert "'x' is already that of" in report.failures[0].reason
    assert "documents/a.md" in report.failures[0].reason
    assert centre.document("x").path == "a.md"


def test_files_that_differ_only_in_their_suffix_are_two_documents_and_keep_their_names(centre: Centre) -> None:
    centre.write("rapport.md", "Le projet de rapport.")
    centre.write("rapport.txt", "Le rapport adopté.")
    assert centre.ingest().exit_code == 0
    assert [centre.document(name).text for name in ("rapport", "rapport.txt")] == [
        "Le projet de rapport.",
        "Le rapport adopté.",
    ]
    (centre.folder / "rapport.md").unlink()
    centre.write("rapport.txt", "Le rapport adopté, corrigé.")
    centre.ingest()
    assert centre.documents == 1
    assert centre.document("rapport.txt").text == "Le rapport adopté, corrigé."


def test_a_name_that_is_not_utf_8_or_holds_what_cannot_be_seen_stops_nothing(centre: Centre) -> None:
    for name in (b"compte-rendu-\xe9t\xe9.txt", b"deux\nlignes.txt"):
        Path(os.fsdecode(os.fsencode(centre.folder) + b"/" + name)).write_text(f"Le texte de {len(name)}.")
    centre.write("b.txt", "Une autre phrase.")
    report = centre.ingest()
    assert (report.failures, report.new) == ([], 3)
    assert centre.document("compte-rendu-été").path == "compte-rendu-été.txt"
    assert centre.document("deux_lignes").path == "deux\nlignes.txt"
    assert centre.ingest().unchanged == 3


def test_an_id_that_another_source_owns_stays_there(centre: Centre, tmp_path: Path) -> None:
    centre.write("a.md", id="x")
    centre.ingest()
    other = tmp_path / "other"
    other.mkdir()
    (other / "b.md").write_text("---\nid: x\n---\nVoleur.\n", encoding="utf-8")
    report = centre.ingest(other)
    assert "documents/a.md" in report.failures[0].reason
    assert centre.document("x").text == "Texte."


def test_a_file_that_was_moved_keeps_its_document(centre: Centre) -> None:
    centre.write("a.md", id="x")
    centre.ingest()
    (centre.folder / "sub").mkdir()
    (centre.folder / "a.md").rename(centre.folder / "sub" / "b.md")
    report = centre.ingest()
    assert (report.exit_code, report.removed, centre.documents) == (0, 0, 1)
    assert centre.document("x").path == "sub/b.md"
    assert centre.ingest().unchanged == 1


def test_a_file_that_takes_another_id_leaves_the_old_one(centre: Centre) -> None:
    centre.write("a.md", "Un.", id="x")
    centre.ingest()
    centre.write("a.md", "Deux.", id="yy")
    centre.ingest()
    assert centre.documents == 1
    assert centre.document("yy").text == "Deux."

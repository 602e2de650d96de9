"""The same document in two files is indexed once and reported; versions and documents for others are not merged."""

from __future__ import annotations

import shutil
from pathlib import Path

from index.documents import Access, Audience
from tests.ingest.centre import Centre

LONG = " ".join(f"La commune numéro {number} participe aux frais de la passerelle." for number in range(30))


def documents(centre: Centre) -> list[str]:
    return sorted(listed.card.id for listed in centre.store.list_documents(Access(Audience.STAFF)))


def test_the_same_file_twice_is_one_document_and_reported_each_time(centre: Centre) -> None:
    shutil.copy(centre.write("a.txt", LONG), centre.folder / "copie.txt")
    for unchanged in (0, 2):
        report = centre.ingest()
        assert [(Path(path).name, "a.txt" in reason) for path, reason in report.duplicates] == [("copie.txt", True)]
        assert documents(centre) == ["a"]
        assert report.unchanged == unchanged
        assert report.exit_code == 0


def test_the_same_words_in_another_format_are_one_document(centre: Centre) -> None:
    centre.write("a.md", f"# La passerelle\n\n{LONG}")
    centre.write("b.txt", LONG.replace(". ", ".\n\n"), title="La passerelle")
    assert len(centre.ingest().duplicates) == 1


def test_headings_without_a_text_of_their_own_count_among_the_words(centre: Centre) -> None:
    centre.write("a.md", f"# La passerelle\n\n## Les rives\n\n### La rive gauche\n\n{LONG}\n\n### Les rives\n\nFin.")
    text = f"Les rives\n\nLa rive gauche\n\n{LONG}\n\nLes rives\n\nFin."
    centre.write("b.txt", text, title="La passerelle")
    assert len(centre.ingest().duplicates) == 1


def test_a_changed_amount_makes_another_version_not_a_duplicate(centre: Centre) -> None:
    centre.write("a.txt", LONG)
    centre.write("b.txt", LONG.replace("numéro 7", "numéro 70"))
    assert centre.ingest().duplicates == []
    assert centre.store.count()[0] == 2


def test_short_texts_and_files_for_another_audience_or_with_an_id_are_not_merged(centre: Centre) -> None:
    centre.write("a.txt", LONG)
    centre.write("b.txt", LONG, audience="public")
    centre.write("c.txt", LONG, id="c-voulu")
    centre.write("d.txt", "Bref.")
    centre.write("e.txt", "Bref !")
    centre.write("f.txt", LONG, audience="member")
    centre.write("g.txt", LONG, audience="member", groups="gt-a")
    centre.write("h.txt", LONG, audience="member", groups="gt-b")
    assert centre.ingest().duplicates == []
    assert centre.store.count()[0] == 8


def test_files_for_the_same_groups_are_merged_in_whatever_order_these_are_named(centre: Centre) -> None:
    centre.write("a.txt", LONG, title="Note", groups="gt-a, gt-b")
    centre.write("b.txt", f"{LONG}\n", title="Note", groups="gt-b, gt-a")
    assert len(centre.ingest().duplicates) == 1


def test_short_files_with_the_same_bytes_are_one_document_for_each_audience(centre: Centre) -> None:
    centre.write("a.txt", "Bref.")
    centre.write("b.txt", "Bref.")
    (centre.folder / "c.txt").write_bytes((centre.folder / "a.txt").read_bytes())
    (centre.folder / "catalogue.csv").write_text("file,audience\nc.txt,public\n", encoding="utf-8")
    for _ in range(2):
        assert [Path(path).name for path, _ in centre.ingest().duplicates] == ["b.txt"]
        assert documents(centre) == ["a", "c"]


def test_a_symbolic_link_to_a_file_of_the_source_makes_no_second_document(centre: Centre) -> None:
    for name, stated in (("note", {}), ("avis", {"id": "avis-2026"})):
        target = centre.write(f"{name}.md", f"Un {name} de trois lignes.", **stated)
        (centre.folder / f"lien-{name}.md").symlink_to(target)
    report = centre.ingest()
    assert sorted(Path(path).name for path, _ in report.duplicates) == ["lien-avis.md", "lien-note.md"]
    assert (report.failures, documents(centre)) == ([], ["avis-2026", "note"])


def test_when_the_first_file_goes_the_copy_carries_the_document(centre: Centre) -> None:
    first = centre.write("a.txt", LONG)
    shutil.copy(first, centre.folder / "copie.txt")
    centre.ingest()
    first.unlink()
    report = centre.ingest()
    assert documents(centre) == ["copie"]
    assert report.duplicates == []


def test_when_the_first_file_changes_the_copy_keeps_the_old_text(centre: Centre) -> None:
    shutil.copy(centre.write("a.txt", LONG), centre.folder / "copie.txt")
    centre.ingest()
    centre.write("a.txt", LONG + " Et une phrase de plus.")
    centre.ingest()
    assert documents(centre) == ["a", "copie"]


def test_when_the_copy_goes_the_document_stays(centre: Centre) -> None:
    copy = shutil.copy(centre.write("a.txt", LONG), centre.folder / "copie.txt")
    centre.ingest()
    Path(copy).unlink()
    centre.ingest()
    assert documents(centre) == ["a"]


def test_the_real_copy_of_an_official_journal_is_indexed_once(centre: Centre, shared: Path) -> None:
    for name in ("jo-ordonnance-2022.pdf", "jo-ordonnance-2022-copie.pdf"):
        shutil.copy(shared / "files" / name, centre.folder)
    report = centre.ingest()
    assert len(report.duplicates) == 1
    assert centre.store.count()[0] == 1

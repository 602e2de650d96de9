"""The inventory of a source: the files of documents, never those beside them; rows of the catalogue; refused files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.sources.catalogue import SourceUnavailable, read_catalogue, source_name, take_inventories, take_inventory


def _write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("texte", encoding="utf-8")


def test_hidden_files_locks_and_catalogues_are_never_documents(tmp_path: Path) -> None:
    _write(
        tmp_path,
        "b/x.md",
        "a.txt",
        ".hidden",
        ".git/config",
        "~$note.docx",
        ".~lock.a#",
        "catalogue.csv",
        "t.ttl",
        "x.tmp",
    )
    (tmp_path / "catalogue.csv").write_text("file\n", encoding="utf-8")
    assert [candidate.path for candidate in take_inventory(tmp_path).candidates] == ["a.txt", "b/x.md"]


def test_ingestignore_excludes_as_git_does(tmp_path: Path) -> None:
    _write(tmp_path, "README.md", "drafts/x.md", "docs/README.md", "docs/a.md")
    (tmp_path / ".ingestignore").write_text("/README.md\ndrafts/\n", encoding="utf-8")
    assert [candidate.path for candidate in take_inventory(tmp_path).candidates] == ["docs/README.md", "docs/a.md"]


def test_links_that_lead_out_of_the_source_are_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    _write(inside, "a.md")
    _write(outside, "secret.md")
    (inside / "link.md").symlink_to(outside / "secret.md")
    (inside / "folder").symlink_to(outside)
    (inside / "good.md").symlink_to(inside / "a.md")
    inventory = take_inventory(inside)
    assert [candidate.path for candidate in inventory.candidates] == ["a.md", "good.md"]
    assert set(inventory.refused) == {"link.md", "folder"}
    assert "leads out of the source" in inventory.refused["link.md"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_catalogue_is_read_with_any_separator(tmp_path: Path, separator: str) -> None:
    rows = [["File", "title", "audience"], ["sub\\a.pdf", "Été", "public"], ["b.pdf", "", "member"]]
    (tmp_path / "catalogue.csv").write_text("\n".join(separator.join(row) for row in rows), encoding="utf-8-sig")
    assert read_catalogue(tmp_path / "catalogue.csv") == {
        "sub/a.pdf": {"title": "Été", "audience": "public"},
        "b.pdf": {"audience": "member"},
    }


def test_a_catalogue_without_files_or_with_one_twice_stops_the_run(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.csv"
    path.write_text("name,title\na,b\n", encoding="utf-8")
    with pytest.raises(SourceUnavailable, match="no column `file`"):
        read_catalogue(path)
    path.write_text("file,title\na.md,b\na.md,c\n", encoding="utf-8")
    with pytest.raises(SourceUnavailable, match=r"line 3: 'a\.md' is listed twice"):
        read_catalogue(path)


def test_a_row_without_its_file_is_a_warning(tmp_path: Path) -> None:
    _write(tmp_path, "a.md")
    (tmp_path / "catalogue.csv").write_text("file,title\ngone.md,x\n", encoding="utf-8")
    assert take_inventory(tmp_path).warnings == ("catalogue.csv: no file 'gone.md'",)


def test_a_source_that_is_missing_or_suddenly_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="no such folder"):
        take_inventory(tmp_path / "nowhere")
    with pytest.raises(SourceUnavailable, match=r"3 documents came from it.*--allow-empty"):
        take_inventories([tmp_path], lambda name: 3)
    assert take_inventories([tmp_path], lambda name: 3, allow_empty=True)


def test_a_single_file_belongs_to_the_known_source_above_it(tmp_path: Path) -> None:
    _write(tmp_path, "a/b/x.md")
    known = source_name(tmp_path / "a")
    (inventory,) = take_inventories([tmp_path / "a/b/x.md"], lambda name: int(name == known)).values()
    assert (inventory.source, [candidate.path for candidate in inventory.candidates], inventory.is_folder) == (
        known,
        ["b/x.md"],
        False,
    )


def test_sources_below_the_working_folder_are_named_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert source_name(Path("corpus")) == "corpus"
    assert source_name(Path("/elsewhere/corpus")) == "/elsewhere/corpus"

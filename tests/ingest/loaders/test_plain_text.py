"""Plain text is decoded, freed of its front matter and put into sections by its bare headings."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.documents import SectionText
from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from tests.ingest.loaders.real_files import load_text

OLD = "Réunion du 14 septembre 1993 : les élus ont évoqué l'été, la forêt, l'hôpital ; où cela mène-t-il ? Ça dépend."


def test_front_matter_that_is_not_yaml_is_unreadable_and_the_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="line 3"):
        load_text(tmp_path, "a.md", "---\ntitle: a\naudience: member: x\n---\nTexte.\n")


def test_front_matter_that_multiplies_itself_is_refused_by_its_line(tmp_path: Path) -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdef", "bcdefg", strict=True)]
    (tmp_path / "a.md").write_text("---\n" + "\n".join(lines) + "\ntitle: *g\n---\nTexte.\n")
    with pytest.raises(UnreadableFile, match=r"not valid YAML, line 3: it repeats a value by \*name"):
        load(tmp_path / "a.md")


def test_bare_article_lines_make_sections_with_the_title_that_follows(tmp_path: Path) -> None:
    text = "CHAPITRE I\n\nDispositions générales\n\nArticle premier\n\nObjet\n\n1.\n\nLe présent règlement établit.\n"
    (section,) = load_text(tmp_path, "a.txt", text)
    assert section == SectionText(
        "art. premier",
        "1. Le présent règlement établit.",
        "CHAPITRE I – Dispositions générales > Article premier – Objet",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    (section,) = load_text(tmp_path, "a.txt", "L’été à Hœnheim.".encode(encoding))
    assert section.text == "L’été à Hœnheim."


@pytest.mark.parametrize("page", ["cp1252", "cp850", "mac_roman", "utf-16-le", "utf-16-be"])
def test_texts_of_windows_dos_and_macintosh_keep_their_accents(tmp_path: Path, page: str) -> None:
    (tmp_path / "a.txt").write_bytes(OLD.encode(page))
    assert load(tmp_path / "a.txt").sections[0].text == OLD


def test_text_wrapped_by_hand_is_unwrapped(tmp_path: Path) -> None:
    lines = [
        "La convention de Madrid est une convention-cadre du Conseil de",
        "l'Europe ; elle n'oblige à rien par elle-même, mais ses proto-",
        "coles ont permis aux collectivités de conclure des accords et de",
        "créer des organismes communs.",
    ]
    (section,) = load_text(tmp_path, "a.txt", "\n".join(lines))
    assert "ses protocoles ont permis aux collectivités de conclure" in section.text
    assert "\n" not in section.text


def test_binary_data_and_empty_files_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="NUL"):
        load_text(tmp_path, "a.txt", b"abc\0\0def")
    with pytest.raises(UnreadableFile, match="empty"):
        load_text(tmp_path, "a.md", b"")
    with pytest.raises(UnreadableFile, match="no text"):
        load_text(tmp_path, "b.md", b"---\ntitle: x\n---\n\n")

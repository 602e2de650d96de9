"""Word files are read as their readers see them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import MAIN, as_kind, write_docx

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def with_body(path: Path, body: str) -> Path:
    """Write a Word file whose body is this markup."""
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    for block in parse_xml(f'<w:body xmlns:w="{W}" xmlns:m="{math}">{body}</w:body>'):
        document.element.body.append(block)
    document.save(str(path))
    return path


def test_headings_of_a_word_file_make_sections(tmp_path: Path) -> None:
    loaded = load(write_docx(tmp_path / "note.docx"))
    assert [(section.label, section.heading) for section in loaded.sections] == [
        ("", ""),
        ("Droit applicable", "Droit applicable"),
        ("art. 5", "Droit applicable > Article 5"),
    ]
    assert (
        loaded.sections[2].text == "Les frais sont partagés par moitié.\n\n- premier point\n\nVille | Places\nKehl | 60"
    )


def test_what_word_notes_of_itself_are_only_hints(tmp_path: Path) -> None:
    loaded = load(write_docx(tmp_path / "note.docx", title="Crèches"))
    assert not loaded.metadata
    assert dict(loaded.hints) == {
        "heading": "Les crèches transfrontalières",
        "title": "Crèches",
        "author": "Service juridique",
    }


def test_text_that_was_deleted_with_changes_tracked_is_not_read(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "note.docx")
    changed = tmp_path / "changed.docx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "word/document.xml":
                content = content.replace(
                    "<w:r><w:t>Les frais sont partagés par moitié.</w:t></w:r>".encode(),
                    b"<w:r><w:t>Les frais</w:t></w:r><w:del><w:r><w:delText> jamais</w:delText></w:r></w:del>"
                    b"<w:ins><w:r><w:t> parfois</w:t></w:r></w:ins>",
                )
            new.writestr(member, content)
    assert load(changed).sections[2].text.startswith("Les frais parfois\n")


@pytest.mark.parametrize(
    ("suffix", "kind"),
    [
        (".docm", "ms-word.document.macroEnabled.main+xml"),
        (".dotx", MAIN.format("wordprocessingml.template")),
        (".dotm", "ms-word.template.macroEnabledTemplate.main+xml"),
    ],
)
def test_templates_and_files_with_macros_of_word_are_read(tmp_path: Path, suffix: str, kind: str) -> None:
    path = as_kind(write_docx(tmp_path / f"a{suffix}"), MAIN.format("wordprocessingml.document"), kind)
    assert "art. 5" in [section.label for section in load(path).sections]


def test_a_text_box_in_a_blank_paragraph_is_read(tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Encadré.</w:t></w:r></w:p></w:txbxContent>"
    body = f"<w:p><w:r><w:pict>{box}</w:pict></w:r></w:p>"
    assert load(with_body(tmp_path / "a.docx", body)).sections[0].text == "Encadré."


def test_formulas_and_ticked_boxes_are_read(tmp_path: Path) -> None:
    body = (
        "<w:p><w:r><w:t>Part : </w:t></w:r><m:oMath><m:r><m:t>45/100</m:t></m:r></m:oMath>"
        '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r><w:r><w:t xml:space="preserve"> oui</w:t></w:r></w:p>'
    )
    assert load(with_body(tmp_path / "a.docx", body)).sections[0].text == "Part : 45/100☑ oui"


def test_a_table_in_a_table_is_read_once_and_cells_in_controls_are_read(tmp_path: Path) -> None:
    def cell(text: str) -> str:
        return f"<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p>{{}}</w:tc>"

    inner = f"<w:tbl><w:tr>{cell('C').format('')}{cell('D').format('')}</w:tr></w:tbl><w:p/>"
    controlled = f"<w:sdt><w:sdtContent>{cell('B').format(inner)}</w:sdtContent></w:sdt>"
    body = f"<w:tbl><w:tr>{cell('A').format('')}{controlled}</w:tr></w:tbl>"
    assert load(with_body(tmp_path / "a.docx", body)).sections[0].text == "A | B\nC | D"


def test_bare_articles_of_a_word_file_without_styles_are_cited(tmp_path: Path) -> None:
    import docx

    document = docx.Document()
    for text in ("Convention", "Article 1", "Objet de la convention", "La ligne est commune."):
        document.add_paragraph(text)
    document.save(str(tmp_path / "a.docx"))
    assert [(section.label, section.text) for section in load(tmp_path / "a.docx").sections][-1] == (
        "art. 1",
        "La ligne est commune.",
    )

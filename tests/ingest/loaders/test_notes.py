"""Footnotes stand below the section that calls them, in every format, and no text hides in a corner of the page."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ingest.loaders import legacy, load

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
NOTED = (
    f'<office:document xmlns:office="{OFFICE}office:1.0" xmlns:text="{OFFICE}text:1.0" xmlns:table="{OFFICE}table:1.0" '
    'office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text>'
    '<text:h text:outline-level="1">Les rives</text:h>'
    "<text:p>La convention<text:note text:note-class='footnote'><text:note-citation>1</text:note-citation>"
    "<text:note-body><text:p>Signée à Trèves.</text:p></text:note-body></text:note> lie les deux rives.</text:p>"
    '<text:h text:outline-level="1">Les ponts</text:h><text:p>Ils sont trois.</text:p>'
    "</office:text></office:body></office:document>"
)
EXPECTED = [
    ("Les rives", "La convention lie les deux rives.\n\n(1) Signée à Trèves."),
    ("Les ponts", "Ils sont trois."),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with one text that has a footnote, in the formats LibreOffice writes."""
    if legacy.office() is None:
        pytest.skip("LibreOffice is not installed")
    folder = tmp_path_factory.mktemp("noted")
    (folder / "a.fodt").write_text(f'<?xml version="1.0" encoding="UTF-8"?>{NOTED}', encoding="utf-8")
    for suffix in ("docx", "odt", "rtf", "html"):
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [str(legacy.office()), "--headless", profile, "--convert-to", suffix, "--outdir", str(folder)]
        subprocess.run([*command, str(folder / "a.fodt")], capture_output=True, timeout=120, check=True)
    return folder


@pytest.mark.parametrize("suffix", ["docx", "odt", "rtf"])
def test_a_note_stands_below_the_section_that_calls_it(made: Path, suffix: str) -> None:
    assert [(one.label, one.text) for one in load(made / f"a.{suffix}").sections] == EXPECTED


def test_the_number_of_a_note_is_glued_to_no_word_of_a_page(made: Path) -> None:
    text = "\n\n".join(one.text for one in load(made / "a.html").sections)
    assert "La convention lie les deux rives." in text
    assert "(1) Signée à Trèves." in text


def test_without_libreoffice_the_notes_of_rtf_are_told_to_be_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.rtf").write_bytes(
        rb"{\rtf1\ansi{\info{\title L'\'e9t\'e9}{\author Marie}}Une phrase{\footnote Sa note.} ordinaire.\par}"
    )
    loaded = load(tmp_path / "a.rtf")
    assert (loaded.hints["title"], loaded.hints["author"]) == ("L'été", "Marie")
    assert loaded.warnings == ("its footnotes are not read: install LibreOffice and run again, or save it as DOCX.",)


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
    for said in ("Convention", "Article 1", "Objet de la convention", "La ligne est commune."):
        document.add_paragraph(said)
    document.save(str(tmp_path / "a.docx"))
    assert [(one.label, one.text) for one in load(tmp_path / "a.docx").sections][-1] == (
        "art. 1",
        "La ligne est commune.",
    )

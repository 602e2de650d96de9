"""Word, PowerPoint and OpenDocument files are read as their readers see them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from ingest.loaders import UnreadableFile, load
from ingest.loaders.archives import check_archive
from tests.ingest.loaders.real_files import write_docx, write_odt, write_pptx


def test_headings_of_a_word_file_make_sections(tmp_path: Path) -> None:
    loaded = load(write_docx(tmp_path / "note.docx"))
    assert [(one.label, one.heading) for one in loaded.sections] == [
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


def test_a_slide_is_a_section_with_its_title_and_notes(tmp_path: Path) -> None:
    loaded = load(write_pptx(tmp_path / "tram.pptx"))
    first = loaded.sections[0]
    assert (first.label, first.heading) == ("diapo 1", "Le tram Strasbourg–Kehl")
    assert first.text == "Le tram Strasbourg–Kehl\n\nOuvert en 2017\nDeux ponts\n\nRappeler le coût."
    assert loaded.warnings == ("no text on slides 2 (pictures?)",)


def test_headings_lists_and_tables_of_an_opendocument_text(tmp_path: Path) -> None:
    loaded = load(write_odt(tmp_path / "cr.odt"))
    assert [(one.label, one.text) for one in loaded.sections] == [
        ("", "Réunion du comité à Esch."),
        ("Décisions", "- ouvrir la ligne\n- écrire au ministre\n\nBudget | 40 000 €"),
    ]
    assert loaded.hints["heading"] == "Compte rendu"


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".odt"])
def test_a_file_that_is_not_what_its_suffix_says_is_unreadable(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(b"%PDF-1.4 in truth")
    with pytest.raises(UnreadableFile, match="in spite of its suffix"):
        load(path)


@pytest.mark.parametrize("suffix", [".docx", ".pptx", ".odt"])
def test_a_truncated_office_file_is_unreadable(tmp_path: Path, suffix: str) -> None:
    write = {".docx": write_docx, ".pptx": write_pptx, ".odt": write_odt}[suffix]
    path = write(tmp_path / f"x{suffix}")
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UnreadableFile, match="damaged"):
        load(path)


def test_an_encrypted_or_old_office_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(UnreadableFile, match="encrypted, or an old binary format"):
        load(path)


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * (3 << 20))
    check_archive(path, "Word")
    with pytest.raises(UnreadableFile, match="would unpack to 3 MB, more than 2"):
        check_archive(path, "Word", most_bytes=2 << 20)


def test_the_figures_of_a_chart_and_the_words_of_a_diagram_are_read(tmp_path: Path) -> None:
    import pptx
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI
    from pptx.oxml import parse_xml

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Le tunnel"
    figures = CategoryChartData()
    figures.categories = ["2001", "2002"]
    figures.add_series("Véhicules par jour", (2900, 3100))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 2_000_000, 100_000, 100_000, figures)
    data = (
        b'<d:dataModel xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram" '
        b'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><d:t><a:p><a:r><a:t>Accord, </a:t></a:r>'
        b"<a:r><a:t>puis travaux</a:t></a:r></a:p></d:t></d:dataModel>"
    )
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", deck.part.package, data)
    schemas = "http://schemas.openxmlformats.org"
    drawing, relations = f"{schemas}/drawingml/2006", f"{schemas}/officeDocument/2006/relationships"
    relation = slide.part.relate_to(part, f"{relations}/diagramData")
    slide.shapes._spTree.append(
        parse_xml(
            f'<p:graphicFrame xmlns:p="{schemas}/presentationml/2006/main" xmlns:a="{drawing}/main" '
            f'xmlns:d="{drawing}/diagram" xmlns:r="{relations}">'
            '<p:nvGraphicFramePr><p:cNvPr id="90" name="d"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>'
            '<p:xfrm><a:off x="0" y="4000000"/><a:ext cx="9" cy="9"/></p:xfrm><a:graphic>'
            f'<a:graphicData uri="{drawing}/diagram"><d:relIds r:dm="{relation}"/></a:graphicData></a:graphic>'
            "</p:graphicFrame>"
        )
    )
    deck.save(str(tmp_path / "a.pptx"))
    assert load(tmp_path / "a.pptx").sections[0].text == (
        "Le tunnel\n\nVéhicules par jour\n2001 | 2900\n2002 | 3100\n\nAccord, puis travaux"
    )

"""OpenDocument texts and presentations are read as their readers see them."""

from __future__ import annotations

from pathlib import Path

from ingest.loaders.dispatch import load
from tests.ingest.loaders.real_files import write_odt


def test_headings_lists_and_tables_of_an_opendocument_text(tmp_path: Path) -> None:
    loaded = load(write_odt(tmp_path / "cr.odt"))
    assert [(section.label, section.text) for section in loaded.sections] == [
        ("", "Réunion du comité à Esch."),
        ("Décisions", "- ouvrir la ligne\n- écrire au ministre\n\nBudget | 40 000 €"),
    ]
    assert loaded.hints["heading"] == "Compte rendu"


def test_a_template_of_opendocument_is_read(tmp_path: Path) -> None:
    path = write_odt(tmp_path / "a.odt").rename(tmp_path / "a.ott")
    assert load(path).sections[0].text == "Réunion du comité à Esch."


def test_a_presentation_in_opendocument_gives_its_slides(tmp_path: Path) -> None:
    from odf.draw import Frame, Page, TextBox
    from odf.opendocument import OpenDocumentPresentation
    from odf.style import MasterPage, PageLayout
    from odf.text import P

    deck = OpenDocumentPresentation()
    layout = PageLayout(name="l")
    deck.automaticstyles.addElement(layout)
    master = MasterPage(name="m", pagelayoutname=layout)
    deck.masterstyles.addElement(master)
    for title, text in (("Le tram", "Ouvert en 2017"), ("Le pont", "Deux voies")):
        page = Page(masterpagename=master)
        for kind, words in (("title", title), ("outline", text)):
            frame = Frame(width="10cm", height="2cm")
            frame.setAttrNS("urn:oasis:names:tc:opendocument:xmlns:presentation:1.0", "class", kind)
            box = TextBox()
            box.addElement(P(text=words))
            frame.addElement(box)
            page.addElement(frame)
        deck.presentation.addElement(page)
    deck.save(str(tmp_path / "d.odp"))
    assert [tuple(section[:3]) for section in load(tmp_path / "d.odp").sections] == [
        ("diapo 1", "Le tram\n\nOuvert en 2017", "Le tram"),
        ("diapo 2", "Le pont\n\nDeux voies", "Le pont"),
    ]

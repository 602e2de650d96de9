"""Mails, books, RTF, presentations and old binary files give text and places to cite."""

from __future__ import annotations

import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.loaders import UnreadableFile, legacy, load
from tests.ingest.loaders.real_files import write_docx

LETTER = "Bonjour,\n\nLe seuil est de 34 jours.\n\nAnne"


def mail(**headers: str) -> EmailMessage:
    message = EmailMessage()
    for name, value in ({"Subject": "Télétravail", "From": "Anne Weiß <a@example.org>"} | headers).items():
        message[name] = value
    message.set_content(LETTER)
    return message


def test_a_mail_gives_its_text_sender_date_and_the_names_of_attachments_that_cannot_be_read(tmp_path: Path) -> None:
    message = mail(Date="Mon, 20 Nov 2023 10:00:00 +0100")
    message.add_attachment(b"x", maintype="application", subtype="pdf", filename="avenant.pdf")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    loaded = load(tmp_path / "m.eml")
    assert loaded.hints == {"title": "Télétravail", "author": "Anne Weiß", "published": "2023-11-20"}
    assert loaded.sections[1].text == LETTER
    assert "avenant.pdf" in loaded.sections[0].text
    assert loaded.warnings == ("its attachment avenant.pdf is not read: damaged, or not a PDF in spite of its suffix.",)


def test_a_mail_in_html_gives_its_paragraphs(tmp_path: Path) -> None:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content("<p>Un.</p><script>non()</script><p>Deux.</p>", subtype="html")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    assert load(tmp_path / "m.eml").sections[1].text == "Un.\n\nDeux."


def test_a_text_that_is_no_mail_is_told(tmp_path: Path) -> None:
    (tmp_path / "m.eml").write_text("Ceci n'est pas un courriel.")
    with pytest.raises(UnreadableFile):
        load(tmp_path / "m.eml")


def test_rtf_gives_its_text(tmp_path: Path) -> None:
    (tmp_path / "n.rtf").write_bytes(
        rb"{\rtf1\ansi\ansicpg1252 {\b Article 5}\par Les frais sont partag\'e9s \u8211? par moiti\'e9.\par}"
    )
    section = load(tmp_path / "n.rtf").sections[0]
    assert (section.label, section.text) == ("art. 5", "Les frais sont partagés – par moitié.")


def test_a_book_gives_its_chapters_in_the_order_of_the_spine(tmp_path: Path) -> None:
    path = tmp_path / "livre.epub"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="O/b.opf"/></rootfiles></container>',
        )
        archive.writestr(
            "O/b.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata>'
            '<dc:title>Le Rhin</dc:title></metadata><manifest><item id="a" href="z.xhtml"/>'
            '<item id="b" href="a.xhtml"/>'
            '</manifest><spine><itemref idref="a"/><itemref idref="b"/></spine></package>',
        )
        archive.writestr("O/z.xhtml", "<html><body><h1>Un</h1><p>Le fleuve.</p></body></html>")
        archive.writestr("O/a.xhtml", "<html><body><h1>Deux</h1><p>Le pont.</p></body></html>")
    loaded = load(path)
    assert [(one.label, one.text) for one in loaded.sections] == [("Un", "Le fleuve."), ("Deux", "Le pont.")]
    assert loaded.hints["title"] == "Le Rhin"


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
        for kind, said in (("title", title), ("outline", text)):
            frame = Frame(width="10cm", height="2cm")
            frame.setAttrNS("urn:oasis:names:tc:opendocument:xmlns:presentation:1.0", "class", kind)
            box = TextBox()
            box.addElement(P(text=said))
            frame.addElement(box)
            page.addElement(frame)
        deck.presentation.addElement(page)
    deck.save(str(tmp_path / "d.odp"))
    assert [tuple(one[:3]) for one in load(tmp_path / "d.odp").sections] == [
        ("diapo 1", "Le tram\n\nOuvert en 2017", "Le tram"),
        ("diapo 2", "Le pont\n\nDeux voies", "Le pont"),
    ]


def test_an_old_binary_file_is_read_through_libreoffice_or_its_absence_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(UnreadableFile, match="LibreOffice"):
        load(tmp_path / "a.doc")


def test_a_real_old_word_file_is_read(tmp_path: Path) -> None:
    import subprocess

    program = legacy.office()
    if program is None:
        pytest.skip("LibreOffice is not installed")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    write_docx(tmp_path / "a.docx")
    command = [
        program,
        "--headless",
        profile,
        "--convert-to",
        "doc",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "a.docx"),
    ]
    subprocess.run(command, capture_output=True, timeout=120, check=True)
    labels = [one.label for one in load(tmp_path / "a.doc").sections]
    assert "art. 5" in labels

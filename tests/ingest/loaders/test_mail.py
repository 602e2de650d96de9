"""Mails are read with what is attached to them, whoever wrote them."""

from __future__ import annotations

import struct
from email.message import EmailMessage
from pathlib import Path

from ingest.loaders import load
from tests.ingest.loaders.compound_file import write_compound
from tests.ingest.loaders.real_files import write_docx


def mail(subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = "Anne Weiß <a@example.org>"
    message.set_content(text)
    return message


def test_attachments_are_read_and_cited_by_their_names(tmp_path: Path) -> None:
    word = write_docx(tmp_path / "a.docx").read_bytes()
    message = mail("Convention", "Voici la convention.")
    message.add_attachment(word, maintype="application", subtype="octet-stream", filename="convention signée.docx")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="image001.png")
    message.add_attachment(b"PK", maintype="application", subtype="zip", filename="annexes.zip")
    message.add_attachment(mail("Les travaux", "Ils commencent en mai."))
    (tmp_path / "m.eml").write_bytes(bytes(message))
    loaded = load(tmp_path / "m.eml")
    said = {one.label: one.text for one in loaded.sections}
    assert said["convention signée.docx, art. 5"].startswith("Les frais sont partagés")
    assert said["Les travaux.eml, courriel"] == "Ils commencent en mai."
    assert "Pièces jointes : convention signée.docx, annexes.zip, Les travaux.eml" in loaded.sections[0].text
    (warning,) = loaded.warnings
    assert warning.startswith("its attachment annexes.zip is not read: “.zip”")


def test_a_mail_without_a_word_is_what_is_attached_to_it(tmp_path: Path) -> None:
    message = mail("Note", "")
    message.add_attachment("Une phrase.", filename="note.txt")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    assert [one.text for one in load(tmp_path / "m.eml").sections][-1] == "Une phrase."


def test_mails_in_mails_end_at_a_depth(tmp_path: Path) -> None:
    message = mail("0", "Le fond.")
    for number in range(1, 8):
        outer = mail(str(number), f"Niveau {number}.")
        outer.add_attachment(message)
        message = outer
    (tmp_path / "m.eml").write_bytes(bytes(message))
    texts = [one.text for one in load(tmp_path / "m.eml").sections]
    assert "Niveau 5." in texts
    assert "Le fond." not in texts


def test_an_attachment_that_breaks_its_reader_leaves_the_mail_readable(tmp_path: Path) -> None:
    message = mail("Tableau", "Voici le tableau.")
    message.add_attachment("<table>" * 5000 + "<tr><td>x", subtype="html", filename="t\N{BELL}.html")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    loaded = load(tmp_path / "m.eml")
    assert loaded.sections[1].text == "Voici le tableau."
    assert "is not read" in loaded.warnings[0]


def test_a_mail_of_outlook_gives_sender_day_text_and_attachments(tmp_path: Path) -> None:
    word = write_docx(tmp_path / "a.docx").read_bytes()
    days = 151_500  # since 1601: 18 October 2015
    properties = bytes(32) + struct.pack("<IIQ", 0x00390040, 6, days * 86_400 * 10**7)
    properties += struct.pack("<IIQ", 0x3FFD0003, 6, 1252)
    first = "__attach_version1.0_#00000000"
    streams = {
        "__properties_version1.0": properties,
        "__substg1.0_0037001F": "Télétravail".encode("utf-16-le"),
        "__substg1.0_0C1A001E": "Anne Weiß".encode("cp1252"),
        "__substg1.0_1000001E": "Le seuil est l’été de 34 jours.".encode("cp1252"),
        f"{first}/__substg1.0_3707001F": "avenant.docx".encode("utf-16-le"),
        f"{first}/__substg1.0_37010102": word,
    }
    loaded = load(write_compound(tmp_path / "m.msg", streams))
    assert loaded.hints == {"title": "Télétravail", "author": "Anne Weiß", "published": "2015-10-18"}
    said = {one.label: one.text for one in loaded.sections[1:]}
    assert said["courriel"] == "Le seuil est l’été de 34 jours."
    assert said["avenant.docx, art. 5"].startswith("Les frais")

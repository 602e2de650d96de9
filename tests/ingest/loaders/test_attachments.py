"""Attachments are read and cited by their names; what cannot be read leaves the mail readable."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from ingest.loaders.dispatch import load
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
    texts = {section.label: section.text for section in loaded.sections}
    assert texts["convention signée.docx, art. 5"].startswith("Les frais sont partagés")
    assert texts["Les travaux.eml, courriel"] == "Ils commencent en mai."
    assert "Pièces jointes : convention signée.docx, annexes.zip, Les travaux.eml" in loaded.sections[0].text
    (warning,) = loaded.warnings
    assert warning.startswith("its attachment annexes.zip is not read: “.zip”")


def test_a_mail_without_a_word_is_what_is_attached_to_it(tmp_path: Path) -> None:
    message = mail("Note", "")
    message.add_attachment("Une phrase.", filename="note.txt")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    assert [section.text for section in load(tmp_path / "m.eml").sections][-1] == "Une phrase."


def test_mails_in_mails_end_at_a_depth(tmp_path: Path) -> None:
    message = mail("0", "Le fond.")
    for number in range(1, 8):
        outer = mail(str(number), f"Niveau {number}.")
        outer.add_attachment(message)
        message = outer
    (tmp_path / "m.eml").write_bytes(bytes(message))
    texts = [section.text for section in load(tmp_path / "m.eml").sections]
    assert "Niveau 5." in texts
    assert "Le fond." not in texts


def test_an_attachment_of_thousands_of_tables_in_one_another_is_read(tmp_path: Path) -> None:
    message = mail("Tableau", "Voici le tableau.")
    message.add_attachment("<table>" * 5000 + "<tr><td>x", subtype="html", filename="t\N{BELL}.html")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    assert [section.text for section in load(tmp_path / "m.eml").sections[1:]] == ["Voici le tableau.", "x"]


def test_what_is_told_of_an_attachment_is_told_of_the_mail(tmp_path: Path) -> None:
    message = mail("Page", "Voici la page.")
    message.add_attachment(b"%PDF-1.4 rien", maintype="application", subtype="pdf", filename="faux.pdf")
    message.add_attachment("<p>Vu. \ufffd</p><p hidden>SECRET</p>", subtype="html", filename="page.html")
    (tmp_path / "m.eml").write_bytes(bytes(message))
    loaded = load(tmp_path / "m.eml")
    assert [warning.partition(":")[0] for warning in loaded.warnings] == [
        "its attachment faux.pdf is not read",
        "its attachment page.html",
    ]
    assert [(part.where, part.why) for part in loaded.left_out] == [("page.html", "hidden on the page")]

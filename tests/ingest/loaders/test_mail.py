"""Mails are read with what is attached to them, whoever wrote them."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile

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


def test_a_text_that_is_no_mail_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "m.eml").write_text("Ceci n'est pas un courriel.")
    with pytest.raises(UnreadableFile):
        load(tmp_path / "m.eml")

"""Mails saved by Outlook are read like others."""

from __future__ import annotations

import struct
from pathlib import Path

from ingest.loaders.dispatch import load
from tests.ingest.loaders.compound_file import write_compound
from tests.ingest.loaders.real_files import write_docx


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
    texts = {section.label: section.text for section in loaded.sections[1:]}
    assert texts["courriel"] == "Le seuil est l’été de 34 jours."
    assert texts["avenant.docx, art. 5"].startswith("Les frais")


HEAD = bytes(32) + struct.pack("<IIQ", 0x3FFD0003, 6, 1252)


def wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def test_the_html_of_a_mail_is_read_where_its_plain_text_is_a_stub(tmp_path: Path) -> None:
    html = "<meta charset=windows-1252><p>Le guichet de Bâle ferme le 14 avril 2025.</p><p hidden>SECRET</p>"
    streams = {
        "__properties_version1.0": HEAD,
        "__substg1.0_0037001F": wide("Avis"),
        "__substg1.0_1000001F": wide("Votre messagerie ne peut pas afficher ce message HTML."),
        "__substg1.0_10130102": html.encode("cp1252"),
    }
    loaded = load(write_compound(tmp_path / "m.msg", streams))
    assert loaded.sections[1].text == "Le guichet de Bâle ferme le 14 avril 2025."
    assert [part.what for part in loaded.left_out] == ["1 hidden part"]


def test_a_mail_in_a_mail_and_a_copied_reader_are_read_and_an_ornament_is_told(tmp_path: Path) -> None:
    mail, logo = "__attach_version1.0_#00000000", "__attach_version1.0_#00000001"
    inner = f"{mail}/__substg1.0_3701000D"
    streams = {
        "__properties_version1.0": HEAD,
        "__substg1.0_0037001F": wide("Envoi"),
        "__substg1.0_0E03001F": wide("Jean Weiß"),
        "__substg1.0_1000001F": wide("Voir le message joint."),
        f"{mail}/__substg1.0_3707001F": wide("joint"),
        f"{inner}/__properties_version1.0": HEAD[8:],
        f"{inner}/__substg1.0_0037001F": wide("Séance"),
        f"{inner}/__substg1.0_1000001E": "Le comité a décidé à Bâle.".encode("cp1252"),
        f"{logo}/__substg1.0_3707001F": wide("image001.png"),
        f"{logo}/__substg1.0_37010102": b"x",
    }
    loaded = load(write_compound(tmp_path / "m.msg", streams))
    assert "Copie : Jean Weiß" in loaded.sections[0].text
    assert (loaded.sections[-1].label, loaded.sections[-1].text) == (
        "Séance.msg, courriel",
        "Le comité a décidé à Bâle.",
    )
    assert [part.where for part in loaded.left_out] == ["image001.png"]

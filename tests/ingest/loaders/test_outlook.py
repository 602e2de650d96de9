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

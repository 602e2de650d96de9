"""RTF gives its text, and says what is lost without LibreOffice."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load


def test_rtf_gives_its_text(tmp_path: Path) -> None:
    (tmp_path / "n.rtf").write_bytes(
        rb"{\rtf1\ansi\ansicpg1252 {\b Article 5}\par Les frais sont partag\'e9s \u8211? par moiti\'e9.\par}"
    )
    section = load(tmp_path / "n.rtf").sections[0]
    assert (section.label, section.text) == ("art. 5", "Les frais sont partagés – par moitié.")


def test_without_libreoffice_the_notes_of_rtf_are_reported_as_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.rtf").write_bytes(
        rb"{\rtf1\ansi{\info{\title L'\'e9t\'e9}{\author Marie}}Une phrase{\footnote Sa note.} ordinaire.\par}"
    )
    loaded = load(tmp_path / "a.rtf")
    assert (loaded.hints["title"], loaded.hints["author"]) == ("L'été", "Marie")
    assert loaded.warnings == ("its footnotes are not read: install LibreOffice and run again, or save it as DOCX.",)


def test_without_libreoffice_hidden_struck_and_deleted_text_of_rtf_is_left_out_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "a.rtf").write_bytes(
        rb"{\rtf1\ansi{\fonttbl{\f0\fnil Arial;}{\f1\froman\fcharset2 Symbol;}}\f0 "
        rb"Le d\'e9lai est de {\strike 30 jours}45 jours.{\v SECRET} \deleted SECRET\deleted0 "
        rb"12 000{\super 2} francs, 10{\super 6} euros, {\f1\'b3} 25 %.\par}"
    )
    loaded = load(tmp_path / "a.rtf")
    assert loaded.sections[0].text == "Le délai est de 45 jours. 12 000 (2) francs, 10⁶ euros, ≥ 25 %."
    assert [left.what for left in loaded.left_out] == [
        "1 struck-out passage",
        "1 hidden passage",
        "1 deleted passage",
    ]

"""A page of a PDF is a section; damaged, encrypted and scanned files are distinguished."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from ingest.loaders.pdf.pypdf_reader import choose_text, measure_damage
from tests.ingest.loaders.real_files import write_pdf

SHARED = Path(__file__).resolve().parents[5] / "shared" / "files"

TEXT = [
    "Le groupement européen de coopération territoriale est une personne morale",
    "de droit européen ouverte aux collectivités de deux États au moins, et la coopé-",
    "ration y prend la forme d’une assemblée et d’un directeur.",
]


def test_a_page_is_a_section_and_split_words_are_joined(tmp_path: Path) -> None:
    loaded = load(write_pdf(tmp_path / "gect.pdf", [TEXT, ["Deuxième page du document."]]))
    assert [section.label for section in loaded.sections] == ["p. 1", "p. 2"]
    assert loaded.sections[0].text == (
        "Le groupement européen de coopération territoriale est une personne morale de droit européen ouverte aux "
        "collectivités de deux États au moins, et la coopération y prend la forme d’une assemblée et d’un directeur."
    )


def test_running_heads_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = [
        ["Cahiers de la frontière", f"Texte de la page numéro {name}.", f"- {number} -"]
        for number, name in enumerate("abcd", 1)
    ]
    loaded = load(write_pdf(tmp_path / "cahier.pdf", pages))
    assert [section.text for section in loaded.sections] == [f"Texte de la page numéro {name}." for name in "abcd"]


def test_pages_without_text_are_reported_and_the_others_read(tmp_path: Path) -> None:
    loaded = load(write_pdf(tmp_path / "mixed.pdf", [TEXT, [], [], TEXT, []]))
    assert loaded.warnings == ("no text on pages 2-3, 5 (blank, or a picture)",)
    assert loaded.sections[3].label == "p. 4"


def test_a_pdf_without_any_text_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="no text in it"):
        load(write_pdf(tmp_path / "scan.pdf", [[], []]))


def test_a_pdf_with_a_password_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="encrypted"):
        load(write_pdf(tmp_path / "secret.pdf", [TEXT], password="x"))


def test_a_truncated_pdf_is_unreadable(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "x.pdf", [TEXT])
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(UnreadableFile, match=r"damaged|no text"):
        load(path)


def test_the_embedded_title_is_believed_only_when_the_first_pages_bear_it_out(tmp_path: Path) -> None:
    good = load(write_pdf(tmp_path / "a.pdf", [TEXT], title="Groupement européen de coopération"))
    bad = load(write_pdf(tmp_path / "b.pdf", [TEXT], title="Cher Benoît,"))
    assert good.hints["title"] == "Groupement européen de coopération"
    assert "title" not in bad.hints


def test_the_other_reader_reads_only_damaged_or_missing_text() -> None:
    def never() -> str:
        raise AssertionError("must not be read")

    assert choose_text("Un texte sain.", never) == "Un texte sain."
    assert choose_text("g\x0ef : X !Z", lambda: "g◦f: X → Z") == "g◦f: X → Z"
    assert choose_text("", lambda: "du texte") == "du texte"
    assert choose_text("\x01\x02 texte", lambda: "\x01\x02\x03\x04\x05") == "\x01\x02 texte"


def test_damage_counts_codes_glued_and_spaced_out_letters() -> None:
    assert measure_damage("Une phrase tout à fait ordinaire, avec des mots.") == 0
    assert measure_damage("(cid:12)(cid:13)") == 1
    assert measure_damage("l e t t r e s espacées") > 0.4
    assert measure_damage("   ") == 1
    assert measure_damage("la com mune de cette fron tière dé li vre des per mis aux tra vail leurs " * 6) > 0.1


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/files is not here")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ccitt-image.pdf", "no text"),
        ("chiffre-mot-de-passe.pdf", "encrypted"),
        ("metadonnees-illisibles.pdf", "damaged"),
    ],
)
def test_real_unreadable_pdfs_are_named_with_their_reason(name: str, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        load(SHARED / name)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/files is not here")
def test_a_real_official_journal_reads_in_paragraphs_without_running_heads() -> None:
    loaded = load(SHARED / "jo-ordonnance-2022.pdf")
    text = "\n\n".join(section.text for section in loaded.sections)
    assert len(loaded.sections) == 11
    assert "Ordonnance n° 2022-544 du 13 avril 2022 relative à la déontologie et à la discipline" in text
    assert "\n\nArticle 2\n\n" in text
    assert "JOURNAL OFFICIEL" not in text

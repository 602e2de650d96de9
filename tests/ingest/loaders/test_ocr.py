"""Scanned pages are read by Tesseract where it is installed, in their own language, and cited as read by OCR."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ingest.loaders import UnreadableFile, load, ocr
from tests.conftest import ROOT

SCAN = ROOT / "corpus/documents/notes-bilateral/police-franco-suisse-1998.pdf"
HALF = ROOT / "corpus/documents/projects-france/ped-longwy-bilan.pdf"

needs_tesseract = pytest.mark.skipif(
    ocr.tesseract() is None or "fra" not in ocr._languages(str(ocr.tesseract())),
    reason="Tesseract with French is not installed",
)


@needs_tesseract
def test_a_scan_is_read_and_its_label_says_how() -> None:
    loaded = load(SCAN)
    assert [one.label for one in loaded.sections] == ["p. 1 (OCR)"]
    assert "coopération policière franco-suisse" in loaded.sections[0].text.lower()
    assert "read by OCR: page 1 (confidence 9" in loaded.warnings[0]


@needs_tesseract
def test_only_the_scanned_pages_go_through_ocr() -> None:
    labels = {one.label for one in load(HALF).sections}
    assert "p. 2 (OCR)" in labels or "p. 1 (OCR)" in labels
    assert any("OCR" not in label for label in labels)


def test_without_tesseract_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UnreadableFile, match=r"scanned pages.*tesseract-ocr-fra"):
        load(SCAN)


def test_words_are_put_together_and_their_confidence_kept() -> None:
    head = "level\tpage\tblock\tpar\tline\tword\tl\tt\tw\th\tconf\ttext"
    words = [("1", "1", "90", "coopé-"), ("1", "2", "80", "ration"), ("2", "1", "70", "Fin.")]
    rows = [f"5\t1\t1\t{par}\t{line}\t1\t0\t0\t0\t0\t{sure}\t{word}" for par, line, sure, word in words]
    page = ocr._assembled("\n".join([head, *rows]))
    assert page.text == "coopération\n\nFin."
    assert page.confidence == pytest.approx((90 * 6 + 80 * 6 + 70 * 4) / 16)


def test_a_pdf_without_words_says_that_ocr_found_none(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer, stream = PdfWriter(), io.BytesIO()
    writer.add_blank_page(200, 200)
    writer.write(stream)
    (tmp_path / "vide.pdf").write_bytes(stream.getvalue())
    with pytest.raises(UnreadableFile, match="no text in it"):
        load(tmp_path / "vide.pdf")


def _scan(folder: Path, degrees: int) -> Path:
    """Write a scanned letter, laid on the glass turned by so many degrees."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("L", (1240, 900), 255)
    for at, line in enumerate(
        ("Le syndicat intercommunal exploite la station", "de Petite-Rosselle pour le compte des communes,") * 4
    ):
        ImageDraw.Draw(page).text((120, 100 + 70 * at), line, font=ImageFont.load_default(36), fill=0)
    page.rotate(degrees, expand=True).save(folder / "lettre.tif", dpi=(150, 150))
    return folder / "lettre.tif"


@needs_tesseract
@pytest.mark.parametrize("degrees", [90, 180])
def test_a_scan_laid_wrongly_on_the_glass_is_turned_and_read(tmp_path: Path, degrees: int) -> None:
    loaded = load(_scan(tmp_path, degrees))
    assert loaded.sections[0].label == "p. 1 (OCR)"
    assert "Le syndicat intercommunal exploite la station" in loaded.sections[0].text
    assert loaded.warnings[0].startswith("read by OCR: page 1 (confidence ")


@needs_tesseract
def test_a_picture_without_text_is_told(tmp_path: Path) -> None:
    from PIL import Image

    Image.effect_noise((400, 300), 60).save(tmp_path / "photo.png")
    with pytest.raises(UnreadableFile, match=r"OCR finds no text in this picture.*\.ingestignore"):
        load(tmp_path / "photo.png")


def test_a_picture_of_500_megapixels_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("1", (25_000, 20_000)).save(tmp_path / "affiche.png")
    with pytest.raises(UnreadableFile, match="a picture of 500 megapixels, more than 200: make it smaller"):
        load(tmp_path / "affiche.png")


def test_pages_that_ocr_did_not_come_to_are_named_with_the_remedy() -> None:
    read = {0: ocr.OcrPage("Un.", 91.0), 1: ocr.OcrPage("Deux.", 84.0)}
    said = ocr.OcrRun(read, late=(4, 5, 6)).warnings([0, 1, 2, 4, 5, 6])
    assert said[0] == "read by OCR: pages 1-2 (confidence 84 % at least, page 2)"
    assert said[1].startswith("NOT read: pages 5-7: OCR of a file ends after 15 minutes. Split it")
    assert said[2] == "no text on page 3 (blank, or a picture)"

"""Scanned pages are read by Tesseract where it is installed, in their own language, and cited as read by OCR."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ingest.loaders import ocr
from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from tests.conftest import ROOT
from tests.ingest.loaders.programs import needs_tesseract

SCAN = ROOT / "corpus/documents/notes-bilateral/police-franco-suisse-1998.pdf"
HALF = ROOT / "corpus/documents/projects-france/ped-longwy-bilan.pdf"


@needs_tesseract
def test_a_scan_is_read_and_its_label_says_how() -> None:
    loaded = load(SCAN)
    assert [section.label for section in loaded.sections] == ["p. 1 (OCR)"]
    assert "coopération policière franco-suisse" in loaded.sections[0].text.lower()
    assert "read by OCR: page 1 (confidence 9" in loaded.warnings[0]


@needs_tesseract
def test_only_the_scanned_pages_go_through_ocr() -> None:
    labels = {section.label for section in load(HALF).sections}
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
    page = ocr.assemble_page("\n".join([head, *rows]))
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


def test_pages_without_time_for_ocr_are_named_with_the_remedy() -> None:
    read = {0: ocr.OcrPage("Un.", 91.0), 1: ocr.OcrPage("Deux.", 84.0)}
    warnings = ocr.OcrRun(read, skipped=(4, 5, 6)).warnings([0, 1, 2, 4, 5, 6])
    assert warnings[0] == "read by OCR: pages 1-2 (confidence 84 % at least, page 2)"
    assert warnings[1].startswith("NOT read: pages 5-7: OCR of a file ends after 15 minutes. Split it")
    assert warnings[2] == "no text on page 3 (blank, or a picture)"

"""Scans kept as images are read by OCR."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.loaders.dispatch import load
from ingest.loaders.loaded_file import UnreadableFile
from tests.ingest.loaders.programs import needs_tesseract


def _scan(folder: Path, degrees: int) -> Path:
    """Write a scanned letter, laid on the glass rotated by so many degrees."""
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
def test_a_scan_laid_wrongly_on_the_glass_is_rotated_and_read(tmp_path: Path, degrees: int) -> None:
    loaded = load(_scan(tmp_path, degrees))
    assert loaded.sections[0].label == "p. 1 (OCR)"
    assert "Le syndicat intercommunal exploite la station" in loaded.sections[0].text
    assert loaded.warnings[0].startswith("read by OCR: page 1 (confidence ")


@needs_tesseract
def test_an_image_without_text_is_unreadable(tmp_path: Path) -> None:
    from PIL import Image

    Image.effect_noise((400, 300), 60).save(tmp_path / "photo.png")
    with pytest.raises(UnreadableFile, match=r"OCR finds no text in this picture.*\.ingestignore"):
        load(tmp_path / "photo.png")


def test_a_picture_of_500_megapixels_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("1", (25_000, 20_000)).save(tmp_path / "affiche.png")
    with pytest.raises(UnreadableFile, match="a picture of 500 megapixels, more than 200: make it smaller"):
        load(tmp_path / "affiche.png")

"""Programs that may not be installed: marks of the tests that need them, and LibreOffice as a writer of test files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ingest.loaders.libreoffice import find_libreoffice
from ingest.loaders.ocr import find_tesseract, installed_packs

needs_libreoffice = pytest.mark.skipif(find_libreoffice() is None, reason="LibreOffice is not installed")
needs_tesseract = pytest.mark.skipif(
    find_tesseract() is None or "fra" not in installed_packs(str(find_tesseract())),
    reason="Tesseract with French is not installed",
)


def convert(file: Path, suffix: str) -> None:
    """Have LibreOffice write the file in another format beside it."""
    profile = f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"
    command = [str(find_libreoffice()), "--headless", profile, "--convert-to", suffix, "--outdir", str(file.parent)]
    subprocess.run([*command, str(file)], capture_output=True, timeout=120, check=True)

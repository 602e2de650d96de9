"""PDF printed by LibreOffice from an ODT or, with the layout word `docx`, from a DOCX."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from making import opendocument, word
from making.original import CannotMake, Original


def make(original: Original, target: Path) -> None:
    """Write `original` as PDF. Raises CannotMake without LibreOffice."""
    program = shutil.which("soffice")
    if program is None:
        raise CannotMake("LibreOffice is missing: install it (Debian: apt-get install libreoffice-writer)")
    with tempfile.TemporaryDirectory() as folder:
        written = Path(folder) / (target.stem + (".docx" if "docx" in original.layout else ".odt"))
        (word if "docx" in original.layout else opendocument).make(original, written)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = [program, "--headless", profile, "--convert-to", "pdf", "--outdir", folder, str(written)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        printed = written.with_suffix(".pdf")
        if not printed.is_file():
            raise CannotMake(
                f"{target.name}: LibreOffice printed nothing: {done.stderr.strip() or done.stdout.strip()}"
            )
        shutil.move(printed, target)

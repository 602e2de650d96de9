"""Make files by number, and have LibreOffice, poppler and Chromium say what a person sees of them."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from ingest.loaders.libreoffice import find_libreoffice
from tests.ingest.loaders.generated import opendocument, pages, printed, sheets, slides, word
from tests.ingest.loaders.generated.words import Text
from tests.service.browsing import CHROMIUM, chromium

_WRITERS: Final = {
    ".docx": word.write,
    ".xlsx": sheets.write,
    ".pptx": slides.write,
    ".odt": opendocument.write,
    ".pdf": printed.write,
    ".html": pages.write,
}
AT_ONCE: Final = 50  # files of one call of LibreOffice
MISSING: Final = [
    name
    for name, found in (
        ("LibreOffice", find_libreoffice()),
        ("pdftotext", shutil.which("pdftotext")),
        ("Chromium", CHROMIUM),
    )
    if found is None
]


def make_files(folder: Path, count: int) -> list[Text]:
    """Write so many files, of each format in turn; the same number gives the same file."""
    made = []
    for number in range(count):
        suffix = list(_WRITERS)[number % len(_WRITERS)]
        text = Text(random.Random(number), folder / f"{number:04}{suffix}")
        _WRITERS[suffix](text)
        made.append(text)
    return made


def render(files: Sequence[Path], folder: Path) -> Mapping[Path, str]:
    """Return what a person sees of each file, as text."""
    office = [path for path in files if path.suffix not in (".pdf", ".html")]
    printed = dict(_print(office, folder)) | {path: path for path in files if path.suffix == ".pdf"}
    seen = {path: _read_pdf(pdf) for path, pdf in printed.items()}
    web = [path for path in files if path.suffix == ".html"]
    if web:
        with chromium() as browser:
            page = browser.new_page()
            for path in web:
                page.goto(path.as_uri())
                seen[path] = page.inner_text("body")
    return seen


def _print(files: Sequence[Path], folder: Path) -> Iterator[tuple[Path, Path]]:
    """Yield each office file with the PDF LibreOffice makes of it."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [str(find_libreoffice()), "--headless", profile, "--convert-to", "pdf", "--outdir", str(folder)]
    for start in range(0, len(files), AT_ONCE):
        some = files[start : start + AT_ONCE]
        subprocess.run([*command, *map(str, some)], capture_output=True, timeout=600, check=True)
        yield from ((path, folder / f"{path.stem}.pdf") for path in some)


def _read_pdf(path: Path) -> str:
    return subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()

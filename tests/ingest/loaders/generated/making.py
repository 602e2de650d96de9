"""Make files by number, and have LibreOffice, poppler and Chromium say what a person sees of them."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
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
_FORMATS: Final = (
    *((suffix, suffix) for suffix in _WRITERS),  # as they are written
    (".xlsx", ".ods"),  # as LibreOffice writes them anew
    (".pptx", ".odp"),
    (".odt", ".docx"),
)

AT_ONCE: Final = 50  # files of one call of LibreOffice
_OFFICE: Final = find_libreoffice()
_OFFICE_PARTS: Final = {"Writer": "libswlo.so", "Calc": "libsclo.so", "Impress": "libsdlo.so"}  # packages of their own


def _has_liberation() -> bool:
    """Say whether the fonts are there that the files are laid out for: others leave no room for some of the words."""
    if shutil.which("fc-match") is None:
        return False
    command = ["fc-match", "--format=%{family}", "Liberation Serif"]
    return "Liberation" in subprocess.run(command, capture_output=True, text=True, check=False).stdout


MISSING: Final = [
    *(["LibreOffice"] if _OFFICE is None else []),
    *(
        f"LibreOffice {name}"
        for name, library in _OFFICE_PARTS.items()
        if _OFFICE is not None and not (Path(_OFFICE).resolve().parent / library).exists()
    ),
    *(["pdftotext"] if shutil.which("pdftotext") is None else []),
    *(["Chromium"] if CHROMIUM is None else []),
    *(["the Liberation fonts"] if not _has_liberation() else []),
]


def make_files(folder: Path, count: int) -> list[Text]:
    """Write so many files, of each format in turn; the same number gives the same file."""
    made, sources = [], folder / "sources"
    sources.mkdir()
    anew: dict[str, list[Path]] = {}
    for number in range(count):
        written, suffix = _FORMATS[number % len(_FORMATS)]
        text = Text(random.Random(number), (folder if written == suffix else sources) / f"{number:04}{written}")
        _WRITERS[written](text)
        if written != suffix:
            anew.setdefault(suffix, []).append(text.path)
            text.path = folder / f"{number:04}{suffix}"
            text.hidden.clear()  # LibreOffice may show in one format what is hidden in another
        made.append(text)
    for suffix, files in anew.items():
        _convert(files, suffix[1:], folder)
    return made


def render(files: Sequence[Path], folder: Path) -> Mapping[Path, str]:
    """Return what a person sees of each file, as text."""
    office = [path for path in files if path.suffix not in (".pdf", ".html")]
    printed = dict(zip(office, _convert(office, "pdf", folder), strict=True)) | {
        path: path for path in files if path.suffix == ".pdf"
    }
    seen = {path: _read_pdf(pdf) for path, pdf in printed.items()}
    web = [path for path in files if path.suffix == ".html"]
    if web:
        with chromium() as browser:
            page = browser.new_page()
            for path in web:
                page.goto(path.as_uri())
                seen[path] = page.inner_text("body")
    return seen


def _convert(files: Sequence[Path], suffix: str, folder: Path) -> list[Path]:
    """Have LibreOffice write the files in another format into the folder; return them in the order given."""
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = [str(_OFFICE), "--headless", profile, "--convert-to", suffix, "--outdir", str(folder)]
    for start in range(0, len(files), AT_ONCE):
        some = files[start : start + AT_ONCE]
        subprocess.run([*command, *map(str, some)], capture_output=True, timeout=600, check=True)
    return [folder / f"{path.stem}.{suffix}" for path in files]


def _read_pdf(path: Path) -> str:
    return subprocess.run(["pdftotext", str(path), "-"], capture_output=True, check=True).stdout.decode()

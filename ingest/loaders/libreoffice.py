"""Read office files of other times and makers (.doc, .sxw, WordPerfect, Publisher…) if LibreOffice is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Final

from index.reasons import Reason
from ingest.loaders.loaded_file import LoadedFile, UnreadableFile

SECONDS: Final = 90.0
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TARGETS: Final = {
    suffix: target
    for suffixes, target in (
        (".doc .dot .wps .wpd .wri .lwp .sxw .stw .fodt", ("docx", "word")),
        (".ppt .pps .pot .sxi .fodp", ("pptx", "powerpoint")),
        (".odg .sxd .pub .vsd .vsdx", ("pdf", "pdf")),
    )
    for suffix in suffixes.split()
}
_COMPOUND: Final = frozenset((".doc", ".dot", ".ppt", ".pps", ".pot"))
_OLDER: Final = (b"\xdb\xa5", b"1\xbe\0\0", b"2\xbe\0\0", b"\xfe7\0\x1c", b"\xfe7\0\x23")  # Word 2, Write, Word for Mac


def find_libreoffice() -> str | None:
    """Return where LibreOffice is, None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def load(path: Path) -> LoadedFile:
    """Convert the file and read what comes out. Raises UnreadableFile."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        start = file.read(8)
    if suffix in _COMPOUND and start != _OLD_OFFICE and not start.startswith(_OLDER):
        raise UnreadableFile(Reason("damaged-or-misnamed", kind=suffix))
    return convert_and_load(path, *_TARGETS[suffix])


def convert_and_load(path: Path, target: str, loader: str) -> LoadedFile:
    """Have LibreOffice convert the file to `target` and return what `loader` reads. Raises UnreadableFile."""
    suffix = path.suffix.lower()
    program = find_libreoffice()
    if program is None:
        raise UnreadableFile(Reason("needs-libreoffice", suffix=suffix, target=target.upper()))
    with tempfile.TemporaryDirectory(prefix="passerelle-office-") as folder:
        command = [
            program,
            "--headless",
            "--norestore",
            "--nolockcheck",
            f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}",
            "--convert-to",
            target,
            "--outdir",
            folder,
            str(path),
        ]
        try:
            subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except (subprocess.TimeoutExpired, OSError) as error:
            raise UnreadableFile(Reason("conversion-failed", detail=type(error).__name__)) from error
        converted = next(Path(folder).glob(f"*.{target}"), None)
        if converted is None:
            raise UnreadableFile(Reason("not-converted", suffix=suffix))
        loaded: LoadedFile = import_module(f"ingest.loaders.{loader}").load(converted)
        return loaded

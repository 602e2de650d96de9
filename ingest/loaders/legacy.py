"""Old binary office files (.doc, .ppt, .xls) and Outlook's .msg: through LibreOffice, when it is installed."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Final

from ingest.loaders import PASSWORD_HINT, Loaded, UnreadableFile

SECONDS: Final = 90.0
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TARGETS: Final = {
    ".doc": ("docx", "word"),
    ".dot": ("docx", "word"),
    ".ppt": ("pptx", "slides"),
    ".pps": ("pptx", "slides"),
    ".xls": ("xlsx", "tables"),
    ".ods": ("xlsx", "tables"),
}


def office() -> str | None:
    """Return where LibreOffice is, None when it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def load(path: Path) -> Loaded:
    """Convert the file and read what comes out. Raises UnreadableFile."""
    suffix = path.suffix.lower()
    target, loader = _TARGETS[suffix]
    with path.open("rb") as file:
        start = file.read(8)
    if suffix != ".ods" and start != _OLD_OFFICE:
        raise UnreadableFile(f"damaged, or no {suffix} file in spite of its suffix.")
    program = office()
    if program is None:
        raise UnreadableFile(f"{suffix} files need LibreOffice. Install it, or save the file as {target.upper()}.")
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
            raise UnreadableFile(f"LibreOffice could not convert it ({type(error).__name__}).") from error
        made = next(Path(folder).glob(f"*.{target}"), None)
        if made is None:
            raise UnreadableFile(f"LibreOffice could not convert it (damaged, or with a password). {PASSWORD_HINT}")
        read: Loaded = import_module(f"ingest.loaders.{loader}").load(made)
        return read

"""Files behind a password that the catalogue gives: opened into a copy of this process's own, gone when it was read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ingest.loaders import UnreadableFile

WRONG: Final = "encrypted, and the password in catalogue.csv does not open it."
_WITHOUT_SECURITY: Final = 3  # FPDF_REMOVE_SECURITY (fpdf_save.h)
_COMPOUND: Final = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB]: encrypted OOXML lies in one, old Office files are one
)


@contextmanager
def unlocked(path: Path, password: str) -> Iterator[Path]:
    """Yield a file of the same name without its password, the file itself when it has none. Raises UnreadableFile."""
    with path.open("rb") as file:
        start = file.read(1024)
    open_into = _open_pdf if b"%PDF" in start else _open_office if start.startswith(_COMPOUND) else None
    if not password or open_into is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="passerelle-") as folder:
        copy = Path(folder) / path.name
        yield copy if open_into(path, password, copy) else path


def _open_pdf(path: Path, password: str, copy: Path) -> bool:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path, password=password)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile(WRONG) from error
        return False  # damaged in another way: the reader says how
    document.save(copy, flags=_WITHOUT_SECURITY)
    document.close()
    return True


def _open_office(path: Path, password: str, copy: Path) -> bool:
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    with path.open("rb") as file:
        try:
            office: Any = OfficeFile(file)
            if not office.is_encrypted():
                return False
            office.load_key(password=password)
            with copy.open("wb") as opened:
                office.decrypt(opened)
        except (InvalidKeyError, DecryptionError) as error:
            raise UnreadableFile(WRONG) from error
        except FileFormatError:
            return False
    return True

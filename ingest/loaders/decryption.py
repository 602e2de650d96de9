"""Decrypt files whose password stands in the catalogue, into a temporary copy that is removed after reading."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from index.reasons import Reason
from ingest.loaders.loaded_file import UnreadableFile

WRONG_PASSWORD: Final = Reason("wrong-password")
_WITHOUT_SECURITY: Final = 3  # FPDF_REMOVE_SECURITY (fpdf_save.h)
_COMPOUND: Final = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # [MS-CFB]: encrypted OOXML lies in one, old Office files are one
)


@contextmanager
def decrypt(path: Path, password: str) -> Iterator[Path]:
    """Yield a decrypted copy of the file, of the same name; the file itself if it is not encrypted.

    Raises UnreadableFile for a wrong password.
    """
    with path.open("rb") as file:
        start = file.read(1024)
    decrypt_into = _decrypt_pdf if b"%PDF" in start else _decrypt_office if start.startswith(_COMPOUND) else None
    if not password or decrypt_into is None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="passerelle-") as folder:
        copy = Path(folder) / path.name
        yield copy if decrypt_into(path, password, copy) else path


def _decrypt_pdf(path: Path, password: str, copy: Path) -> bool:
    """Write the decrypted file to `copy`; return False if it cannot be opened at all. Raises UnreadableFile."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path, password=password)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise UnreadableFile(WRONG_PASSWORD) from error
        return False  # damaged in another way: the reader says how
    document.save(copy, flags=_WITHOUT_SECURITY)
    document.close()
    return True


def _decrypt_office(path: Path, password: str, copy: Path) -> bool:
    """Write the decrypted file to `copy`; return False if it is not encrypted. Raises UnreadableFile."""
    from msoffcrypto import OfficeFile
    from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

    with path.open("rb") as file:
        try:
            office: Any = OfficeFile(file)
            if not office.is_encrypted():
                return False
            office.load_key(password=password)
            with copy.open("wb") as decrypted:
                office.decrypt(decrypted)
        except (InvalidKeyError, DecryptionError) as error:
            raise UnreadableFile(WRONG_PASSWORD) from error
        except FileFormatError:
            return False
    return True

"""Archives encrypted under a passphrase: AES-256-GCM in chunks, the key by scrypt (RFC 7914).

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance"), as in age and Tink: each chunk's nonce holds its number and whether it is the last, so
that chunks that are missing, exchanged or repeated are noticed. Every chunk also authenticates the header.

    magic (16) | log2 n (1) | salt (16) | nonce prefix (7) | check (32) | chunks, each with a tag of 16 bytes

`check` says whether the passphrase is the right one before anything is decrypted.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from index.errors import PasserelleError

MAGIC: Final = b"passerelle-enc1\n"
LOG_N: Final = 17  # 128 MB and some tenths of a second a guess (OWASP, Password Storage Cheat Sheet)
MOST_LOG_N: Final = 20  # a header that asks for more is refused rather than given the memory
CHUNK: Final = 1 << 20  # bytes of plain text
TAG: Final = 16
CHECK: Final = 32
HEADER: Final = len(MAGIC) + 1 + 16 + 7
LEAST_PASSPHRASE: Final = 12


class EncryptionError(PasserelleError):
    """An encrypted archive cannot be opened, or a passphrase not be used; the message says why."""


@dataclass(frozen=True)
class _Chunks:
    """Encrypts and decrypts chunks by their number."""

    cipher: AESGCM
    header: bytes

    def encrypt(self, number: int, plain: bytes, *, is_last: bool) -> bytes:
        return self.cipher.encrypt(self._nonce(number, is_last), plain, self.header)

    def decrypt(self, number: int, chunk: bytes, *, is_last: bool) -> bytes:
        """Return the plain text. Raises InvalidTag."""
        return self.cipher.decrypt(self._nonce(number, is_last), chunk, self.header)

    def _nonce(self, number: int, is_last: bool) -> bytes:
        return self.header[-7:] + number.to_bytes(4, "big") + bytes([is_last])


class EncryptingWriter(io.RawIOBase):
    """Encrypts what is written to it into `target`; closing it writes the last chunk, without which nothing opens."""

    def __init__(self, target: BinaryIO, passphrase: str, log_n: int = LOG_N) -> None:
        header = MAGIC + bytes([log_n]) + os.urandom(16 + 7)
        self._chunks, check = _open_chunks(header, passphrase)
        self._target, self._rest, self._number = target, bytearray(), 0
        target.write(header + check)

    def writable(self) -> bool:
        return True

    def write(self, content: object) -> int:
        added = bytes(content)  # type: ignore[call-overload]  # whatever has bytes
        self._rest += added
        while len(self._rest) > CHUNK:  # one chunk is held back: the last one is marked
            self._put(bytes(self._rest[:CHUNK]), is_last=False)
            del self._rest[:CHUNK]
        return len(added)

    def finish(self) -> None:
        """Write the last chunk."""
        self._put(bytes(self._rest), is_last=True)
        self._rest.clear()

    def _put(self, plain: bytes, *, is_last: bool) -> None:
        self._target.write(self._chunks.encrypt(self._number, plain, is_last=is_last))
        self._number += 1


def is_encrypted(file: Path) -> bool:
    with file.open("rb") as source:
        return source.read(len(MAGIC)) == MAGIC


def decrypt(file: Path, target: BinaryIO, passphrase: str) -> None:
    """Write what an encrypted file holds to `target`. Raises EncryptionError, with nothing to be used in `target`."""
    with file.open("rb") as source:
        header, check = source.read(HEADER), source.read(CHECK)
        if len(check) < CHECK:
            raise EncryptionError(f"{file}: cut off in its first bytes. Take another backup.")
        if header[len(MAGIC)] > MOST_LOG_N:
            raise EncryptionError(f"{file}: its header is damaged. Take another backup.")
        chunks, expected = _open_chunks(header, passphrase)
        if not hmac.compare_digest(check, expected):
            raise EncryptionError(f"{file}: the passphrase is not the one it was encrypted with.")
        number, chunk = 0, source.read(CHUNK + TAG)
        while True:
            following = source.read(CHUNK + TAG)
            try:
                target.write(chunks.decrypt(number, chunk, is_last=not following))
            except InvalidTag as error:
                where = "it was cut off, or its end is damaged" if not following else f"chunk {number} is damaged"
                raise EncryptionError(f"{file}: {where}. Take another backup.") from error
            if not following:
                return
            number, chunk = number + 1, following


@contextmanager
def decrypted(file: Path, passphrase: str, folder: Path) -> Iterator[Path]:
    """Yield the archive as it was before it was encrypted, in a private folder below `folder` while the body runs.

    A file that is not encrypted is yielded itself. Raises EncryptionError, OSError.
    """
    if not file.is_file() or not is_encrypted(file):
        yield file
        return
    if not passphrase:
        raise EncryptionError(f"{file}: is encrypted. Name the file that holds its passphrase: --passphrase-file FILE.")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".passerelle-decrypted-", dir=folder) as private:
        plain = Path(private) / "archive.zip"
        with plain.open("xb") as target:
            decrypt(file, target, passphrase)
        yield plain


def read_passphrase(file: Path | None) -> str:
    """Return the first line of a file, "" without one. Raises EncryptionError for one that is too short."""
    if file is None:
        return ""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EncryptionError(f"{file}: the passphrase cannot be read ({error}).") from error
    passphrase = lines[0] if lines else ""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise EncryptionError(
            f"{file}: expected a passphrase of {LEAST_PASSPHRASE} characters or more in its first line."
        )
    return passphrase


def _open_chunks(header: bytes, passphrase: str) -> tuple[_Chunks, bytes]:
    """Return the cipher of a header and passphrase, and what shows that the passphrase fits."""
    n, salt = 1 << header[len(MAGIC)], header[len(MAGIC) + 1 : -7]
    derived = Scrypt(salt=salt, length=64, n=max(2, n), r=8, p=1).derive(passphrase.encode())
    return _Chunks(AESGCM(derived[:32]), header), hmac.digest(derived[32:], header, hashlib.sha256)

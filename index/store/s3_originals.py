"""Original files in an S3-compatible store. An object appears whole or not at all: that is how the protocol writes.

Each is read to a temporary file, which is checked and deleted again: a machine keeps nothing of what is erased.
"""

from __future__ import annotations

import errno
import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any, Final

from index.errors import StoreError
from index.settings import S3
from index.store.originals import copy_hashed, lost, require_unchanged

_ADDRESS: Final = re.compile(rf"{S3}([a-z0-9][a-z0-9.-]+)((?:/(?!\.+(?:/|$))[A-Za-z0-9!_.*'()-]+)*)/?")
_CONNECTION: Final = {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 2, "mode": "standard"}}
_DISK_IS_FULL: Final = (errno.ENOSPC, errno.EDQUOT)
_LOG: Final = logging.getLogger("passerelle.index")


@dataclass(frozen=True)
class S3Originals:
    """The objects of a bucket below a prefix, named by their SHA-256. `file_system` is an s3fs.S3FileSystem."""

    file_system: Any
    bucket: str
    prefix: str = ""  # "/folder/folder"

    @classmethod
    def of_address(cls, address: str) -> S3Originals:
        """Return the originals of s3://bucket/folder. Raises StoreError, which never repeats the address."""
        match = _ADDRESS.fullmatch(address)
        if match is None:
            raise StoreError(
                "PASSERELLE_OBJECTS: expected an address like s3://bucket/folder. Keys do not belong in it: they are "
                "read from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the server's address from AWS_ENDPOINT_URL."
            )
        return cls(_file_system(), *match.groups())

    @property
    def name(self) -> str:
        return f"{S3}{self.bucket}{self.prefix}"

    def keep(self, content: IO[bytes]) -> str:
        with tempfile.NamedTemporaryFile(prefix="passerelle-original-") as copy:
            sha256 = copy_hashed(content, copy)
            copy.flush()
            if not self.holds(sha256):
                with self._reached("keep"):
                    self.file_system.put_file(copy.name, self._path(sha256))
        return sha256

    def holds(self, sha256: str) -> bool:
        with self._reached("look for"):
            try:
                self.file_system.info(self._path(sha256))
            except FileNotFoundError:
                self._require_bucket()
                return False
            return True

    @contextmanager
    def read(self, sha256: str) -> Iterator[Path]:
        with tempfile.NamedTemporaryFile(prefix="passerelle-original-") as copy:
            with self._reached("read"):
                try:
                    self.file_system.get_file(self._path(sha256), copy.name)
                except FileNotFoundError as error:
                    self._require_bucket()
                    raise lost(sha256) from error
            require_unchanged(Path(copy.name), sha256)
            yield Path(copy.name)

    def remove(self, sha256: str) -> None:
        with self._reached("remove"):
            self.file_system.rm_file(self._path(sha256))

    def names(self) -> Iterator[str]:
        with self._reached("list"):
            paths: list[str] = self.file_system.find(f"{self.bucket}{self.prefix}")
        return (path.rpartition("/")[2] for path in paths)

    def _require_bucket(self) -> None:
        """Raise FileNotFoundError where the bucket itself is not there: nothing in it is lost then."""
        self.file_system.call_s3("head_bucket", Bucket=self.bucket)

    def _path(self, sha256: str) -> str:
        return f"{self.bucket}{self.prefix}/{sha256[:2]}/{sha256}"

    @contextmanager
    def _reached(self, what: str) -> Iterator[None]:
        """Raise StoreError where the store cannot be used; its name stands in the log alone, its answer nowhere."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except (BotoCoreError, ClientError, OSError) as error:
            if isinstance(error, OSError) and error.errno in _DISK_IS_FULL:
                raise
            cause = error.__cause__ if isinstance(error.__cause__, ClientError) else error
            code = cause.response.get("Error", {}).get("Code", "") if isinstance(cause, ClientError) else ""
            # Not the error's text: it repeats addresses, with whatever an operator has put into them.
            _LOG.warning("%s: cannot %s an original (%s %s)", self.name, what, type(error).__name__, code)
            raise StoreError(
                "The store of original files does not answer, or refuses; the log says why. See that it runs, that "
                "PASSERELLE_OBJECTS names a bucket of it, and that AWS_ENDPOINT_URL and the keys are right."
            ) from None


@cache
def _file_system() -> Any:
    """Return the process's connection to the store that the AWS_… variables name. Raises StoreError."""
    try:
        from s3fs import S3FileSystem
    except ImportError as error:
        raise StoreError(
            "PASSERELLE_OBJECTS: original files in S3 need the package s3fs, which is not installed: `make s3`, or "
            "`pip install 'passerelle[s3]'`."
        ) from error
    return S3FileSystem(use_listings_cache=False, skip_instance_cache=True, config_kwargs=_CONNECTION)

"""What staff upload: kept in a folder with a catalogue of its own, from which the ingestion job takes it.

Nothing here opens a file. `<data>/uploads/` is a source like any other: `2026-11/<name>-<random>.pdf` and a row of
`catalogue.csv` each. What became of a file, the job tells in `<data>/uploads-state.json` (`ingest.sources.uploads`).
"""

from __future__ import annotations

import csv
import fcntl
import json
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final, NamedTuple

from index.errors import PasserelleError

CATALOGUE: Final = "catalogue.csv"
COLUMNS: Final = (
    *("file", "title", "kind", "audience", "language", "countries", "borders", "themes", "legal_instruments"),
    *("published", "valid_from", "valid_to", "author", "notice", "uploaded", "uploaded_by", "uploaded_as"),
)
# What the job reads: `ingest.loaders.LOADERS`, which a test holds this to.
SUFFIXES: Final = (
    *(
        ".pdf",
        ".docx",
        ".docm",
        ".dotx",
        ".dotm",
        ".pptx",
        ".pptm",
        ".ppsx",
        ".ppsm",
        ".potx",
        ".potm",
        ".xlsx",
        ".xlsm",
        ".xltx",
    ),
    *(
        ".xltm",
        ".xlsb",
        ".xls",
        ".xlt",
        ".ods",
        ".ots",
        ".csv",
        ".tsv",
        ".odt",
        ".odp",
        ".ott",
        ".otp",
        ".rtf",
        ".epub",
    ),
    *(".eml", ".msg", ".doc", ".dot", ".ppt", ".pps", ".pot", ".sxw", ".stw", ".sxi", ".fodt", ".fodp", ".wpd", ".wps"),
    *(
        ".wri",
        ".lwp",
        ".odg",
        ".sxd",
        ".pub",
        ".vsd",
        ".vsdx",
        ".html",
        ".htm",
        ".xhtml",
        ".shtml",
        ".mht",
        ".mhtml",
        ".tif",
    ),
    *(".tiff", ".png", ".jpg", ".jpeg", ".md", ".markdown", ".txt", ".text", ".asc"),
)
WATCHED_WITHIN_S: Final = 30.0  # a job that watches touches its file every five seconds
_PIECE: Final = 1 << 20


class NotKept(PasserelleError):
    """A file could not be stored; nothing of it is left behind."""


class Refused(Exception):
    """A file is not one that is taken; `field` names what is wrong with it."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")


class Given(NamedTuple):
    """A file as it was sent."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload and what became of it: "waiting", "read", "failed" or "withdrawn"."""

    path: str
    name: str  # as it was called where it came from
    title: str
    audience: str
    at: str
    by: str
    state: str = "waiting"
    document_id: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Uploads:
    """The uploads of one data folder."""

    data: Path
    most_bytes: int = 50_000_000  # of a file

    @property
    def folder(self) -> Path:
        return self.data / "uploads"

    def put(self, given: Sequence[Given], said: Mapping[str, str], by: str, at: datetime) -> list[str]:
        """Keep the files, each whole or not at all, and return their paths. Raises Refused before any is kept, NotKept.

        `said` is what the catalogue is to state of each: ingest's own names, several values joined by "|".
        """
        for one in given:
            _suffix(one.name)
            if _size(one.content) > self.most_bytes:
                raise Refused(one.name, f"larger than {self.most_bytes // 1_000_000} MB")
            if not _size(one.content):
                raise Refused(one.name, "empty")
        rows, unfinished = [], {}
        try:
            for one in given:
                path = f"{at:%Y-%m}/{safe_stem(one.name)}-{secrets.token_hex(3)}{_suffix(one.name)}"
                unfinished[path] = (self.folder / path).with_name(f".{PurePosixPath(path).name}.part")
                _write(unfinished[path], one.content)
                rows.append(
                    dict(said)
                    | {"file": path, "uploaded": at.isoformat(timespec="seconds"), "uploaded_by": by}
                    | {"uploaded_as": " ".join(one.name.split())[:200]}
                )
            with self._alone():
                self._write_catalogue([*self._rows(), *rows], waiting=unfinished.keys())
                for path, part in unfinished.items():
                    part.replace(self.folder / path)
        except OSError as error:
            raise NotKept(
                f"{self.folder}: the files could not be stored ({error.strerror}). Try again later."
            ) from error
        finally:
            for part in unfinished.values():
                part.unlink(missing_ok=True)
        return list(unfinished)

    def listed(self) -> list[Upload]:
        """Return the uploads with what became of them, the newest first."""
        try:
            told = json.loads((self.data / "uploads-state.json").read_text(encoding="utf-8"))["files"]
        except (OSError, ValueError, KeyError):  # no job has looked yet
            told = {}
        found = [_upload(row, told.get(row["file"], {})) for row in self._rows()]
        return sorted(found, key=lambda one: (one.at, one.path), reverse=True)

    @property
    def is_watched(self) -> bool:
        """Say whether an ingestion job watches, and will take what waits by itself."""
        try:
            return abs(time.time() - (self.data / "ingest-watching").stat().st_mtime) < WATCHED_WITHIN_S
        except OSError:
            return False

    def _rows(self) -> list[dict[str, str]]:
        try:
            with (self.folder / CATALOGUE).open(encoding="utf-8", newline="") as file:
                return [dict(row) for row in csv.DictReader(file)]
        except FileNotFoundError:
            return []

    def _write_catalogue(self, rows: Sequence[Mapping[str, str]], waiting: Collection[str]) -> None:
        """Write the catalogue anew, whole; rows whose files never came (a crash) are left out."""
        here = [row for row in rows if row["file"] in waiting or (self.folder / row["file"]).exists()]
        columns = list(dict.fromkeys([*COLUMNS, *(name for row in here for name in row)]))  # staff may have added some
        unfinished = self.folder / f".{CATALOGUE}.part"
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(here)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.folder / CATALOGUE)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


def safe_stem(name: str) -> str:
    """Return a name's stem as a file may be called anywhere: "Étude n° 3.pdf" is "etude-n-3"."""
    stem = PurePosixPath(name.replace("\\", "/")).stem
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "document"


def _write(path: Path, content: BinaryIO) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        content.seek(0)
        while piece := content.read(_PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _suffix(name: str) -> str:
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if suffix not in SUFFIXES:
        raise Refused(name, f"not a format that is read; wanted: {' '.join(SUFFIXES)}")
    return suffix


def _size(content: BinaryIO) -> int:
    content.seek(0, os.SEEK_END)
    return content.tell()


def _upload(row: Mapping[str, str], told: Mapping[str, str]) -> Upload:
    return Upload(
        path=row["file"],
        name=row.get("uploaded_as", ""),
        title=row.get("title", ""),
        audience=row.get("audience", ""),
        at=row.get("uploaded", ""),
        by=row.get("uploaded_by", ""),
        state=told.get("state", "waiting"),
        document_id=told.get("document", ""),
        reason=told.get("reason", ""),
    )

"""What staff upload: kept in a folder with a catalogue of its own, from which the ingestion job reads it.

Nothing here opens a file. `<data>/uploads/`, which all machines share, is a source like any other:
`2026-11/<name>-<random>.pdf` and a row of `catalogue.csv` each. What became of a file, the job writes to
`uploads-state.json` (`ingest.sync.uploads`).
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import secrets
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, NamedTuple

from index.documents import PARTICULARS
from index.errors import PasserelleError
from index.formats import SUFFIXES
from index.reasons import Reason, recall_reason
from index.store.atomic_files import write_atomically
from index.store.shared_folder import NotShared, require_shared
from index.store.small_files import FolderFiles, SmallFiles

CATALOGUE: Final = "catalogue.csv"
COLUMNS: Final = (
    "file",
    "title",
    "kind",
    "audience",
    "groups",
    "language",
    "countries",
    "borders",
    "themes",
    "legal_instruments",
    "published",
    "valid_from",
    "valid_to",
    "author",
    "notice",
    *PARTICULARS,
    "uploaded",
    "uploaded_by",
    "uploaded_as",
)
_PIECE: Final = 1 << 20


class NotStored(PasserelleError):
    """A file could not be stored; nothing of it is left behind."""


class Refused(Exception):
    """A file is not accepted; the reason names it and says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class UploadedFile(NamedTuple):
    """A file as it was sent."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload and what became of it: "waiting", "reading", "read", "failed" or "withdrawn"."""

    path: str
    name: str  # as it was called where it came from
    title: str
    audience: str
    groups: tuple[str, ...]
    at: str
    by: str
    state: str = "waiting"
    document_id: str = ""
    reason: str = ""


@dataclass(frozen=True)
class UploadFolder:
    """The uploads of one data folder."""

    data: Path
    most_bytes: int = 50_000_000  # of a file
    shared: SmallFiles | None = None  # with other machines; None: there are none

    @property
    def files(self) -> SmallFiles:
        return self.shared or FolderFiles(self.data)

    @property
    def folder(self) -> Path:
        return self.data / "uploads"

    def put(self, files: Sequence[UploadedFile], row: Mapping[str, str], by: str, at: datetime) -> list[str]:
        """Keep the files, each whole or not at all, and return their paths. Raises Refused before any is, NotStored.

        `row` is what the catalogue states of each: ingest's own names, several values joined by "|".
        """
        for file in files:
            self._check(file)
        rows, parts = [], {}
        try:
            require_shared(self.folder, self.files)
            for file in files:
                path = f"{at:%Y-%m}/{safe_stem(file.name)}-{secrets.token_hex(3)}{_suffix(file.name)}"
                parts[path] = (self.folder / path).with_name(f".{PurePosixPath(path).name}.part")
                _write(parts[path], file.content)
                rows.append(
                    dict(row)
                    | {"file": path, "uploaded": at.isoformat(timespec="seconds"), "uploaded_by": by}
                    | {"uploaded_as": " ".join(file.name.split())[:200]}
                )
            with self.files.lock("uploads/"):
                self._write_catalogue([*self._rows(), *rows], unfinished=parts.keys())
                for path, part in parts.items():
                    part.replace(self.folder / path)
        except OSError as error:
            reason = Reason("upload-not-stored", folder=str(self.folder), detail=str(error.strerror))
            raise NotStored(reason) from error
        except NotShared as error:
            raise NotStored(Reason("upload-folder-not-shared", folder=str(self.folder))) from error
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)
        return list(parts)

    def all(self) -> list[Upload]:
        """Return the uploads with what became of them, the newest first."""
        try:
            states = json.loads(self.files.read("uploads-state.json") or b"")["files"]
        except (OSError, ValueError, KeyError):  # no job has looked yet
            states = {}
        uploads = [_upload(row, states.get(row["file"], {})) for row in self._rows()]
        return sorted(uploads, key=lambda upload: (upload.at, upload.path), reverse=True)

    def waiting(self) -> frozenset[str]:
        """Return the paths of the files that no run has looked at yet."""
        return frozenset(
            upload.path for upload in self.all() if upload.state == "waiting" and (self.folder / upload.path).is_file()
        )

    def _check(self, file: UploadedFile) -> None:
        _suffix(file.name)
        size = _size(file.content)
        if size > self.most_bytes:
            raise Refused(Reason("upload-too-large", name=file.name, most=self.most_bytes // 1_000_000))
        if not size:
            raise Refused(Reason("upload-empty", name=file.name))

    def _rows(self) -> list[dict[str, str]]:
        try:
            with (self.folder / CATALOGUE).open(encoding="utf-8", newline="") as file:
                return [dict(row) for row in csv.DictReader(file)]
        except FileNotFoundError:
            return []

    def _write_catalogue(self, rows: Sequence[Mapping[str, str]], unfinished: Collection[str]) -> None:
        """Write the catalogue anew, as a whole; rows whose files never came (a crash) are left out."""
        present = [row for row in rows if row["file"] in unfinished or (self.folder / row["file"]).exists()]
        columns = list(dict.fromkeys([*COLUMNS, *(name for row in present for name in row)]))  # staff may add some
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, restval="")
        writer.writeheader()
        writer.writerows(present)
        with write_atomically(self.folder / CATALOGUE, durable=True) as file:
            file.write(text.getvalue().encode())


def safe_stem(name: str) -> str:
    """Return a name's stem as a file may be called anywhere: "Étude n° 3.pdf" becomes "etude-n-3"."""
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
        raise Refused(Reason("upload-not-a-format", name=name, suffixes=" ".join(SUFFIXES)))
    return suffix


def _size(content: BinaryIO) -> int:
    content.seek(0, os.SEEK_END)
    return content.tell()


def _upload(row: Mapping[str, str], state: Mapping[str, Any]) -> Upload:
    return Upload(
        path=row["file"],
        name=row.get("uploaded_as", ""),
        title=row.get("title", ""),
        audience=row.get("audience", ""),
        groups=tuple(filter(None, row.get("groups", "").split("|"))),
        at=row.get("uploaded", ""),
        by=row.get("uploaded_by", ""),
        state=state.get("state", "waiting"),
        document_id=state.get("document", ""),
        reason=recall_reason(state.get("reason", ""), state),
    )

"""One archive of all that cannot be made again: the store, the original files, and the service's own files.

A zip file whose last member, `manifest.json`, names every other with its size and SHA-256: an archive that was cut off
has none. Databases are copied by SQLite's backup, a snapshot taken while others write. What is derived or prepared
(lexical indexes, models, evaluation runs) is left out, and so are sessions.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from index.clock import utc_now
from index.errors import PasserelleError, StoreError, UnusableOriginal
from index.maintenance.encryption import EncryptingWriter
from index.settings import SERVER_FOLDER, STORE, IndexSettings
from index.store.atomic_files import write_atomically
from index.store.current_index import FOLDERS, POINTER, read_current_index, settings_of
from index.store.opening import open_originals
from index.store.store import Store

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
INDEX: Final = f"index/{STORE}"
ORIGINALS: Final = "originals/"
OTHERS: Final = "data/"
_LEFT_OUT: Final = frozenset(
    {
        STORE,
        "lexical",
        "originals",
        "models",
        "eval",
        FOLDERS,
        SERVER_FOLDER,
        POINTER,
        "near-copies.npz",
        "thesaurus.json",
        "ingest-report.json",
        "ingest-sources.json",
        "ingestion-state.json",
        "ingestion-request.json",
        "ingestion-reading",
        "sessions.sqlite",  # or a restored archive would bring back sessions that were ended since
    }
)
_CHUNK: Final = 1 << 20  # bytes
_SQLITE: Final = b"SQLite format 3\0"
_LOG: Final = logging.getLogger("passerelle.index")


class BackupError(PasserelleError):
    """An archive that cannot be used, or must not be."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds. `files`: each member's size and SHA-256."""

    format: int
    made: str
    lineage: str
    generation: int
    documents: int
    passages: int
    embedder: str
    model: str
    query_prompt: str
    passage_prompt: str
    files: dict[str, tuple[int, str]] = field(default_factory=dict)


class Member(NamedTuple):
    """A file of the archive: its name there, and what opens it."""

    name: str
    open_file: Callable[[], AbstractContextManager[Path]]


def backup(settings: IndexSettings, file: Path, passphrase: str = "") -> Manifest:
    """Write an archive of the data folder, whole or not at all, encrypted where there is a passphrase.

    Raises StoreError, BackupError, OSError.
    """
    refuse_server(settings)
    current = settings_of(settings, read_current_index(settings))
    file.parent.mkdir(parents=True, exist_ok=True)
    # What is not encrypted yet does not leave the data folder when the archive is to be.
    place = settings.data if passphrase else file.parent
    with tempfile.TemporaryDirectory(prefix=".passerelle-backup-", dir=place) as folder:
        copy = Path(folder) / STORE
        if not current.store.is_file():
            raise StoreError(f"{current.store}: no index here yet, nothing to back up.")
        _copy_database(current.store, copy)
        with closing(Store(copy, data=current.data)) as store:
            manifest = _describe(store, current)
            store.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        others = _others(settings.data, Path(folder), file)
        members = [*_originals(copy, current), *(Member(name, _file(path)) for name, path in [(INDEX, copy), *others])]
        with write_atomically(file, private=True, durable=True) as target:  # it holds keys and the sessions' secret
            if passphrase:
                _write_encrypted(target, members, manifest, passphrase)
            else:
                _write(target, members, manifest)
    return manifest


def refuse_server(settings: IndexSettings) -> None:
    """Raise BackupError for an index in PostgreSQL, which has its own tools."""
    if settings.database:
        raise BackupError(
            "The index is in PostgreSQL: back it up and restore it with the server's own tools (pg_dump; "
            "docs/operations.md), and copy the data folder with its originals, keys and journal."
        )


def read_manifest(file: Path) -> Manifest:
    """Return what an archive says of itself. Raises BackupError when it is none, or was cut off."""
    try:
        with zipfile.ZipFile(file) as archive:
            payload = json.loads(archive.read(MANIFEST))
        if payload.get("format") != FORMAT:
            raise BackupError(f"{file}: of format {payload.get('format')!r}; this program reads format {FORMAT}.")
        files = {name: (int(size), str(sha256)) for name, (size, sha256) in payload.pop("files").items()}
        return Manifest(**payload, files=files)
    except FileNotFoundError as error:
        raise BackupError(f"{file}: there is no such file.") from error
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise BackupError(f"{file}: not a whole backup ({error}). Take another one.") from error


def check(file: Path) -> Manifest:
    """Read an archive to its end and hold every member to its checksum. Raises BackupError."""
    manifest = read_manifest(file)
    with tempfile.TemporaryDirectory(prefix=".passerelle-check-", dir=file.parent) as folder:
        for name in manifest.files:
            extract(file, manifest, name, Path(folder) / "member")
    return manifest


def extract(file: Path, manifest: Manifest, name: str, to: Path) -> None:
    """Write one member to a file, checked, on the disk when this returns. Raises BackupError, OSError."""
    try:
        with (
            zipfile.ZipFile(file) as archive,
            archive.open(name) as source,
            write_atomically(to, private=True, durable=True) as target,
        ):
            shutil.copyfileobj(source, target, _CHUNK)
            size = target.tell()
            target.seek(0)
            if (size, hashlib.file_digest(target, "sha256").hexdigest()) != manifest.files[name]:
                raise BackupError(f"{file}: {name} in it is damaged. Take another backup.")
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise BackupError(f"{file}: {name} in it is damaged ({error}). Take another backup.") from error


def _describe(store: Store, settings: IndexSettings) -> Manifest:
    documents, passages = store.count()
    return Manifest(
        FORMAT,
        utc_now().isoformat(timespec="seconds"),
        store.lineage,
        store.generation,
        documents,
        passages,
        store.fact("embedder"),
        *settings.model_choice,
    )


def _write_encrypted(target: BinaryIO, members: list[Member], manifest: Manifest, passphrase: str) -> None:
    writer = EncryptingWriter(target, passphrase)
    _write(writer, members, manifest)
    writer.finish()


def _write(target: BinaryIO | EncryptingWriter, members: list[Member], manifest: Manifest) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, open_file in members:
            member = zipfile.ZipInfo(name) if name.startswith(ORIGINALS) else name  # a ZipInfo: stored as it is
            try:
                with open_file() as path:
                    manifest.files[name] = _add(archive, member, path)
            except UnusableOriginal as error:  # all else is worth keeping
                _LOG.warning("not in the backup: %s", error)
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))


def _add(archive: zipfile.ZipFile, member: zipfile.ZipInfo | str, path: Path) -> tuple[int, str]:
    """Add a file and return size and SHA-256 of what was added: a log may grow while it is read."""
    digest, size, most = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as source, archive.open(member, "w", force_zip64=True) as target:
        while chunk := source.read(min(_CHUNK, most - size)):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk)
    return size, digest.hexdigest()


def _originals(copy: Path, current: IndexSettings) -> Iterator[Member]:
    """Yield the originals that the copied store names."""
    originals = open_originals(current)
    with closing(Store(copy, data=current.data)) as store:
        for sha256 in store.document_table.originals():
            yield Member(f"{ORIGINALS}{sha256}", partial(originals.read, sha256))


def _file(path: Path) -> Callable[[], AbstractContextManager[Path]]:
    return lambda: nullcontext(path)


def _others(data: Path, folder: Path, archive: Path) -> Iterator[tuple[str, Path]]:
    """Yield the other files of the data folder; databases as snapshots, unfinished files and locks not at all."""
    for path in sorted(data.rglob("*")):
        relative = path.relative_to(data)
        is_hidden = any(part.startswith(".") for part in relative.parts)
        if relative.parts[0] in _LEFT_OUT or is_hidden or path.is_symlink() or not path.is_file():
            continue
        if path.name.endswith((".lock", "-wal", "-shm", "-journal")) or path.resolve() == archive.resolve():
            continue
        if _is_database(path):
            copy = folder / f"{len(relative.parts)}-{'-'.join(relative.parts)}"
            _copy_database(path, copy)
            path = copy
        yield f"{OTHERS}{relative.as_posix()}", path


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_SQLITE)) == _SQLITE


def _copy_database(path: Path, to: Path) -> None:
    """Copy a database as it stands between two transactions, in one step: writers go on meanwhile (WAL)."""
    try:
        with (
            closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=30)) as source,
            closing(sqlite3.connect(to)) as target,
        ):
            source.backup(target)
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{path}: cannot be copied ({error}). `python -m index verify` says more.") from error

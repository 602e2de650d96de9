"""One archive of all that cannot be made again: the store, the original files, and the service's own files.

A zip file whose last member, `manifest.json`, names every other with its size and SHA-256: an archive that was cut off
has none. Databases are copied by SQLite's backup, a snapshot taken while others write. What is derived or prepared
(lexical indexes, models, evaluation runs) is left out.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from index.errors import PasserelleError, StoreError
from index.maintenance.whole_store import originals_named
from index.settings import STORE, IndexSettings
from index.store.checksums import sha256_of
from index.store.current_index import FOLDERS, POINTER, at, place_of
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
        POINTER,
        "near-copies.npz",
        "thesaurus.json",
        "ingest-report.json",
    }
)
_SQLITE: Final = b"SQLite format 3\0"


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


def backup(settings: IndexSettings, file: Path) -> Manifest:
    """Write an archive of the data folder, whole or not at all. Raises StoreError, BackupError, OSError."""
    place = place_of(settings)
    now = at(settings, place)
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with tempfile.TemporaryDirectory(prefix=".passerelle-backup-", dir=file.parent) as folder:
            copied = Path(folder) / STORE
            if not now.store.is_file():
                raise StoreError(f"{now.store}: no index here yet, nothing to back up.")
            _copy_database(now.store, copied)
            with closing(Store(copied, originals=now.originals)) as store:
                manifest = _described(store, now)
                store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            members = [(INDEX, copied), *_originals(copied, now), *_others(settings.data, Path(folder), file)]
            _write(unfinished, members, manifest)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """Return what an archive says of itself. Raises BackupError when it is none, or was cut off."""
    try:
        with zipfile.ZipFile(file) as archive:
            said = json.loads(archive.read(MANIFEST))
        if said.get("format") != FORMAT:
            raise BackupError(f"{file}: of format {said.get('format')!r}; this program reads format {FORMAT}.")
        files = {name: (int(size), str(sum_)) for name, (size, sum_) in said.pop("files").items()}
        return Manifest(**said, files=files)
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
    unfinished = to.with_name(f".{to.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(file) as archive, archive.open(name) as source, unfinished.open("wb") as target:
            os.fchmod(target.fileno(), 0o600)
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())
        if (unfinished.stat().st_size, sha256_of(unfinished)) != manifest.files[name]:
            raise BackupError(f"{file}: {name} in it is damaged. Take another backup.")
        unfinished.replace(to)
    except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
        raise BackupError(f"{file}: {name} in it is damaged ({error}). Take another backup.") from error
    finally:
        unfinished.unlink(missing_ok=True)


def _described(store: Store, settings: IndexSettings) -> Manifest:
    documents, passages = store.count()
    return Manifest(
        FORMAT,
        datetime.now(UTC).isoformat(timespec="seconds"),
        store.lineage,
        store.generation,
        documents,
        passages,
        store.fact("embedder"),
        *settings.model_choice,
    )


def _write(unfinished: Path, members: list[tuple[str, Path]], manifest: Manifest) -> None:
    with unfinished.open("wb") as target:
        os.fchmod(target.fileno(), 0o600)  # hashes of keys and the sessions' secret are among it
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, path in members:
                kind = zipfile.ZIP_STORED if name.startswith(ORIGINALS) else zipfile.ZIP_DEFLATED
                archive.write(path, name, kind)
                manifest.files[name] = (path.stat().st_size, sha256_of(path))
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
        target.flush()
        os.fsync(target.fileno())


def _originals(copied: Path, now: IndexSettings) -> Iterator[tuple[str, Path]]:
    """Yield the originals that the copied store names; one that is missing is `verify`'s to tell."""
    with closing(Store(copied, originals=now.originals)) as store:
        for sha256 in originals_named(store):
            if store.original(sha256).is_file():
                yield f"{ORIGINALS}{sha256}", store.original(sha256)


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

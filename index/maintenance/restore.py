"""From an archive back to an index: checked first, put beside what is there, and made current in one step."""

from __future__ import annotations

import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from index.errors import StoreError, UnusableOriginal
from index.maintenance.backup import INDEX, ORIGINALS, OTHERS, BackupError, Manifest, check, extract, refuse_server
from index.maintenance.verify import check_store
from index.settings import IndexSettings
from index.store.current_index import (
    CurrentIndex,
    allocate_folder,
    make_current,
    previous_settings,
    read_current_index,
    settings_of,
)
from index.store.locks import INGEST_LOCK, job_lock
from index.store.opening import open_originals, writing_lock
from index.store.originals import Originals
from index.store.store import Store


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back: the archive's manifest, where its index lies now, and the files that were there and stay."""

    manifest: Manifest
    folder: Path
    originals: int
    put_back: tuple[str, ...]
    kept: tuple[str, ...]


def restore(settings: IndexSettings, file: Path, *, force: bool = False) -> Restored:
    """Make the archive's index the current one; what is there is not changed and can be returned to.

    Raises BackupError when the archive is damaged, or when a sound index stands here that it is not the past of,
    unless `force`; AnotherJob when an ingestion job is writing.
    """
    refuse_server(settings)
    manifest = check(file)
    settings.data.mkdir(parents=True, exist_ok=True)
    with job_lock(settings.data / INGEST_LOCK):
        if not force:
            _refuse_to_replace(settings, manifest)
        folder = allocate_folder(settings)
        index = CurrentIndex(folder, manifest.model, manifest.query_prompt, manifest.passage_prompt)
        to = settings_of(settings, index)
        to.folder.mkdir(parents=True)
        extract(file, manifest, INDEX, to.store)
        with closing(Store(to.store, data=to.data)) as store:
            store.record("lineage", uuid.uuid4().hex)  # its history is another one from here on
        count = restore_originals(settings, file, manifest)
        put_back, kept = [], []
        for name, path in _others(settings, manifest):
            if path.exists():  # a key revoked since must stay revoked
                kept.append(name)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            extract(file, manifest, f"{OTHERS}{name}", path)
            put_back.append(name)
        make_current(settings, to)
    return Restored(manifest, to.folder, count, tuple(put_back), tuple(kept))


def restore_originals(settings: IndexSettings, file: Path, manifest: Manifest) -> int:
    """Put back the original files that are missing or damaged and return how many. Raises BackupError, StoreError."""
    originals, count = open_originals(settings), 0
    with tempfile.TemporaryDirectory(prefix=".passerelle-restore-", dir=settings.data) as folder:
        for name, (_, digest) in manifest.files.items():
            sha256 = name.removeprefix(ORIGINALS)
            if digest != sha256 or _is_whole(originals, sha256):  # another file, or one that was damaged before
                continue
            extract(file, manifest, name, Path(folder) / "original")
            originals.remove(sha256)
            with (Path(folder) / "original").open("rb") as content:
                originals.keep(content)
            count += 1
    return count


def _is_whole(originals: Originals, sha256: str) -> bool:
    try:
        with originals.read(sha256):
            return True
    except UnusableOriginal:
        return False


def undo(settings: IndexSettings) -> Path:
    """Return to the index before the restored one, as it was."""
    with writing_lock(settings):
        to = previous_settings(settings)
        make_current(settings, to)
    return to.folder


def _refuse_to_replace(settings: IndexSettings, manifest: Manifest) -> None:
    """Raise BackupError when a sound index is current that holds more than the archive, or other things."""
    try:
        current = settings_of(settings, read_current_index(settings))
        with closing(Store(current.store)) as store:
            if check_store(store, with_texts=False):
                return
            documents, _ = store.count()
            is_same, generation = store.lineage == manifest.lineage, store.generation
    except (StoreError, sqlite3.DatabaseError):
        return
    if not documents or (is_same and generation <= manifest.generation):
        return
    difference = (
        f"{generation - manifest.generation} changes newer" if is_same else "not the one the backup was taken from"
    )
    raise BackupError(
        f"{current.folder}: holds a sound index of {documents} documents, {difference} (the backup is of "
        f"{manifest.made}, {manifest.documents} documents). With --force the backup takes its place; "
        "`python -m index restore --back` returns."
    )


def _others(settings: IndexSettings, manifest: Manifest) -> Iterator[tuple[str, Path]]:
    """Yield the archive's other files and where they belong. Raises BackupError for a place outside the data folder."""
    for name in manifest.files:
        if name.startswith(OTHERS):
            path = settings.data / name.removeprefix(OTHERS)
            if ".." in path.parts or path.is_absolute() != settings.data.is_absolute():
                raise BackupError(f"{name}: leads out of the data folder. This is no backup of ours.")
            yield name.removeprefix(OTHERS), path

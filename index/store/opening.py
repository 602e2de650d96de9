"""Which database and which originals the settings name, the store of them, and the lock of whoever writes to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StoreError
from index.settings import S3, IndexSettings
from index.store.database import Database
from index.store.locks import INGEST_LOCK, AnotherJob, job_lock
from index.store.originals import FolderOriginals, Originals
from index.store.store import Store


def open_store(settings: IndexSettings, *, create: bool = False, hide_withdrawn: bool = True) -> Store:
    """Return the store of the index that the settings name, made with `create`. Raises StoreError."""
    return Store(
        open_database(settings, create=create),
        data=settings.data,
        originals=open_originals(settings),
        hide_withdrawn=hide_withdrawn,
    )


def open_database(settings: IndexSettings, *, create: bool = False) -> Database:
    """Return the database of the index that the settings name. Raises StoreError."""
    if not settings.database:
        return Database.of_file(settings.store, create=create)
    from index.postgresql.connections import PostgresConnections
    from index.postgresql.places import schema_of

    schema = schema_of(settings.subfolder)
    return Database(PostgresConnections.of_index(settings.database, schema, create=create))


def open_originals(settings: IndexSettings) -> Originals:
    """Return the originals of the settings. Raises StoreError for an address that is none."""
    if not settings.objects:
        return FolderOriginals(settings.originals)
    if settings.objects.startswith(S3):
        from index.store.s3_originals import S3Originals

        return S3Originals.of_address(settings.objects)
    if "://" in settings.objects:
        raise StoreError("PASSERELLE_OBJECTS: expected the path of a folder, or an address like s3://bucket/folder.")
    return FolderOriginals(Path(settings.objects), is_shared=True)


@contextmanager
def writing_lock(settings: IndexSettings, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of the job that changes the index while the body runs, on whatever machine the others are.

    Raises AnotherJob when another holds it, unless it is to be waited for.
    """
    with job_lock(settings.data / INGEST_LOCK, wait=wait), server_lock(settings.database, wait=wait):
        yield


@contextmanager
def server_lock(address: str, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock of the job that changes the indexes in the database of this address; "" has none.

    Raises AnotherJob when another holds it, unless it is to be waited for.
    """
    if not address:
        yield
        return
    from index.postgresql.connections import advisory_lock

    with advisory_lock(address, INGEST_LOCK, wait=wait) as is_held:
        if not is_held:
            raise AnotherJob("A job on another machine is writing to this index. Wait for it, or end it.")
        yield

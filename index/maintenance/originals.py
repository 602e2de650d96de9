"""Original files moved from one place to another, and those that nothing names any more removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from typing import NamedTuple

from index.errors import StoreError, UnusableOriginal
from index.settings import IndexSettings
from index.store.current_index import previous_settings, read_current_index, settings_of
from index.store.opening import open_originals, open_store, writing_lock
from index.store.store import Store


class OriginalCounts(NamedTuple):
    """How many original files an index names, how many of those are not here, and how many are here for nothing."""

    named: int
    missing: int
    unused: int


def count_originals(settings: IndexSettings) -> OriginalCounts:
    """Count by name; `verify` also reads them. Raises StoreError."""
    with _stores(settings) as stores:
        named, held = _named(stores), set(open_originals(settings).names())
    return OriginalCounts(len(named), len(named - held), len(held - named))


def copy_originals(settings: IndexSettings, place: str) -> int:
    """Bring the files that are missing here from a place, as PASSERELLE_OBJECTS names one; return how many came.

    One that is lost or changed there is left out. Raises StoreError.
    """
    source, to = open_originals(replace(settings, objects=place)), open_originals(settings)
    copied = 0
    with writing_lock(settings), _stores(settings) as stores:
        for sha256 in sorted(_named(stores)):
            if not to.holds(sha256):
                with suppress(UnusableOriginal), source.read(sha256) as path, path.open("rb") as content:
                    to.keep(content)
                    copied += 1
    return copied


def remove_unused_originals(settings: IndexSettings) -> int:
    """Delete the files that neither the current index nor the one before names; return how many. Raises StoreError."""
    with writing_lock(settings), _stores(settings) as stores:
        unused = set(open_originals(settings).names()) - _named(stores)
        stores[0].drop_originals(unused)
    return len(unused)


@contextmanager
def _stores(settings: IndexSettings) -> Iterator[list[Store]]:
    """Yield the store of the current index, and that of the one before where there is one to return to."""
    indexes = [settings_of(settings, read_current_index(settings))]
    with suppress(StoreError):
        indexes.append(previous_settings(settings))
    with ExitStack() as stack:
        yield [stack.enter_context(closing(open_store(index, hide_withdrawn=False))) for index in indexes]


def _named(stores: list[Store]) -> set[str]:
    return {sha256 for store in stores for sha256 in store.document_table.originals()}

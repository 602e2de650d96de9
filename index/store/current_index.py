"""Which index is the current one: a small file names its folder and model, and is replaced in one step.

Without that file it is the data folder itself, with the model of the environment: how every index begins. A rebuilt or
restored index lies in a folder of its own below `indexes/`; the one before stays, so that `rebuild --back` can return.
In PostgreSQL each folder is a schema, and the file is a row.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from index.errors import StoreError
from index.settings import STORE, IndexSettings
from index.store.atomic_files import write_atomically
from index.store.checksums import seal, unseal

POINTER: Final = "current-index.json"
FOLDERS: Final = "indexes"
_LOG: Final = logging.getLogger("passerelle.index")


@dataclass(frozen=True, slots=True)
class CurrentIndex:
    """The folder of an index below the data folder ("": that one itself), and the model it was made with."""

    folder: str
    model: str
    query_prompt: str = ""
    passage_prompt: str = ""
    before: CurrentIndex | None = None


class IndexPlaces(Protocol):
    """Where the indexes of the settings are, each by its number, and what says which of them is current."""

    def read_pointer(self) -> str | None:
        """Return what says which index is current, None when nothing does yet. Raises OSError, StoreError."""
        ...

    def write_pointer(self, text: str) -> None: ...

    def numbers(self) -> list[str]:
        """Return the numbers of the indexes but the first, in order."""
        ...

    def remove(self, number: str) -> None: ...

    def holds(self, folder: str) -> bool:
        """Say whether there is an index of this folder."""
        ...


@dataclass(frozen=True, slots=True)
class FolderPlaces:
    """Embedded indexes: folders of the data folder."""

    data: Path

    def read_pointer(self) -> str | None:
        try:
            return (self.data / POINTER).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def write_pointer(self, text: str) -> None:
        with write_atomically(self.data / POINTER, durable=True) as file:
            file.write(text.encode())

    def numbers(self) -> list[str]:
        return sorted(path.name for path in (self.data / FOLDERS).glob("[0-9]*"))

    def remove(self, number: str) -> None:
        shutil.rmtree(self.data / FOLDERS / number)

    def holds(self, folder: str) -> bool:
        return (self.data / folder / STORE).is_file()


def places_of(settings: IndexSettings) -> IndexPlaces:
    """Return where the indexes of the settings are."""
    if not settings.database:
        return FolderPlaces(settings.data)
    from index.postgresql.places import SchemaPlaces

    return SchemaPlaces(settings.database)


def read_current_index(settings: IndexSettings) -> CurrentIndex:
    """Return which index is the current one. Raises StoreError when the file that says so cannot be read."""
    places = places_of(settings)
    try:
        pointer = places.read_pointer()
        return first_index(settings) if pointer is None else _parse(unseal(pointer, required=False))
    except (OSError, ValueError, TypeError, KeyError) as error:
        folders = ", ".join(places.numbers()) or "none"
        raise StoreError(
            f"{settings.data / POINTER}: cannot be read ({error}). Restore the index: `python -m index restore FILE`; "
            f"or remove that file for the first index. Folders in {FOLDERS}/: {folders}."
        ) from error


def current_settings(settings: IndexSettings) -> IndexSettings:
    """Return the settings of the current index: a rebuilt one keeps to the model it was made with."""
    current = settings_of(settings, read_current_index(settings))
    if current.model_choice != settings.model_choice:
        _warn_once(current.folder, current.model, settings.model)
    return current


@cache
def _warn_once(folder: Path, made_with: str, configured: str) -> None:
    _LOG.warning(
        "the index in %s was made with the model %r and is searched with it; PASSERELLE_MODEL says %r "
        "(`python -m index rebuild` makes the index anew with that one)",
        folder,
        made_with,
        configured,
    )


def settings_of(settings: IndexSettings, index: CurrentIndex) -> IndexSettings:
    """Return the settings with the folder and the model of that index."""
    return replace(
        settings,
        subfolder=index.folder,
        model=index.model,
        query_prompt=index.query_prompt,
        passage_prompt=index.passage_prompt,
    )


def first_index(settings: IndexSettings) -> CurrentIndex:
    """Return where an index begins: in the data folder itself, with the model of the environment."""
    return CurrentIndex("", *settings.model_choice)


def allocate_folder(settings: IndexSettings) -> str:
    """Return a name for the next folder, and remove those that are neither current nor the one before."""
    index, places = _current_or_first(settings), places_of(settings)
    kept = {index.folder, index.before.folder if index.before else index.folder}
    numbers = places.numbers()
    for number in numbers:
        if f"{FOLDERS}/{number}" not in kept:
            places.remove(number)
            if settings.database:
                shutil.rmtree(replace(settings, subfolder=f"{FOLDERS}/{number}").folder, ignore_errors=True)
    last = max((int(number) for number in numbers if number.isdecimal()), default=0)
    return f"{FOLDERS}/{last + 1:04d}"


def make_current(settings: IndexSettings, to: IndexSettings) -> None:
    """Have the index of `to` be the current one from now on, and remember the one before."""
    before = replace(_current_or_first(settings), before=None)
    index = CurrentIndex(to.subfolder, to.model, to.query_prompt, to.passage_prompt, before)
    places_of(settings).write_pointer(seal(asdict(index)))


def previous_settings(settings: IndexSettings) -> IndexSettings:
    """Return the settings of the index that was current before. Raises StoreError when there is none."""
    before = read_current_index(settings).before
    if before is None or not places_of(settings).holds(before.folder):
        raise StoreError(f"{settings.data}: there is no index from before to go back to.")
    return settings_of(settings, before)


def _current_or_first(settings: IndexSettings) -> CurrentIndex:
    """Return the current index, or the first one where the pointer cannot be read: it is about to be written anew."""
    try:
        return read_current_index(settings)
    except StoreError:
        if settings.database:  # a row is never half written: what failed is the way to it
            raise
        return first_index(settings)


def _parse(payload: dict[str, object]) -> CurrentIndex:
    before = payload.pop("before", None)
    index = CurrentIndex(**payload)  # type: ignore[arg-type]  # checked below
    if not all(
        isinstance(value, str) for value in (index.folder, index.model, index.query_prompt, index.passage_prompt)
    ):
        raise ValueError("not of the expected form")
    return replace(index, before=_parse(before) if isinstance(before, dict) else None)

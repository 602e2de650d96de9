"""Where the current index lies: one small file names its folder and model, and is swapped in one step.

Without that file it is the data folder itself, with the model of the environment: how every index begins. A rebuilt or
restored index lies in a folder of its own below `indexes/`; the one before stays, so that `rebuild --back` can return.
"""

from __future__ import annotations

import logging
import os
import shutil
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from index.errors import StoreError
from index.settings import IndexSettings
from index.store.checksums import sealed, unsealed

POINTER: Final = "current-index.json"
FOLDERS: Final = "indexes"
_LOG: Final = logging.getLogger("passerelle.index")


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of an index below the data folder ("": that one itself), and the model it was made with."""

    folder: str
    model: str
    query_prompt: str = ""
    passage_prompt: str = ""
    before: Place | None = None


def place_of(settings: IndexSettings) -> Place:
    """Return where the current index lies. Raises StoreError when what says so cannot be read."""
    pointer = settings.data / POINTER
    try:
        return _read(unsealed(pointer.read_text(encoding="utf-8"), required=False))
    except FileNotFoundError:
        return first_place(settings)
    except (OSError, ValueError, TypeError, KeyError) as error:
        folders = ", ".join(one.name for one in sorted((settings.data / FOLDERS).glob("*"))) or "none"
        raise StoreError(
            f"{pointer}: cannot be read ({error}). Restore the index: `python -m index restore FILE`; "
            f"or remove that file for the first index. Folders in {FOLDERS}/: {folders}."
        ) from error


def current(settings: IndexSettings) -> IndexSettings:
    """Return the settings of the index as it lies: a rebuilt one keeps to the model it was made with."""
    place = place_of(settings)
    found = at(settings, place)
    if found.model_choice != settings.model_choice:
        _tell_once(found.folder, found.model, settings.model)
    return found


@cache
def _tell_once(folder: Path, made_with: str, asked_for: str) -> None:
    _LOG.warning(
        "the index in %s was made with the model %r and is searched with it; PASSERELLE_MODEL says %r "
        "(`python -m index rebuild` makes the index anew with that one)",
        folder,
        made_with,
        asked_for,
    )


def at(settings: IndexSettings, place: Place) -> IndexSettings:
    return replace(
        settings,
        subfolder=place.folder,
        model=place.model,
        query_prompt=place.query_prompt,
        passage_prompt=place.passage_prompt,
    )


def first_place(settings: IndexSettings) -> Place:
    """Return where an index begins: in the data folder itself, with the model of the environment."""
    return Place("", *settings.model_choice)


def new_folder(settings: IndexSettings) -> str:
    """Return a name for the next folder; those neither current nor the one before are removed."""
    place = _readable_place(settings)
    kept = {place.folder, place.before.folder if place.before else place.folder}
    names = [one.name for one in (settings.data / FOLDERS).glob("[0-9]*")]
    for name in names:
        if f"{FOLDERS}/{name}" not in kept:
            shutil.rmtree(settings.data / FOLDERS / name)
    last = max((int(name) for name in names if name.isdecimal()), default=0)
    return f"{FOLDERS}/{last + 1:04d}"


def switch(settings: IndexSettings, to: IndexSettings) -> None:
    """Have the index of `to` be the current one from now on, and remember the one before."""
    before = replace(_readable_place(settings), before=None)
    _write(settings.data, Place(to.subfolder, to.model, to.query_prompt, to.passage_prompt, before))


def before(settings: IndexSettings) -> IndexSettings:
    """Return the settings of the index that was current before. Raises StoreError when there is none."""
    place = place_of(settings).before
    if place is None or not at(settings, place).store.is_file():
        raise StoreError(f"{settings.data}: there is no index from before to go back to.")
    return at(settings, place)


def _readable_place(settings: IndexSettings) -> Place:
    """Return the current place, or the first one where what names it is lost: it is about to be written anew."""
    try:
        return place_of(settings)
    except StoreError:
        return first_place(settings)


def _write(data: Path, place: Place) -> None:
    unfinished = data / f".{POINTER}.{os.getpid()}"
    with unfinished.open("w", encoding="utf-8") as file:
        file.write(sealed(asdict(place)))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(data / POINTER)


def _read(said: dict[str, object]) -> Place:
    before = said.pop("before", None)
    place = Place(**said)  # type: ignore[arg-type]  # checked below
    if not all(isinstance(one, str) for one in (place.folder, place.model, place.query_prompt, place.passage_prompt)):
        raise ValueError("not of the wanted form")
    return replace(place, before=_read(before) if isinstance(before, dict) else None)

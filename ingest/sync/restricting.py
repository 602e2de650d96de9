"""Apply an audience or groups that became narrower to the last good text of a file that cannot be read.

Whatever happens to the text, a restriction holds from the run on that states it; what is wider waits for the text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.documents import Audience
from index.store.store import Store
from ingest.loaders.loaded_file import LoadedFile
from ingest.sources.catalogue import CATALOGUE, Candidate, Inventory, read_catalogue, source_name
from ingest.sources.metadata import InvalidMetadata, Readers, known_keys, parse_readers
from ingest.sync.assembly import Defaults, stated_about
from ingest.sync.changes import HashChoices, Todo


def restated_readers(file: Todo, loaded: LoadedFile | None, defaults: Defaults) -> Readers | None:
    """Return whom a file's document must be narrowed to, None if nothing new was stated about it.

    `loaded` is what could be read of it all the same. Where the catalogue has changed and states no audience, the file
    itself may still do, but cannot be asked: it gets the audience of a file that states nothing.
    """
    if loaded is not None:
        return _readers_in(stated_about(file.candidate, loaded, defaults))
    stated = known_keys(file.candidate.stated)
    if "audience" in stated:
        return _readers_in(stated)
    if file.before is not None and file.before.choices == file.record.choices:
        return None
    return _readers_in({"audience": Audience.STAFF} | defaults.stated() | stated)


def refused_files(
    sources: Sequence[Path], inventories: Mapping[str, Inventory], store: Store, hash_choices: HashChoices
) -> Iterator[Todo]:
    """Yield the files that were read in a former run and are refused now: links that lead out, pipes and the like."""
    for source in sources:
        inventory = inventories.get(source_name(source))
        if inventory is None or not inventory.is_folder or not inventory.refused:
            continue
        records, rows = store.files(inventory.source), read_catalogue(source / CATALOGUE)
        for path in inventory.refused:
            if path in records:
                candidate = Candidate(source / path, path, rows.get(path, {}))
                yield Todo(candidate, records[path]._replace(choices=hash_choices(candidate.stated)), records[path])


def _readers_in(stated: Mapping[str, Any]) -> Readers:
    """Return the stated readers; staff where none are stated, or what is stated is not understood."""
    try:
        return parse_readers(stated)
    except InvalidMetadata:
        return Readers(Audience.STAFF)

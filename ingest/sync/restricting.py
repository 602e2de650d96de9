"""Apply an audience that became narrower to the last good text of a file that cannot be read.

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
from ingest.sources.metadata import InvalidMetadata, known_keys, parse_audience
from ingest.sync.assembly import Defaults, stated_about
from ingest.sync.changes import HashChoices, Todo


def restated_audience(file: Todo, loaded: LoadedFile | None, defaults: Defaults) -> Audience | None:
    """Return the audience a file's document must be narrowed to, None if nothing new was stated about it.

    `loaded` is what could be read of it all the same. Where the catalogue has changed and states none, the file itself
    may still do, but cannot be asked: it gets the audience of a file that states none.
    """
    if loaded is not None:
        return _audience_in(stated_about(file.candidate, loaded, defaults))
    stated = known_keys(file.candidate.stated)
    if "audience" in stated:
        return _audience_in(stated)
    if file.before is not None and file.before.choices == file.record.choices:
        return None
    return _audience_in(defaults.stated())


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


def _audience_in(stated: Mapping[str, Any]) -> Audience:
    """Return the stated audience; one that is missing or not understood is staff."""
    try:
        return parse_audience(stated["audience"]) if "audience" in stated else Audience.STAFF
    except InvalidMetadata:
        return Audience.STAFF

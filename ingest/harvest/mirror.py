"""Keep what was fetched as a folder like any other source: the files, and a catalogue.csv with what is known of them.

Each file is written before the state that refers to it, and both by renaming: if the job is killed at any moment, the
next run fetches again at most the last document. A file that the catalogue does not list yet is not read: only its row
says for whom it is.
"""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from index.formats import FORMAT_OF_SUFFIX
from index.store.atomic_files import write_atomically
from ingest.harvest.fetching import UNKNOWN, Fetched, Validators
from ingest.sources.catalogue import CATALOGUE
from ingest.sources.catalogue import MIRROR as STATE

PLANNED: Final = frozenset({"audience", "groups", "kind"})  # stated by a plan alone, never by a list
_COLUMNS: Final = ("file", "title", "author", "published", "language", *sorted(PLANNED), "rights", "address")
_SUFFIXES: Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "application/pdf": ".pdf",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/rtf": ".rtf",
    "application/epub+zip": ".epub",
    "application/msword": ".doc",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A document that was fetched: its file, what the list states about it, and how to ask whether it changed."""

    file: str
    stated: Mapping[str, str]
    validators: Validators = UNKNOWN
    changed: str = ""


@dataclass
class Mirror:
    """The folder of one harvest, by address. An OAI-PMH harvest goes on from `since`; the next one is `due` then.

    `scope` is that of the list that was read (`Harvest.scope`), "" before any was.
    """

    folder: Path
    entries: dict[str, Entry] = field(default_factory=dict)
    validators: Validators = field(default_factory=Validators)
    since: str = ""
    due: float = 0.0
    scope: str = ""

    @classmethod
    def open(cls, folder: Path) -> Mirror:
        """Return the mirror as the last run left it, an empty one if its state cannot be read."""
        try:
            state: dict[str, Any] = json.loads((folder / STATE).read_text(encoding="utf-8"))
            entries = {
                address: Entry(entry["file"], entry["stated"], Validators(*entry["validators"]), entry["changed"])
                for address, entry in state["kept"].items()
            }
            validators, due = Validators(*state["validators"]), float(state["due"])
            return cls(folder, entries, validators, state["since"], due, state.get("scope", ""))
        except (OSError, ValueError, KeyError, TypeError):
            return cls(folder)

    def restate(self, stated: Mapping[str, str]) -> bool:
        """State what a plan states now of every document, and no more what it stated before; say if that is new.

        Readers that the plan narrows must not wait until the site can be reached and is due.
        """
        changed = False
        for address, entry in self.entries.items():
            own = {name: value for name, value in entry.stated.items() if name not in PLANNED}
            restated = own | {name: value for name, value in stated.items() if name in PLANNED}
            if restated != entry.stated:
                self.entries[address] = replace(entry, stated=restated)
                changed = True
        return changed

    def rescope(self, scope: str) -> bool:
        """Say whether another list is to be read than before; then it is read from its beginning, and now."""
        if self.scope in ("", scope):
            return False
        self.validators, self.since, self.due = UNKNOWN, "", 0.0
        return True

    def keep(self, address: str, fetched: Fetched, stated: Mapping[str, str], changed: str) -> None:
        """Replace what was kept of an address by a document that was fetched. Raises OSError."""
        before = self.entries.get(address)
        if fetched.content is None and before is not None:
            self.entries[address] = replace(before, stated=dict(stated), changed=changed)
            return
        file = f"pages/{_name(address)}{_suffix(fetched)}"
        _write(self.folder / file, fetched.content or b"")
        self.entries[address] = Entry(file, dict(stated), fetched.validators, changed)
        if before is not None and before.file != file:
            (self.folder / before.file).unlink(missing_ok=True)

    def keep_text(self, address: str, text: str, stated: Mapping[str, str], changed: str) -> None:
        """Keep a document's text in the list itself, since its file cannot be fetched."""
        title = html.escape(stated.get("title", ""))
        page = f'<!doctype html><meta charset="utf-8"><title>{title}</title><main><h1>{title}</h1>{text}</main>'
        self.keep(address, Fetched(address, page.encode(), "text/html"), stated, changed)

    def drop(self, address: str) -> None:
        """Remove a document that is gone; the job then removes it from the index."""
        (self.folder / self.entries.pop(address).file).unlink(missing_ok=True)

    def save(self) -> None:
        """Write the catalogue, then the state. Raises OSError."""
        table = io.StringIO(newline="")
        writer = csv.DictWriter(table, _COLUMNS, extrasaction="ignore")
        writer.writeheader()
        for address, entry in sorted(self.entries.items(), key=lambda pair: pair[1].file):
            link = {"address": address} if address.startswith("http") else {}
            writer.writerow({**entry.stated, **link, "file": entry.file})
        _write(self.folder / CATALOGUE, table.getvalue().encode())
        state = {
            "kept": {
                address: asdict(entry) | {"validators": list(entry.validators)}
                for address, entry in self.entries.items()
            },
            "validators": list(self.validators),
            "since": self.since,
            "due": self.due,
            "scope": self.scope,
        }
        _write(self.folder / STATE, json.dumps(state, ensure_ascii=False, indent=1).encode())


def _path_of(address: str) -> str:
    try:
        return urlsplit(address).path
    except ValueError:  # no web address: only the text in the list is kept of it
        return ""


def _name(address: str) -> str:
    """Return a file name for an address: readable, safe, unique, and of a length every file system takes."""
    path = unquote(_path_of(address))
    words = re.sub(r"[^\w-]+", "-", path.rpartition(".")[0] or path).strip("-").lower()[-60:]
    words = words.encode("utf-8", "replace")[-180:].decode("utf-8", "ignore")
    return f"{words or 'page'}-{hashlib.blake2b(address.encode('utf-8', 'replace'), digest_size=5).hexdigest()}"


def _suffix(fetched: Fetched) -> str:
    """Return the suffix for the content's type, else the address's own if a loader knows it, else .html."""
    own = Path(_path_of(fetched.address)).suffix.lower()
    by_type = _SUFFIXES.get(fetched.media_type, "")
    if by_type and not (by_type == ".txt" and own in FORMAT_OF_SUFFIX):
        return by_type
    return own if own in FORMAT_OF_SUFFIX else by_type or ".html"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as file:
        file.write(content)

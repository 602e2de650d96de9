"""The sources of former runs, each with the options it last had: what `--again` reads once more.

They are in `<data>/ingest-sources.json`, replaced as a whole: {"sources": [{"source": as it was given, "path":
absolute, "folder": the working folder, "options": [words of the command line], "environ": {setting: value},
"at": …}]}. The service shows them to staff.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NamedTuple

from index.clock import utc_now
from index.errors import PasserelleError
from index.store.atomic_files import write_atomically

NAME: Final = "ingest-sources.json"


class NoFormerSources(PasserelleError):
    """There is nothing to read again: no run has recorded its sources, or the record cannot be read."""


@dataclass(frozen=True, slots=True)
class FormerSource:
    """A source and how it was last read; `environ` holds the settings of ingestion that only such a run has."""

    source: str
    path: str
    folder: str
    options: tuple[str, ...]
    environ: Mapping[str, str]
    at: str


class FormerRun(NamedTuple):
    """Sources that were read from one working folder, with the same options and settings."""

    folder: str
    options: tuple[str, ...]
    environ: Mapping[str, str]
    sources: tuple[str, ...]


@dataclass(frozen=True)
class FormerSources:
    """The record in one data folder."""

    data: Path

    def record(self, sources: Iterable[Path], options: Sequence[str], environ: Mapping[str, str]) -> None:
        """Record that these sources were read with these options; nothing is written where there are none."""
        at = utc_now().isoformat(timespec="seconds")
        fresh = [
            FormerSource(str(source), str(source.resolve()), str(Path.cwd()), tuple(options), dict(environ), at)
            for source in sources
        ]
        if not fresh:
            return
        known = {former.path: former for former in self._read()} | {former.path: former for former in fresh}
        payload = {"sources": [asdict(former) for former in known.values()]}
        with write_atomically(self.data / NAME) as file:
            file.write(json.dumps(payload, ensure_ascii=False, indent=1).encode())

    def runs(self) -> list[FormerRun]:
        """Return the sources, those read alike together, in the order they were first read. Raises NoFormerSources."""
        grouped: dict[tuple[object, ...], list[FormerSource]] = {}
        for former in self._read():
            key = former.folder, former.options, tuple(sorted(former.environ.items()))
            grouped.setdefault(key, []).append(former)
        if not grouped:
            raise NoFormerSources(
                f"{self.data / NAME}: no run has recorded its sources yet. Name them once: passerelle-ingest SOURCE…"
            )
        return [
            FormerRun(group[0].folder, group[0].options, group[0].environ, tuple(former.source for former in group))
            for group in grouped.values()
        ]

    def _read(self) -> list[FormerSource]:
        path = self.data / NAME
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["sources"]
            return [FormerSource(**{**entry, "options": tuple(entry["options"])}) for entry in entries]
        except FileNotFoundError:
            return []
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NoFormerSources(
                f"{path}: cannot be read ({error}). Remove it, and name the sources once: passerelle-ingest SOURCE…"
            ) from error

"""From the inbox to the index, exactly once: solved threads become documents, unsolved ones a list, deleted ones go.

The service writes one file a delivery into `<data>/inbox/` (its form stands in `service/forum/inbox.py`). A run takes every
file into `<data>/threads.sqlite`, brings the index up to the threads that changed, and writes `<data>/unsolved.jsonl`:
one JSON object a line for each thread that stands unsolved now, written anew and swapped in whole, so that whoever
reads it never sees one twice or one that has been solved since.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from index.documents import Audience
from index.errors import SettingsError
from index.splitting import PassageSplitter
from index.store.store import Store
from index.update import Prepared
from ingest.sources.thread_store import ThreadStore
from ingest.sources.threads import ThreadState, source_of
from ingest.sync.report import Remark
from ingest.sync.writer import Writer

FORMAT: Final = 1
UNSOLVED: Final = "unsolved.jsonl"
SETTING: Final = "PASSERELLE_FORUM_AUDIENCES"


@dataclass
class InboxReport:
    """What a run made of the inbox."""

    taken: int = 0
    repeated: int = 0
    published: int = 0
    removed: int = 0
    unsolved: int = 0
    refused: list[Remark] = field(default_factory=list)

    @property
    def is_worth_telling(self) -> bool:
        return bool(self.taken or self.repeated or self.published or self.removed or self.refused)

    def lines(self) -> list[str]:
        """Return the report as a person reads it."""
        return [
            f"Inbox: {self.taken} messages taken, {self.repeated} known already, {len(self.refused)} refused; threads: "
            f"{self.published} published, {self.removed} removed, {self.unsolved} unsolved in all",
            *(f"REFUSED: {path}: {reason}" for path, reason in self.refused),
        ]


def audiences_of(said: str) -> dict[str, Audience]:
    """Return who may see which category: "5=public, juridique=member, forum.example/12=staff". Raises SettingsError.

    A category is named by its number or slug, for one forum only with the forum's host before it.
    """
    found: dict[str, Audience] = {}
    for part in filter(None, (one.strip() for one in said.split(","))):
        category, equals, audience = (one.strip().lower() for one in part.partition("="))
        if not category or not equals or audience not in {one.value for one in Audience}:
            raise SettingsError(f"{SETTING}: {part!r} is not understood; wanted CATEGORY=public, =member or =staff.")
        found[category] = Audience(audience)
    return found


@dataclass
class InboxJob:
    """Takes from the inbox of a data folder. `audiences` maps categories; one that is not there is for staff."""

    data: Path
    store: Store
    indexer: Writer
    splitter: PassageSplitter
    audiences: Mapping[str, Audience] = field(default_factory=dict)
    wipe: Callable[[Path], None] = Path.unlink  # a delivery that was taken in

    def run(self) -> InboxReport:
        """Take in what waits and bring the index up to it."""
        report = InboxReport()
        threads = ThreadStore(self.data / "threads.sqlite")
        inbox = self.data / "inbox"
        waiting = sorted(inbox.glob("[!.]*.json")) if inbox.is_dir() else []
        if not waiting and not threads.path.is_file():
            return report
        threads.hold_to(self._choices())
        for file in waiting:
            self._take(file, threads, report)
        changed = threads.changed()
        if changed or not (self.data / UNSOLVED).is_file():
            report.unsolved = self._write_unsolved(threads)  # before the marks go: a crash leaves it to be done again
        for state in changed:
            self._follow(state, report)
            threads.followed(state)
        if report.published or report.removed:
            self.store.record("splitter", self.splitter.name)
        self.indexer.finish()
        return report

    def _take(self, file: Path, threads: ThreadStore, report: InboxReport) -> None:
        try:
            said = json.loads(file.read_bytes())
            if said["format"] != FORMAT:
                raise ValueError(f"format {said['format']!r}, this program knows {FORMAT}")
            is_new = threads.take(said)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            refused = file.parent / "refused"
            refused.mkdir(exist_ok=True)
            file.replace(refused / file.name)
            report.refused.append(Remark(file.name, f"cannot be read ({error!r}); it lies in {refused} now."))
            return
        report.taken += is_new
        report.repeated += not is_new
        self.wipe(file)

    def _follow(self, state: ThreadState, report: InboxReport) -> None:
        """Have the index say what the thread says; nothing is done where it does already."""
        if state.document_id in self.store.withdrawn.ids:
            return
        owner = self.store.owner(state.document_id)
        if owner is not None and owner[0] != source_of(state.forum):
            place = "/".join(owner)
            report.refused.append(Remark(state.document_id, f"this id is that of {place}. Give that file another."))
            return
        if state.is_solved:
            document = state.document(self.audiences)
            if self.store.fingerprint(document.id) != document.fingerprint:
                self.indexer.put([Prepared(document, self.splitter.passages(document))])
                report.published += 1
        elif owner is not None:
            self.indexer.remove(state.document_id)
            report.removed += 1

    def _write_unsolved(self, threads: ThreadStore) -> int:
        lines = [
            json.dumps(state.unsolved(self.audiences), ensure_ascii=False)
            for state in threads.all()
            if not state.is_gone and not state.solution and state.question
        ]
        unfinished = self.data / f".{UNSOLVED}.{os.getpid()}"
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write("".join(f"{line}\n" for line in lines))
        unfinished.replace(self.data / UNSOLVED)
        return len(lines)

    def _choices(self) -> str:
        mapped = {name: audience.value for name, audience in self.audiences.items()}
        withdrawn = sorted(self.store.withdrawn.ids)  # a thread that is let in again is followed again
        return json.dumps([mapped, self.splitter.name, self.store.lineage, withdrawn], sort_keys=True)

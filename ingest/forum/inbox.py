"""From the inbox to the index, exactly once: solved threads become documents, unsolved ones a list, deleted ones go.

The service writes one small file a delivery, `inbox/…` (`service/forum/inbox.py` describes its form). A run takes
every file into `threads.sqlite`, brings the index up to the threads that changed, and writes
`unsolved.jsonl`: one JSON object a line for each thread that is unsolved now, replaced as a whole, so that no
reader sees a thread twice or one that has been solved since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from index.documents import Audience, is_group_id
from index.errors import SettingsError
from index.splitting import PassageSplitter
from index.store.small_files import SmallFiles
from index.update import PreparedDocument
from ingest.forum.thread_store import OtherCategory, ThreadStore
from ingest.forum.threads import ThreadState, source_of
from ingest.sources.metadata import Readers
from ingest.sync.corrections import correct
from ingest.sync.writing import Writer

FORMAT: Final = 1
INBOX: Final = "inbox"
UNSOLVED: Final = "unsolved.jsonl"
SETTING: Final = "PASSERELLE_FORUM_AUDIENCES"


class Refusal(NamedTuple):
    """A delivery or a thread that was not taken in, and why; it is printed, and no page shows it."""

    name: str
    reason: str


@dataclass
class InboxReport:
    """What a run made of the inbox."""

    received: int = 0
    repeated: int = 0
    published: int = 0
    removed: int = 0
    unsolved: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def is_worth_printing(self) -> bool:
        return bool(self.received or self.repeated or self.published or self.removed or self.refused)

    def lines(self) -> list[str]:
        """Return the report as a person reads it."""
        return [
            f"Inbox: {self.received} messages taken, {self.repeated} known already, {len(self.refused)} refused; "
            f"threads: {self.published} published, {self.removed} removed, {self.unsolved} unsolved in all",
            *(f"REFUSED: {path}: {reason}" for path, reason in self.refused),
        ]


def parse_audiences(setting: str) -> dict[str, Readers]:
    """Return who may see which category: "5=public, sante=group:gt-sante, forum.example/12=staff".

    Of several groups, "group:gt-sante+gt-travail", the members of any may. Raises SettingsError.

    A category is named by its number or slug, preceded by the forum's host to mean that of one forum only.
    """
    audiences: dict[str, Readers] = {}
    for part in filter(None, (part.strip() for part in setting.split(","))):
        category, equals, readers = (piece.strip().lower() for piece in part.partition("="))
        groups = tuple(readers.removeprefix("group:").split("+")) if readers.startswith("group:") else ()
        is_audience = readers in {level.value for level in Audience}
        if not category or not equals or not (all(map(is_group_id, groups)) if groups else is_audience):
            raise SettingsError(
                f"{SETTING}: {part!r} is not understood; expected CATEGORY=public, =member, =staff or =group:ID."
            )
        audiences[category] = Readers(Audience.MEMBER, groups) if groups else Readers(Audience(readers))
    return audiences


@dataclass
class InboxJob:
    """Takes in the inbox among the small files. `audiences` maps categories; one that is not mapped is for staff."""

    files: SmallFiles
    threads: ThreadStore
    indexer: Writer
    splitter: PassageSplitter
    audiences: Mapping[str, Readers] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.delete: Callable[[str], None] = self.files.remove  # a delivery that was taken in

    def run(self) -> InboxReport:
        """Take in the deliveries that wait and bring the index up to them."""
        report = InboxReport()
        threads, deliveries = self.threads, self.files.names(INBOX, ".json")
        if not deliveries and threads.is_empty:
            return report
        threads.mark_all_changed_unless(self._choices())
        for file in deliveries:
            self._receive(file, threads, report)
        changed = threads.changed()
        if changed or not self.files.state(UNSOLVED):
            report.unsolved = self._write_unsolved(threads)  # before the marks go: a crash leaves it to be done again
        for state in changed:
            self._index(state, report)
            threads.mark_indexed(state)
        if report.published or report.removed:
            self.indexer.store.record("splitter", self.splitter.name)
        self.indexer.finish()
        return report

    def _receive(self, name: str, threads: ThreadStore, report: InboxReport) -> None:
        content = self.files.read(name) or b""
        try:
            delivery = json.loads(content)
            if delivery["format"] != FORMAT:
                raise ValueError(f"format {delivery['format']!r}, this program knows {FORMAT}")
            is_new = threads.apply(delivery)
        except OtherCategory as error:
            self._refuse(name, content, str(error), report)
            return
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self._refuse(name, content, f"cannot be read ({error!r}).", report)
            return
        report.received += is_new
        report.repeated += not is_new
        self.delete(name)

    def _refuse(self, name: str, content: bytes, reason: str, report: InboxReport) -> None:
        file = name.rpartition("/")[2]
        refused = f"{INBOX}/refused/{file}"
        self.files.write(refused, content)
        self.files.remove(name)
        report.refused.append(Refusal(file, f"{reason} It is {self.files.describe(refused)} now."))

    def _index(self, state: ThreadState, report: InboxReport) -> None:
        """Put the thread's document in the index, or remove it; nothing is done if the index holds it as it is."""
        if state.document_id in self.indexer.store.withdrawn_ids():
            return
        owner = self.indexer.store.owner(state.document_id)
        if owner is not None and owner[0] != source_of(state.forum):
            location = "/".join(owner)
            report.refused.append(Refusal(state.document_id, f"this id is that of {location}. Give that file another."))
            return
        if state.is_solved:
            document = correct(state.document(self.audiences), self.indexer.store)
            if self.indexer.store.fingerprint(document.id) != document.fingerprint:
                self.indexer.put([PreparedDocument(document, self.splitter.passages(document))])
                report.published += 1
        elif owner is not None:
            self.indexer.remove(state.document_id)
            report.removed += 1

    def _write_unsolved(self, threads: ThreadStore) -> int:
        """Write the list of unsolved threads and return how many there are."""
        lines = [
            json.dumps(state.unsolved_entry(self.audiences), ensure_ascii=False)
            for state in threads.all()
            if not state.is_gone and not state.solution and state.question
        ]
        self.files.write(UNSOLVED, "".join(f"{line}\n" for line in lines).encode())
        return len(lines)

    def _choices(self) -> str:
        """Return what documents are made with, as text: if it changes, every thread is indexed again."""
        mapped = {name: str(readers) for name, readers in self.audiences.items()}
        withdrawn = sorted(self.indexer.store.withdrawn_ids())  # a reinstated thread is indexed again
        return json.dumps([mapped, self.splitter.name, self.indexer.store.lineage, withdrawn], sort_keys=True)

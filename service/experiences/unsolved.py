"""What nobody has solved yet and is like a situation, threads and problem sheets: whom to talk to, never a solution.

A problem sheet states what a territory meets, what stands in the way and what was tried; it says of nothing that it
worked. So it stands with the unsolved threads and never among the cases, whatever it says was tried.

Some are documents of the index, marked as unsolved; the others are in the list that the ingestion job writes of the
forums' open threads (`<data>/unsolved.jsonl`, replaced as a whole), each with the audience and the groups it is for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from index.documents import LANGUAGES, Access, Audience, Kind, Metadata, Passage
from index.errors import UnknownDocument
from index.store.small_files import SmallFile
from index.types import DocumentCard, Embedder, Filter, Hit, Vectors
from service.experiences.situations import Situation
from service.forum.suggestions import Quote, Threshold, content_terms, strongest_passages
from service.library.open_index import OpenIndex

MOST: Final = 3  # threads and problem sheets shown
UNSOLVED_KINDS: Final = frozenset({Kind.FORUM_THREAD, Kind.PROBLEM_SHEET})
READ_OF_A_QUESTION: Final = 1000  # characters of an open thread that are compared
MOST_LISTED: Final = 300  # the newest open threads of the forums that are compared
EMBEDDED_AT_ONCE: Final = 32  # threads a request waits for: about a second; the rest have their turn in later ones


class UnsolvedThread(NamedTuple):
    """A thread or a problem sheet without a solution: its beginning, and where it is, as a document or on its forum."""

    document: DocumentCard | None  # None for a thread that is on its forum alone
    metadata: Metadata
    address: str  # on its forum, "" for a document
    quote: Quote
    strength: float


class _OpenThread(NamedTuple):
    id: str
    metadata: Metadata
    question: str


@dataclass
class OpenThreads:
    """The forums' list of open threads, read again when it was replaced; each is embedded once."""

    listed: SmallFile
    _read: tuple[str, tuple[_OpenThread, ...]] = ("", ())
    _vectors: dict[tuple[str, str], Vectors] = field(default_factory=dict, repr=False)

    def seen_by(self, access: Access) -> list[_OpenThread]:
        """Return the newest open threads that somebody may see."""
        visible = [thread for thread in self._threads() if access.may_see(thread.metadata)]
        return visible[:MOST_LISTED]

    def vectors(self, threads: Sequence[_OpenThread], embedder: Embedder) -> dict[str, Vectors]:
        """Return the threads' vectors by their ids; of those met for the first time at most EMBEDDED_AT_ONCE."""
        keys = {thread.id: (embedder.name, _embedded_text(thread)) for thread in threads}
        known = self._vectors
        new = [key for key in dict.fromkeys(keys.values()) if key not in known][:EMBEDDED_AT_ONCE]
        if new:
            made = dict(zip(new, embedder.embed_passages([text for _, text in new]), strict=True))
            current = known.keys() & set(keys.values())
            kept = known if len(known) < 4 * MOST_LISTED else {key: known[key] for key in current}
            known = self._vectors = kept | made  # replaced as a whole: several threads may be here at once
        return {thread_id: known[key] for thread_id, key in keys.items() if key in known}

    def _threads(self) -> tuple[_OpenThread, ...]:
        """Return the list, newest first; none before the job has written any."""
        state = self.listed.state()
        if self._read[0] != state:
            lines = (self.listed.read() or b"").decode().splitlines()
            threads = [_open_thread(json.loads(line)) for line in lines if line.strip()]
            threads.sort(key=lambda thread: (thread.metadata.published or date.min, thread.id), reverse=True)
            self._read = (state, tuple(threads))
        return self._read[1]


def find_unsolved(
    situation: Situation, index: OpenIndex, within: Filter, listed: OpenThreads, threshold: Threshold
) -> list[UnsolvedThread]:
    """Return the unsolved threads and problem sheets inside the filter that are near enough, nearest first.

    Those of the situation's own border too: whoever has the same trouble there is the first to talk to.
    """
    text = situation.text[: threshold.read]
    query_terms = content_terms(text, situation.language)
    if len(query_terms) < threshold.least_terms:
        return []
    near = [
        *_documents(situation, index, within, query_terms, threshold),
        *_listed(situation, index.engine.embedder, listed, within.access, query_terms, threshold),
    ]
    near.sort(key=lambda thread: (-thread.strength, thread.metadata.title))
    return near[:MOST]


def _documents(
    situation: Situation, index: OpenIndex, within: Filter, query_terms: Mapping[str, str], threshold: Threshold
) -> list[UnsolvedThread]:
    threads = replace(within, kinds=UNSOLVED_KINDS)
    hits = index.engine.rank(situation.text[: threshold.read], threshold.depth, threads, "dense")
    passages = index.store.passages((hit.row for hit in hits), within.access)
    strongest = strongest_passages(hits, passages, query_terms, situation.language, threshold)
    cards = index.store.cards([passage.document_id for passage, _ in strongest], within.access)
    return [
        UnsolvedThread(card, card.metadata, "", _question(index, card, within.access, passage), strength)
        for passage, strength in strongest
        if (card := cards.get(passage.document_id))
        and card.metadata.solved is not True
        and card.id != situation.document_id
    ]


def _question(index: OpenIndex, card: DocumentCard, access: Access, nearest: Passage) -> Quote:
    """Return the beginning of what is asked, else the nearest passage: an answer in between solved nothing."""
    try:
        document = index.store.document(card.id, access)
    except UnknownDocument:  # removed a moment ago
        return Quote(nearest.text, nearest.start, nearest.end, nearest.label)
    section = document.sections[0]
    return Quote(document.text[section.start : section.end], section.start, section.end, section.label)


def _listed(
    situation: Situation,
    embedder: Embedder,
    listed: OpenThreads,
    access: Access,
    query_terms: Mapping[str, str],
    threshold: Threshold,
) -> list[UnsolvedThread]:
    threads = listed.seen_by(access)
    if not threads:
        return []
    vector, vectors = embedder.embed_query(situation.text[: threshold.read]), listed.vectors(threads, embedder)
    hits = [Hit(row, float(vectors[thread.id] @ vector)) for row, thread in enumerate(threads) if thread.id in vectors]
    passages = {row: _passage(thread) for row, thread in enumerate(threads)}
    strongest = strongest_passages(hits, passages, query_terms, situation.language, threshold)
    by_id = {thread.id: thread for thread in threads}
    return [
        UnsolvedThread(None, thread.metadata, thread.metadata.address, _quote(thread), strength)
        for passage, strength in strongest
        for thread in [by_id[passage.document_id]]
    ]


def _embedded_text(thread: _OpenThread) -> str:
    return f"{thread.metadata.title}\n{thread.question[:READ_OF_A_QUESTION]}"


def _passage(thread: _OpenThread) -> Passage:
    text, meta = thread.question[:READ_OF_A_QUESTION], thread.metadata
    return Passage(thread.id, 0, len(text), text, "", meta.language, context=meta.title)


def _quote(thread: _OpenThread) -> Quote:
    return Quote(thread.question, 0, len(thread.question), "")


def _open_thread(line: Mapping[str, Any]) -> _OpenThread:
    language, address = str(line.get("language", "")), str(line.get("url", ""))
    metadata = Metadata(
        title=str(line.get("title", "")) or str(line["id"]),
        kind=Kind.FORUM_THREAD,
        audience=Audience(line["audience"]),
        groups=tuple(line.get("groups", ())),
        language=language if language in LANGUAGES else "",
        published=_day(str(line.get("created", ""))),
        address=address if urlsplit(address).scheme in {"http", "https"} else "",
        author=str(line.get("forum", "")),
        solved=False,
    )
    return _OpenThread(f"forum/{line['forum']}/{line['id']}", metadata, str(line.get("question", "")))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None

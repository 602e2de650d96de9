"""A forum that sends messages about its threads, and the data folder whose inbox receives them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.documents import Access, Audience, Document
from index.splitting import PassageSplitter
from index.store.forum_threads import FILE
from index.store.private_database import private_location
from index.store.small_files import small_files
from index.update import Indexer
from ingest.forum.inbox import InboxJob, InboxReport, parse_audiences
from ingest.forum.thread_store import ThreadStore
from tests.conftest import HashEmbedder
from tests.databases import SQLITE, Sqlite
from tests.ingest.centre import NoLexical

QUESTION = "Comment dissoudre un groupement quand il reste un emprunt à rembourser ?"
SOLUTION = "Transférez d'abord l'emprunt au repreneur par un avenant, puis votez la dissolution à l'unanimité."
ID = "forum/forum.test/7"
Messages = list[Mapping[str, Any]]


def topic(**facts: Any) -> dict[str, Any]:
    usual = {"title": "Dissoudre un GLCT", "categories": ["5", "juridique"], "url": "https://f/t/7"}
    return {"what": "topic"} | usual | facts


def post(name: str, number: int, text: str, *, markup: str = "markdown", gone: bool = False) -> dict[str, Any]:
    return {"what": "post", "post": name, "number": number, "text": text, "markup": markup, "gone": gone}


def accepted(name: str, yes: bool = True) -> dict[str, Any]:
    return {"what": "solution", "post": name, "accepted": yes}


UNANSWERED: Messages = [topic(created="2026-11-02T09:00:00Z"), post("1", 1, QUESTION)]
SOLVED: Messages = [post("2", 3, SOLUTION), accepted("2")]


class CountingIndexer(Indexer):
    puts = 0

    def put(self, group: Any) -> None:
        self.puts += 1
        super().put(group)


class Forum:
    """A data folder, and a forum that delivers messages to its inbox."""

    def __init__(self, data: Path, backend: Sqlite = SQLITE) -> None:
        self.data, self.settings = data, backend.settings(data)
        self.store = backend.make_store(data)
        self.files, self.threads = small_files(self.settings), ThreadStore(private_location(self.settings, FILE))
        self.indexer = CountingIndexer(self.store, HashEmbedder(), NoLexical())
        self.numbers = itertools.count(1)

    def deliver(self, *messages: Mapping[str, Any], seq: int | None = None, thread: str = "7") -> str:
        seq = next(self.numbers) if seq is None else seq
        name = f"{thread}-{seq}-{len(messages)}"
        delivery = {"format": 1, "delivery": name, "forum": "forum.test", "thread": thread, "seq": seq}
        self.files.write(f"inbox/{name}.json", json.dumps(delivery | {"messages": messages}).encode())
        return f"inbox/{name}.json"

    def job(self, audiences: str = "juridique=member", **parts: Any) -> InboxJob:
        splitter = PassageSplitter(lambda texts: [len(text.split()) for text in texts])
        return InboxJob(self.files, self.threads, self.indexer, splitter, parse_audiences(audiences), **parts)

    def run(self, audiences: str = "juridique=member") -> InboxReport:
        return self.job(audiences).run()

    @property
    def document(self) -> Document:
        return self.store.document(ID, Access(Audience.STAFF))

    @property
    def unsolved(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.files.read("unsolved.jsonl") or b"").decode().splitlines()]

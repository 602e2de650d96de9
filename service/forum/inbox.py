"""The inbox: what forums send, each message one file, until the ingestion job reads it. Nothing here knows the index.

A file `<data>/inbox/<delivery>.json` holds one message in UTF-8 JSON (read by `ingest.forum.inbox`):

    {"format": 1, "delivery": "…", "forum": "forum.example.org", "thread": "4711", "seq": 17, "messages": [
        {"what": "topic", "title": "…", "categories": ["5", "juridique"], "url": "…", "created": "…",
         "gone": false, "private": false, "language": ""},
        {"what": "post", "post": "88", "number": 1, "text": "…", "markup": "markdown", "gone": false},
        {"what": "solution", "post": "88", "accepted": true}]}

Whoever may hand in threads of some categories only adds them as `"bound_to": ["5"]`; the job then leaves a thread alone
that it knows from another category.

`seq` grows with time within a forum: of two messages about the same thing the higher one counts. The same delivery
always has the same name, so that one sent twice is one file, and the job remembers which names it has read.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Depends

from index.store.atomic_files import write_atomically
from service.http.dependencies import provided

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a forum says about one thread at one moment."""

    forum: str
    thread: str
    seq: int
    messages: Sequence[Mapping[str, Any]]
    bound_to: Sequence[str] = ()  # categories its sender is limited to, none for all

    @property
    def name(self) -> str:
        """Return the same name for the same delivery, another one for any other."""
        content = [self.forum, self.thread, self.seq, list(self.messages), *map(str, self.bound_to)]
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class ForumInbox:
    """A folder of messages. Each file appears whole or not at all, and is on the disk before its sender is answered."""

    folder: Path

    def put(self, delivery: Delivery) -> str:
        """Keep a delivery and return its name."""
        name = delivery.name
        message = {
            "format": FORMAT,
            "delivery": name,
            "forum": delivery.forum,
            "thread": delivery.thread,
            "seq": delivery.seq,
            "messages": list(delivery.messages),
        }
        if delivery.bound_to:
            message["bound_to"] = list(delivery.bound_to)
        self.folder.mkdir(parents=True, exist_ok=True)
        with write_atomically(self.folder / f"{name}.json", private=True, durable=True) as file:
            file.write(json.dumps(message, ensure_ascii=True).encode())
        self._sync_folder()
        return name

    def _sync_folder(self) -> None:
        """Flush the folder itself: otherwise a file's name may be lost in a power cut."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


InboxDependency = Annotated[ForumInbox, Depends(provided(ForumInbox))]

"""The inbox: what forums tell, each message one file, until the ingestion job takes it. Nothing here knows the index.

A file `<data>/inbox/<delivery>.json` holds one message in UTF-8 JSON (read by `ingest.sources.inbox`):

    {"format": 1, "delivery": "…", "forum": "forum.example.org", "thread": "4711", "seq": 17, "messages": [
        {"what": "topic", "title": "…", "categories": ["5", "juridique"], "url": "…", "created": "…",
         "gone": false, "private": false, "language": ""},
        {"what": "post", "post": "88", "number": 1, "text": "…", "markup": "markdown", "gone": false},
        {"what": "solution", "post": "88", "accepted": true}]}

`seq` grows with time within a forum: of two messages about the same thing the higher one counts. The same delivery
always has the same name, so that one sent twice is one file, and the job remembers which names it has taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a forum tells about one thread at one moment."""

    forum: str
    thread: str
    seq: int
    messages: Sequence[Mapping[str, Any]]

    @property
    def name(self) -> str:
        """Return the same name for the same delivery, another one for any other."""
        said = json.dumps([self.forum, self.thread, self.seq, list(self.messages)], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Inbox:
    """A folder of messages. Each file appears whole or not at all, and is on the disk before its sender is answered."""

    folder: Path

    def put(self, delivery: Delivery) -> str:
        """Keep a delivery and return its name."""
        name = delivery.name
        said = {"format": FORMAT, "delivery": name, "forum": delivery.forum, "thread": delivery.thread}
        said |= {"seq": delivery.seq, "messages": list(delivery.messages)}
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f".{name}.{secrets.token_hex(4)}.part"
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(json.dumps(said, ensure_ascii=True).encode())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.folder / f"{name}.json")
        self._keep_names()
        return name

    def _keep_names(self) -> None:
        """Have the folder itself written out: without it a file's name may be lost with the power."""
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

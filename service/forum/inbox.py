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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Depends

from index.store.small_files import SmallFiles
from service.http.dependencies import provided

FORMAT: Final = 1
FOLDER: Final = "inbox"


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
    """Keeps messages. Each is there whole or not at all, and a power cut loses none once its sender is answered."""

    files: SmallFiles

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
        self.files.write(f"{FOLDER}/{name}.json", json.dumps(message, ensure_ascii=True).encode())
        return name


InboxDependency = Annotated[ForumInbox, Depends(provided(ForumInbox))]

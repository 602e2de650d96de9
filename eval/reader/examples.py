"""What the reader learns from: a question and windows of text, each with the sentences that answer or contradict it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

HELD_OUT: Final = 12  # one document in so many is kept from training, with all its questions


class LabelledWindow(NamedTuple):
    """A window and the numbers of its sentences that answer, and of those that contradict what the question presumes.

    With neither, silence is right.
    """

    title: str
    heading: str
    sentences: list[str]
    answers: list[int] = []  # noqa: RUF012  # a named tuple's default is never changed
    contradictions: list[int] = []  # noqa: RUF012


@dataclass(frozen=True, slots=True)
class Example:
    """A question with the windows that hold its place, others of the same document, and of other documents.

    `kind` is "answer", "false-premise", or in what way the document nearly answers ("direction", "other-border", …).
    """

    id: str
    source: str  # "generic-fr", …, or "own"
    kind: str
    question: str
    language: str
    windows: list[LabelledWindow]
    same_document: list[LabelledWindow] = field(default_factory=list)
    other_documents: list[LabelledWindow] = field(default_factory=list)

    @property
    def is_held_out(self) -> bool:
        """Say whether this question is one of ours that training never sees, to tell how far it has come."""
        return self.source == "own" and zlib.crc32(self.windows[0].title.encode()) % HELD_OUT == 0


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write one JSON object a line and return how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
            count += 1
    return count


def read_examples(path: Path) -> Iterator[Example]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            fields = json.loads(line)
            for name in ("windows", "same_document", "other_documents"):
                fields[name] = [LabelledWindow(*window) for window in fields[name]]
            yield Example(**fields)

"""The format of pools and judgements, one JSON object a line: `eval` writes pools, staff and judges write judgements.

`<data>/eval/pools/<set>.jsonl` holds what to judge, `<data>/eval/judgements/<set>.jsonl` what staff made of it.
Judgements are only ever added: who, when and which grade; a judge's later one replaces their earlier one.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.errors import PasserelleError

GRADES: Final = (0, 1, 2, 3)  # in words: `eval.pooling`, the judging page and the sets' README


class UnreadablePool(PasserelleError):
    """A pool is not in its format."""


class UnreadableJudgements(PasserelleError):
    """A file of judgements is not in its format."""


class PooledDocument(NamedTuple):
    """A document to judge for a topic, with its best passage: how many runs retrieved it, and how high at best."""

    topic: str
    query: str
    document: str
    title: str
    label: str
    text: str
    runs: int
    best_rank: int


class Judgement(NamedTuple):
    """One judge's grade for one document (or "document#label") and topic. A later one replaces an earlier one."""

    topic: str
    judged: str
    grade: int
    judge: str
    at: str
    note: str = ""


def as_lines(records: Iterable[PooledDocument | Judgement]) -> str:
    """Return a pool or judgements as a file holds them."""
    return "".join(json.dumps(record._asdict(), ensure_ascii=False) + "\n" for record in records)


def read_pool(path: Path) -> list[PooledDocument]:
    """Return the documents of a pool in its order, without fields that are not known. Raises UnreadablePool."""
    pooled = []
    for number, line in _lines(path):
        try:
            fields: dict[str, Any] = json.loads(line)
            pooled.append(PooledDocument(**{key: fields[key] for key in PooledDocument._fields if key in fields}))
        except (ValueError, TypeError) as error:
            raise UnreadablePool(f"{path}:{number}: {error}. Make the pool anew: `python -m eval pool`.") from error
    return pooled


def read_judgements(path: Path) -> list[Judgement]:
    """Return every judgement as it was made, in the order of the file; none when there is no file.

    Raises UnreadableJudgements.
    """
    if not path.is_file():
        return []
    judgements = []
    for number, line in _lines(path):
        try:
            judgements.append(_validate(Judgement(**json.loads(line))))
        except (ValueError, TypeError) as error:
            raise UnreadableJudgements(
                f"{path}:{number}: {error}. Expected: topic, judged, grade (0–3), judge, at (an ISO date and time)."
            ) from error
    return judgements


def append_judgements(judgements: Iterable[Judgement], path: Path, mode: int = 0o666) -> int:
    """Add the judgements that are not in the file yet and return how many; nothing in it is ever rewritten.

    They are added in one write, so that two judges never mix their lines. A new file gets `mode`, less the umask.
    """
    present = set(read_judgements(path))
    new = [judgement for judgement in dict.fromkeys(judgements) if _validate(judgement) not in present]
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mode)
    try:
        os.write(file, as_lines(new).encode("utf-8", "replace"))
    finally:
        os.close(file)
    return len(new)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            yield number, line


def _validate(judgement: Judgement) -> Judgement:
    if judgement.grade not in GRADES:
        raise ValueError(f"grade {judgement.grade!r}")
    if not judgement.judge.strip():
        raise ValueError("no judge")
    datetime.fromisoformat(judgement.at)
    return judgement

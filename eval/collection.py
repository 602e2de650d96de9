"""Golden sets in the BEIR layout: topics, grades, and the corpus when the set brings its own.

Thakur et al. 2021, "BEIR". `queries.jsonl` holds one topic a line, `qrels/test.tsv` the judgements with a header line,
`corpus.jsonl` the documents. A set without a corpus is judged against the index the service serves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple

from index.documents import Audience, Kind
from index.errors import PasserelleError

SETS: Final = Path(__file__).parent / "sets"
SECTION_MARK: Final = "#"  # "egtc-note#art. 3": a judgement on a section of a document

Grades = Mapping[str, Mapping[str, int]]  # topic → judged document or section → 0 (not relevant) … 3 (answers it)


class UnreadableSet(PasserelleError):
    """A golden set is missing or not in the layout."""


class RightQuote(NamedTuple):
    """A sentence that answers a question, word for word, and the document it stands in."""

    document_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A test query; its `form` ("question", "keywords", "situation") is one of its slices.

    `audience`, `valid_on`, `kinds` and `borders` are those it is searched with, when that matters. `conversation` holds
    the earlier turns of a dialogue, `question` what its last turn is searched as.
    """

    id: str
    text: str
    language: str = ""
    slices: tuple[str, ...] = ()
    audience: Audience | None = None
    valid_on: date | None = None
    kinds: tuple[Kind, ...] = ()
    borders: tuple[str, ...] = ()
    answers: tuple[RightQuote, ...] = ()
    conversation: tuple[str, ...] = ()
    resolved: str = ""

    @property
    def question(self) -> str:
        return self.resolved or self.text


class SetDocument(NamedTuple):
    """A document of a set that brings its own corpus."""

    id: str
    title: str
    text: str
    language: str


@dataclass(frozen=True)
class GoldenSet:
    """Topics and their judgements: `own_grades` on documents, `section_grades` on "document#label"."""

    name: str
    folder: Path
    topics: tuple[Topic, ...]
    own_grades: Grades = field(default_factory=dict)
    section_grades: Grades = field(default_factory=dict)
    corpus: Path | None = None
    is_judged: bool = True  # whether it has a file of judgements, even an empty one

    @cached_property
    def grades(self) -> Grades:
        """Grades of documents: their own, or that of their best section when only sections were judged."""
        worth: dict[str, dict[str, int]] = {}
        for topic, judged in self.section_grades.items():
            for section, grade in judged.items():
                document = section.partition(SECTION_MARK)[0]
                best = worth.setdefault(topic, {})
                best[document] = max(grade, best.get(document, grade))
        for topic, grades in self.own_grades.items():
            worth[topic] = worth.get(topic, {}) | dict(grades)
        return worth

    @property
    def is_unanswerable(self) -> bool:
        """Whether the set states that nothing answers its topics: no positive grade, no answer."""
        has_right = any(grade > 0 for grades in self.grades.values() for grade in grades.values())
        return self.is_judged and not self.has_answers and not has_right

    @property
    def has_answers(self) -> bool:
        return any(topic.answers for topic in self.topics)

    @property
    def judgements_digest(self) -> str:
        """Digest of topics and judgements: results with different digests cannot be compared."""
        payload = [
            [
                (topic.id, topic.text, topic.answers, *topic.conversation, *topic.kinds, *topic.borders)
                for topic in self.topics
            ],
            {topic: dict(grades) for topic, grades in self.own_grades.items()},
            {topic: dict(grades) for topic, grades in self.section_grades.items()},
        ]
        return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()[:16]

    def documents(self) -> Iterator[SetDocument]:
        """Yield the set's own documents; those without a language get that of the topics, if these share one."""
        if self.corpus is None:
            return
        languages = {topic.language for topic in self.topics}
        shared = languages.pop() if len(languages) == 1 else ""
        for number, line in _json_lines(self.corpus):
            try:
                yield SetDocument(str(line["_id"]), line.get("title") or "", line["text"], line.get("lang") or shared)
            except KeyError as missing:
                raise UnreadableSet(
                    f"{self.corpus}:{number}: no {missing}. Each line needs `_id` and `text`."
                ) from None


def read_set(name: str) -> GoldenSet:
    """Read a set by its name in `eval/sets/` or by its path. Raises UnreadableSet."""
    folder = SETS / name if (SETS / name / "queries.jsonl").is_file() else Path(name)
    if not (folder / "queries.jsonl").is_file():
        known = ", ".join(sorted(path.parent.name for path in SETS.glob("*/queries.jsonl"))) or "none yet"
        raise UnreadableSet(
            f"{name}: neither a set of eval/sets/ nor a folder with queries.jsonl. Sets that are there: {known}."
        )
    topics = tuple(_read_topics(folder / "queries.jsonl"))
    qrels = folder / "qrels" / "test.tsv"
    own, sections = _read_judgements(qrels, {topic.id for topic in topics})
    corpus = folder / "corpus.jsonl"
    name = folder.resolve().name
    return GoldenSet(name, folder, topics, own, sections, corpus if corpus.is_file() else None, qrels.is_file())


def _read_topics(path: Path) -> Iterator[Topic]:
    seen: set[str] = set()
    for number, line in _json_lines(path):
        fields = {**line.get("metadata", {}), **line}
        try:
            topic = Topic(
                id=str(fields["_id"]),
                text=fields["text"],
                language=fields.get("lang") or fields.get("language") or "",
                slices=tuple(dict.fromkeys([*(fields.get("slices") or ()), *filter(None, [fields.get("form")])])),
                audience=Audience(fields["audience"]) if fields.get("audience") else None,
                valid_on=date.fromisoformat(fields["valid_on"]) if fields.get("valid_on") else None,
                kinds=tuple(map(Kind, fields.get("kinds") or ())),
                borders=tuple(fields.get("borders") or ()),
                answers=tuple(
                    RightQuote(answer["document_id"], answer["quote"]) for answer in fields.get("answers") or ()
                ),
                conversation=tuple(fields.get("conversation") or ()),
            )
        except KeyError as missing:
            raise UnreadableSet(
                f"{path}:{number}: no {missing}. A topic needs `_id` and `text`; an answer `document_id` and `quote`."
            ) from None
        except (ValueError, TypeError) as error:
            raise UnreadableSet(f"{path}:{number}: {error}. See the README of the sets for the fields.") from error
        if topic.id in seen:
            raise UnreadableSet(f"{path}:{number}: the topic {topic.id!r} is there twice. Give each its own `_id`.")
        seen.add(topic.id)
        yield topic


def _read_judgements(path: Path, topics: set[str]) -> tuple[Grades, Grades]:
    """Return the grades of documents, and those of sections."""
    own: dict[str, dict[str, int]] = {}
    sections: dict[str, dict[str, int]] = {}
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.is_file() else []
    for number, line in enumerate(lines, 2):
        if not line.strip():
            continue
        columns = line.split("\t")
        if len(columns) != 3 or not columns[2].strip().lstrip("-").isdigit():
            raise UnreadableSet(f"{path}:{number}: {line!r}. Expected three columns: topic, document, whole grade.")
        topic, judged, grade = columns[0], columns[1], int(columns[2])
        if topic not in topics:
            raise UnreadableSet(f"{path}:{number}: judges {topic!r}, a topic that queries.jsonl does not have.")
        (sections if SECTION_MARK in judged else own).setdefault(topic, {})[judged] = grade
    return own, sections


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    yield number, json.loads(line)
                except json.JSONDecodeError as error:
                    raise UnreadableSet(f"{path}:{number}: not JSON ({error}). Correct the line.") from error

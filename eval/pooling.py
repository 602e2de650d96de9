"""What to judge next, and what has been judged: pools from several runs, judgements with who and when.

Sparck Jones & van Rijsbergen 1975 for pooling. `eval.agreement` says how far judges agree.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from eval.collection import GoldenSet, Grades
from eval.pool_words import POOL_WORDS, PoolWords
from eval.results import Results, TopicResult
from index.errors import PasserelleError
from service.judging.service import Judgement, Pooled

JUDGEMENTS: Final = "judgements.jsonl"
GRADES: Final = (0, 1, 2, 3)  # in words: eval.pool_words and the sets' README


class UnreadableJudgements(PasserelleError):
    """A file of judgements is not in its format."""


def pool(runs: Sequence[Results], judged: Grades, depth: int) -> list[Pooled]:
    """Return the union of the runs' first documents that nobody judged, by topic, most agreed on and highest first."""
    found: dict[tuple[str, str], Pooled] = {}
    for run in runs:
        for topic in run.topics:
            for candidate in _unjudged(topic, judged, depth):
                key = (candidate.topic, candidate.document)
                if key in found:
                    seen = found[key]
                    best = min(seen.best_rank, candidate.best_rank)
                    found[key] = seen._replace(runs=seen.runs + 1, best_rank=best)
                else:
                    found[key] = candidate
    order = {topic.id: at for run in reversed(runs) for at, topic in enumerate(run.topics)}
    return sorted(found.values(), key=lambda one: (order[one.topic], -one.runs, one.best_rank, one.document))


def _unjudged(topic: TopicResult, judged: Grades, depth: int) -> Iterable[Pooled]:
    known = judged.get(topic.id, {})
    for rank, one in enumerate(topic.found[:depth], 1):
        if one.id not in known:
            yield Pooled(topic.id, topic.text, one.id, one.title, one.label, one.text, 1, rank)


def write_pool(
    candidates: Sequence[Pooled], path: Path, name: str = "", *, language: str = "fr", site: str = ""
) -> None:
    """Write what to judge: a page to judge by click (.html), a table with an empty grade (.tsv), or JSON lines.

    The page speaks one of `eval.pool_words`' languages; its titles lead to the documents when it knows the site.
    """
    if path.suffix == ".html":
        text = _page(candidates, name, POOL_WORDS[language], site.rstrip("/"))
    elif path.suffix == ".tsv":
        rows = [(*Pooled._fields, "grade")] + [(*_flat(one), "") for one in candidates]
        text = "".join("\t".join(row) + "\n" for row in rows)
    else:
        text = "".join(json.dumps(one._asdict(), ensure_ascii=False) + "\n" for one in candidates)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _page(candidates: Sequence[Pooled], name: str, words: PoolWords, site: str) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    topics: dict[str, list[Pooled]] = {}
    for one in candidates:
        topics.setdefault(one.topic, []).append(one)
    return environment.get_template("pool.html").render(name=name, topics=topics, words=words, site=site)


def _flat(candidate: Pooled) -> list[str]:
    return [" ".join(str(column).split()) for column in candidate]


def read_judgements(path: Path) -> list[Judgement]:
    """Return every judgement as it was made, in the order of the file; none when there is no file.

    Raises UnreadableJudgements.
    """
    if not path.is_file():
        return []
    read = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                read.append(_checked(Judgement(**json.loads(line))))
            except (json.JSONDecodeError, TypeError, ValueError) as error:
                raise UnreadableJudgements(
                    f"{path}:{number}: {error}. Wanted: topic, judged, grade (0–3), judge, at (an ISO date and time)."
                ) from error
    return read


def _checked(judgement: Judgement) -> Judgement:
    if judgement.grade not in GRADES:
        raise ValueError(f"grade {judgement.grade!r}")
    if not judgement.judge.strip():
        raise ValueError("no judge")
    datetime.fromisoformat(judgement.at)
    return judgement


def append_judgements(judgements: Iterable[Judgement], path: Path) -> int:
    """Add judgements that are not in the file yet and return how many; nothing in it is ever rewritten."""
    known = set(read_judgements(path))
    new = [one for one in dict.fromkeys(judgements) if _checked(one) not in known]
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(one._asdict(), ensure_ascii=False) + "\n" for one in new)
    return len(new)


def standing(judgements: Iterable[Judgement]) -> dict[tuple[str, str], dict[str, int]]:
    """Return (topic, judged) → judge → the grade that stands: each judge's latest."""
    stands: dict[tuple[str, str], dict[str, int]] = {}
    for one in sorted(judgements, key=lambda one: datetime.fromisoformat(one.at).timestamp()):
        stands.setdefault((one.topic, one.judged), {})[one.judge] = one.grade
    return stands


def agreed(judgements: Iterable[Judgement]) -> dict[str, dict[str, int]]:
    """Return topic → judged → grade: the middle of the judges' grades, the lower of two middles."""
    grades: dict[str, dict[str, int]] = {}
    for (topic, judged), by_judge in standing(judgements).items():
        ordered = sorted(by_judge.values())
        grades.setdefault(topic, {})[judged] = ordered[(len(ordered) - 1) // 2]
    return grades


def write_qrels(golden: GoldenSet, judgements: Iterable[Judgement], path: Path) -> int:
    """Write the set's judgements with the agreed new ones over them, and return how many lines changed or came."""
    merged = {
        topic.id: {**golden.own_grades.get(topic.id, {}), **golden.section_grades.get(topic.id, {})}
        for topic in golden.topics
    }
    changed = 0
    for topic, grades in agreed(judgements).items():
        if topic not in merged:
            raise UnreadableJudgements(f"{golden.name}: a judgement on {topic!r}, which is no topic of the set.")
        changed += sum(merged[topic].get(judged) != grade for judged, grade in grades.items())
        merged[topic] |= grades
    lines = [f"{topic}\t{judged}\t{grade}\n" for topic, grades in merged.items() for judged, grade in grades.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), encoding="utf-8")
    return changed

"""Pooling (Sparck Jones & van Rijsbergen 1975): which documents to judge next, and what the judgements make of a set.

`service.judging.judgements` has the format of pools and judgements; `eval.agreement` measures how far judges agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from eval.collection import GoldenSet, Grades
from eval.results import Results, TopicResult
from service.judging.judgements import Judgement, PooledDocument, UnreadableJudgements, as_lines

JUDGEMENTS: Final = "judgements.jsonl"


class PoolWords(NamedTuple):
    """The judging page in one language; `progress` holds {done} and {all}, `grades` the words for 0 to 3."""

    language: str
    title: str
    judge: str
    save: str
    progress: str
    how: str
    note: str
    nothing: str
    no_script: str
    grades: tuple[str, str, str, str]


_WORDS: Final = (
    PoolWords(
        language="fr",
        title="À juger :",
        judge="Juge",
        save="Enregistrer les jugements",
        progress="{done} jugés sur {all}",
        how="Lisez la question, puis dites ce que chaque document vaut pour elle. Vos choix restent dans ce navigateur "
        "jusqu'à ce que vous les enregistriez dans un fichier, à remettre à la commande :",
        note="Remarque",
        nothing="Tout ce que ces systèmes ont trouvé est déjà jugé.",
        no_script="Cette page a besoin de JavaScript : ouvrez le fichier lui-même dans un navigateur.",
        grades=(
            "lu, sans rapport utile",
            "en rapport, éclaire la question",
            "répond en partie, ou pour une autre frontière, ou par une règle remplacée",
            "répond",
        ),
    ),
    PoolWords(
        language="en",
        title="To judge:",
        judge="Judge",
        save="Save judgements",
        progress="{done} of {all} judged",
        how="Read the question, then say what each document is worth for it. What you chose stays in this browser "
        "until you save it as a file; hand that file to:",
        note="Note",
        nothing="Everything these runs found has been judged.",
        no_script="This page needs JavaScript: open the file itself in a browser.",
        grades=(
            "read, and not relevant",
            "related, useful background",
            "answers in part, or for another border, or with a replaced rule",
            "answers it",
        ),
    ),
)
POOL_WORDS: Final[Mapping[str, PoolWords]] = {words.language: words for words in _WORDS}


def pool(runs: Sequence[Results], judged: Grades, depth: int) -> list[PooledDocument]:
    """Return the union of the runs' first documents that nobody judged: by topic, then most runs, then best rank."""
    pooled: dict[tuple[str, str], PooledDocument] = {}
    for run in runs:
        for topic in run.topics:
            for candidate in _unjudged(topic, judged, depth):
                key = (candidate.topic, candidate.document)
                if key in pooled:
                    known = pooled[key]
                    best = min(known.best_rank, candidate.best_rank)
                    pooled[key] = known._replace(runs=known.runs + 1, best_rank=best)
                else:
                    pooled[key] = candidate
    order = {topic.id: at for run in reversed(runs) for at, topic in enumerate(run.topics)}
    return sorted(
        pooled.values(),
        key=lambda candidate: (order[candidate.topic], -candidate.runs, candidate.best_rank, candidate.document),
    )


def _unjudged(topic: TopicResult, judged: Grades, depth: int) -> Iterator[PooledDocument]:
    grades = judged.get(topic.id, {})
    for rank, document in enumerate(topic.documents[:depth], 1):
        if document.id not in grades:
            yield PooledDocument(
                topic.id, topic.text, document.id, document.title, document.label, document.text, 1, rank
            )


def write_pool(
    candidates: Sequence[PooledDocument], path: Path, name: str = "", *, language: str = "fr", site: str = ""
) -> None:
    """Write what to judge: a page to judge by click (.html), a table with an empty grade (.tsv), or JSON lines.

    The page is in one of the languages of POOL_WORDS; its titles link to the documents when `site` is given.
    """
    if path.suffix == ".html":
        text = _page(candidates, name, POOL_WORDS[language], site.rstrip("/"))
    elif path.suffix == ".tsv":
        rows = [(*PooledDocument._fields, "grade")] + [(*_flat(candidate), "") for candidate in candidates]
        text = "".join("\t".join(row) + "\n" for row in rows)
    else:
        text = as_lines(candidates)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _page(candidates: Sequence[PooledDocument], name: str, words: PoolWords, site: str) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
    topics: dict[str, list[PooledDocument]] = {}
    for candidate in candidates:
        topics.setdefault(candidate.topic, []).append(candidate)
    return environment.get_template("pool.html").render(name=name, topics=topics, words=words, site=site)


def _flat(candidate: PooledDocument) -> list[str]:
    return [" ".join(str(column).split()) for column in candidate]


def latest_grades(judgements: Iterable[Judgement]) -> dict[tuple[str, str], dict[str, int]]:
    """Return (topic, judged) → judge → the latest grade of that judge."""
    latest: dict[tuple[str, str], dict[str, int]] = {}
    for judgement in sorted(judgements, key=lambda judgement: datetime.fromisoformat(judgement.at).timestamp()):
        latest.setdefault((judgement.topic, judgement.judged), {})[judgement.judge] = judgement.grade
    return latest


def consensus(judgements: Iterable[Judgement]) -> dict[str, dict[str, int]]:
    """Return topic → judged → grade: the median of the judges' grades, the lower of two medians."""
    grades: dict[str, dict[str, int]] = {}
    for (topic, judged), by_judge in latest_grades(judgements).items():
        ordered = sorted(by_judge.values())
        grades.setdefault(topic, {})[judged] = ordered[(len(ordered) - 1) // 2]
    return grades


def write_qrels(golden: GoldenSet, judgements: Iterable[Judgement], path: Path) -> int:
    """Write the set's judgements, updated by the consensus of the new ones; return how many lines are new or changed.

    Raises UnreadableJudgements when a judgement is on a topic the set does not have.
    """
    merged = {
        topic.id: {**golden.own_grades.get(topic.id, {}), **golden.section_grades.get(topic.id, {})}
        for topic in golden.topics
    }
    changed = 0
    for topic, grades in consensus(judgements).items():
        if topic not in merged:
            raise UnreadableJudgements(f"{golden.name}: a judgement on {topic!r}, which is no topic of the set.")
        changed += sum(merged[topic].get(judged) != grade for judged, grade in grades.items())
        merged[topic] |= grades
    lines = [f"{topic}\t{judged}\t{grade}\n" for topic, grades in merged.items() for judged, grade in grades.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), encoding="utf-8")
    return changed

"""From a golden set and an opened engine to results: run, answer, measure, describe."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from eval.answers import measure_replies, reader, reply_to
from eval.arms import ENGINE, Engine, rank_with
from eval.collection import GoldenSet
from eval.results import KEPT, FoundDocument, Reply, Results, TopicResult, commit, snippet, summarise, write_results
from eval.runs import (
    DEPTH,
    Scored,
    TopicRun,
    asked_within,
    make_run,
    write_trec,
    write_trec_qrels,
)
from eval.slices import ALL, Groups, measure_groups, split
from index.documents import Audience, Document
from index.engine import Arm
from index.types import DocumentCard, Filter, RankedDocument
from service.answering.answers import Answerer

AnswererFor = Callable[[Filter], Answerer]

_CARDS_AT_ONCE: Final = 500  # SQLite's limit of variables is far above; one statement stays short


def measure_set(
    golden: GoldenSet,
    engine: Engine,
    answerer_for: AnswererFor | None = None,
    *,
    arm: Arm = ENGINE,
    depth: int = DEPTH,
    audience: Audience = Audience.STAFF,
    tick: Callable[[], object] = lambda: None,
) -> tuple[Results, list[TopicRun]]:
    """Return everything measured for the set, and the run it was measured on.

    With an answerer for each filter, sets with answers and unanswerable sets are asked as questions too.
    """
    run = make_run(golden.topics, rank_with(engine, arm), depth=depth, audience=audience, tick=tick)
    cards = judged_cards(golden, engine)
    documents, sections = ({one.topic.id: getattr(one, side) for one in run} for side in ("documents", "sections"))
    values = measure_groups(golden, documents, sections, cards)
    replies = ask(run, engine, answerer_for, audience, tick) if answerer_for and _is_asked(golden) else {}
    if replies:
        answered = measure_replies(replies)
        values[ALL] |= answered
        for group, measures in split(golden, answered, cards).items():
            values[group] = values.get(group, {}) | measures
    topics = [_topic_result(golden, one, replies.get(one.topic.id)) for one in run]
    return described(golden, engine, cards, values, topics, arm=arm, depth=depth, embedder=engine.embedder.name), run


def described(
    golden: GoldenSet,
    engine: Engine,
    cards: Mapping[str, DocumentCard],
    values: Groups,
    topics: Sequence[TopicResult],
    *,
    arm: str,
    depth: int,
    embedder: str,
) -> Results:
    """Return the results of these values and topics, with everything that says where they come from."""
    return Results(
        set=golden.name,
        arm=arm,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        commit=commit(),
        generation=engine.store.generation,
        embedder=embedder,
        depth=depth,
        judgements=golden.judgements_digest,
        topics=tuple(topics),
        values=values,
        unknown=tuple(sorted(judged_documents(golden) - cards.keys())),
        titles={one: cards[one].metadata.title for one in sorted(right_documents(golden) & cards.keys())},
        summary=summarise(values),
    )


def _is_asked(golden: GoldenSet) -> bool:
    return golden.has_answers or golden.is_unanswerable


def ask(
    run: Sequence[TopicRun],
    engine: Engine,
    answerer_for: AnswererFor,
    audience: Audience,
    tick: Callable[[], object] = lambda: None,
) -> dict[str, Reply]:
    """Return what the answerer replies to each topic of the run."""
    memory: dict[Audience, dict[str, Document]] = {}
    replies = {}
    for one in run:
        within = asked_within(one.topic, audience)

        def read(document_id: str, seen_as: Audience = within.audience) -> Document:
            return engine.store.document(document_id, seen_as)

        remembered = reader(memory.setdefault(within.audience, {}), read)
        replies[one.topic.id] = reply_to(one.topic, one.ranking, answerer_for(within), remembered)
        tick()
    return replies


def judged_documents(golden: GoldenSet) -> set[str]:
    named = {answer.document_id for topic in golden.topics for answer in topic.answers}
    return named | {document for grades in golden.grades.values() for document in grades}


def right_documents(golden: GoldenSet) -> set[str]:
    return {document for grades in golden.grades.values() for document, grade in grades.items() if grade > 0}


def judged_cards(golden: GoldenSet, engine: Engine) -> Mapping[str, DocumentCard]:
    """Return what is known of the judged documents that are in the index."""
    ids = sorted(judged_documents(golden))
    cards: dict[str, DocumentCard] = {}
    for start in range(0, len(ids), _CARDS_AT_ONCE):
        cards |= engine.store.cards(ids[start : start + _CARDS_AT_ONCE], Audience.STAFF)
    return cards


def _topic_result(golden: GoldenSet, one: TopicRun, reply: Reply | None) -> TopicResult:
    topic = one.topic
    return TopicResult(
        id=topic.id,
        text=topic.text,
        language=topic.language,
        slices=topic.slices,
        expected={**golden.grades.get(topic.id, {})},
        found=tuple(_found(document) for document in one.ranking.documents[:KEPT]),
        took_ms=round(one.took_ms, 3),
        reply=reply,
        right_quotes=tuple(answer.quote for answer in topic.answers),
    )


def _found(found: RankedDocument) -> FoundDocument:
    best = found.passages[0].passage
    return FoundDocument(
        id=found.document.id,
        title=found.document.metadata.title,
        label=best.label,
        language=best.language,
        score=found.score,
        text=snippet(best.text),
    )


def keep(results: Results, run: Mapping[str, Scored], folder: Path) -> Path:
    """Write the JSON results, the TREC run and the judgements it was measured by, named alike; return the first."""
    stamp = datetime.fromisoformat(results.made).strftime("%Y%m%d-%H%M%S")
    path = folder / f"{results.set}-{results.arm}-{stamp}.json"
    write_results(results, path)
    write_trec(run, path.with_suffix(".run"), f"passerelle-{results.arm}")
    write_trec_qrels({topic.id: topic.expected for topic in results.topics}, path.with_suffix(".qrels"))
    return path

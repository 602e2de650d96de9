"""Evaluate a golden set: rank and answer its topics with an engine, or read another system's run, and measure it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from eval.answers import cache_reads, measure_replies, reply_to
from eval.arms import ENGINE, Engine, rank_with
from eval.collection import GoldenSet
from eval.comparisons import measure_comparisons
from eval.dialogues import measure_carrying
from eval.results import KEPT, Reply, Results, RetrievedDocument, TopicResult, commit, snippet, summarise, write_results
from eval.runs import (
    DEPTH,
    Scored,
    TopicRun,
    UnreadableRun,
    build_filter,
    make_run,
    write_trec,
    write_trec_qrels,
)
from eval.slices import ALL, Groups, measure_groups, split
from index.clock import utc_now
from index.documents import Access, Audience, Document
from index.engine import Arm
from index.types import DocumentCard, Filter, RankedDocument
from service.answering.answers import Answerer

AnswererFor = Callable[[Filter], Answerer]
Tick = Callable[[], object]  # called after each search and each answer

_CARDS_AT_ONCE: Final = 500  # SQLite's limit of variables is far above; one statement stays short


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How the topics are ranked: by which arm, how deep, and as whom unless a topic says so itself."""

    arm: Arm = ENGINE
    depth: int = DEPTH
    audience: Audience = Audience.STAFF


class System(NamedTuple):
    """What was measured, as the results state it."""

    arm: str
    depth: int
    embedder: str


def measure_set(
    golden: GoldenSet,
    engine: Engine,
    answerer_for: AnswererFor | None = None,
    options: RunOptions = RunOptions(),
    tick: Tick = lambda: None,
) -> tuple[Results, list[TopicRun]]:
    """Return the results of the set and the run they were measured on.

    With an answerer for each filter, sets with answers and unanswerable sets are asked as questions too.
    """
    rank = rank_with(engine, options.arm)
    run = make_run(golden.topics, rank, depth=options.depth, audience=options.audience, tick=tick)
    cards = judged_cards(golden, engine)
    documents = {ranked.topic.id: ranked.documents for ranked in run}
    sections = {ranked.topic.id: ranked.sections for ranked in run}
    values = measure_groups(golden, documents, sections, cards)
    measured = {"Carried": carrying} if (carrying := measure_carrying(golden.topics)) else {}
    measured |= measure_comparisons(golden, engine, options.audience)
    replies = ask(run, engine, answerer_for, options.audience, tick) if answerer_for and _is_asked(golden) else {}
    if replies:
        measured |= measure_replies(replies)
    values[ALL] |= measured
    for group, measures in split(golden, measured, cards).items() if measured else ():
        values[group] = values.get(group, {}) | measures
    topics = [_topic_result(golden, ranked, replies.get(ranked.topic.id)) for ranked in run]
    system = System(options.arm, options.depth, engine.embedder.name)
    return _results(golden, engine, cards, values, topics, system), run


def _results(
    golden: GoldenSet,
    engine: Engine,
    cards: Mapping[str, DocumentCard],
    values: Groups,
    topics: Sequence[TopicResult],
    system: System,
) -> Results:
    """Return the results of these values and topics, with what they were measured on."""
    return Results(
        set=golden.name,
        arm=system.arm,
        made=utc_now().isoformat(timespec="seconds"),
        commit=commit(),
        generation=engine.store.generation,
        embedder=system.embedder,
        depth=system.depth,
        judgements=golden.judgements_digest,
        topics=tuple(topics),
        values=values,
        unknown=tuple(sorted(judged_documents(golden) - cards.keys())),
        titles={
            document: cards[document].metadata.title for document in sorted(right_documents(golden) & cards.keys())
        },
        summary=summarise(values),
    )


def measure_external_run(golden: GoldenSet, engine: Engine, run: Mapping[str, Scored], *, name: str) -> Results:
    """Return the results of another system's run on this set: measures of documents, without sections, times, answers.

    Raises UnreadableRun when it ranks other topics or other documents.
    """
    cards = judged_cards(golden, engine)
    texts = {topic.id: _first_documents(engine, run.get(topic.id, ())) for topic in golden.topics}
    if not any(texts.values()):
        raise UnreadableRun(
            f"{name}: none of its topics and documents are those of {golden.name} and of the index. A line says: "
            f"{golden.topics[0].id} Q0 {next(iter(cards), 'DOCUMENT')} 1 0.9 {name}"
        )
    values = measure_groups(golden, run, None, cards)
    topics = [
        TopicResult(
            id=topic.id,
            text=topic.text,
            language=topic.language,
            slices=topic.slices,
            expected={**golden.grades.get(topic.id, {})},
            documents=texts[topic.id],
            took_ms=0.0,
            right_quotes=tuple(answer.quote for answer in topic.answers),
        )
        for topic in golden.topics
    ]
    system = System(name, depth=max(map(len, run.values())), embedder="another system")
    return _results(golden, engine, cards, values, topics, system)


def _first_documents(engine: Engine, ranked: Scored) -> tuple[RetrievedDocument, ...]:
    """Return the first documents with their opening text, without those the index does not have."""
    known = engine.store.cards([document for document, _ in ranked[:KEPT]], Access(Audience.STAFF))
    return tuple(
        RetrievedDocument(
            id=document,
            title=known[document].metadata.title,
            label="",
            language=known[document].metadata.language,
            score=score,
            text=snippet(engine.store.document(document, Access(Audience.STAFF)).text),
        )
        for document, score in ranked[:KEPT]
        if document in known
    )


def _is_asked(golden: GoldenSet) -> bool:
    return golden.has_answers or golden.is_unanswerable


def ask(
    run: Sequence[TopicRun],
    engine: Engine,
    answerer_for: AnswererFor,
    audience: Audience,
    tick: Tick = lambda: None,
) -> dict[str, Reply]:
    """Return the answerer's reply to each topic of the run."""
    memory: dict[Access, dict[str, Document]] = {}
    replies = {}
    for ranked in run:
        within = build_filter(ranked.topic, audience)

        def read(document_id: str, seen_as: Access = within.access) -> Document:
            return engine.store.document(document_id, seen_as)

        cached = cache_reads(memory.setdefault(within.access, {}), read)
        replies[ranked.topic.id] = reply_to(ranked.topic, ranked.ranking, answerer_for(within), cached)
        tick()
    return replies


def judged_documents(golden: GoldenSet) -> set[str]:
    quoted = {answer.document_id for topic in golden.topics for answer in topic.answers}
    return quoted | {document for grades in golden.grades.values() for document in grades}


def right_documents(golden: GoldenSet) -> set[str]:
    return {document for grades in golden.grades.values() for document, grade in grades.items() if grade > 0}


def judged_cards(golden: GoldenSet, engine: Engine) -> Mapping[str, DocumentCard]:
    """Return the cards of the judged documents that are in the index."""
    ids = sorted(judged_documents(golden))
    cards: dict[str, DocumentCard] = {}
    for start in range(0, len(ids), _CARDS_AT_ONCE):
        cards |= engine.store.cards(ids[start : start + _CARDS_AT_ONCE], Access(Audience.STAFF))
    return cards


def _topic_result(golden: GoldenSet, ranked: TopicRun, reply: Reply | None) -> TopicResult:
    topic = ranked.topic
    return TopicResult(
        id=topic.id,
        text=topic.question,
        language=topic.language,
        slices=topic.slices,
        expected={**golden.grades.get(topic.id, {})},
        documents=tuple(_retrieved(document) for document in ranked.ranking.documents[:KEPT]),
        took_ms=round(ranked.took_ms, 3),
        reply=reply,
        right_quotes=tuple(answer.quote for answer in topic.answers),
    )


def _retrieved(ranked: RankedDocument) -> RetrievedDocument:
    best = ranked.passages[0].passage
    return RetrievedDocument(
        id=ranked.document.id,
        title=ranked.document.metadata.title,
        label=best.label,
        language=best.language,
        score=ranked.score,
        text=snippet(best.text),
    )


def save_run(results: Results, run: Mapping[str, Scored], folder: Path) -> Path:
    """Write the results, the TREC run and the judgements it was measured by under one name; return the results path."""
    stamp = datetime.fromisoformat(results.made).strftime("%Y%m%d-%H%M%S")
    path = folder / f"{results.set}-{results.arm}-{stamp}.json"
    write_results(results, path)
    write_trec(run, path.with_suffix(".run"), f"passerelle-{results.arm}")
    write_trec_qrels({topic.id: topic.expected for topic in results.topics}, path.with_suffix(".qrels"))
    return path

"""Runs of other systems, read from TREC's format and measured as ours are."""

from __future__ import annotations

from collections.abc import Mapping

from eval.arms import Engine
from eval.collection import GoldenSet
from eval.measuring import described, judged_cards
from eval.results import KEPT, FoundDocument, Results, TopicResult, snippet
from eval.runs import Scored, UnreadableRun
from eval.slices import measure_groups
from index.documents import Audience


def measure_foreign(golden: GoldenSet, engine: Engine, run: Mapping[str, Scored], *, name: str) -> Results:
    """Return what another system's ranking of this set's documents is worth; it has no sections, times or answers.

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
            found=texts[topic.id],
            took_ms=0.0,
            right_quotes=tuple(answer.quote for answer in topic.answers),
        )
        for topic in golden.topics
    ]
    depth = max(map(len, run.values()))
    return described(golden, engine, cards, values, topics, arm=name, depth=depth, embedder="another system")


def _first_documents(engine: Engine, ranked: Scored) -> tuple[FoundDocument, ...]:
    """Return the first documents as they begin, without those the index does not have."""
    known = engine.store.cards([found for found, _ in ranked[:KEPT]], Audience.STAFF)
    return tuple(
        FoundDocument(
            id=found,
            title=known[found].metadata.title,
            label="",
            language=known[found].metadata.language,
            score=score,
            text=snippet(engine.store.document(found, Audience.STAFF).text),
        )
        for found, score in ranked[:KEPT]
        if found in known
    )

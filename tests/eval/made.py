"""Results made by hand, for the parts that only read results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.results import Reply, Results, RetrievedDocument, TopicResult, summarise
from eval.slices import Groups


def results(
    values: Groups,
    *,
    set: str = "small",
    arm: str = "engine",
    judgements: str = "same",
    topics: Sequence[TopicResult] = (),
) -> Results:
    return Results(
        set=set,
        arm=arm,
        made="2026-11-22T10:00:00+00:00",
        commit="abc",
        generation=1,
        embedder="fake",
        depth=100,
        judgements=judgements,
        topics=tuple(topics) or tuple(topic(name) for name in next(iter(values["all"].values()), {})),
        values=values,
        summary=summarise(values),
    )


def topic(
    id: str,
    documents: Sequence[str] = (),
    expected: Mapping[str, int] | None = None,
    *,
    text: str = "",
    language: str = "fr",
    reply: Reply | None = None,
) -> TopicResult:
    retrieved = tuple(
        RetrievedDocument(document, f"Title of {document}", "p. 1", "fr", 1.0 / rank, f"text of {document}")
        for rank, document in enumerate(documents, 1)
    )
    return TopicResult(id, text or f"query {id}", language, (), dict(expected or {}), retrieved, 12.5, reply)

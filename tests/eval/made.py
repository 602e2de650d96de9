"""Results made by hand, for the parts that only read results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.results import FoundDocument, Reply, Results, TopicResult, summarise
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
        topics=tuple(topics) or tuple(topic(one) for one in next(iter(values["all"].values()), {})),
        values=values,
        summary=summarise(values),
    )


def topic(
    id: str,
    found: Sequence[str] = (),
    expected: Mapping[str, int] | None = None,
    *,
    text: str = "",
    language: str = "fr",
    reply: Reply | None = None,
) -> TopicResult:
    documents = tuple(
        FoundDocument(one, f"Title of {one}", "p. 1", "fr", 1.0 / rank, f"text of {one}")
        for rank, one in enumerate(found, 1)
    )
    return TopicResult(id, text or f"query {id}", language, (), dict(expected or {}), documents, 12.5, reply)

"""One result a work: the language versions of a text and its near copies stand together, one shown, the others told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from index.documents import Metadata
from index.types import DocumentCard, Filter, RankedDocument


class Link(NamedTuple):
    """What makes two documents one work: the one is said to be a translation of the other, or is nearly its copy."""

    document_id: str
    translation_of: str


@dataclass(frozen=True, slots=True)
class Works:
    """Which of the documents one audience may see are versions of one work. A work of one document is not kept.

    Made from that audience's documents alone: a hidden document must not tie two visible ones together.
    """

    members: Mapping[str, tuple[str, ...]]  # of each document that has versions: all of them, itself too, by id

    @classmethod
    def of(cls, links: Iterable[Link]) -> Works:
        """Group by translation, over any number of steps. What a link names need not be there itself."""
        parents: dict[str, str] = {}

        def root(one: str) -> str:
            while (parent := parents.setdefault(one, one)) != one:
                parents[one] = one = parents[parent]
            return one

        present = []
        for link in links:
            present.append(link.document_id)
            parents[root(link.document_id)] = root(link.translation_of)
        named = [one for one in parents if one not in set(present)]
        groups: dict[str, list[str]] = {}
        for one in [*present, *named]:
            groups.setdefault(root(one), []).append(one)
        return cls({one: tuple(sorted(group)) for group in groups.values() if len(group) > 1 for one in group})

    def versions(self, documents: Iterable[RankedDocument]) -> list[str]:
        """Return the ids of all versions of these documents, the documents themselves left out."""
        ids = [one.document.id for one in documents]
        return sorted({version for one in ids for version in self.members.get(one, ())} - set(ids))


def one_a_work(
    documents: Sequence[RankedDocument], works: Works, others: Mapping[str, DocumentCard], language: str, within: Filter
) -> tuple[RankedDocument, ...]:
    """Return one document a work where its best version stood: the one in `language`, else the best, with the others.

    Of several in one language the newest is shown: near copies that differ by their dates may say different things.

    `others` are versions that were not found themselves, as far as the audience may see them; one that the filter
    leaves out for its dates is no variant.
    """
    found: dict[tuple[str, ...], list[RankedDocument]] = {}
    for one in documents:
        found.setdefault(works.members.get(one.document.id, (one.document.id,)), []).append(one)
    return tuple(_work(members, ranked, others, language, within) for members, ranked in found.items())


def _work(
    members: tuple[str, ...],
    ranked: list[RankedDocument],
    others: Mapping[str, DocumentCard],
    language: str,
    within: Filter,
) -> RankedDocument:
    best = next((one for one in ranked if language and one.document.metadata.language == language), ranked[0])
    alike = [one for one in ranked if one.document.metadata.language == best.document.metadata.language]
    shown = max(alike, key=lambda one: one.document.metadata.published or date.min)
    variants = [one.document for one in ranked if one is not shown]
    unfound = [others[one] for one in members if one in others]
    variants += [one for one in unfound if _in_force(one.metadata, within)]
    return replace(shown, score=ranked[0].score, variants=tuple(variants))


def _in_force(metadata: Metadata, within: Filter) -> bool:
    """Say whether a document's dates pass the filter."""
    start, end = metadata.valid_from, metadata.valid_to
    if within.valid_on and not (
        (start is None or start <= within.valid_on) and (end is None or end >= within.valid_on)
    ):
        return False
    return within.current_on is None or end is None or end >= within.current_on

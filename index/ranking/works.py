"""One result a work: of the language versions and near copies of a text one is shown, the others as its variants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.documents import Metadata
from index.types import DocumentCard, Filter, RankedDocument, WorkLink


@dataclass(frozen=True, slots=True)
class Works:
    """Which of the documents one audience may see are versions of one work. A work of one document is not kept.

    Made from that audience's documents alone: a hidden document must not tie two visible ones together.
    """

    members: Mapping[str, tuple[str, ...]]  # of each document that has versions: all of them, itself too, by id

    @classmethod
    def from_links(cls, links: Iterable[WorkLink]) -> Works:
        """Group by translation, over any number of steps. What a link names need not be there itself."""
        parents: dict[str, str] = {}

        def root(document_id: str) -> str:
            while (parent := parents.setdefault(document_id, document_id)) != document_id:
                parents[document_id] = document_id = parents[parent]
            return document_id

        present = []
        for link in links:
            present.append(link.document_id)
            parents[root(link.document_id)] = root(link.translation_of)
        only_named = [document_id for document_id in parents if document_id not in set(present)]
        groups: dict[str, list[str]] = {}
        for document_id in [*present, *only_named]:
            groups.setdefault(root(document_id), []).append(document_id)
        works = [tuple(sorted(group)) for group in groups.values() if len(group) > 1]
        return cls({document_id: work for work in works for document_id in work})

    def members_of(self, document_id: str) -> tuple[str, ...]:
        """Return all versions of the document's work, itself too, by id."""
        return self.members.get(document_id, (document_id,))

    def other_versions(self, documents: Iterable[RankedDocument]) -> list[str]:
        """Return the ids of all versions of these documents, the documents themselves left out."""
        ids = [ranked.document.id for ranked in documents]
        return sorted({version for document_id in ids for version in self.members_of(document_id)} - set(ids))


def group_by_work(
    documents: Sequence[RankedDocument], works: Works, others: Mapping[str, DocumentCard], language: str, within: Filter
) -> tuple[RankedDocument, ...]:
    """Return one document a work, with its best version's rank: the one in `language`, else the best, with the others.

    Of several in one language the newest is shown: near copies that differ by their dates may say different things.

    `others` are versions that were not ranked themselves, as far as the audience may see them; one that the filter
    leaves out for its dates is no variant.
    """
    groups: dict[tuple[str, ...], list[RankedDocument]] = {}
    for ranked in documents:
        groups.setdefault(works.members_of(ranked.document.id), []).append(ranked)
    return tuple(
        _merge(group, [others[version] for version in members if version in others], language, within)
        for members, group in groups.items()
    )


def _merge(
    group: Sequence[RankedDocument], others: Sequence[DocumentCard], language: str, within: Filter
) -> RankedDocument:
    in_language = (ranked for ranked in group if language and ranked.document.metadata.language == language)
    best = next(in_language, group[0])
    alike = [ranked for ranked in group if ranked.document.metadata.language == best.document.metadata.language]
    shown = max(alike, key=lambda ranked: ranked.document.metadata.published or date.min)
    variants = [ranked.document for ranked in group if ranked is not shown]
    variants += [card for card in others if _is_in_force(card.metadata, within)]
    return replace(shown, score=group[0].score, variants=tuple(variants))


def _is_in_force(metadata: Metadata, within: Filter) -> bool:
    """Say whether a document's dates pass the filter."""
    start, end = metadata.valid_from, metadata.valid_to
    if within.valid_on and not (
        (start is None or start <= within.valid_on) and (end is None or end >= within.valid_on)
    ):
        return False
    return within.current_on is None or end is None or end >= within.current_on

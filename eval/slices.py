"""The groups of topics that are measured separately: all, each slice, each language pair, each audience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from eval.collection import GoldenSet, Grades
from eval.measures import MEASURES, Scores, measure
from index.types import DocumentCard

ALL: Final = "all"
ARROW: Final = "→"  # "fr→de": asked in French, right passages in German
SECTION_MEASURES: Final = ("nDCG@10", "R@10", "RR@10", "Success@1")
PAIR_MEASURES: Final = tuple(name for name in MEASURES if not name.startswith("Judged"))

Groups = dict[str, dict[str, dict[str, float]]]  # group → measure → topic → value


def measure_groups(
    golden: GoldenSet, documents: Scores, sections: Scores | None, cards: Mapping[str, DocumentCard]
) -> Groups:
    """Return every group's values. Measures of sections are called "section nDCG@10" and so on.

    The values of a language pair count only the right documents in that language, against the whole ranking, so that
    documents crowded out by other languages count as missed.
    """
    whole: dict[str, dict[str, float]] = measure(golden.grades, documents)
    if golden.section_grades and sections is not None:
        of_sections = measure(golden.section_grades, sections, SECTION_MEASURES)
        whole |= {f"section {name}": values for name, values in of_sections.items()}
    groups: Groups = {ALL: whole}
    groups |= split(golden, whole, cards)
    for pair, grades in pairs(golden, cards).items():
        groups[pair] = measure(grades, documents, PAIR_MEASURES)
    return groups


def split(golden: GoldenSet, whole: Mapping[str, Mapping[str, float]], cards: Mapping[str, DocumentCard]) -> Groups:
    """Return the values of each slice: those the topics name, and the audience of their right documents."""
    members: dict[str, set[str]] = {}
    for topic in golden.topics:
        right = [judged for judged, grade in golden.grades.get(topic.id, {}).items() if grade > 0]
        seen_by = {f"audience {cards[document].metadata.audience}" for document in right if document in cards}
        for name in (*topic.slices, *(seen_by if len(seen_by) == 1 else ())):
            members.setdefault(name, set()).add(topic.id)
    if len([name for name in members if name.startswith("audience ")]) == 1:
        members = {name: ids for name, ids in members.items() if not name.startswith("audience ")}
    return {
        name: {
            measured: {topic: value for topic, value in values.items() if topic in members[name]}
            for measured, values in whole.items()
        }
        for name in sorted(members)
    }


def pairs(golden: GoldenSet, cards: Mapping[str, DocumentCard]) -> dict[str, Grades]:
    """Return the judgements of each language pair, "asked→said"; documents of unknown language are in none."""
    judged: dict[str, dict[str, dict[str, int]]] = {}
    for topic in golden.topics:
        for document, grade in golden.grades.get(topic.id, {}).items():
            language = cards[document].metadata.language if document in cards else ""
            if topic.language and language:
                judged.setdefault(f"{topic.language}{ARROW}{language}", {}).setdefault(topic.id, {})[document] = grade
    return {pair: judged[pair] for pair in sorted(judged) if _has_right(judged[pair])}


def _has_right(grades: Grades) -> bool:
    return any(grade > 0 for given in grades.values() for grade in given.values())

"""Which reports are one obstacle: the same trouble, at the same border, on the same theme."""

from __future__ import annotations

import numpy as np
import pytest

from service.obstacles.intake import MergeThreshold, ReportFeatures, is_same, rank_obstacles, similarity
from service.obstacles.model import Classification, Proposal
from service.obstacles.store import Register
from tests.service.obstacles.reports import new_report


def features(vector: tuple[float, float], *concepts: str, **about: object) -> ReportFeatures:
    classification = Classification(**about)  # type: ignore[arg-type]
    return ReportFeatures(np.array(vector, np.float32), Proposal(classification, concepts=frozenset(concepts)))


PLACED = {"borders": ("BE-FR",), "themes": ("health",)}


def test_the_same_trouble_at_another_border_or_on_another_theme_is_another_obstacle() -> None:
    here = Proposal(Classification(**PLACED))  # type: ignore[arg-type]
    for other in ({"borders": ("DE-FR",)}, {"themes": ("energy",)}):
        assert not is_same(9.0, here, Proposal(Classification(**PLACED | other)))  # type: ignore[arg-type]
    assert is_same(9.0, here, Proposal(Classification(borders=("BE-FR", "DE-FR"), themes=("health", "energy"))))


def test_more_is_asked_where_a_border_or_a_theme_is_not_known() -> None:
    threshold = MergeThreshold(floor=0.9, floor_unplaced=0.95)
    placed, unplaced = Proposal(Classification(**PLACED)), Proposal(Classification(themes=("health",)))  # type: ignore[arg-type]
    assert is_same(0.92, placed, placed, threshold)
    assert not is_same(0.92, placed, unplaced, threshold)
    assert not is_same(0.92, unplaced, unplaced, threshold)
    assert is_same(0.96, placed, unplaced, threshold)


def test_concepts_both_name_speak_for_one_obstacle() -> None:
    first, second, third = (features((1, 0), *names) for names in ("ab", "a", "c"))
    threshold = MergeThreshold(concept_weight=0.1)
    assert similarity(first, first, threshold) == pytest.approx(1.1)
    assert similarity(first, second, threshold) == pytest.approx(1.05)  # a single concept may be chance
    assert similarity(first, third, threshold) == pytest.approx(1.0)
    assert similarity(first, features((0, 1)), threshold) == pytest.approx(0.0)


def test_an_obstacle_is_as_like_as_its_reports_are_on_average(register: Register) -> None:
    near, far = (register.add(new_report("a", borders=("BE-FR",), themes=("health",))).obstacle_id for _ in "ab")
    by_obstacle = {near: [features((1, 0))], far: [features((1, 0)), features((0, 1))]}
    report, threshold = features((1, 0), **PLACED), MergeThreshold(floor=0.9)
    ranked = rank_obstacles(report, register.obstacles(), by_obstacle, threshold)
    assert [(candidate.obstacle_id, candidate.is_same) for candidate in ranked] == [(near, True), (far, False)]
    assert ranked[1].similarity == pytest.approx(0.5)

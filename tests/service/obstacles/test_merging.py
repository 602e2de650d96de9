"""Which reports are one obstacle: the same trouble, at the same border, on the same theme."""

from __future__ import annotations

import numpy as np
import pytest

from service.obstacles.merging import Likeness, Reading, is_same, likest, strength
from service.obstacles.model import Classification, Proposal
from service.obstacles.store import Register
from tests.service.obstacles.reports import telling


def reading(vector: tuple[float, float], *concepts: str, **about: object) -> Reading:
    said = Classification(**about)  # type: ignore[arg-type]
    return Reading(np.array(vector, np.float32), Proposal(said, concepts=frozenset(concepts)))


PLACED = {"borders": ("BE-FR",), "themes": ("health",)}


def test_the_same_trouble_at_another_border_or_on_another_theme_is_another_obstacle() -> None:
    here = Proposal(Classification(**PLACED))  # type: ignore[arg-type]
    for other in ({"borders": ("DE-FR",)}, {"themes": ("energy",)}):
        assert not is_same(9.0, here, Proposal(Classification(**PLACED | other)))  # type: ignore[arg-type]
    assert is_same(9.0, here, Proposal(Classification(borders=("BE-FR", "DE-FR"), themes=("health", "energy"))))


def test_more_is_asked_where_a_border_or_a_theme_is_not_known() -> None:
    likeness = Likeness(floor=0.9, floor_unplaced=0.95)
    placed, unplaced = Proposal(Classification(**PLACED)), Proposal(Classification(themes=("health",)))  # type: ignore[arg-type]
    assert is_same(0.92, placed, placed, likeness)
    assert not is_same(0.92, placed, unplaced, likeness)
    assert not is_same(0.92, unplaced, unplaced, likeness)
    assert is_same(0.96, placed, unplaced, likeness)


def test_concepts_both_name_speak_for_one_obstacle() -> None:
    one, other, third = (reading((1, 0), *names) for names in ("ab", "a", "c"))
    likeness = Likeness(concept_weight=0.1)
    assert strength(one, one, likeness) == pytest.approx(1.1)
    assert strength(one, other, likeness) == pytest.approx(1.05)  # a single one may be chance
    assert strength(one, third, likeness) == pytest.approx(1.0)
    assert strength(one, reading((0, 1)), likeness) == pytest.approx(0.0)


def test_an_obstacle_is_as_like_as_its_reports_are_on_average(register: Register) -> None:
    near, far = (register.add(telling("a", borders=("BE-FR",), themes=("health",))).obstacle_id for _ in "ab")
    read = {near: [reading((1, 0))], far: [reading((1, 0)), reading((0, 1))]}
    found = likest(reading((1, 0), **PLACED), register.obstacles(), read, Likeness(floor=0.9))
    assert [(one.obstacle_id, one.is_same) for one in found] == [(near, True), (far, False)]
    assert found[1].strength == pytest.approx(0.5)

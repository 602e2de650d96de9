"""A text is most about the border that its names, places and countries agree on."""

from __future__ import annotations

import pytest

from index.lexical.borders import borders_named
from index.lexical.thesaurus import Concept

CONCEPTS = {
    key: Concept(key.rpartition("/")[2], "", {}, key, related=related)
    for key, related in {
        "border/BE-FR": (),
        "border/FR-LU": (),
        "place/lille": ("border/BE-FR",),
        "place/longwy": ("border/BE-FR", "border/FR-LU", "theme/health"),
        "country/BE": ("border/BE-FR",),
        "country/FR": ("border/BE-FR", "border/FR-LU"),
        "country/LU": ("border/FR-LU",),
        "theme/health": (),
    }.items()
}


@pytest.mark.parametrize(
    ("named", "borders"),
    [
        ({"border/BE-FR"}, {"BE-FR"}),
        ({"place/lille"}, {"BE-FR"}),
        ({"place/longwy"}, {"BE-FR", "FR-LU"}),
        ({"place/longwy", "country/LU"}, {"FR-LU"}),
        ({"place/longwy", "place/lille"}, {"BE-FR"}),
        ({"country/FR", "country/LU"}, {"FR-LU"}),
        ({"country/BE", "country/LU"}, set()),  # no border of the thesaurus
        ({"country/FR"}, set()),
        ({"theme/health", "place/unknown"}, set()),
        (set(), set()),
    ],
)
def test_the_border_that_most_speaks_for_is_named(named: set[str], borders: set[str]) -> None:
    assert borders_named(named, CONCEPTS) == borders

"""Which names a text may be read to hold."""

from __future__ import annotations

import pytest

from service.library.concepts import read_thesaurus
from tests.service.thesaurus import THESAURUS


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Il travaille dans le canton de Vaud.", ["place/canton-vaud"]),
        ("Il travaille à Genève.", ["place/geneva"]),
        ("Trente est une ville.", ["place/trento"]),
        ("Il y a trente jours.", []),
    ],
)
def test_a_place_is_named_with_a_capital_wherever_it_stands_in_the_name(text: str, places: list[str]) -> None:
    concepts = [mention.concept for mention in read_thesaurus(THESAURUS).mentions(text, "fr")]
    assert [concept for concept in concepts if concept.startswith("place/")] == places

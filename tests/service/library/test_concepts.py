"""Which names a text may be read to hold."""

from __future__ import annotations

import pytest

from service.experiences.comparison import LEGAL_FORMS
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


@pytest.mark.parametrize(
    ("text", "language", "is_about"),
    [
        ("Une commune de 4 200 habitants veut une piscine.", "fr", False),
        ("Une agglomération de 3 millions d'habitants.", "fr", False),
        ("Die Stadt hat 12.000 Einwohner.", "de", False),
        ("A town of 900 inhabitants.", "en", False),
        ("Les habitants vieillissent et la population baisse.", "fr", True),
        ("Combien d'habitants ont ces communes ?", "fr", True),
    ],
)
def test_the_size_of_a_town_does_not_make_a_text_one_on_demography(text: str, language: str, is_about: bool) -> None:
    concepts = {mention.concept for mention in read_thesaurus(THESAURUS).mentions(text, language)}
    assert ("theme/demography" in concepts) is is_about


def test_the_legal_forms_that_cases_are_told_apart_by_are_concepts_of_the_thesaurus() -> None:
    assert set(LEGAL_FORMS) <= read_thesaurus(THESAURUS).concepts.keys()

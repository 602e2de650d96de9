"""One country named alone: a border where the language leaves one, else a choice that leaves nothing out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import pytest

import index.lexical.thesaurus
from index.lexical.analysis import terms
from index.lexical.thesaurus import Concept, Label
from index.types import Filter
from service.experiences.cases import choose_cases
from service.experiences.situations import LikelyBorders, likely_borders, read_situation
from service.library.concepts import NO_THESAURUS, Thesaurus
from tests.service.cases import case, index_of, names


def thesaurus_of(
    borders: Sequence[str] = ("AT-CH", "BE-FR", "BE-LU", "CH-DE", "CH-FR", "DE-FR", "DE-LU", "FR-LU"),
    places: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Thesaurus:
    """Return a thesaurus of countries by their real names, these borders, and places on them."""
    named = {
        "FR": {"fr": "France", "de": "Frankreich", "en": "France"},
        "LU": {"fr": "Luxembourg", "de": "Luxemburg", "en": "Luxembourg"},
        "CH": {"fr": "Suisse", "de": "Schweiz"},
        "DE": {"fr": "Allemagne", "de": "Deutschland"},
    }
    concepts = [Concept(code, "countries", labelled(names), f"country/{code}") for code, names in named.items()]
    concepts += [Concept(code, "borders", {}, f"border/{code}") for code in borders]
    concepts += [
        Concept(
            town,
            "territories",
            labelled({"fr": town.title()}),
            f"place/{town}",
            related=tuple(f"border/{border}" for border in borders_there),
        )
        for town, borders_there in places.items()
    ]
    return Thesaurus(index.lexical.thesaurus.Thesaurus(tuple(concepts)))


def labelled(names: Mapping[str, str]) -> dict[str, tuple[Label, ...]]:
    return {
        language: (Label(name, tuple(term.text for term in terms(name, language))),) for language, name in names.items()
    }


def test_a_country_named_beside_a_place_says_which_of_its_borders_is_meant() -> None:
    known = thesaurus_of(places={"longwy": ("BE-FR", "FR-LU")})
    assert known.borders_named("Un infarctus à Longwy", "fr") == {"BE-FR", "FR-LU"}
    assert known.borders_named("Un infarctus à Longwy, un lit au Luxembourg", "fr") == {"FR-LU"}


@pytest.mark.parametrize(
    ("text", "language", "likely"),
    [
        ("travailler en Suisse", "fr", LikelyBorders("CH-FR")),
        ("nos frontaliers au Luxembourg", "fr", LikelyBorders("", ("FR-LU", "BE-LU", "DE-LU"))),
        ("arbeiten in der Schweiz", "de", LikelyBorders("", ("CH-DE", "AT-CH", "CH-FR"))),
        ("ein Dorf in Frankreich", "de", LikelyBorders("", ("DE-FR", "CH-FR", "FR-LU", "BE-FR"))),
        ("a village in Luxembourg", "en", LikelyBorders("", ("BE-LU", "DE-LU", "FR-LU"))),
        ("de la Suisse au Luxembourg", "fr", LikelyBorders()),
        ("le SAMU met trente minutes", "fr", LikelyBorders()),
        ("", "", LikelyBorders()),
    ],
)
def test_one_country_is_a_border_where_the_language_leaves_one_and_else_a_choice(
    text: str, language: str, likely: LikelyBorders
) -> None:
    assert likely_borders(text, language, thesaurus_of()) == likely


def test_the_country_a_language_is_at_home_in_is_nobodys_border() -> None:
    known = thesaurus_of(borders=("CH-DE", "DE-PL"))
    assert likely_borders("eine Schule in Deutschland", "de", known) == LikelyBorders("", ("CH-DE", "DE-PL"))


def test_so_many_borders_that_they_tell_nothing_are_not_offered() -> None:
    known = thesaurus_of(borders=tuple(f"FR-X{letter}" for letter in "ABCDEFG"))
    assert likely_borders("a village in France", "en", known) == LikelyBorders()


def test_nothing_is_left_out_for_a_border_that_is_only_likely() -> None:
    situation = read_situation("nos frontaliers au Luxembourg", "", thesaurus_of())
    assert (situation.borders, situation.likely) == (frozenset(), ("FR-LU", "BE-LU", "DE-LU"))
    index = index_of(case("near", "FR-LU", text="Les frontaliers"), case("far", "CH-FR", text="Les frontaliers"))
    assert names(choose_cases(situation, 10, index, Filter(), NO_THESAURUS)) == {"near", "far"}
    with_border = read_situation(situation.text, "FR-LU", thesaurus_of())
    assert with_border.borders == {"FR-LU"}
    assert not with_border.likely
